//! Registration in Consul: this instance is there, with a health check, for as long as it serves. Knows no route but the
//! check's, and is never asked on a request's way: nothing waits for Consul, whatever it does.

mod agent;
mod pace;
mod route;
mod talk;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use agent::{Agent, Entry};
pub use pace::Pace;
pub use route::route_address;
use talk::Talk;

/// Where Consul is, and how others reach this instance.
#[derive(Clone, Debug)]
pub struct ConsulSettings {
    /// Consul's `host:port`.
    pub address: String,
    /// The service.
    pub name: String,
    /// This instance: no other one has the same id.
    pub instance: String,
    /// The address that others, and Consul's check, reach this instance at.
    pub host: IpAddr,
    /// The port there.
    pub port: u16,
    /// What runs; told in the tag `version=…`.
    pub version: String,
}

/// Settings that nothing can be registered with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConsulError {
    /// Consul's address is not `host:port`.
    #[error("`{0}` is no host and port such as `consul:8500`")]
    Address(String),
    /// Nobody could connect to the address that would be told to others.
    #[error("{0} is no address that others can connect to")]
    Unreachable(SocketAddr),
    /// A name or an id that would need quoting.
    #[error("`{0}` has other characters than letters, digits, `.`, `_` and `-`")]
    Name(String),
}

/// What went wrong with Consul; always passing.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it cannot be connected to: {0}")]
    Connect(std::io::Error),
    #[error("no answer within {0:?}")]
    Late(std::time::Duration),
    #[error("what came is no answer of Consul's: {0}")]
    Nonsense(String),
    #[error("it answers {0}: {1}")]
    Refused(u16, String),
}

/// This instance in Consul.
pub struct Consul {
    settings: ConsulSettings,
    pace: Pace,
    seen: Mutex<Seen>,
    /// Whoever talks to Consul. Taken by one at a time, so that nothing is registered after it was deregistered.
    turn: tokio::sync::Mutex<()>,
    leaving: CancellationToken,
}

/// What is known of the registration.
#[derive(Default)]
struct Seen {
    /// The node that it is or may be registered on.
    node: Option<String>,
    /// How the last look ended, once there was one.
    last: Option<Result<(), String>>,
}

impl Consul {
    /// An instance that is not registered yet. Nothing is asked.
    pub fn new(settings: ConsulSettings) -> Result<Self, ConsulError> {
        Self::with_pace(settings, Pace::default())
    }

    /// The same at another pace.
    pub fn with_pace(settings: ConsulSettings, pace: Pace) -> Result<Self, ConsulError> {
        let named = settings.address.rsplit_once(':');
        if named.is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err()) {
            return Err(ConsulError::Address(settings.address));
        }
        if settings.host.is_unspecified() || settings.host.is_multicast() || settings.port == 0 {
            return Err(ConsulError::Unreachable(SocketAddr::new(settings.host, settings.port)));
        }
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        for name in [&settings.name, &settings.instance] {
            if name.is_empty() || !plain(name) {
                return Err(ConsulError::Name(name.clone()));
            }
        }
        let (seen, turn, leaving) = (Mutex::default(), tokio::sync::Mutex::new(()), CancellationToken::new());
        Ok(Self { settings, pace, seen, turn, leaving })
    }

    /// Registers, looks again and again whether it is still there, and registers again when it is not. Never returns;
    /// after `leave` it does nothing more. May be dropped at any time.
    pub async fn keep(&self) {
        let _ = self.leaving.run_until_cancelled(self.look_again_and_again()).await;
        std::future::pending::<()>().await;
    }

    /// Takes the registration away, for good, within 1 s. What cannot be reached in that time takes it away by itself a
    /// minute after the check began to fail.
    pub async fn leave(&self) {
        self.leaving.cancel();
        if self.seen().node.is_none() {
            return;
        }
        let limit = self.pace.call;
        match tokio::time::timeout(limit, self.deregister()).await.unwrap_or(Err(Trouble::Late(limit))) {
            Ok(()) => tracing::info!(instance = self.settings.instance, "deregistered from Consul"),
            Err(trouble) => tracing::warn!(%trouble, "not deregistered: Consul will after a minute"),
        }
    }

    /// Why this instance is not known to be registered.
    pub fn problem(&self) -> Option<String> {
        match &self.seen().last {
            None => Some("not registered yet".to_owned()),
            Some(Err(problem)) => Some(problem.clone()),
            Some(Ok(())) => None,
        }
    }

    async fn look_again_and_again(&self) {
        let mut failed = 0;
        loop {
            let looked = {
                let _turn = self.turn.lock().await;
                self.look().await
            };
            failed = if looked.is_ok() { 0 } else { failed + 1 };
            self.saw(looked);
            tokio::time::sleep(self.pace.pause(&self.settings.instance, failed)).await;
        }
    }

    /// Remembers how a look ended; a line only when it ended otherwise than the last one.
    fn saw(&self, looked: Result<(), Trouble>) {
        let now = looked.map_err(|trouble| trouble.to_string());
        let mut seen = self.seen();
        let before = seen.last.as_ref().map(Result::is_ok);
        match &now {
            Ok(()) if before != Some(true) => {
                tracing::info!(instance = self.settings.instance, node = seen.node, "registered in Consul");
            }
            Err(problem) if before != Some(false) => {
                tracing::warn!(%problem, "Consul does not know that this instance is there; trying again");
            }
            _ => {}
        }
        seen.last = Some(now);
    }

    /// One look: registered as it should be, or registered now.
    async fn look(&self) -> Result<(), Trouble> {
        let mut agent = self.agent().await?;
        // The catalogue, not the agent: behind a service's address any agent may answer, and only one has it.
        let entries = agent.entries(&self.settings.name, &self.settings.instance).await?;
        if let Some(entry) = entries.iter().find(|entry| self.good(entry)) {
            self.seen().node = Some(entry.node.clone());
            return Ok(());
        }
        let here = agent.node().await?;
        // Before it is asked: once it is asked it may have been done.
        self.seen().node = Some(here.clone());
        agent.register(&self.settings, self.pace.check).await?;
        if !agent.has(&self.settings.instance).await? {
            return Err(Trouble::Nonsense("it says it registered and has nothing".to_owned()));
        }
        // What another agent left behind: it is gone, or has old news.
        for old in entries.iter().filter(|entry| entry.node != here) {
            agent.forget(&old.node, &self.settings.instance).await?;
        }
        Ok(())
    }

    /// Whether this is what should be there, on a node that is.
    fn good(&self, entry: &Entry) -> bool {
        let here = SocketAddr::new(self.settings.host, self.settings.port);
        entry.alive && entry.checked && entry.address == Some(here) && entry.tags == [self.settings.tag()]
    }

    async fn deregister(&self) -> Result<(), Trouble> {
        let _turn = self.turn.lock().await;
        let instance = &self.settings.instance;
        let mut agent = self.agent().await?;
        let entries = agent.entries(&self.settings.name, instance).await?;
        let remembered = self.seen().node.take().filter(|node| entries.iter().all(|it| it.node != *node));
        let here = agent.node().await?;
        if remembered.as_ref() == Some(&here) || entries.iter().any(|entry| entry.node == here) {
            agent.deregister(instance).await?;
        }
        for entry in entries.iter().filter(|entry| entry.node != here) {
            // The agent that has it would put it back into the catalogue; it is asked itself where it can be.
            if !self.deregister_at(entry).await {
                agent.forget(&entry.node, instance).await?;
            }
        }
        match remembered {
            Some(node) if node != here => agent.forget(&node, instance).await,
            _ => Ok(()),
        }
    }

    /// Whether the agent of this node could be told, at the node's own address.
    async fn deregister_at(&self, entry: &Entry) -> bool {
        let Some((ip, (_, port))) = entry.agent.zip(self.settings.address.rsplit_once(':')) else {
            return false;
        };
        let Ok(port) = port.parse::<u16>() else { return false };
        let told = async {
            let mut agent =
                Agent::new(Talk::with(&SocketAddr::new(ip, port).to_string(), self.pace.aside()).await?);
            // Whoever listens there need not be that agent.
            if agent.node().await? != entry.node {
                return Err(Trouble::Nonsense("another node".to_owned()));
            }
            agent.deregister(&self.settings.instance).await
        };
        tokio::time::timeout(self.pace.aside(), told).await.is_ok_and(|told| told.is_ok())
    }

    async fn agent(&self) -> Result<Agent, Trouble> {
        Ok(Agent::new(Talk::with(&self.settings.address, self.pace.call).await?))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConsulSettings {
    fn tag(&self) -> String {
        format!("version={}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ConsulSettings {
        ConsulSettings {
            address: "consul:8500".to_owned(),
            name: "creativestore".to_owned(),
            instance: "creativestore-1".to_owned(),
            host: IpAddr::from([10, 0, 0, 7]),
            port: 8080,
            version: "1.2.3".to_owned(),
        }
    }

    fn refused(change: impl FnOnce(&mut ConsulSettings)) -> Option<ConsulError> {
        let mut settings = settings();
        change(&mut settings);
        Consul::new(settings).err()
    }

    #[test]
    fn an_address_that_nobody_can_connect_to_is_not_told_to_others() {
        assert_eq!(refused(|_| ()), None);
        assert!(matches!(refused(|it| it.host = [0, 0, 0, 0].into()), Some(ConsulError::Unreachable(_))));
        assert!(matches!(refused(|it| it.port = 0), Some(ConsulError::Unreachable(_))));
    }

    #[test]
    fn names_that_would_change_a_question_are_refused() {
        for odd in ["", "a b", "a\"", "a/b", "é"] {
            assert!(
                matches!(refused(|it| it.instance = odd.to_owned()), Some(ConsulError::Name(_))),
                "{odd}"
            );
        }
        assert!(matches!(refused(|it| it.address = "consul".to_owned()), Some(ConsulError::Address(_))));
    }
}

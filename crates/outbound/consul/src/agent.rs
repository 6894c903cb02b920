//! The few calls that are made to an agent, and what is believed of its answers. Knows no time and no repetition.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::talk::{Talk, refused};
use crate::{ConsulSettings, Trouble};

/// How long a check fails before Consul takes the instance away; it takes no less than a minute.
const REAPED_AFTER: &str = "1m";
/// How long an answer to a check may take, when checks are not closer than that.
const CHECK_PATIENCE: Duration = Duration::from_secs(5);

/// An agent, in one conversation.
pub struct Agent(Talk);

/// This instance, as the catalogue shows it on one node.
pub struct Entry {
    /// The node whose agent it was registered with.
    pub node: String,
    /// Where that node is.
    pub agent: Option<IpAddr>,
    /// Whether that node is there.
    pub alive: bool,
    /// Whether it has a check of its own.
    pub checked: bool,
    /// Where others are told to reach it.
    pub address: Option<SocketAddr>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl Agent {
    /// Whoever answers there.
    pub fn new(talk: Talk) -> Self {
        Self(talk)
    }

    /// The name of its node.
    pub async fn node(&mut self) -> Result<String, Trouble> {
        text(&self.get("/v1/agent/self").await?, "/Config/NodeName")
    }

    /// The instance on every node that has it.
    pub async fn entries(&mut self, service: &str, instance: &str) -> Result<Vec<Entry>, Trouble> {
        let filter = format!("Service.ID == \"{instance}\"");
        let filter = utf8_percent_encode(&filter, NON_ALPHANUMERIC);
        let said = self.get(&format!("/v1/health/service/{service}?filter={filter}")).await?;
        let Value::Array(found) = said else {
            return Err(Trouble::Nonsense("no list of instances".to_owned()));
        };
        // It need not know how to filter.
        let found = found.iter().filter(|it| it.pointer("/Service/ID").is_some_and(|id| id == instance));
        found.map(|it| entry(it, instance)).collect()
    }

    /// Registers with this agent, in the place of what it had under this id.
    pub async fn register(&mut self, settings: &ConsulSettings, check: Duration) -> Result<(), Trouble> {
        let at = SocketAddr::new(settings.host, settings.port);
        let body = json!({
            "ID": settings.instance,
            "Name": settings.name,
            "Tags": [settings.tag()],
            "Address": settings.host.to_string(),
            "Port": settings.port,
            "Check": {
                "Name": "ready",
                "HTTP": format!("http://{at}/health/ready"),
                "Interval": format!("{}ms", check.as_millis()),
                "Timeout": format!("{}ms", check.min(CHECK_PATIENCE).as_millis()),
                "DeregisterCriticalServiceAfter": REAPED_AFTER,
            },
        });
        let path = "/v1/agent/service/register?replace-existing-checks=true";
        self.0.done(Method::PUT, path, body.to_string()).await.map(drop)
    }

    /// Whether this agent has the instance.
    pub async fn has(&mut self, instance: &str) -> Result<bool, Trouble> {
        match self.0.ask(Method::GET, &format!("/v1/agent/service/{instance}"), String::new()).await? {
            (200, body) => Ok(parsed(&body)?.get("ID").is_some_and(|id| id == instance)),
            (404, _) => Ok(false),
            (status, body) => Err(refused(status, &body)),
        }
    }

    /// Takes the instance away from this agent.
    pub async fn deregister(&mut self, instance: &str) -> Result<(), Trouble> {
        let path = format!("/v1/agent/service/deregister/{instance}");
        match self.0.ask(Method::PUT, &path, String::new()).await? {
            (200 | 404, _) => Ok(()),
            // Older ones say so when there is nothing to take away.
            (500, body) if String::from_utf8_lossy(&body).contains("Unknown service") => Ok(()),
            (status, body) => Err(refused(status, &body)),
        }
    }

    /// Takes the instance on some node out of the catalogue.
    pub async fn forget(&mut self, node: &str, instance: &str) -> Result<(), Trouble> {
        let body = json!({ "Node": node, "ServiceID": instance });
        self.0.done(Method::PUT, "/v1/catalog/deregister", body.to_string()).await.map(drop)
    }

    async fn get(&mut self, path: &str) -> Result<Value, Trouble> {
        parsed(&self.0.done(Method::GET, path, String::new()).await?)
    }
}

fn entry(said: &Value, instance: &str) -> Result<Entry, Trouble> {
    let checks = said.get("Checks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is = |check: &Value, key: &str, value: &str| check.get(key).is_some_and(|it| it == value);
    // An agent's last word may put its node back after it left: such a node is there, and nobody looks after it.
    let there = |check: &Value| is(check, "CheckID", "serfHealth") && !is(check, "Status", "critical");
    let ip = |path: &str| said.pointer(path).and_then(Value::as_str).and_then(|text| text.parse().ok());
    let port = said.pointer("/Service/Port").and_then(Value::as_u64).and_then(|port| port.try_into().ok());
    let tags = said.pointer("/Service/Tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Ok(Entry {
        node: text(said, "/Node/Node")?,
        agent: ip("/Node/Address"),
        alive: checks.iter().any(there),
        checked: checks.iter().any(|check| is(check, "ServiceID", instance)),
        address: ip("/Service/Address").zip(port).map(SocketAddr::from),
        tags: tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

fn text(said: &Value, path: &str) -> Result<String, Trouble> {
    let found = said.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.map(str::to_owned).ok_or_else(|| Trouble::Nonsense(format!("it lacks {path}")))
}

fn parsed(body: &[u8]) -> Result<Value, Trouble> {
    serde_json::from_slice(body).map_err(|error| Trouble::Nonsense(error.to_string()))
}

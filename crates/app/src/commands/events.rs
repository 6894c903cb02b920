//! `creativestore events …`

use std::io::{BufRead, BufReader};
use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;
use serde_json::Value;

use super::server::{Server, agent, told};

/// Watch what happens.
#[derive(Subcommand)]
pub enum Command {
    /// Print every event of an account as it comes, until Ctrl-C; what was missed while the connection was gone
    /// comes when it is back.
    Tail(Tail),
}

#[derive(clap::Args)]
pub struct Tail {
    #[command(flatten)]
    server: Server,
    /// An access token or an API key.
    #[arg(long, env = "CREATIVESTORE_TOKEN", hide_env_values = true)]
    token: String,
    /// The account, for who has several.
    #[arg(long)]
    account: Option<String>,
    /// Begin after this position; 0 begins with the first event there ever was.
    #[arg(long, default_value_t = 0, value_name = "POSITION")]
    after: u64,
    /// Print each event as a line of CloudEvents JSON.
    #[arg(long)]
    json: bool,
    /// End after so many events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

/// The first pause before connecting again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        let Self::Tail(mut tail) = self;
        let mut left = tail.count.unwrap_or(u64::MAX);
        let mut pause = PAUSES.0;
        while left > 0 {
            let before = tail.after;
            match tail.follow(&mut left) {
                Ok(()) => {}
                Err(Ended::Refused(why)) => bail!(why),
                Err(Ended::Lost(why)) => eprintln!("creativestore: {why}; trying again in {pause:?}"),
            }
            if left > 0 {
                pause = if tail.after > before { PAUSES.0 } else { pause };
                std::thread::sleep(pause);
                pause = pause.saturating_mul(2).min(PAUSES.1);
            }
        }
        Ok(())
    }
}

/// Why a stream is over.
enum Ended {
    /// Trying again would not help.
    Refused(String),
    /// It might.
    Lost(String),
}

impl Tail {
    /// Prints events until the stream ends or enough were seen.
    fn follow(&mut self, left: &mut u64) -> Result<(), Ended> {
        let mut request = agent()
            .get(self.server.at("/v1/events"))
            .header("accept", "text/event-stream")
            .header("authorization", format!("Bearer {}", self.token))
            .header("last-event-id", self.after.to_string());
        if let Some(account) = &self.account {
            request = request.query("account", account);
        }
        let mut response = request.call().map_err(|error| Ended::Lost(error.to_string()))?;
        if !response.status().is_success() {
            let problem = response.body_mut().read_json().unwrap_or(Value::Null);
            let again = response.status().is_server_error() || response.status() == 429;
            let why = told(&problem);
            return Err(if again { Ended::Lost(why) } else { Ended::Refused(why) });
        }
        for line in BufReader::new(response.into_body().into_reader()).lines() {
            let line = line.map_err(|error| Ended::Lost(error.to_string()))?;
            if let Some(id) = line.strip_prefix("id:") {
                self.after = id.trim().parse().unwrap_or(self.after);
            } else if let Some(data) = line.strip_prefix("data:") {
                self.show(data.trim()).map_err(|error| Ended::Refused(error.to_string()))?;
                *left -= 1;
                if *left == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    fn show(&self, data: &str) -> anyhow::Result<()> {
        if self.json {
            return super::print(data);
        }
        let event: Value = serde_json::from_str(data)?;
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let status = &event["data"]["status"]["to"];
        let status = status.as_str().map(|status| format!("  → {status}")).unwrap_or_default();
        let (time, kind, subject, by) = (text("time"), text("type"), text("subject"), &event["data"]["by"]);
        super::print(&format!("{time}  {kind:28}  {subject}  by {}{status}", by.as_str().unwrap_or_default()))
    }
}

//! Talking to a running service, for commands that do.

use anyhow::{Context, bail};
use serde_json::Value;
use ureq::Agent;

/// Which service.
#[derive(clap::Args)]
pub struct Server {
    /// The service's address.
    #[arg(long, env = "CREATIVESTORE_SERVER", default_value = "http://127.0.0.1:8080")]
    pub server: String,
}

impl Server {
    /// An address below the service's.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.trim_end_matches('/'))
    }

    /// Posts a body, and gives what came back.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let sent = agent().post(self.at(path)).send_json(body);
        let mut response = sent.with_context(|| format!("asking {}", self.server))?;
        let body: Value = response.body_mut().read_json().context("reading the answer")?;
        if response.status().is_success() { Ok(body) } else { bail!("{}", told(&body)) }
    }
}

/// Takes answers with any status: problems say what is wrong.
pub fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

/// A problem in one line.
pub fn told(problem: &Value) -> String {
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let (title, detail, advice) = (text("title"), text("detail"), text("advice"));
    format!("{title}: {detail}. {advice} (request {})", text("request_id"))
}

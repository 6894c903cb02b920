//! What the hammer said: requests and what was acknowledged. Knows no service.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use creativestore_tests::asked::Asked;
use serde_json::Value;

use crate::program::Running;

/// A request that was acknowledged, and with what.
pub struct Done {
    pub asked: Asked,
    pub said: Value,
}

/// What is known of one life of the service.
#[derive(Default)]
pub struct Ledger {
    open: BTreeMap<u64, Asked>,
    /// What was acknowledged, in the order of the acknowledgements.
    pub done: Vec<Done>,
}

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A request is about to be made.
    Begun(&'static str),
    /// One was acknowledged.
    Acknowledged(&'static str),
}

const OPS: [&str; 6] = ["upload", "create", "upsert", "amend", "review", "assign"];

fn op(asked: &Asked) -> &'static str {
    OPS.into_iter().find(|op| *op == asked.op).unwrap_or("other")
}

impl Ledger {
    /// Takes a line in.
    pub fn take(&mut self, line: &str) -> anyhow::Result<Told> {
        let line: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let n = line["n"].as_u64().context("a number")?;
        if line["asked"].is_object() {
            let asked = Asked::read(&line["asked"]);
            let told = Told::Begun(op(&asked));
            self.open.insert(n, asked);
            return Ok(told);
        }
        let asked = self.open.remove(&n).context("an answer to no request")?;
        ensure!(
            matches!(line["status"].as_u64(), Some(200 | 201)),
            "nothing is wrong with {asked:?}, and yet {line}"
        );
        let told = Told::Acknowledged(op(&asked));
        self.done.push(Done { asked, said: line["said"].clone() });
        Ok(told)
    }

    /// Requests of which nobody knows what came.
    pub fn unanswered(&self) -> impl Iterator<Item = &Asked> {
        self.open.values()
    }

    /// Whether a request of this kind is under way.
    pub fn under_way(&self, uploads: bool) -> bool {
        self.open.values().any(|asked| (asked.op == "upload") == uploads)
    }

    /// Takes in what a hammer has still to say, until it ends because the service is gone.
    pub fn take_rest(&mut self, hammer: &mut Running) -> anyhow::Result<()> {
        const LINE: Duration = Duration::from_secs(30);
        while let Some(line) = hammer.line(LINE)? {
            self.take(&line)?;
        }
        hammer.end(LINE).map(drop)
    }
}

/// Starts the process that asks and remembers.
pub fn hammer(folder: &Path, url: &str, key: &str, seed: u64) -> anyhow::Result<Running> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hammer"));
    command.args([url, key, &seed.to_string()]).current_dir(folder).env_clear();
    Running::spawn(command)
}

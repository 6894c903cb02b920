//! `creativestore config …`

use std::fmt::Write;

use clap::Subcommand;
use serde_json::json;

/// Look at the configuration.
#[derive(Subcommand)]
pub enum Command {
    /// Print every setting with where its value came from, secrets masked; exit 78 and list every mistake when
    /// there is one.
    Check {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        let Self::Check { json } = self;
        let configuration = super::configuration()?;
        if json {
            let all = json!({ "settings": configuration.effective, "ignored": configuration.ignored });
            return super::print(&serde_json::to_string_pretty(&all)?);
        }
        let mut out = String::new();
        let width = |of: &dyn Fn(&crate::configuration::Effective) -> usize| {
            configuration.effective.iter().map(of).max().unwrap_or_default()
        };
        let (keys, values) = (width(&|it| it.key.len()), width(&|it| it.value.chars().count()));
        for it in &configuration.effective {
            let value = if it.value.is_empty() { "–" } else { &it.value };
            writeln!(out, "{:keys$}  {value:values$}  {}", it.key, it.origin)?;
        }
        for section in &configuration.ignored {
            writeln!(out, "not ours: {section}")?;
        }
        super::print(out.trim_end())
    }
}

//! `creativestore deadletter …`: messages that could not be handled, for whoever decides what becomes of them.

use anyhow::{Context, ensure};
use clap::Subcommand;
use creativestore_wire::rfc3339;
use serde_json::{Value, json};

use crate::wiring::DeadLetter;
use crate::{life, wiring};

/// Look at messages that could not be handled, and decide what becomes of them.
///
/// A message from another service that can never be handled, or failed too often, is put aside in Redis, in the list that
/// `pubsub.dead_letter.key` names.
#[derive(Subcommand)]
pub enum Command {
    /// List them, oldest first.
    List {
        /// The most that are listed.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one: what it said, why it was put aside, how often it was tried and when.
    Show {
        /// Its id, from the list.
        id: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put one back into the inbox: it is tried again from the beginning.
    Replay {
        /// Its id, from the list.
        id: String,
    },
    /// Throw one away for good.
    Drop {
        /// Its id, from the list.
        id: String,
    },
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        let configuration = super::configuration()?;
        life::runtime(1)?.block_on(async {
            let letters = wiring::dead_letters(&configuration)?;
            match self {
                Self::List { limit, json } => list(&letters.list(limit).await?, letters.count().await?, json),
                Self::Show { id, json } => {
                    let letter = letters.get(&id).await?;
                    show(&letter.with_context(|| unknown(&id))?, json)
                }
                Self::Replay { id } => {
                    ensure!(letters.replay(&id).await?, unknown(&id));
                    super::print(&format!("{id} is in the inbox again"))
                }
                Self::Drop { id } => {
                    ensure!(letters.drop(&id).await?, unknown(&id));
                    super::print(&format!("{id} is gone"))
                }
            }
        })
    }
}

fn unknown(id: &str) -> String {
    format!("there is no dead letter `{id}`: `creativestore deadletter list` shows those there are")
}

fn list(letters: &[DeadLetter], all: u64, json: bool) -> anyhow::Result<()> {
    if json {
        let letters: Vec<Value> = letters.iter().map(value).collect();
        return super::print(&serde_json::to_string_pretty(&letters)?);
    }
    if letters.is_empty() {
        return super::print("there are no dead letters");
    }
    let width = letters.iter().map(|letter| letter.id.chars().count()).max().unwrap_or_default();
    for letter in letters {
        let at = letter.last_at.map(rfc3339).unwrap_or_default();
        super::print(&format!(
            "{:width$}  {at:27}  {:>3} tries  {}",
            letter.id, letter.tries, letter.reason
        ))?;
    }
    match all.saturating_sub(letters.len() as u64) {
        0 => Ok(()),
        more => super::print(&format!("and {more} more: see --limit")),
    }
}

fn show(letter: &DeadLetter, json: bool) -> anyhow::Result<()> {
    if json {
        return super::print(&serde_json::to_string_pretty(&value(letter))?);
    }
    let DeadLetter { id, event, reason, tries, first_at, last_at } = letter;
    let at = |moment: &Option<_>| moment.map_or_else(|| "unknown".to_owned(), rfc3339);
    super::print(&format!(
        "id        {id}\nreason    {reason}\ntries     {tries}\ncame      {}\nput aside {}\n\n{}",
        at(first_at),
        at(last_at),
        event.as_deref().unwrap_or("It said nothing."),
    ))
}

fn value(letter: &DeadLetter) -> Value {
    let DeadLetter { id, event, reason, tries, first_at, last_at } = letter;
    json!({
        "id": id,
        "event": event,
        "reason": reason,
        "tries": tries,
        "first_at": first_at.map(rfc3339),
        "last_at": last_at.map(rfc3339),
    })
}

//! Everything that the events told so far, kept outside of the service: what was once told never changes, and nothing
//! is told twice or left out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use creativestore_tests::http::Client;
use serde_json::Value;

/// The events of one account.
pub struct Mirror {
    account: String,
    after: u64,
    ids: BTreeSet<String>,
    by_creative: BTreeMap<String, Vec<Value>>,
    all: Vec<Value>,
}

fn number(event: &Value, name: &str) -> anyhow::Result<u64> {
    let text = event[name].as_str().with_context(|| format!("no {name} in {event}"))?;
    Ok(text.parse()?)
}

impl Mirror {
    pub fn new(account: &str) -> Self {
        let (ids, by_creative) = (BTreeSet::new(), BTreeMap::new());
        Self { account: account.to_owned(), after: 0, ids, by_creative, all: Vec::new() }
    }

    /// How many there were.
    pub fn told(&self) -> usize {
        self.all.len()
    }

    /// Takes in the next event.
    fn take(&mut self, event: Value) -> anyhow::Result<()> {
        let position = number(&event, "position")?;
        ensure!(position > self.after, "a position that does not grow: {event}");
        self.after = position;
        let id = event["id"].as_str().context("an id")?.to_owned();
        ensure!(self.ids.insert(id), "an event that was told before: {event}");
        let subject = event["subject"].as_str().context("a subject")?.to_owned();
        let of_it = self.by_creative.entry(subject).or_default();
        let sequence = number(&event, "sequence")?;
        ensure!(
            sequence == of_it.len() as u64 + 1,
            "a gap in the sequence: {} known, then {event}",
            of_it.len()
        );
        of_it.push(event.clone());
        self.all.push(event);
        Ok(())
    }

    /// Follows the events until every one of these creatives has come to its sequence.
    pub fn catch_up(&mut self, client: &Client, wanted: &BTreeMap<String, u64>) -> anyhow::Result<()> {
        let mut stream = client.follow(&self.account, self.after)?;
        for (creative, sequence) in wanted {
            while (self.by_creative.get(creative).map_or(0, Vec::len) as u64) < *sequence {
                let next = stream.event();
                self.take(next.with_context(|| format!("{creative} has {sequence} events, not told"))?)?;
            }
        }
        Ok(())
    }

    /// Follows the events until nothing is being looked into any more.
    pub fn settle(&mut self, client: &Client) -> anyhow::Result<()> {
        let mut stream = client.follow(&self.account, self.after)?;
        loop {
            let path = "/v1/creatives?status=processing&limit=1";
            let processing = client.get(path)?.expect(200)?;
            if processing["items"].as_array().context("items")?.is_empty() {
                return Ok(());
            }
            let next = stream.event();
            self.take(next.with_context(|| format!("still processing: {processing}"))?)?;
        }
    }

    /// How many events of a creative have this type and these data.
    pub fn count(&self, creative: &str, kind: &str, data: &[(&str, &Value)]) -> usize {
        let matches = |event: &&Value| {
            event["type"] == kind && data.iter().all(|(name, value)| event["data"][name] == **value)
        };
        self.by_creative.get(creative).into_iter().flatten().filter(matches).count()
    }

    /// Reads all events from the first page on: they are those that were told when they happened.
    pub fn read_again(&mut self, client: &Client) -> anyhow::Result<()> {
        let (mut after, mut read) = (0, Vec::new());
        loop {
            let page = client.get(&format!("/v1/events?limit=200&after={after}"))?.expect(200)?;
            let items = page["items"].as_array().context("items")?;
            if items.is_empty() {
                break;
            }
            read.extend(items.iter().cloned());
            after = page["after"].as_u64().context("a position")?;
        }
        // What happened since they were followed last.
        for event in read.get(self.all.len()..).unwrap_or_default() {
            self.take(event.clone())?;
        }
        ensure!(read == self.all, "events changed after they were told");
        Ok(())
    }
}

//! What a running service has at `/metrics`: names, and the labels of each. Knows no rule and no panel.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use anyhow::Context as _;
use creativestore_tests::bytes::picture;
use serde_json::Value;

use super::promql;
use crate::flow::image;
use crate::server::World;

/// The labels of a metric with the values that were seen, by the names of series.
#[derive(Clone, Debug, Default)]
pub struct Scrape(pub BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

impl Scrape {
    /// Of a service that has done a little of everything; started once.
    pub fn running() -> anyhow::Result<Self> {
        static ONCE: OnceLock<Result<Scrape, String>> = OnceLock::new();
        ONCE.get_or_init(|| scrape().map_err(|error| format!("{error:#}")))
            .clone()
            .map_err(anyhow::Error::msg)
    }

    /// Reads the text format.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let mut scrape = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (series, _value) = line.rsplit_once(' ').with_context(|| line.to_owned())?;
            let [series] = &promql::read(series)?.selectors[..] else { anyhow::bail!("{line}") };
            let labels = scrape.0.entry(series.metric.clone()).or_default();
            for (label, _, value) in &series.matchers {
                labels.entry(label.clone()).or_default().insert(value.clone());
            }
        }
        Ok(scrape)
    }
}

fn scrape() -> anyhow::Result<Scrape> {
    let World { house, server, folder: _folder } = World::start(&[])?;
    let blob = house.upload(&picture(1))?;
    house.put_in("Aurora", &image(&blob))?;
    for path in ["/health/live", "/health/ready", "/metrics"] {
        server.anyone().get(path)?;
    }
    Scrape::read(&server.anyone().get("/metrics")?.text())
}

/// Every template that a request can be counted by.
pub fn routes() -> anyhow::Result<BTreeSet<String>> {
    let document: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json"))?;
    let paths = document["paths"].as_object().context("paths")?.keys().cloned();
    let seen = Scrape::running()?.0.remove("http_requests_total").and_then(|mut it| it.remove("route"));
    Ok(paths.chain(seen.unwrap_or_default()).collect())
}

//! `/metrics` of a running service, and the page that lists what is there.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use creativestore_tests::bytes::picture;
use creativestore_tests::chance::Chance;

use crate::flow::image;
use crate::server::World;

const PAGE: &str = include_str!("../../../docs/metrics.md");

/// The names on the page.
fn documented() -> BTreeSet<String> {
    let names = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// The names of series, with what a histogram adds to its name taken away.
fn measured(metrics: &str) -> BTreeSet<String> {
    let series = metrics.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let names = series.filter_map(|line| line.split(['{', ' ']).next());
    let base = |name: &str| {
        let part = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
        part.filter(|base| metrics.contains(&format!("# TYPE {base} histogram"))).unwrap_or(name).to_owned()
    };
    names.map(base).collect()
}

fn series(metrics: &str, name: &str) -> usize {
    metrics.lines().filter(|line| line.starts_with(name)).count()
}

#[test]
fn the_page_of_metrics_and_a_running_service_name_the_same() -> anyhow::Result<()> {
    let World { house, server, folder: _folder } = World::start(&[])?;
    let blob = house.upload(&picture(1))?;
    house.put_in("Aurora", &image(&blob))?;
    let metrics = server.anyone().get("/metrics")?;
    ensure!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"), "another format");
    let metrics = metrics.text();
    let (documented, measured) = (documented(), measured(&metrics));
    ensure!(documented.len() > 15, "the page is read wrongly: {documented:?}");
    let differ: Vec<_> = documented.symmetric_difference(&measured).collect();
    ensure!(differ.is_empty(), "on one side only: {differ:?}");
    for bucket in ["le=\"0.5\"", "le=\"1\""] {
        ensure!(metrics.contains(bucket), "no bucket {bucket}");
    }
    let done = metrics.lines().find_map(|line| line.strip_prefix("inspections_total{result=\"done\"} "));
    ensure!(done.context("inspections")?.parse::<u64>()? >= 1, "nothing was counted: {done:?}");
    Ok(())
}

#[test]
fn series_do_not_grow_with_the_paths_that_are_asked_for() -> anyhow::Result<()> {
    let World { house, server, folder: _folder } = World::start(&[])?;
    let ask = |path: &str| house.client.get(path).map(|answer| answer.status);
    let mut chance = Chance::new(7);
    let mut any = |n: usize| {
        let random = format!("{:016x}{:016x}", chance.draw(), chance.draw());
        match n % 5 {
            0 => format!("/{random}"),
            1 => format!("/v1/creatives/cr_{random}"),
            2 => format!("/v1/blobs/{random}{random}"),
            3 => format!("/preview/{random}"),
            _ => format!("/tags/{random}/html"),
        }
    };
    for n in 0..5 {
        ensure!(ask(&any(n))? == 404, "something is there");
    }
    let before = server.anyone().get("/metrics")?.text();
    for n in 0..50 {
        ask(&any(n))?;
    }
    house.client.ask("BREW", "/v1/creatives", &[], ())?;
    house.client.ask("STEEP", "/v1/creatives", &[], ())?;
    let after = server.anyone().get("/metrics")?.text();
    for name in ["http_requests_total", "http_request_duration_seconds_count"] {
        // The two unknown methods are one more; so is the scrape before.
        let (before, after) = (series(&before, name), series(&after, name));
        ensure!(after <= before + 2, "{name}: {before} series became {after}");
    }
    for route in after.lines().filter_map(|line| line.split_once("route=\"")?.1.split('"').next()) {
        let template = route == "unmatched" || PATHS.contains(&route) || documented_path(route)?;
        ensure!(template, "`{route}` is no template");
    }
    Ok(())
}

/// Templates that are not in the OpenAPI document.
const PATHS: [&str; 10] = [
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/preview/{token}",
    "/preview/{token}/content",
    "/preview/{token}/files/{sha256}",
    "/assets/{token}",
    "/assets/{token}/{*path}",
    "/tags/{token}/{channel}",
];

fn documented_path(route: &str) -> anyhow::Result<bool> {
    let document: serde_json::Value = serde_json::from_str(include_str!("../../../docs/openapi.json"))?;
    Ok(document["paths"].get(route).is_some())
}

//! The dashboard: every panel says what it shows and in which unit, and asks for what is there.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use creativestore_tests::tools::promtool;
use serde_json::{Value, json};

use super::names::unknown;
use super::rendered::Rendered;
use super::scrape::{Scrape, routes};

const CONFIG: &str = "ConfigMap/app-creativestore-dashboard";

/// What it has to show.
const ROWS: [&str; 6] = ["Traffic", "Errors", "Latency", "Saturation", "Work queues", "Review"];

fn dashboard() -> anyhow::Result<Value> {
    let production = Rendered::production()?;
    ensure!(production.text(CONFIG, "metadata/labels/grafana_dashboard")? == "1", "Grafana does not see it");
    Ok(serde_json::from_str(production.text(CONFIG, "data/dashboard.json")?)?)
}

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().into_iter().flatten()
}

/// What panels and choices ask for, with Grafana's variables filled in.
fn expressions(dashboard: &Value) -> anyhow::Result<Vec<(String, String)>> {
    let mut expressions = Vec::new();
    for panel in panels(dashboard) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let title = panel["title"].as_str().unwrap_or_default().to_owned();
            expressions.push((title, target["expr"].as_str().context("an expression")?.to_owned()));
        }
    }
    for choice in dashboard["templating"]["list"].as_array().into_iter().flatten() {
        // `label_values(metric{…}, label)`: that metric has that label.
        if let Some(asked) = choice["definition"].as_str() {
            let inside = asked.strip_prefix("label_values(").and_then(|it| it.strip_suffix(')'));
            let (series, label) = inside.and_then(|it| it.rsplit_once(", ")).context("label_values")?;
            expressions.push((asked.to_owned(), format!("count by ({label}) ({series})")));
        }
    }
    let filled = |(title, expression): (String, String)| {
        let mut filled = expression.replace("$__rate_interval", "2m");
        for (variable, value) in
            [("$namespace", "app"), ("$service", "app-creativestore"), ("$pod", "app-creativestore-.+")]
        {
            filled = filled.replace(variable, value);
        }
        ensure!(!filled.contains('$'), "{title}: a variable that there is not: {expression}");
        Ok((title, filled))
    };
    expressions.into_iter().map(filled).collect()
}

/// Whatever is wrong with panels as such.
fn careless(dashboard: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut titles, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels(dashboard) {
        let title = panel["title"].as_str().unwrap_or_default();
        if title.is_empty() || !titles.insert(title) || !ids.insert(panel["id"].to_string()) {
            wrong.push(format!("{panel}: its title or id is missing, or another's"));
        }
        if panel["type"] == "row" {
            continue;
        }
        let said = panel["description"].as_str().unwrap_or_default();
        let unit = panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap_or_default();
        let asks = panel["targets"].as_array().is_some_and(|it| !it.is_empty());
        if said.is_empty() || unit.is_empty() || !asks {
            wrong.push(format!("{title}: no description, no unit or nothing asked"));
        }
        let place = &panel["gridPos"];
        if place["x"].as_u64().zip(place["w"].as_u64()).is_none_or(|(x, w)| x + w > 24) {
            wrong.push(format!("{title}: wider than the page"));
        }
    }
    wrong
}

#[test]
fn every_panel_has_a_title_a_unit_and_a_description_and_every_subject_its_row() -> anyhow::Result<()> {
    let dashboard = dashboard()?;
    let wrong = careless(&dashboard);
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rows: Vec<_> = panels(&dashboard)
        .filter(|panel| panel["type"] == "row")
        .filter_map(|panel| panel["title"].as_str())
        .collect();
    ensure!(rows == ROWS, "{rows:?}");
    for field in ["title", "description", "fieldConfig", "targets", "gridPos"] {
        let mut broken = dashboard.clone();
        let panel =
            broken["panels"].as_array_mut().and_then(|panels| panels.get_mut(1)).context("a panel")?;
        panel[field] = Value::Null;
        ensure!(!careless(&broken).is_empty(), "a panel without {field} is let pass");
    }
    Ok(())
}

#[test]
fn the_dashboard_asks_for_what_a_running_service_has() -> anyhow::Result<()> {
    let (scrape, routes) = (Scrape::running()?, routes()?);
    let mut wrong = Vec::new();
    for (title, expression) in expressions(&dashboard()?)? {
        wrong.extend(unknown(&expression, &scrape, &routes)?.into_iter().map(|it| format!("{title}: {it}")));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_metric_of_ours_is_on_the_dashboard_or_known_to_be_left_out() -> anyhow::Result<()> {
    // What a histogram has besides buckets, and what says more about the machine than about the service.
    const LEFT_OUT: [&str; 8] = [
        "http_request_duration_seconds_sum",
        "http_request_duration_seconds_count",
        "process_cpu_seconds_total",
        "process_max_fds",
        "process_start_time_seconds",
        "process_threads",
        "process_virtual_memory_bytes",
        "process_virtual_memory_max_bytes",
    ];
    let mut shown: BTreeSet<String> = LEFT_OUT.map(str::to_owned).into();
    for (_, expression) in expressions(&dashboard()?)? {
        shown.extend(super::promql::read(&expression)?.selectors.into_iter().map(|it| it.metric));
    }
    let scrape = Scrape::running()?;
    let missing: Vec<_> = scrape.0.keys().filter(|name| !shown.contains(*name)).collect();
    ensure!(missing.is_empty(), "on no panel: {missing:?}");
    Ok(())
}

#[test]
fn what_the_dashboard_asks_is_promql() -> anyhow::Result<()> {
    let folder = crate::server::folder();
    let check = |expressions: &[String]| {
        let rules: Vec<_> = (0..)
            .zip(expressions)
            .map(|(number, expr)| json!({ "record": format!("panel:{number}"), "expr": expr }))
            .collect();
        let file = folder.path().join("rules.yaml");
        std::fs::write(&file, json!({ "groups": [{ "name": "dashboard", "rules": rules }] }).to_string())?;
        promtool::check(&file)
    };
    let asked: Vec<_> = expressions(&dashboard()?)?.into_iter().map(|(_, expression)| expression).collect();
    ensure!(asked.len() > 30, "the dashboard is read wrongly: {}", asked.len());
    check(&asked)?;
    check(&["sum(rate(x[5m])".to_owned()]).expect_err("a parenthesis is missing");
    Ok(())
}

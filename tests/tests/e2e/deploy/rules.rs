//! The alerts: sound, tried out firing and silent exactly at their thresholds, on series as they are scraped, with a page
//! that says what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, ensure};
use creativestore_tests::tools::promtool;
use serde_json::{Value, json};

use super::file;
use super::names::{TARGET, unknown};
use super::promql;
use super::rendered::{Rendered, documents};
use super::scrape::{Scrape, routes};

const RULES: &str = "PrometheusRule/app-creativestore-rules";
const LINK: &str = "https://github.com/yldm-tech/creativestore/blob/main/";
/// What the names of two kinds of cases begin with, after the alert's.
const FIRES: &str = "fires";
const SILENT: &str = "is silent exactly at the threshold";

/// Cases for promtool: what happens to pods, to requests, to work.
const CASES: [&str; 3] = [
    include_str!("alerts/pods.yaml"),
    include_str!("alerts/requests.yaml"),
    include_str!("alerts/work.yaml"),
];

fn groups() -> anyhow::Result<Value> {
    Ok(Rendered::production()?.at(RULES, "spec/groups")?.clone())
}

/// Alerts by their names.
fn alerts() -> anyhow::Result<BTreeMap<String, Value>> {
    let groups = groups()?;
    let rules =
        groups.as_array().into_iter().flatten().filter_map(|group| group["rules"].as_array()).flatten();
    rules.map(|rule| Ok((rule["alert"].as_str().context("an alert")?.to_owned(), rule.clone()))).collect()
}

/// Every case, and the alert that it is about.
fn cases() -> anyhow::Result<Vec<(String, Value)>> {
    let mut cases = Vec::new();
    for text in CASES {
        for document in documents(text)? {
            for case in document["tests"].as_array().context("tests")? {
                let alert = case["alert_rule_test"][0]["alertname"].as_str().context("an alert")?;
                cases.push((alert.to_owned(), case.clone()));
            }
        }
    }
    Ok(cases)
}

fn says<'a>(alert: &str, case: &'a Value) -> &'a str {
    case["name"].as_str().and_then(|name| name.strip_prefix(alert)).unwrap_or_default().trim_start()
}

/// Tries rules on cases; what came out otherwise is the error.
fn try_out(groups: &Value, cases: &[&Value]) -> anyhow::Result<String> {
    let folder = crate::server::folder();
    let write = |name: &str, value: Value| std::fs::write(folder.path().join(name), value.to_string());
    write("rules.yaml", json!({ "groups": groups }))?;
    let tests = json!({ "rule_files": ["rules.yaml"], "evaluation_interval": "30s", "tests": cases });
    write("tests.yaml", tests)?;
    promtool::test(&folder.path().join("tests.yaml"))
}

#[test]
fn the_rules_are_sound_and_an_unsound_one_is_refused() -> anyhow::Result<()> {
    let folder = crate::server::folder();
    let check = |groups: &Value| {
        let file = folder.path().join("rules.yaml");
        std::fs::write(&file, json!({ "groups": groups }).to_string())?;
        promtool::check(&file)
    };
    let mut groups = groups()?;
    let said = check(&groups)?;
    ensure!(said.contains(&format!("{} rules found", alerts()?.len())), "{said}");
    groups[0]["rules"][0]["expr"] = json!("up{ == 0");
    check(&groups).expect_err("that is no expression");
    Ok(())
}

#[test]
fn every_alert_fires_when_it_should_and_is_silent_exactly_at_its_threshold() -> anyhow::Result<()> {
    for (name, text) in ["pods", "requests", "work"].into_iter().zip(CASES) {
        let folder = crate::server::folder();
        std::fs::write(folder.path().join("rules.yaml"), json!({ "groups": groups()? }).to_string())?;
        let tests = folder.path().join(format!("{name}.yaml"));
        std::fs::write(&tests, text)?;
        promtool::test(&tests)?;
    }
    Ok(())
}

#[test]
fn every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent() -> anyhow::Result<()> {
    let (alerts, cases) = (alerts()?, cases()?);
    for alert in alerts.keys() {
        let has = |kind: &str, fires: bool| {
            cases.iter().any(|(of, case)| {
                let expected = case["alert_rule_test"][0]["exp_alerts"].as_array();
                of == alert
                    && says(of, case).starts_with(kind)
                    && expected.is_some_and(|it| it.is_empty() != fires)
            })
        };
        ensure!(has(FIRES, true), "{alert} fires in no case");
        ensure!(has(SILENT, false), "{alert} is silent at its threshold in no case");
    }
    let strangers: Vec<_> = cases.iter().filter(|(alert, _)| !alerts.contains_key(alert)).collect();
    ensure!(strangers.is_empty(), "cases of no alert: {strangers:?}");
    Ok(())
}

/// The rule one notch stricter: what was beyond the threshold is now at it, too.
fn stricter(expression: &str) -> anyhow::Result<String> {
    let comparisons = [(" > ", " >= "), (" < ", " <= "), (" == ", " >= ")];
    let last =
        comparisons.into_iter().filter_map(|(is, other)| Some((expression.rfind(is)?, is, other))).max();
    let (at, is, other) = last.with_context(|| format!("no comparison in {expression}"))?;
    Ok(format!("{}{other}{}", &expression[..at], &expression[at + is.len()..]))
}

#[test]
fn a_case_at_the_threshold_is_so_close_that_the_rule_one_notch_stricter_fires() -> anyhow::Result<()> {
    let groups = groups()?;
    for (alert, case) in cases()?.iter().filter(|(alert, case)| says(alert, case).starts_with(SILENT)) {
        let mut notched = groups.clone();
        let rules = notched[0]["rules"].as_array_mut().context("rules")?;
        let rule = rules.iter_mut().find(|rule| rule["alert"] == *alert.as_str()).context("the rule")?;
        rule["expr"] = json!(stricter(rule["expr"].as_str().context("an expression")?)?);
        let came = try_out(&notched, &[case]);
        ensure!(
            came.is_err_and(|error| error.to_string().contains("FAILED")),
            "{alert}: its case is not at the threshold"
        );
        try_out(&groups, &[case])?;
    }
    Ok(())
}

#[test]
fn a_rule_that_never_fires_fails_its_cases() -> anyhow::Result<()> {
    let mut never = groups()?;
    for rule in never[0]["rules"].as_array_mut().context("rules")? {
        rule["expr"] = json!("vector(0) > 1");
    }
    for (alert, case) in cases()?.iter().filter(|(alert, case)| says(alert, case).starts_with(FIRES)) {
        ensure!(try_out(&never, &[case]).is_err(), "{alert} is thought to fire");
    }
    Ok(())
}

#[test]
fn rules_name_metrics_labels_and_routes_that_a_running_service_has() -> anyhow::Result<()> {
    let (scrape, routes) = (Scrape::running()?, routes()?);
    let mut wrong = Vec::new();
    for (alert, rule) in alerts()? {
        let expression = rule["expr"].as_str().context("an expression")?;
        wrong.extend(unknown(expression, &scrape, &routes)?.into_iter().map(|it| format!("{alert}: {it}")));
        for selector in promql::read(expression)?.selectors {
            let of_us =
                |label: &str, value: &str| selector.matchers.iter().any(|it| it.0 == label && it.2 == value);
            let ours = of_us("service", "app-creativestore")
                || of_us("deployment", "app-creativestore")
                || of_us("pod", "app-creativestore-.+") && of_us("container", "creativestore");
            if !(of_us("namespace", "app") && ours) {
                wrong.push(format!("{alert}: {} is everybody's", selector.metric));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn cases_have_series_with_exactly_the_labels_that_a_scrape_gives_them() -> anyhow::Result<()> {
    let scrape = Scrape::running()?;
    let mut seen = BTreeSet::new();
    for (alert, case) in cases()? {
        for series in case["input_series"].as_array().into_iter().flatten() {
            let [series] = &promql::read(series["series"].as_str().context("a series")?)?.selectors[..]
            else {
                anyhow::bail!("{alert}: {series}")
            };
            let has: BTreeSet<&str> = series.matchers.iter().map(|(label, ..)| label.as_str()).collect();
            let Some(labels) = scrape.0.get(&series.metric) else {
                let foreign = ["up", "kube_", "container_"].iter().any(|it| series.metric.starts_with(it));
                ensure!(foreign, "{alert}: nobody has {}", series.metric);
                continue;
            };
            let gives: BTreeSet<&str> = labels.keys().map(String::as_str).chain(TARGET).collect();
            ensure!(has == gives, "{alert}: {}: {:?}", series.metric, has.symmetric_difference(&gives));
            for (label, _, value) in series.matchers.iter().filter(|(label, ..)| label == "le") {
                ensure!(labels[label].contains(value), "{alert}: there is no bucket {value}");
            }
            seen.insert(series.metric.clone());
        }
    }
    ensure!(seen.len() > 10, "series are read wrongly: {seen:?}");
    Ok(())
}

#[test]
fn every_alert_says_what_is_wrong_with_numbers_and_has_its_page() -> anyhow::Result<()> {
    let mut pages = BTreeSet::new();
    for (alert, rule) in alerts()? {
        let note = |name: &str| rule["annotations"][name].as_str().unwrap_or_default();
        ensure!(note("summary").starts_with("creativestore: "), "{alert}: no summary");
        ensure!(
            note("description").chars().any(|it| it.is_ascii_digit())
                || note("description").contains("$value"),
            "{alert}: no number"
        );
        ensure!(
            ["warning", "critical"].iter().any(|it| rule["labels"]["severity"] == *it),
            "{alert}: how bad?"
        );
        let page = note("runbook_url").strip_prefix(LINK).with_context(|| format!("{alert}: no page"))?;
        ensure!(page == format!("docs/runbooks/{alert}.md"), "{alert}: {page}");
        let text = std::fs::read_to_string(file(page)).with_context(|| page.to_owned())?;
        let parts = [&format!("# {alert}\n"), "## What it means", "1. ", "2. ", "3. ", "## How to mend it"];
        for part in parts {
            ensure!(text.contains(part), "{page} has no `{part}`");
        }
        let bad = format!("**{}**", rule["labels"]["severity"].as_str().unwrap_or_default());
        ensure!(text.contains(&bad), "{page} does not say {bad}");
        pages.insert(Path::new(page).file_name().context("a file")?.to_owned());
    }
    for entry in std::fs::read_dir(file("docs/runbooks"))? {
        let name = entry?.file_name();
        ensure!(pages.contains(&name), "{} is about no alert", name.display());
    }
    Ok(())
}

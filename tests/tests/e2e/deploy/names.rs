//! Rules and dashboard name what is there: metrics and labels that a running service has with what the monitor adds,
//! and of other exporters only what is listed here.

use std::collections::BTreeSet;

use anyhow::ensure;

use super::promql::{Named, read};
use super::scrape::{Scrape, routes};

/// What is not ours, who has it, and the labels that it has.
const FOREIGN: [(&str, &str, &[&str]); 10] = [
    // Prometheus itself, with the labels of what it scrapes.
    ("up", "Prometheus", &TARGET),
    ("kube_deployment_status_replicas_available", "kube-state-metrics", &["namespace", "deployment"]),
    ("kube_deployment_spec_replicas", "kube-state-metrics", &["namespace", "deployment"]),
    (
        "kube_horizontalpodautoscaler_status_desired_replicas",
        "kube-state-metrics",
        &["namespace", "horizontalpodautoscaler"],
    ),
    ("kube_pod_container_status_restarts_total", "kube-state-metrics", &["namespace", "pod", "container"]),
    (
        "kube_pod_container_resource_limits",
        "kube-state-metrics",
        &["namespace", "pod", "container", "resource", "unit", "node"],
    ),
    ("container_cpu_usage_seconds_total", "kubelet", &CADVISOR),
    ("container_memory_working_set_bytes", "kubelet", &CADVISOR),
    ("container_cpu_cfs_throttled_periods_total", "kubelet", &CADVISOR),
    ("container_cpu_cfs_periods_total", "kubelet", &CADVISOR),
];
const CADVISOR: [&str; 5] = ["namespace", "pod", "container", "image", "id"];

/// What a scrape through the `ServiceMonitor` adds to every series of ours.
pub const TARGET: [&str; 7] = ["namespace", "service", "pod", "job", "container", "endpoint", "instance"];

/// What is wrong with the names in an expression.
pub fn unknown(expression: &str, scrape: &Scrape, routes: &BTreeSet<String>) -> anyhow::Result<Vec<String>> {
    let Named { selectors, labels: grouped } = read(expression)?;
    let mut wrong = Vec::new();
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for selector in &selectors {
        let metric = selector.metric.as_str();
        let foreign = FOREIGN.iter().find(|(name, ..)| *name == metric);
        let ours = scrape.0.get(metric);
        let labels: BTreeSet<&str> = match (ours, foreign) {
            (Some(labels), _) => labels.keys().map(String::as_str).chain(TARGET).collect(),
            (None, Some((.., labels))) => labels.iter().copied().collect(),
            (None, None) => {
                wrong.push(format!("there is no metric {metric}"));
                continue;
            }
        };
        for (label, sign, value) in &selector.matchers {
            if !labels.contains(label.as_str()) {
                wrong.push(format!("{metric} has no label {label}"));
            }
            // A value that is asked for to the letter was seen; a route is one that there is.
            let seen = ours.and_then(|labels| labels.get(label));
            match sign.as_str() {
                "=" | "!="
                    if label != "route"
                        && seen.is_some_and(|it| !it.contains(value))
                        && label != "method" =>
                {
                    wrong.push(format!("{metric} has no {label} {value}"));
                }
                _ if label == "route" => wrong.extend(no_route(value, routes)),
                _ => {}
            }
        }
        all.extend(labels);
    }
    let missing = grouped.iter().filter(|label| !all.contains(label.as_str()));
    wrong.extend(missing.map(|label| format!("nothing here has the label {label}")));
    Ok(wrong)
}

/// Each alternative of a matcher of routes that matches none. Patterns here are templates, with `.+` at the end at most.
fn no_route(value: &str, routes: &BTreeSet<String>) -> Vec<String> {
    let matched = |pattern: &str| match pattern.strip_suffix(".+") {
        Some(before) => routes.iter().any(|route| route.len() > before.len() && route.starts_with(before)),
        None => routes.contains(pattern),
    };
    let none = value.split('|').filter(|pattern| !matched(pattern));
    none.map(|pattern| format!("there is no route {pattern}")).collect()
}

#[test]
fn names_that_are_not_there_are_found() -> anyhow::Result<()> {
    let (scrape, routes) = (Scrape::running()?, routes()?);
    for (expression, told) in [
        ("rate(http_request_total[5m])", "there is no metric http_request_total"),
        ("outbox_lag_seconds{queue=\"x\"} > 1", "outbox_lag_seconds has no label queue"),
        ("database_connections{state=\"used\"}", "database_connections has no state used"),
        ("sum by (route) (outbox_lag_seconds)", "nothing here has the label route"),
        ("up{deployment=\"x\"}", "up has no label deployment"),
        ("rate(http_requests_total{route!~\"/healthz.+|/metrics\"}[5m])", "there is no route /healthz.+"),
        ("http_request_duration_seconds > 1", "there is no metric http_request_duration_seconds"),
        ("kube_pod_labels", "there is no metric kube_pod_labels"),
    ] {
        let wrong = unknown(expression, &scrape, &routes)?;
        ensure!(wrong == [told], "{expression}: {wrong:?}");
    }
    for sound in [
        "sum by (pod, le) (rate(http_request_duration_seconds_bucket{route=~\"/health/.+\",le=\"0.5\"}[5m]))",
        "up{service=\"app-creativestore\"} == 0",
    ] {
        ensure!(unknown(sound, &scrape, &routes)?.is_empty(), "{sound}");
    }
    Ok(())
}

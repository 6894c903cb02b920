//! Every metric there is, in one table; `docs/metrics.md` is made from it. Knows where numbers go, not where they
//! come from.

use std::fmt::Write;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A metric.
struct Metric {
    name: &'static str,
    kind: Kind,
    labels: &'static str,
    meaning: &'static str,
}

macro_rules! metrics {
    ($($constant:ident = $name:literal, $kind:ident, $labels:literal, $meaning:literal;)*) => {
        $(pub const $constant: &str = $name;)*
        const OURS: &[Metric] = &[$(Metric {
            name: $name, kind: Kind::$kind, labels: $labels, meaning: $meaning,
        },)*];
    };
}

metrics! {
    REQUESTS = "http_requests_total", Counter, "method, route, status",
        "Requests answered. `route` is the template, never the path; `status` the code.";
    REQUEST_SECONDS = "http_request_duration_seconds", Histogram, "method, route",
        "Seconds from a request's head to its answer's head.";
    REQUESTS_IN_FLIGHT = "http_requests_in_flight", Gauge, "",
        "Requests that are being answered.";
    CONNECTIONS = "http_connections", Gauge, "",
        "Open connections.";
    OUTBOX_LAG = "outbox_lag_seconds", Gauge, "",
        "How long the oldest event has waited to be published.";
    EVENTS = "events_published_total", Counter, "",
        "Events that got their place and were told.";
    INBOX = "inbox_messages_total", Counter, "result",
        "Messages from other services by how they went: `done`, `again` when they come again later, `dead` when they were put aside.";
    DEAD_LETTERS = "dead_letters", Gauge, "",
        "Messages that were put aside and wait for somebody to look at them.";
    CACHE_LOOKS = "cache_looks_total", Counter, "result",
        "Looks into the shared cache: `hit` or `miss`. Where there is no Redis, there are none.";
    DEPENDENCY = "dependency_up", Gauge, "dependency",
        "1 when `database`, `redis` or `consul` was well when it was last looked at, otherwise 0.";
    DATABASE_CONNECTIONS = "database_connections", Gauge, "state",
        "Connections to the database: `busy` or `idle`.";
    DATABASE_MOST = "database_connections_max", Gauge, "",
        "The most connections to the database.";
    DATABASE_MODE = "database_mode", Gauge, "mode",
        "1 for how statements reach the database: `embedded`, `named`, or `careful` behind a pooler that keeps no prepared statements; 0 for the others.";
    REVIEW_AGE = "review_queue_age_seconds", Gauge, "",
        "How long the longest waiting revision of all accounts has waited for a decision.";
    JOBS = "jobs_waiting", Gauge, "",
        "Inspections that wait or are under way.";
    JOB_AGE = "jobs_oldest_seconds", Gauge, "",
        "How long the oldest of them has been due.";
    INSPECTIONS = "inspections_total", Counter, "result",
        "Inspections by how they went: `done`, or `retried` when something other than the content hindered them.";
    RESTARTS = "worker_restarts_total", Counter, "worker",
        "Restarts of a background task after it broke or gave up.";
    READY = "ready", Gauge, "",
        "1 when `/health/ready` answers 200, otherwise 0.";
    BUILD = "creativestore_info", Gauge, "version",
        "Always 1; its label is this binary's version.";
}

/// What a scrape finds beside ours: about the process, from the operating system (Linux).
const PROCESS: &[Metric] = &[
    process("process_cpu_seconds_total", Kind::Counter, "Seconds of computing, user and system."),
    process("process_max_fds", Kind::Gauge, "The most open files."),
    process("process_open_fds", Kind::Gauge, "Open files."),
    process("process_resident_memory_bytes", Kind::Gauge, "Resident memory; the media process not counted."),
    process("process_start_time_seconds", Kind::Gauge, "When the process began, in seconds since 1970."),
    process("process_threads", Kind::Gauge, "Threads."),
    process("process_virtual_memory_bytes", Kind::Gauge, "Address space."),
    process("process_virtual_memory_max_bytes", Kind::Gauge, "The most address space."),
];

const fn process(name: &'static str, kind: Kind, meaning: &'static str) -> Metric {
    Metric { name, kind, labels: "", meaning }
}

/// Bounds of the buckets of durations, in seconds; 0.5 and 1 are what alerts ask for.
const BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How often what was recorded is folded together, so that a process that nobody scrapes does not grow.
const UPKEEP: Duration = Duration::from_secs(5);

/// What `/metrics` answers.
#[derive(Clone)]
pub struct Metrics {
    prometheus: PrometheusHandle,
    process: Collector,
}

/// Begins recording. Only one recorder can be there in a process.
pub fn begin() -> anyhow::Result<Metrics> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_owned()), BUCKETS)
        .context("the buckets of the histogram")?
        .build_recorder();
    let prometheus = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| anyhow::anyhow!("metrics are recorded already"))?;
    for Metric { name, kind, meaning, .. } in OURS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *meaning),
            Kind::Gauge => metrics::describe_gauge!(*name, *meaning),
            Kind::Histogram => metrics::describe_histogram!(*name, *meaning),
        }
    }
    let process = Collector::default();
    process.describe();
    metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1);
    // There from the first scrape on, so that an alert on them is not blind until something happens.
    for name in [
        REQUESTS_IN_FLIGHT,
        CONNECTIONS,
        OUTBOX_LAG,
        DEAD_LETTERS,
        DATABASE_MOST,
        REVIEW_AGE,
        JOBS,
        JOB_AGE,
        READY,
    ] {
        metrics::gauge!(name).set(0);
    }
    for state in ["busy", "idle"] {
        metrics::gauge!(DATABASE_CONNECTIONS, "state" => state).set(0);
    }
    for result in ["done", "again", "dead"] {
        metrics::counter!(INBOX, "result" => result).absolute(0);
    }
    for result in ["hit", "miss"] {
        metrics::counter!(CACHE_LOOKS, "result" => result).absolute(0);
    }
    metrics::gauge!(DEPENDENCY, "dependency" => "database").set(0);
    metrics::counter!(EVENTS).absolute(0);
    for result in ["done", "retried"] {
        metrics::counter!(INSPECTIONS, "result" => result).absolute(0);
    }
    Ok(Metrics { prometheus, process })
}

impl Metrics {
    /// Everything, in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.process.collect();
        self.prometheus.render()
    }

    /// Folds what was recorded together, for ever.
    pub async fn upkeep(&self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.prometheus.run_upkeep();
        }
    }
}

/// `docs/metrics.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Metrics\n\n`GET /metrics` answers in the text format of Prometheus; it asks for no credentials, so keep it \
         inside.\n\n| metric | kind | labels | meaning |\n|---|---|---|---|\n",
    );
    for Metric { name, kind, labels, meaning } in OURS.iter().chain(PROCESS) {
        let kind = format!("{kind:?}").to_lowercase();
        let _ = writeln!(page, "| `{name}` | {kind} | {labels} | {meaning} |");
    }
    let buckets: Vec<String> = BUCKETS.iter().map(ToString::to_string).collect();
    let _ = writeln!(page, "\nBuckets of `{REQUEST_SECONDS}`, in seconds: {}.", buckets.join(", "));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_metrics_is_the_one_that_is_kept() {
        let kept = include_str!("../../../docs/metrics.md");
        assert!(kept == page(), "renew it: creativestore docs metrics > docs/metrics.md");
    }

    #[test]
    fn alerts_can_ask_for_half_a_second_and_a_second() {
        assert!(BUCKETS.contains(&0.5) && BUCKETS.contains(&1.0) && BUCKETS.is_sorted());
    }
}

//! What the service says about itself while it runs: log lines for people or for machines, always on standard error,
//! and traces for a collector where there is one. Knows neither what is logged nor what is traced.

mod lines;
mod traces;

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use traces::{Worker, answered, request, traced, worked};

use self::lines::Lines;
use self::traces::Traces;
use crate::configuration::{Configuration, LogFormat};

/// What was begun, to be finished when nothing happens any more.
#[must_use = "traces that were not sent yet are lost when it is not finished"]
pub struct Telemetry {
    traces: Option<Traces>,
}

/// Begins logging, and tracing where a collector is configured. Only the first call in a process counts.
pub fn begin(configuration: &Configuration) -> Telemetry {
    let begun = configuration.tracing.as_ref().map(Traces::begin).transpose();
    let (traces, problem) = match begun {
        Ok(traces) => (traces, None),
        Err(problem) => (None, Some(problem)),
    };
    let layer = traces.as_ref().map(Traces::layer);
    // Without traces there is one filter for everything, which is cheaper than one for each layer.
    let begun = match layer {
        None => {
            tracing_subscriber::registry().with(filter(configuration)).with(lines(configuration)).try_init()
        }
        Some(layer) => {
            let lines = lines(configuration).with_filter(traces::hidden(filter(configuration)));
            tracing_subscriber::registry().with(lines).with(layer).try_init()
        }
    };
    if begun.is_err() {
        tracing::debug!("logging had begun before");
        return Telemetry { traces: None };
    }
    if let Some(problem) = problem {
        // A service without traces is better than none.
        tracing::error!(%problem, "no traces are made");
    }
    if let Some(traces) = &traces {
        traces.open();
    }
    Telemetry { traces }
}

impl Telemetry {
    /// Sends what was not sent yet, for at most two seconds.
    pub async fn finish(self) {
        if let Some(traces) = self.traces {
            traces.finish().await;
        }
    }
}

fn filter(configuration: &Configuration) -> Targets {
    configuration.log_level.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO))
}

fn lines<S>(configuration: &Configuration) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match configuration.log_format {
        LogFormat::Json => lines.event_format(Lines::json()).boxed(),
        LogFormat::Text => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            lines.event_format(Lines::text(colours)).boxed()
        }
    }
}

//! Log lines: for people or for machines, always on standard error.

use tracing_subscriber::EnvFilter;

use crate::configuration::{Configuration, LogFormat};

/// Begins logging. Only the first call in a process counts.
pub fn begin(configuration: &Configuration) {
    let filter: EnvFilter = configuration.log_level.parse().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match configuration.log_format {
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
        LogFormat::Text => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            lines.with_ansi(colours).with_target(false).try_init()
        }
    };
    if begun.is_err() {
        tracing::debug!("logging had begun before");
    }
}

//! Traces for an OpenTelemetry collector, by OTLP over HTTP. Refuses to hold anything up: what a collector does not
//! take in time is dropped. Knows what a span is called, not what happens in it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::http::{HeaderMap, StatusCode};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, TraceContextExt, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData,
};
use tracing::field::Empty;
use tracing::{Level, Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterExt, FilterFn, LevelFilter};
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::LookupSpan;

use crate::configuration;

/// Who speaks, in spans; also what log lines know them by that are not to show them.
const TRACES: &str = "creativestore::traces";
/// How many spans wait for the collector; those that come while so many wait are dropped.
const QUEUE: usize = 1024;
/// How many spans are sent at once.
const BATCH: usize = 256;
/// How often they are sent.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a collector may take for a batch.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of the process waits for the collector.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// What makes spans, from when traces are open; never, when they are not.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Spans on their way to the collector.
pub(super) struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Prepares to send spans to where the configuration says. Does not connect yet.
    pub(super) fn begin(configuration: &configuration::Tracing) -> anyhow::Result<Self> {
        let configuration = configuration.clone();
        // The client for HTTP has a runtime of its own, which must neither begin nor end on a thread of ours.
        let build = move || provider(&configuration);
        let made = std::thread::Builder::new().name("traces".to_owned()).spawn(build)?.join();
        let provider = made.map_err(|_| anyhow::anyhow!("preparing to trace panicked"))??;
        let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
        Ok(Self { provider, tracer })
    }

    /// What takes requests' spans, and what our own code warns of while they last; nothing else. Above all nothing
    /// that sending spans itself may log, which would be sent again.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let ours = |it: &Metadata| {
            let warning =
                || it.is_event() && *it.level() <= Level::WARN && it.target().starts_with("creativestore");
            it.target() == TRACES || warning()
        };
        tracing_opentelemetry::layer()
            .with_tracer(self.tracer.clone())
            // Where in our source something is and on which thread is for logs.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // Nothing below looks for it.
            .with_context_activation(false)
            .with_filter(FilterFn::new(ours).with_max_level_hint(LevelFilter::INFO))
    }

    /// From here on spans are made.
    pub(super) fn open(&self) {
        if TRACER.set(self.tracer.clone()).is_err() {
            tracing::debug!("tracing had begun before");
        }
    }

    /// Sends what waits. A collector that does not answer is not waited for; the thread that does ends with the
    /// process.
    pub(super) async fn finish(self) {
        let (sender, finished) = tokio::sync::oneshot::channel();
        // Not one of the runtime's threads, whose end would be waited for.
        let finish = move || {
            let ended = self.provider.shutdown_with_timeout(LAST_MOMENT);
            drop(self);
            // Nobody waits any more when it took too long.
            let _ = sender.send(ended);
        };
        let begun = std::thread::Builder::new().name("traces".to_owned()).spawn(finish);
        let problem = match begun {
            Err(error) => Some(error.to_string()),
            Ok(_) => match tokio::time::timeout(LAST_MOMENT, finished).await {
                Ok(Ok(Ok(()))) => None,
                Ok(Ok(Err(error))) => Some(error.to_string()),
                Ok(Err(_)) | Err(_) => Some(format!("no answer within {LAST_MOMENT:?}")),
            },
        };
        if let Some(problem) = problem {
            tracing::warn!(%problem, "the last traces did not reach the collector");
        }
    }
}

/// Sends spans and says once when that stops working, and when it works again: the SDK itself is silent.
#[derive(Debug)]
struct Watched {
    exporter: SpanExporter,
    failing: AtomicBool,
}

impl opentelemetry_sdk::trace::SpanExporter for Watched {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        // On the thread that sends, where no span is open that this could become a part of.
        match &sent {
            Err(error) if !self.failing.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "the collector does not take traces; they are dropped");
            }
            Ok(()) if self.failing.swap(false, Ordering::Relaxed) => {
                tracing::info!("the collector takes traces again");
            }
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn provider(configuration: &configuration::Tracing) -> anyhow::Result<SdkTracerProvider> {
    let configuration::Tracing { endpoint, service_name, sample_ratio } = configuration;
    anyhow::ensure!(
        endpoint.starts_with("http://"),
        "a collector is reached over plain http, not at {endpoint}"
    );
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .with_timeout(PATIENCE)
        // What could not be sent is old by the time it could be; and whoever waits for the end waits for this.
        .with_retry_policy(RetryPolicy::disabled())
        .build()
        .context("preparing to send traces")?;
    let exporter = Watched { exporter, failing: AtomicBool::new(false) };
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(PAUSE)
        .build();
    let resource = Resource::builder()
        .with_service_name(service_name.clone())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(*sample_ratio))))
        .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
        .build())
}

/// A filter of log lines that does not let spans through that are only for traces.
pub(super) fn hidden<S: 'static>(filter: impl Filter<S> + Send + Sync + 'static) -> impl Filter<S> {
    filter.and(FilterFn::new(|it: &Metadata| it.target() != TRACES))
}

/// Whether spans are made at all.
pub fn traced() -> bool {
    TRACER.get().is_some()
}

/// The span of a request, a child of what its client says it belongs to.
pub fn request(method: &'static str, route: &str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        target: TRACES,
        parent: None,
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
    if parent.span().span_context().is_valid() {
        // It was not begun and is not filtered out: there is nothing that can fail.
        let _ = span.set_parent(parent);
    }
    span
}

/// What became of a request.
pub fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// What a span of work in the background is called.
#[derive(Clone, Copy, Debug)]
pub enum Worker {
    Inspection,
    Relay,
}

/// Something was done in the background that began then. Made afterwards: most of the time there is nothing to do, and
/// that is not worth a span.
pub fn worked(worker: Worker, begun: Instant) {
    let Some(tracer) = TRACER.get() else { return };
    let name = match worker {
        Worker::Inspection => "inspection",
        Worker::Relay => "relay",
    };
    let end = opentelemetry::time::now();
    let start = end.checked_sub(begun.elapsed()).unwrap_or(end);
    let span = SpanBuilder::from_name(name).with_kind(SpanKind::Internal).with_start_time(start);
    span.start_with_context(tracer, &Context::new()).end_with_timestamp(end);
}

/// Headers as the propagator looks at them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}

//! Background tasks: each looked after, so that none is ever silently gone. A task that breaks is logged, counted and
//! begun again, later each time.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use creativestore_usecases::{Inside, inspection, relay, upkeep};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::metrics::{self, Metrics};

/// How long a task waits to be woken before it looks by itself.
const LOOK: Duration = Duration::from_secs(1);
/// How often the store is looked at.
const OBSERVE: Duration = Duration::from_secs(2);
/// How long a look at the store may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often what is no longer needed is taken away.
const SWEEP: Duration = Duration::from_mins(10);
/// How long to pause before a task begins again: at first, and at most.
const PAUSES: Pauses = Pauses { first: Duration::from_millis(100), longest: Duration::from_secs(30) };
/// A task that ran this long before it broke has no history of breaking.
const STEADY: Duration = Duration::from_mins(1);

#[derive(Clone, Copy)]
struct Pauses {
    first: Duration,
    longest: Duration,
}

/// The running tasks.
pub struct Workers {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Workers {
    /// Starts all of them.
    pub fn start(inside: &Arc<Inside>, health: &Arc<Health>, metrics: &Metrics) -> Self {
        let mut workers = Self { tasks: JoinSet::new(), stop: CancellationToken::new() };
        let stop = workers.stop.clone();
        let it = Arc::clone(inside);
        workers.add("inspection", move || inspect(Arc::clone(&it), stop.clone()));
        let (it, stop) = (Arc::clone(inside), workers.stop.clone());
        workers.add("relay", move || tell(Arc::clone(&it), stop.clone()));
        let (it, stop) = (Arc::clone(inside), workers.stop.clone());
        workers.add("sweep", move || sweep(Arc::clone(&it), stop.clone()));
        let (it, health, stop) = (Arc::clone(inside), Arc::clone(health), workers.stop.clone());
        workers.add("observe", move || observe(Arc::clone(&it), Arc::clone(&health), stop.clone()));
        let (metrics, stop) = (metrics.clone(), workers.stop.clone());
        workers.add("metrics", move || {
            let (metrics, stop) = (metrics.clone(), stop.clone());
            async move { stop.run_until_cancelled(metrics.upkeep()).await.unwrap_or_default() }
        });
        workers
    }

    fn add<F>(&mut self, name: &'static str, work: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        ::metrics::counter!(metrics::RESTARTS, "worker" => name).absolute(0);
        self.tasks.spawn(supervise(name, PAUSES, self.stop.clone(), work));
    }

    /// Lets every task finish what it has in hand, for at most `limit`.
    pub async fn finish(mut self, limit: Duration) {
        self.stop.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(limit, all).await.is_err() {
            tracing::warn!(?limit, "workers were still busy; what they had in hand will be done again");
        }
    }
}

/// Runs a task until it is told to stop, beginning it again whenever it ends before that.
async fn supervise<F>(
    name: &'static str,
    Pauses { first, longest }: Pauses,
    stop: CancellationToken,
    work: impl Fn() -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut pause = first;
    loop {
        let begun = std::time::Instant::now();
        let ended = tokio::spawn(work()).await;
        if stop.is_cancelled() {
            return;
        }
        if begun.elapsed() > STEADY {
            pause = first;
        }
        let why = ended.err().map_or("it ended".to_owned(), |error| error.to_string());
        tracing::error!(worker = name, %why, ?pause, "a background task broke and will begin again");
        ::metrics::counter!(metrics::RESTARTS, "worker" => name).increment(1);
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        pause = pause.saturating_mul(2).min(longest);
    }
}

async fn inspect(inside: Arc<Inside>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match inspection::work(&inside).await {
            Ok(true) => ::metrics::counter!(metrics::INSPECTIONS, "result" => "done").increment(1),
            Ok(false) => {
                let woken = timeout(LOOK, inside.wake.jobs.notified());
                let _ = stop.run_until_cancelled(woken).await;
            }
            Err(_) => {
                ::metrics::counter!(metrics::INSPECTIONS, "result" => "retried").increment(1);
                let _ = stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
            }
        }
    }
}

async fn tell(inside: Arc<Inside>, stop: CancellationToken) {
    let mut well = true;
    while !stop.is_cancelled() {
        let wait = match relay::publish(&inside).await {
            Ok(0) => Some(true),
            Ok(told) => {
                ::metrics::counter!(metrics::EVENTS).increment(told as u64);
                well = true;
                None
            }
            Err(failure) => {
                if std::mem::take(&mut well) {
                    tracing::error!(%failure, "events cannot be published; they wait in the outbox");
                }
                Some(false)
            }
        };
        match wait {
            None => {}
            Some(true) => {
                let _ = stop.run_until_cancelled(timeout(LOOK, inside.wake.outbox.notified())).await;
            }
            Some(false) => {
                let _ = stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
            }
        }
    }
}

async fn sweep(inside: Arc<Inside>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(SWEEP)).await.is_some() {
        match upkeep::sweep(&inside).await {
            Ok(swept) => tracing::debug!(?swept, "swept"),
            Err(failure) => tracing::warn!(%failure, "nothing could be swept"),
        }
    }
}

/// Looks at the store, and at how far behind the other tasks are.
async fn observe(inside: Arc<Inside>, health: Arc<Health>, stop: CancellationToken) {
    loop {
        let ping = timeout(PATIENCE, inside.store.ping()).await;
        let problem = match ping {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {PATIENCE:?}")),
        };
        if health.saw_store(problem.clone()) {
            match problem {
                None => tracing::info!("the database answers"),
                Some(problem) => tracing::error!(%problem, "the database does not answer"),
            }
        }
        ::metrics::gauge!(metrics::READY).set(if health.ready() { 1.0 } else { 0.0 });
        if let Ok(Ok(lag)) = timeout(PATIENCE, upkeep::lag(&inside)).await {
            ::metrics::gauge!(metrics::OUTBOX_LAG).set(lag.outbox.as_secs_f64());
            ::metrics::gauge!(metrics::REVIEW_AGE).set(lag.review.as_secs_f64());
            ::metrics::gauge!(metrics::JOB_AGE).set(lag.oldest_job.as_secs_f64());
            #[expect(clippy::cast_precision_loss, reason = "fewer jobs than 2^52")]
            ::metrics::gauge!(metrics::JOBS).set(lag.jobs as f64);
        }
        if stop.run_until_cancelled(tokio::time::sleep(OBSERVE)).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_begins_again_until_it_is_told_to_stop() {
        let (stop, tries) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let (it, end) = (Arc::clone(&tries), stop.clone());
        let work = move || {
            let (it, end) = (Arc::clone(&it), end.clone());
            async move {
                assert!(it.fetch_add(1, Ordering::SeqCst) >= 3, "not yet");
                end.cancel();
            }
        };
        let pauses = Pauses { first: Duration::from_millis(1), longest: Duration::from_millis(2) };
        supervise("test", pauses, stop, work).await;
        assert_eq!(tries.load(Ordering::SeqCst), 4);
    }
}

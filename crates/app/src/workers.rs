//! Background tasks: each looked after, so that none is ever silently gone. A task that breaks is logged, counted and
//! begun again, later each time.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use creativestore_ports::inbox::Inbox;
use creativestore_usecases::creatives::{self, Noticed};
use creativestore_usecases::{Inside, inbox, inspection, relay, upkeep};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::health::{DATABASE, Health};
use crate::memory;
use crate::metrics::{self, Metrics};
use crate::telemetry::{self, Worker};
use crate::wiring::{Load, Opened};

/// How long a task waits to be woken before it looks by itself.
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait for another relay that is in the middle of telling.
const MOMENT: Duration = Duration::from_millis(50);
/// How often the store is looked at.
const OBSERVE: Duration = Duration::from_secs(2);
/// How long a look at the store may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked for what other processes changed, while what was seen before that may still be answered.
const NOTICES: u32 = 4;
/// How often what is no longer needed is taken away.
const SWEEP: Duration = Duration::from_mins(10);
/// How often what was freed is given back to the system.
const TRIM: Duration = Duration::from_secs(15);
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
    pub fn start(opened: &Arc<Opened>, health: &Arc<Health>, metrics: &Metrics) -> Self {
        let inside = &opened.inside;
        let mut workers = Self { tasks: JoinSet::new(), stop: CancellationToken::new() };
        let stop = workers.stop.clone();
        let it = Arc::clone(inside);
        workers.add("inspection", move || inspect(Arc::clone(&it), stop.clone()));
        let (it, stop) = (Arc::clone(inside), workers.stop.clone());
        workers.add("relay", move || tell(Arc::clone(&it), stop.clone()));
        let (it, stop) = (Arc::clone(inside), workers.stop.clone());
        workers.add("sweep", move || sweep(Arc::clone(&it), stop.clone()));
        let stop = workers.stop.clone();
        workers.add("trim", move || trim(stop.clone()));
        let (it, health, stop) = (Arc::clone(opened), Arc::clone(health), workers.stop.clone());
        workers.add("observe", move || observe(Arc::clone(&it), Arc::clone(&health), stop.clone()));
        let (it, stop) = (Arc::clone(opened), workers.stop.clone());
        workers.add("follow", move || {
            let (it, stop) = (Arc::clone(&it), stop.clone());
            async move { stop.run_until_cancelled(it.outside.follow()).await.unwrap_or_default() }
        });
        if let Some(fresh) = inside.recent.fresh().filter(|fresh| !fresh.is_zero()) {
            let (it, stop) = (Arc::clone(inside), workers.stop.clone());
            workers.add("notice", move || notice(Arc::clone(&it), fresh / NOTICES, stop.clone()));
        }
        let (it, stop) = (Arc::clone(opened), workers.stop.clone());
        workers.add("register", move || {
            let (it, stop) = (Arc::clone(&it), stop.clone());
            async move { stop.run_until_cancelled(it.outside.register()).await.unwrap_or_default() }
        });
        if let Some(letters) = opened.outside.inbox() {
            let (it, stop) = (Arc::clone(inside), workers.stop.clone());
            workers.add("inbox", move || receive(Arc::clone(&it), Arc::clone(&letters), stop.clone()));
        }
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
        let begun = Instant::now();
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
    let mut well = true;
    while !stop.is_cancelled() {
        let begun = Instant::now();
        match inspection::work(&inside).await {
            Ok(true) => {
                ::metrics::counter!(metrics::INSPECTIONS, "result" => "done").increment(1);
                telemetry::worked(Worker::Inspection, begun);
                well = true;
            }
            Ok(false) => {
                let woken = timeout(LOOK, inside.wake.jobs.notified());
                let _ = stop.run_until_cancelled(woken).await;
                well = true;
            }
            Err(_) => {
                ::metrics::counter!(metrics::INSPECTIONS, "result" => "retried").increment(1);
                // One job that cannot be done now is no reason to let others wait; a second one in a row may be.
                if !std::mem::take(&mut well) {
                    let _ = stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
                }
            }
        }
    }
}

async fn tell(inside: Arc<Inside>, stop: CancellationToken) {
    let mut well = true;
    while !stop.is_cancelled() {
        let begun = Instant::now();
        match relay::publish(&inside).await {
            Ok(relay::Told::Some(told)) => {
                ::metrics::counter!(metrics::EVENTS).increment(told as u64);
                telemetry::worked(Worker::Relay, begun);
                well = true;
            }
            Ok(relay::Told::Nothing) => {
                let _ = stop.run_until_cancelled(timeout(LOOK, inside.wake.outbox.notified())).await;
            }
            // It may have looked just before the event came that woke this one.
            Ok(relay::Told::Elsewhere) => {
                let _ = stop.run_until_cancelled(tokio::time::sleep(MOMENT)).await;
            }
            Err(failure) => {
                if std::mem::take(&mut well) {
                    tracing::error!(%failure, "events cannot be published; they wait in the outbox");
                }
                let _ = stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
            }
        }
    }
}

/// Notices what other processes changed, so that what they did not change may go on being remembered. Without it everything
/// is remembered for a moment only, so what fails here is told where the database is looked at.
async fn notice(inside: Arc<Inside>, pause: Duration, stop: CancellationToken) {
    let mut noticed = Noticed::default();
    loop {
        match creatives::notice(&inside, noticed).await {
            Ok(until) => noticed = until,
            Err(error) => tracing::debug!(%error, "nothing can be noticed"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Handles messages from other services.
async fn receive(inside: Arc<Inside>, letters: Arc<dyn Inbox>, stop: CancellationToken) {
    let count = |result, number| ::metrics::counter!(metrics::INBOX, "result" => result).increment(number);
    while !stop.is_cancelled() {
        match inbox::work(&inside, letters.as_ref()).await {
            Ok(inbox::Handled { done, again, dead }) => {
                count("done", done);
                count("again", again);
                count("dead", dead);
            }
            // Redis is away, which is said once where it is noticed.
            Err(error) => {
                tracing::debug!(%error, "no messages can be received");
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

async fn trim(stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(TRIM)).await.is_some() {
        // Nothing hangs on whether it could be done.
        let _ = tokio::task::spawn_blocking(memory::give_back).await;
    }
}

/// Looks at the store, and at how far behind the other tasks are.
async fn observe(opened: Arc<Opened>, health: Arc<Health>, stop: CancellationToken) {
    let inside = &opened.inside;
    let up = |dependency: &'static str, well: bool| {
        ::metrics::gauge!(metrics::DEPENDENCY, "dependency" => dependency).set(if well { 1.0 } else { 0.0 });
    };
    loop {
        let ping = timeout(PATIENCE, inside.store.ping()).await;
        let problem = match ping {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {PATIENCE:?}")),
        };
        up(DATABASE, problem.is_none());
        if health.saw(DATABASE, problem.clone()) {
            match problem {
                None => tracing::info!("the database answers"),
                Some(problem) => tracing::error!(%problem, "the database does not answer"),
            }
        }
        for (dependency, problem) in opened.outside.problems().await {
            up(dependency, problem.is_none());
            health.saw(dependency, problem);
        }
        let Load { busy, idle, most, mode } = opened.load();
        ::metrics::gauge!(metrics::DATABASE_CONNECTIONS, "state" => "busy").set(busy);
        ::metrics::gauge!(metrics::DATABASE_CONNECTIONS, "state" => "idle").set(idle);
        ::metrics::gauge!(metrics::DATABASE_MOST).set(most);
        for known in ["embedded", "named", "careful"] {
            let is = if known == mode { 1.0 } else { 0.0 };
            ::metrics::gauge!(metrics::DATABASE_MODE, "mode" => known).set(is);
        }
        if let Some(dead) = opened.outside.dead_letters().await {
            #[expect(clippy::cast_precision_loss, reason = "fewer letters than 2^52")]
            ::metrics::gauge!(metrics::DEAD_LETTERS).set(dead as f64);
        }
        ::metrics::gauge!(metrics::READY).set(if health.ready() { 1.0 } else { 0.0 });
        if let Ok(Ok(lag)) = timeout(PATIENCE, upkeep::lag(inside)).await {
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

//! Background work, claimed by lease.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use creativestore_domain::id::{CreativeId, JobId, LeaseId};
use creativestore_ports::jobs::Job;
use creativestore_ports::store::{Store, StoreError};
use futures_util::future::join_all;

use crate::given::{at, commit, job, lease, no, other, peeking, uuid, writing};

async fn enqueue(store: &dyn Store, jobs: &[Job]) {
    let mut work = writing(store).await;
    for job in jobs {
        work.jobs().enqueue(job).await.expect("a new job");
    }
    commit(work).await;
}

async fn claim(store: &dyn Store, now: i64, lease: LeaseId, until: i64) -> Option<Job> {
    let mut work = writing(store).await;
    let claimed = work.jobs().claim(at(now), lease, at(until)).await.expect("it is asked");
    commit(work).await;
    claimed
}

async fn finish(store: &dyn Store, job: JobId, lease: LeaseId) -> Result<(), StoreError> {
    let mut work = writing(store).await;
    work.jobs().finish(job, lease).await?;
    work.commit().await
}

async fn retry(store: &dyn Store, job: JobId, lease: LeaseId, due: i64) -> Result<(), StoreError> {
    let mut work = writing(store).await;
    work.jobs().retry(job, lease, at(due)).await?;
    work.commit().await
}

pub async fn a_job_comes_back_as_it_was_written(store: &dyn Store) {
    let full = Job {
        account: other(),
        creative: CreativeId::new(uuid(7)),
        revision: no(u32::MAX),
        tries: 12,
        ..job(1, 5)
    };
    enqueue(store, std::slice::from_ref(&full)).await;
    let twice = writing(store).await.jobs().enqueue(&full).await;
    assert!(matches!(twice, Err(StoreError::Duplicate(_))), "{twice:?}");
    assert_eq!(claim(store, 5, lease(1), 100).await, Some(full));
}

pub async fn the_job_that_is_due_longest_comes_first_and_none_before_it_is_due(store: &dyn Store) {
    enqueue(store, &[job(3, 20), job(2, 10), job(1, 20), job(4, 30)]).await;
    assert_eq!(claim(store, 9, lease(1), 100).await, None);
    let mut order = Vec::new();
    for number in 2..9 {
        let Some(job) = claim(store, 20, lease(number), 100).await else { break };
        order.push(job.id);
    }
    assert_eq!(order, [2, 1, 3].map(|number| JobId::new(uuid(number))));
}

pub async fn a_job_is_held_until_its_lease_ends(store: &dyn Store) {
    enqueue(store, &[job(1, 0)]).await;
    assert_eq!(claim(store, 10, lease(1), 100).await, Some(job(1, 0)));
    assert_eq!(claim(store, 99, lease(2), 200).await, None);
    assert_eq!(claim(store, 100, lease(3), 200).await, Some(job(1, 0)), "its worker is thought dead");
    assert_eq!(claim(store, 150, lease(4), 300).await, None);
}

pub async fn a_job_is_free_while_it_is_due_and_nobody_holds_it(store: &dyn Store) {
    let free = async |now| peeking(store).await.jobs().any_free(at(now)).await.expect("read");
    assert!(!free(10).await, "there is none");
    enqueue(store, &[job(1, 10)]).await;
    assert_eq!((free(9).await, free(10).await), (false, true));
    claim(store, 10, lease(1), 100).await.expect("claimed");
    assert_eq!((free(99).await, free(100).await), (false, true));
    enqueue(store, &[job(2, 20)]).await;
    assert_eq!((free(19).await, free(20).await), (false, true), "another one's lease does not matter");
}

pub async fn the_lease_of_a_job_fences_a_late_worker(store: &dyn Store) {
    enqueue(store, &[job(1, 0)]).await;
    claim(store, 10, lease(1), 100).await.expect("claimed");
    claim(store, 100, lease(2), 200).await.expect("claimed after the lease of the first ended");
    let (id, late) = (job(1, 0).id, lease(1));
    for refused in [finish(store, id, late).await, retry(store, id, late, 5).await] {
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    }
    finish(store, id, lease(2)).await.expect("it is the second one's");
    for refused in [finish(store, id, lease(2)).await, retry(store, id, lease(2), 5).await] {
        assert!(matches!(refused, Err(StoreError::Stale)), "it is gone: {refused:?}");
    }
    assert_eq!(claim(store, 1_000, lease(3), 2_000).await, None);
}

pub async fn a_lease_that_is_renewed_holds_for_longer_and_only_its_own(store: &dyn Store) {
    enqueue(store, &[job(1, 5)]).await;
    claim(store, 5, lease(1), 100).await.expect("it is due");
    let renew = async |lease, until| {
        let mut work = writing(store).await;
        work.jobs().renew(JobId::new(uuid(1)), lease, at(until)).await?;
        work.commit().await
    };
    renew(lease(1), 200).await.expect("it is held");
    assert_eq!(claim(store, 199, lease(2), 300).await, None, "it is held for longer");
    claim(store, 200, lease(2), 300).await.expect("it was never heard of again");
    assert!(matches!(renew(lease(1), 400).await, Err(StoreError::Stale)));
    assert!(claim(store, 300, lease(3), 400).await.is_some(), "another one's lease is as it was");
}

pub async fn a_worker_that_is_late_but_not_replaced_may_finish(store: &dyn Store) {
    enqueue(store, &[job(1, 0)]).await;
    claim(store, 10, lease(1), 100).await.expect("claimed");
    finish(store, job(1, 0).id, lease(1)).await.expect("nobody took it");
}

pub async fn a_job_that_is_given_back_is_tried_again_when_it_is_due(store: &dyn Store) {
    enqueue(store, &[job(1, 0), job(2, 40)]).await;
    claim(store, 10, lease(1), 100).await.expect("claimed");
    retry(store, job(1, 0).id, lease(1), 50).await.expect("given back");
    assert_eq!(claim(store, 49, lease(2), 100).await, Some(job(2, 40)));
    assert_eq!(claim(store, 49, lease(3), 100).await, None);
    let again = claim(store, 50, lease(4), 100).await.expect("due, though the first lease had not ended");
    assert_eq!(again, Job { tries: 1, due: at(50), ..job(1, 0) });
    retry(store, again.id, lease(4), 60).await.expect("given back");
    assert_eq!(claim(store, 60, lease(5), 100).await.map(|job| job.tries), Some(2));
}

pub async fn the_backlog_counts_what_is_kept_and_since_when_it_is_due(store: &dyn Store) {
    let backlog = async || peeking(store).await.jobs().backlog().await.expect("read");
    assert_eq!(backlog().await, (0, None));
    enqueue(store, &[job(1, 30), job(2, 20), job(3, 40)]).await;
    assert_eq!(backlog().await, (3, Some(at(20))));
    claim(store, 25, lease(1), 100).await.expect("claimed");
    assert_eq!(backlog().await.0, 3, "what is being done is not done");
    finish(store, job(2, 20).id, lease(1)).await.expect("finished");
    assert_eq!(backlog().await, (2, Some(at(30))));
}

pub async fn two_workers_never_hold_one_job(store: &dyn Store) {
    let jobs: Vec<Job> = (1..=20).map(|number| job(number, 0)).collect();
    enqueue(store, &jobs).await;
    let worker = async |number: u32| {
        let mut mine = Vec::new();
        loop {
            let lease = lease(number * 100 + u32::try_from(mine.len()).expect("few"));
            let Some(job) = claim(store, 10, lease, 100).await else { return mine };
            mine.push(job.id);
            assert!(mine.len() <= 20, "more than there are");
        }
    };
    let mut all = join_all((1..=4).map(worker)).await.concat();
    all.sort();
    assert_eq!(all, jobs.into_iter().map(|job| job.id).collect::<Vec<_>>());
}

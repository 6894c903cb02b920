//! Who is let in, and who is told to wait.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use std::time::Duration;

use creativestore_ports::limits::RateLimit;

use super::BURST;

/// Uses a principal's burst up.
async fn use_up(limit: &dyn RateLimit, principal: &str) {
    for _ in 0..BURST {
        limit.admit(principal).await.expect("it is within its burst");
    }
}

pub async fn who_used_up_its_burst_is_told_how_long_to_wait(limit: &dyn RateLimit) {
    use_up(limit, "usr_a").await;
    let wait = limit.admit("usr_a").await.expect_err("one too many");
    assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
}

pub async fn one_does_not_use_up_anothers_share(limit: &dyn RateLimit) {
    use_up(limit, "usr_a").await;
    limit.admit("usr_a").await.expect_err("one too many");
    use_up(limit, "usr_b").await;
    use_up(limit, "").await;
}

pub async fn a_request_that_was_refused_uses_nothing_up(limit: &dyn RateLimit) {
    use_up(limit, "usr_a").await;
    let mut before = limit.admit("usr_a").await.expect_err("one too many");
    for _ in 0..20 {
        let wait = limit.admit("usr_a").await.expect_err("still too many");
        assert!(wait <= before, "{wait:?} after {before:?}");
        before = wait;
    }
}

//! Bytes on their way out.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use std::ops::Range;
use std::time::Duration;

use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::{BlobError, Blobs, Served};

use super::{noise, not_there, put, read, whole};
use crate::given::{acme, at, other};

pub async fn the_size_of_a_blob_is_told(blobs: &dyn Blobs) {
    let kept = put(blobs, acme(), &noise(70_000)).await;
    assert_eq!(blobs.size(acme(), kept.sha256).await.expect("there"), 70_000);
}

pub async fn a_blob_that_was_never_put_in_is_not_found(blobs: &dyn Blobs) {
    put(blobs, acme(), b"something").await;
    assert!(not_there(blobs, acme(), Sha256::of(b"something else")).await);
}

pub async fn a_sweep_takes_nothing_that_is_kept_however_late_it_comes(blobs: &dyn Blobs) {
    let bytes = noise(300_000);
    let sha256 = put(blobs, acme(), &bytes).await.sha256;
    for seconds in [0, 3_600, 10_000_000_000] {
        assert_eq!(blobs.sweep(at(seconds)).await.expect("it sweeps"), 0);
    }
    assert!(whole(blobs, acme(), sha256).await == bytes);
}

pub async fn a_range_is_read_as_it_is_asked_for(blobs: &dyn Blobs) {
    let bytes = noise(200_000);
    let sha256 = put(blobs, acme(), &bytes).await.sha256;
    for range in [0..1, 0..200_000, 1..2, 199_999..200_000, 65_535..131_073, 100_000..200_000] {
        let part = blobs.open(acme(), sha256, Some(range.clone())).await.expect("it opens");
        let usable = |end| usize::try_from(end).expect("small");
        assert!(read(part).await == bytes[usable(range.start)..usable(range.end)], "{range:?}");
    }
}

pub async fn a_range_that_lies_outside_or_is_empty_is_refused_with_the_size(blobs: &dyn Blobs) {
    let sha256 = put(blobs, acme(), &noise(100)).await.sha256;
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is asked for")]
    let ranges: [Range<u64>; 6] = [0..101, 100..101, 100..100, 50..50, 60..50, 0..u64::MAX];
    for range in ranges {
        let refused = blobs.open(acme(), sha256, Some(range.clone())).await.map(drop);
        assert!(matches!(refused, Err(BlobError::OutOfRange { size: 100 })), "{range:?}: {refused:?}");
    }
}

pub async fn many_read_at_once_and_each_gets_it_whole(blobs: &dyn Blobs) {
    let bytes = noise(300_000);
    let sha256 = put(blobs, acme(), &bytes).await.sha256;
    let all = futures_util::future::join_all((0..8).map(|_| whole(blobs, acme(), sha256))).await;
    assert!(all.into_iter().all(|read| read == bytes));
}

pub async fn invariant_6_bytes_of_another_account_are_not_found(blobs: &dyn Blobs) {
    let bytes = noise(100);
    let sha256 = put(blobs, acme(), &bytes).await.sha256;
    assert!(not_there(blobs, other(), sha256).await);
    blobs.delete(other(), sha256).await.expect("it is not there, which is fine");
    assert!(whole(blobs, acme(), sha256).await == bytes, "it is not taken from its owner");
    put(blobs, other(), &bytes).await;
    blobs.delete(other(), sha256).await.expect("taken away");
    assert!(not_there(blobs, other(), sha256).await);
    assert!(whole(blobs, acme(), sha256).await == bytes, "two accounts, two blobs");
}

pub async fn a_blob_that_was_taken_away_is_gone_and_may_come_again(blobs: &dyn Blobs) {
    let (bytes, kept) = (noise(100), noise(200));
    let sha256 = put(blobs, acme(), &bytes).await.sha256;
    let stays = put(blobs, acme(), &kept).await.sha256;
    for _ in 0..2 {
        blobs.delete(acme(), sha256).await.expect("gone, or gone already");
        assert!(not_there(blobs, acme(), sha256).await);
    }
    assert!(whole(blobs, acme(), stays).await == kept);
    put(blobs, acme(), &bytes).await;
    assert!(whole(blobs, acme(), sha256).await == bytes);
}

pub async fn a_link_is_to_what_is_there_and_differs_by_account_or_there_is_none(blobs: &dyn Blobs) {
    let bytes = noise(100);
    let sha256 = put(blobs, acme(), &bytes).await.sha256;
    let (lasts, served) = (Duration::from_mins(5), Served::default());
    let ours = blobs.link(acme(), sha256, lasts, &served).await.expect("a link or none");
    let missing = blobs.link(acme(), Sha256::of(b"another"), lasts, &served).await;
    let theirs = blobs.link(other(), sha256, lasts, &served).await;
    let Some(ours) = ours else {
        assert!(matches!((missing, theirs), (Ok(None), Ok(None))), "there are links or there are none");
        return;
    };
    assert!(matches!((missing, theirs), (Err(BlobError::NotFound), Err(BlobError::NotFound))));
    put(blobs, other(), &bytes).await;
    let theirs = blobs.link(other(), sha256, lasts, &served).await.expect("a link").expect("a link");
    let place = |link: &str| link.split('?').next().unwrap_or_default().to_owned();
    assert_ne!(place(&ours), place(&theirs));
}

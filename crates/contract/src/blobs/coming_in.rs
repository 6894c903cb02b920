//! Bytes on their way in.
#![expect(missing_docs, reason = "a promise's name says what is promised")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use creativestore_domain::hash::Sha256;
use creativestore_ports::blobs::{BlobError, Blobs, ByteStream, Kept};
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, stream};

use super::{PLENTY, cut_off, noise, not_there, pieces, put, whole};
use crate::given::{acme, other};

pub async fn bytes_are_kept_under_their_hash_whatever_pieces_they_come_in(blobs: &dyn Blobs) {
    for length in [1, 999, 1_000, 65_536, 1_000_003] {
        let bytes = noise(length);
        let sha256 = Sha256::of(&bytes);
        for size in [7, 1_000, 1 << 20] {
            // A sender may say nothing for a while.
            let with_gaps = pieces(&bytes, size).flat_map(|piece| stream::iter([piece, Ok(Bytes::new())]));
            let kept = blobs.put(acme(), Box::pin(with_gaps), PLENTY, None).await.expect("taken");
            assert_eq!(kept, Kept { sha256, size: length as u64 });
            assert!(whole(blobs, acme(), sha256).await == bytes, "{length} bytes in pieces of {size}");
        }
    }
}

pub async fn no_bytes_at_all_are_a_blob_as_well(blobs: &dyn Blobs) {
    let kept = put(blobs, acme(), b"").await;
    assert_eq!(kept, Kept { sha256: Sha256::of(b""), size: 0 });
    assert_eq!(blobs.size(acme(), kept.sha256).await.expect("there"), 0);
    assert_eq!(whole(blobs, acme(), kept.sha256).await, b"");
}

pub async fn a_stream_is_taken_in_one_pass(blobs: &dyn Blobs) {
    let bytes = noise(100_000);
    let pulled = Arc::new(AtomicUsize::new(0));
    let counted = {
        let pulled = pulled.clone();
        pieces(&bytes, 1_000).inspect(move |_| {
            pulled.fetch_add(1, Ordering::SeqCst);
        })
    };
    blobs.put(acme(), Box::pin(counted), PLENTY, None).await.expect("taken");
    assert_eq!(pulled.load(Ordering::SeqCst), 100, "each piece once");
}

pub async fn invariant_1_the_same_bytes_again_are_kept_once_and_stay_as_they_were(blobs: &dyn Blobs) {
    let bytes = noise(5_000);
    let first = put(blobs, acme(), &bytes).await;
    assert_eq!(put(blobs, acme(), &bytes).await, first);
    assert!(whole(blobs, acme(), first.sha256).await == bytes);
    blobs.delete(acme(), first.sha256).await.expect("taken away");
    assert!(not_there(blobs, acme(), first.sha256).await, "there was one");
}

pub async fn the_same_bytes_from_many_at_once_are_kept_whole(blobs: &dyn Blobs) {
    let bytes = noise(300_000);
    let all = join_all((1..=6).map(|size| blobs.put(acme(), pieces(&bytes, size * 999), PLENTY, None))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert!(whole(blobs, acme(), Sha256::of(&bytes)).await == bytes);
}

pub async fn bytes_that_hash_to_what_was_announced_are_taken_and_others_leave_nothing(blobs: &dyn Blobs) {
    let bytes = noise(5_000);
    let found = Sha256::of(&bytes);
    let announced = Sha256::of(b"others");
    let refused = blobs.put(acme(), pieces(&bytes, 999), PLENTY, Some(announced)).await;
    let expected = matches!(refused, Err(BlobError::ChecksumMismatch { announced: a, found: f })
        if a == announced && f == found);
    assert!(expected, "{refused:?}");
    assert!(not_there(blobs, acme(), found).await && not_there(blobs, acme(), announced).await);
    blobs.put(acme(), pieces(&bytes, 999), PLENTY, Some(found)).await.expect("taken");
    assert!(whole(blobs, acme(), found).await == bytes);
}

pub async fn as_many_bytes_as_are_allowed_are_taken_and_one_more_leaves_nothing(blobs: &dyn Blobs) {
    let bytes = noise(5_000);
    let sha256 = Sha256::of(&bytes);
    for size in [1, 999, 5_000] {
        let refused = blobs.put(acme(), pieces(&bytes, size), 4_999, None).await;
        assert!(matches!(refused, Err(BlobError::TooLarge { limit: 4_999 })), "{refused:?}");
        assert!(not_there(blobs, acme(), sha256).await);
        assert!(not_there(blobs, acme(), Sha256::of(&bytes[..4_999])).await);
    }
    blobs.put(acme(), pieces(&bytes, 999), 5_000, None).await.expect("taken");
    assert!(whole(blobs, acme(), sha256).await == bytes);
}

pub async fn a_stream_that_is_too_large_is_not_read_to_its_end(blobs: &dyn Blobs) {
    let endless: ByteStream = Box::pin(stream::repeat_with(|| Ok(Bytes::from_static(&[7; 1_000]))));
    let refused = blobs.put(acme(), endless, 100_000, None).await;
    assert!(matches!(refused, Err(BlobError::TooLarge { limit: 100_000 })), "{refused:?}");
}

pub async fn an_upload_that_is_cut_off_at_any_byte_leaves_nothing(blobs: &dyn Blobs) {
    let bytes = noise(50);
    for end in 0..=bytes.len() {
        for size in [1, 7, 64] {
            let refused = blobs.put(acme(), cut_off(&bytes[..end], size), PLENTY, None).await;
            assert!(matches!(refused, Err(BlobError::Incomplete(_))), "{refused:?}");
        }
        assert!(not_there(blobs, acme(), Sha256::of(&bytes[..end])).await, "cut off at {end}");
    }
    let large = noise(700_000);
    let refused = blobs.put(acme(), cut_off(&large, 1_000), PLENTY, Some(Sha256::of(&large))).await;
    assert!(matches!(refused, Err(BlobError::Incomplete(_))), "{refused:?}");
    assert!(not_there(blobs, acme(), Sha256::of(&large)).await);
}

pub async fn an_upload_whose_receiver_is_dropped_leaves_nothing(blobs: &dyn Blobs) {
    let bytes = noise(300_000);
    let stalled = Box::pin(pieces(&bytes, 1_000).chain(stream::pending()));
    let mut receiving = Box::pin(blobs.put(acme(), stalled, PLENTY, None));
    for _ in 0..100 {
        assert!((&mut receiving).now_or_never().is_none(), "the stream has no end");
    }
    drop(receiving);
    assert!(not_there(blobs, acme(), Sha256::of(&bytes)).await);
}

pub async fn a_failed_upload_leaves_what_was_there_before(blobs: &dyn Blobs) {
    let bytes = noise(5_000);
    let sha256 = put(blobs, acme(), &bytes).await.sha256;
    assert!(blobs.put(acme(), cut_off(&bytes, 999), PLENTY, None).await.is_err());
    assert!(blobs.put(acme(), pieces(&bytes, 999), 9, Some(sha256)).await.is_err());
    assert!(blobs.put(acme(), pieces(&bytes, 999), PLENTY, Some(Sha256::of(b""))).await.is_err());
    assert!(whole(blobs, acme(), sha256).await == bytes);
}

pub async fn invariant_6_bytes_that_another_account_holds_are_taken_whole_again(blobs: &dyn Blobs) {
    let bytes = noise(5_000);
    let first = put(blobs, acme(), &bytes).await;
    let pulled = Arc::new(AtomicUsize::new(0));
    let counted = {
        let pulled = pulled.clone();
        pieces(&bytes, 1_000).inspect(move |_| {
            pulled.fetch_add(1, Ordering::SeqCst);
        })
    };
    let second = blobs.put(other(), Box::pin(counted), PLENTY, Some(first.sha256)).await.expect("taken");
    assert_eq!((second, pulled.load(Ordering::SeqCst)), (first, 5), "nothing is skipped");
}

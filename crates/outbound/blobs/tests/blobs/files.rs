//! What is true of files and not of every place for bytes: where they lie, what a crash leaves, what damage does.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use creativestore_blobs::LocalBlobs;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_ports::blobs::{BlobError, Blobs, ByteStream};
use futures_util::{StreamExt, stream};

const ACCOUNT: &str = "acc_00000000000000000000000000000001";

fn account() -> AccountId {
    AccountId::parse(ACCOUNT).expect("an id")
}

fn stream_of(bytes: &'static [u8]) -> ByteStream {
    Box::pin(stream::iter([Ok(Bytes::from_static(bytes))]))
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

async fn opened(folder: &Path) -> LocalBlobs {
    LocalBlobs::open(folder).await.expect("opens")
}

#[tokio::test]
async fn a_blob_lies_under_its_account_and_hash_and_nothing_lies_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = opened(folder.path()).await;
    for _ in 0..2 {
        blobs.put(account(), stream_of(b"bytes"), 9, None).await.expect("taken");
    }
    for refused in
        [stream_of(b"too many bytes"), Box::pin(stream::once(async { Err(std::io::Error::other("away")) }))]
    {
        blobs.put(account(), refused, 9, None).await.expect_err("refused");
    }
    let sha256 = Sha256::of(b"bytes").to_string();
    let place = folder.path().join("blobs").join(ACCOUNT).join(&sha256[..2]).join(sha256);
    assert_eq!(files(folder.path()), [place]);
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_swept_and_what_was_whole_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = opened(folder.path()).await.put(account(), stream_of(b"bytes"), 9, None).await.expect("taken");
    std::fs::write(folder.path().join("incoming/half"), b"by").expect("written");
    let blobs = opened(folder.path()).await;
    assert_eq!(files(folder.path()).len(), 1);
    assert_eq!(blobs.size(account(), kept.sha256).await.expect("there"), 5);
}

#[tokio::test]
async fn a_damaged_blob_ends_in_an_error_and_is_mended_by_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = opened(folder.path()).await;
    let kept = blobs.put(account(), stream_of(b"bytes"), 9, None).await.expect("taken");
    let place = files(folder.path()).remove(0);
    for damaged in [&b"bytez"[..], b"byte", b""] {
        std::fs::write(&place, damaged).expect("damaged");
        let pieces: Vec<_> = blobs.open(account(), kept.sha256, None).await.expect("opens").collect().await;
        let last = pieces.into_iter().next_back().expect("a piece").expect_err("it is damaged");
        let told = last.get_ref().and_then(|error| error.downcast_ref());
        assert!(matches!(told, Some(BlobError::Corrupt(sha256)) if *sha256 == kept.sha256), "{last:?}");
        blobs.put(account(), stream_of(b"bytes"), 9, None).await.expect("taken again");
        assert_eq!(std::fs::read(&place).expect("read"), b"bytes");
    }
}

//! Object stores that need no server, a folder and memory: the promises, and what is true of object stores only: what
//! goes in parts, and what lies where.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use creativestore_blobs::{ObjectBlobs, OpenError};
use creativestore_contract::Given;
use creativestore_domain::hash::Sha256;
use creativestore_domain::time::Timestamp;
use creativestore_ports::ambient::Ids;
use creativestore_ports::blobs::{BlobError, Blobs};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use crate::given::{account, noise, opened, pieces, url_of};

#[expect(clippy::unused_async, reason = "promises are given their port by an async function")]
async fn memory() -> Given<dyn Blobs> {
    Given::new(Box::new(opened("memory:///", &[])), ())
}

#[expect(clippy::unused_async, reason = "promises are given their port by an async function")]
async fn folder() -> Given<dyn Blobs> {
    let folder = tempfile::tempdir().expect("a folder");
    Given::new(Box::new(opened(&url_of(&folder.path().join("store")), &[])), folder)
}

mod in_memory {
    creativestore_contract::blobs_promises!(crate::objects::memory);
}

mod in_a_folder {
    creativestore_contract::blobs_promises!(crate::objects::folder);
}

const PLENTY: u64 = 1 << 30;
const PART: usize = 5 << 20;

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn a_blob_of_any_number_of_parts_lies_under_its_hash_and_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = opened(&url_of(folder.path()), &[]);
    for length in [PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 7] {
        let bytes = noise(length);
        let kept = blobs.put(account(), pieces(&bytes), PLENTY, None).await.expect("taken");
        assert_eq!((kept.sha256, kept.size), (Sha256::of(&bytes), length as u64));
        let digits = kept.sha256.to_string();
        let place = folder.path().join(account().to_string()).join(&digits[..2]).join(digits);
        assert_eq!(files(folder.path()), [place]);
        let read = blobs.open(account(), kept.sha256, None).await.expect("opens");
        assert!(read.try_collect::<Vec<Bytes>>().await.expect("read").concat() == bytes);
        blobs.delete(account(), kept.sha256).await.expect("taken away");
        assert!(files(folder.path()).is_empty());
    }
}

#[tokio::test]
async fn parts_of_an_upload_that_fails_or_is_dropped_are_taken_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = opened(&url_of(folder.path()), &[]);
    let bytes = noise(2 * PART + 7);
    let away = stream::once(async { Err(std::io::Error::other("away")) });
    let cut_off = Box::pin(pieces(&bytes).chain(away));
    blobs.put(account(), cut_off, PLENTY, None).await.expect_err("cut off");
    assert!(files(folder.path()).is_empty());
    blobs.put(account(), pieces(&bytes), 2 * PART as u64, None).await.expect_err("too large");
    assert!(files(folder.path()).is_empty());
    let other = Some(Sha256::of(b"other"));
    blobs.put(account(), pieces(&bytes), PLENTY, other).await.expect_err("other bytes");
    assert!(files(folder.path()).is_empty());
    let mut put = blobs.put(account(), Box::pin(pieces(&bytes).chain(stream::pending())), PLENTY, None);
    while files(folder.path()).is_empty() {
        assert!((&mut put).now_or_never().is_none(), "it has no end");
        tokio::task::yield_now().await;
    }
    drop(put);
    let gone = async {
        while !files(folder.path()).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), gone).await.expect("it is gone");
}

#[tokio::test]
async fn what_a_crash_left_is_swept_when_it_is_old_and_what_is_whole_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = opened(&url_of(folder.path()), &[]);
    let kept = blobs.put(account(), pieces(b"bytes"), PLENTY, None).await.expect("taken");
    std::fs::create_dir(folder.path().join("incoming")).expect("a folder");
    std::fs::write(folder.path().join("incoming/left"), b"by").expect("written");
    assert_eq!(blobs.sweep_before(Timestamp::from_micros(1)).await.expect("sweeps"), 0);
    let after_all = Timestamp::from_micros(i64::MAX);
    assert_eq!(blobs.sweep_before(after_all).await.expect("sweeps"), 1);
    assert_eq!(files(folder.path()).len(), 1);
    assert_eq!(blobs.size(account(), kept.sha256).await.expect("there"), 5);
}

#[tokio::test]
async fn damage_ends_in_an_error_before_the_last_piece_and_is_mended_by_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = opened(&url_of(folder.path()), &[]);
    let kept = blobs.put(account(), pieces(b"bytes"), PLENTY, None).await.expect("taken");
    let place = files(folder.path()).remove(0);
    for damaged in [&b"bytez"[..], b"byte", b""] {
        std::fs::write(&place, damaged).expect("damaged");
        let mut got: Vec<_> = blobs.open(account(), kept.sha256, None).await.expect("opens").collect().await;
        let last = got.remove(0).expect_err("it is damaged");
        let told = last.get_ref().and_then(|error| error.downcast_ref());
        assert!(matches!(told, Some(BlobError::Corrupt(sha256)) if *sha256 == kept.sha256), "{last:?}");
        assert!(got.is_empty(), "nothing of it is given");
        blobs.put(account(), pieces(b"bytes"), PLENTY, None).await.expect("taken again");
        assert_eq!(std::fs::read(&place).expect("read"), b"bytes");
    }
}

struct Nobody;

impl Ids for Nobody {
    fn next(&self) -> Uuid {
        Uuid::nil()
    }
}

#[test]
fn what_cannot_be_opened_is_refused_with_the_reason() {
    let open = |url: &str, option: Option<&str>| {
        let options: Vec<_> = option.map(|name| (name.to_owned(), "x".to_owned())).into_iter().collect();
        ObjectBlobs::open(url, &options, Arc::new(Nobody)).map(drop)
    };
    for url in ["", "folder", "ftp://host/folder", "https://host/bucket"] {
        assert!(matches!(open(url, None), Err(OpenError::Url(told)) if told == url), "{url}");
    }
    assert!(matches!(open("memory:///", Some("region")), Err(OpenError::Option(told)) if told == "region"));
    for (url, cloud) in [("s3://bucket", "aws"), ("gs://bucket", "gcp"), ("az://container", "azure")] {
        let refused = open(url, Some("no_such_option"));
        let expected = match refused {
            Err(OpenError::NotBuilt(told)) => told == cloud,
            Err(OpenError::Option(ref told)) => told == "no_such_option",
            _ => false,
        };
        assert!(expected, "{url}: {refused:?}");
    }
}

//! What tests of object stores begin with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use creativestore_blobs::ObjectBlobs;
use creativestore_domain::id::AccountId;
use creativestore_ports::ambient::Ids;
use creativestore_ports::blobs::ByteStream;
use futures_util::stream;
use uuid::Uuid;

/// Ids that are counted.
#[derive(Default)]
struct Counted(AtomicU32);

impl Ids for Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::SeqCst).into())
    }
}

/// A store by its URL.
pub fn opened(url: &str, options: &[(&str, &str)]) -> ObjectBlobs {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let options: Vec<_> = options.iter().map(owned).collect();
    ObjectBlobs::open(url, &options, Arc::new(Counted::default())).expect("opens")
}

/// The URL of a folder.
pub fn url_of(folder: &std::path::Path) -> String {
    format!("file://{}", folder.display())
}

pub fn account() -> AccountId {
    AccountId::parse("acc_00000000000000000000000000000001").expect("an id")
}

/// Bytes of which no two parts are alike.
pub fn noise(length: usize) -> Vec<u8> {
    let mut chance = creativestore_tests::chance::Chance::new(length as u64);
    let words = (0..length.div_ceil(8)).flat_map(|_| chance.draw().to_be_bytes());
    words.take(length).collect()
}

pub fn pieces(bytes: &[u8]) -> ByteStream {
    let pieces: Vec<_> = bytes.chunks(99_999).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

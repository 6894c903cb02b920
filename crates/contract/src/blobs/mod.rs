//! What a place for bytes promises.

pub mod coming_in;
pub mod going_out;

use bytes::Bytes;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::AccountId;
use creativestore_ports::blobs::{BlobError, Blobs, ByteStream, Kept};
use futures_util::{StreamExt, TryStreamExt, stream};

/// More than any of these promises puts in.
const PLENTY: u64 = 1 << 30;

/// Bytes in pieces of this size.
fn pieces(bytes: &[u8], size: usize) -> ByteStream {
    let pieces: Vec<_> = bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

/// The same, cut off by an error.
fn cut_off(bytes: &[u8], size: usize) -> ByteStream {
    let ended = stream::once(async { Err(std::io::Error::other("the sender went away")) });
    Box::pin(pieces(bytes, size).chain(ended))
}

async fn put(blobs: &dyn Blobs, account: AccountId, bytes: &[u8]) -> Kept {
    blobs.put(account, pieces(bytes, 1_000), PLENTY, None).await.expect("the bytes are taken")
}

async fn read(stream: ByteStream) -> Vec<u8> {
    let pieces: Vec<Bytes> = stream.try_collect().await.expect("the bytes come");
    pieces.concat()
}

async fn whole(blobs: &dyn Blobs, account: AccountId, sha256: Sha256) -> Vec<u8> {
    read(blobs.open(account, sha256, None).await.expect("it opens")).await
}

/// Whether neither its size is told nor its bytes are given.
async fn not_there(blobs: &dyn Blobs, account: AccountId, sha256: Sha256) -> bool {
    let size = blobs.size(account, sha256).await;
    let opened = blobs.open(account, sha256, None).await.map(drop);
    let part = blobs.open(account, sha256, Some(0..1)).await.map(drop);
    matches!(
        (size, opened, part),
        (Err(BlobError::NotFound), Err(BlobError::NotFound), Err(BlobError::NotFound))
    )
}

/// Bytes that look like nothing in particular.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u32 = 0x9E37_79B9;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    };
    (0..length).map(byte).collect()
}

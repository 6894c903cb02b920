//! Bytes to upload, made again from a few words: whoever checks them need not have kept them.

use sha2::{Digest, Sha256};

use crate::chance::Chance;

/// A picture that every image format of 300 × 250 pixels takes.
const PICTURE: &[u8] = include_bytes!("../../samples/northwind-300x250.gif");

/// The hash of bytes, as blobs are named by it.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// An animated GIF of 300 × 250 pixels; another file for every seed, because of the comment that ends it.
pub fn picture(seed: u64) -> Vec<u8> {
    let trailer = PICTURE.len() - 1;
    let comment = seed.to_string();
    let length = u8::try_from(comment.len()).unwrap_or_default();
    let mut bytes = PICTURE[..trailer].to_vec();
    bytes.extend([0x21, 0xFE, length]);
    bytes.extend(comment.as_bytes());
    bytes.extend([0, PICTURE[trailer]]);
    bytes
}

/// So many bytes of no known type: a block of chance, again and again, so that it is made in no time.
pub fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut chance = Chance::new(seed);
    let block: Vec<u8> = (0..512).flat_map(|_| chance.draw().to_le_bytes()).collect();
    let mut bytes = block.repeat(size / block.len() + 1);
    bytes.truncate(size);
    bytes
}

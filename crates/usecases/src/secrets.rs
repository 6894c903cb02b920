//! Secrets that we give out: 32 random bytes behind a prefix that tells what they are for. Only their hash is kept.

use creativestore_domain::hash::Sha256;

use crate::inside::Inside;

/// What an API key begins with.
pub(crate) const API_KEY: &str = "cs_key_";
/// What a refresh token begins with.
pub(crate) const REFRESH: &str = "cs_rt_";
/// What a one-time token begins with.
pub(crate) const ONE_TIME: &str = "cs_ott_";

/// A new secret and the hash that it is known by.
pub(crate) fn new(inside: &Inside, prefix: &str) -> (String, Sha256) {
    let mut bytes = [0; 32];
    inside.random.fill(&mut bytes);
    let secret = format!("{prefix}{}", hex::encode(bytes));
    let hash = Sha256::of(secret.as_bytes());
    (secret, hash)
}

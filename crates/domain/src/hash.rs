//! SHA-256 values, and the canonical encoding that content is hashed in.

use sha2::{Digest, Sha256 as Sha2};

/// A SHA-256: the address of a blob, or the identity of a manifest. Written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// Not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 is 64 hexadecimal digits")]
pub struct NotSha256;

impl Sha256 {
    /// The hash with these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha2::digest(bytes).into())
    }

    /// Reads 64 hex digits of either case.
    pub fn parse(text: &str) -> Result<Self, NotSha256> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(NotSha256);
        }
        let mut out = [0; 32];
        for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16).ok_or(NotSha256)?;
            let low = char::from(pair[1]).to_digit(16).ok_or(NotSha256)?;
            *byte = u8::try_from(high * 16 + low).map_err(|_| NotSha256)?;
        }
        Ok(Self(out))
    }
}

impl std::fmt::Display for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Feeds values into a hash so that no two different sequences of values meet in the same bytes: every value
/// is preceded by its length.
pub(crate) struct Canonical(Sha2);

impl Canonical {
    pub(crate) fn new(domain: &str) -> Self {
        let mut it = Self(Sha2::new());
        it.text(domain);
        it
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.count(value.len());
        self.0.update(value.as_bytes());
    }

    pub(crate) fn count(&mut self, value: usize) {
        self.0.update((value as u64).to_be_bytes());
    }

    pub(crate) fn optional(&mut self, value: Option<&str>) {
        self.count(usize::from(value.is_some()));
        if let Some(value) = value {
            self.text(value);
        }
    }

    pub(crate) fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

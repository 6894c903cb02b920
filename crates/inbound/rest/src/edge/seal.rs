//! Seals texts that come back to us: cursors and links. A sealed text can be read by anybody, and made by us alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How many bytes of the HMAC-SHA-256 a sealed text carries.
const MAC_BYTES: usize = 16;

/// Seals and opens texts under one key.
pub struct Seal(Hmac<Sha256>);

impl Seal {
    /// A seal with this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The text, sealed for one purpose, in the characters of a URL path.
    pub fn close(&self, purpose: &str, text: &str) -> String {
        let mut bytes = self.mac(purpose, text).to_vec();
        bytes.extend_from_slice(text.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The text that was sealed for this purpose; `None` for anything else.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (mac, text) = bytes.split_at_checked(MAC_BYTES)?;
        let text = std::str::from_utf8(text).ok()?;
        bool::from(self.mac(purpose, text).ct_eq(mac)).then(|| text.to_owned())
    }

    fn mac(&self, purpose: &str, text: &str) -> [u8; MAC_BYTES] {
        let mut mac = self.0.clone();
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(text.as_bytes());
        let whole = mac.finalize().into_bytes();
        let mut short = [0; MAC_BYTES];
        short.copy_from_slice(&whole[..MAC_BYTES]);
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_purpose_only() {
        let seal = Seal::new(&[7; 32]);
        let sealed = seal.close("cursor", "n|5|cr_1");
        assert_eq!(seal.open("cursor", &sealed).as_deref(), Some("n|5|cr_1"));
        assert_eq!(seal.open("preview", &sealed), None);
        assert_eq!(Seal::new(&[8; 32]).open("cursor", &sealed), None);
    }

    #[test]
    fn a_sealed_text_that_was_changed_anywhere_does_not_open() {
        let seal = Seal::new(&[7; 32]);
        let sealed = seal.close("cursor", "n|5|cr_1");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_ne!(seal.open("cursor", &changed).as_deref(), Some("n|5|cr_1"), "changed at {at}");
            assert_eq!(seal.open("cursor", &sealed[..at]), None, "cut at {at}");
        }
    }
}

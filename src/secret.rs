//! A text that cannot be printed, is wiped when dropped, and opens only by `expose()`.
//! It knows nothing of what it hides, nor of where it is kept.

use rustls::crypto::ring::{cipher_suite::TLS13_AES_128_GCM_SHA256, default_provider};
use rustls::crypto::tls13::OkmBlock;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes that never appear in `Debug`, have no `Display`, compare in constant time and are wiped on drop.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over; whoever had a copy must wipe it.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// 32 bytes that nobody can guess, in hexadecimal digits; `None` where the system has none to give.
    pub fn random() -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        default_provider().secure_random.fill(bytes.as_mut()).ok()?;
        Some(Self::new(hex(bytes.as_ref())))
    }

    /// A text by which this can be known again by whoever has the key, and by nobody else (HMAC-SHA-256, RFC 2104).
    pub fn digest(&self, key: &Self) -> String {
        let suite = TLS13_AES_128_GCM_SHA256.tls13().expect("a suite of TLS 1.3, with SHA-256");
        let key = &key.expose()[..key.expose().len().min(OkmBlock::MAX_LEN)];
        hex(suite.hkdf_provider.hmac_sign(&OkmBlock::new(key), self.expose()).as_ref())
    }

    /// The bytes themselves, for the writer of an answer, a request header or a storage.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The same as text, or `None` where it is not UTF-8.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a header can carry it as a token (RFC 6750, section 2.1): visible ASCII, and some of it.
    pub fn fits_a_header(&self) -> bool {
        !self.is_empty() && self.0.iter().all(u8::is_ascii_graphic)
    }

    /// Whether Git's line protocol can carry it: no CR, LF or NUL (git-credential, "INPUT/OUTPUT FORMAT").
    pub fn fits_a_line(&self) -> bool {
        !self.0.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl PartialEq for Secret {
    /// Takes the same time wherever the first difference lies.
    fn eq(&self, other: &Self) -> bool {
        let difference = self.0.iter().zip(other.0.iter()).fold(0, |seen, (a, b)| seen | (a ^ b));
        self.0.len() == other.0.len() && std::hint::black_box(difference) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        let shown = format!("{:?}", Secret::new("hunter2"));
        assert_eq!(shown, "[secret]");
    }

    #[test]
    fn secrets_are_equal_only_when_every_byte_is() {
        assert_eq!(Secret::new("abc"), Secret::new("abc"));
        assert_ne!(Secret::new("abc"), Secret::new("abd"));
        assert_ne!(Secret::new("abc"), Secret::new("abcd"));
        assert_ne!(Secret::new(""), Secret::new("a"));
    }

    #[test]
    fn a_digest_is_the_one_of_the_rfc_and_differs_with_the_key() {
        // RFC 4231, section 4.3
        let digest = Secret::new("what do ya want for nothing?").digest(&Secret::new("Jefe"));
        assert_eq!(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let keys = [Secret::random(), Secret::random()].map(|key| key.expect("a key"));
        assert!(keys[0] != keys[1] && keys[0].expose().len() == 64);
        assert_ne!(Secret::new("x").digest(&keys[0]), Secret::new("x").digest(&keys[1]));
    }

    #[test]
    fn a_secret_with_a_line_end_does_not_fit_a_line() {
        assert!(Secret::new("a=b c").fits_a_line());
        for bad in ["a\nb", "a\r", "\0"] {
            assert!(!Secret::new(bad).fits_a_line());
        }
    }
}

//! Makes secrets: recognisable, never twice the same, of the length the real ones have.
//! Remembers each, so that a test can ask whether any has leaked.

/// The head of a JWT: `{"typ":"JWT","alg":"ES256"}`.
const JWT_HEAD: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9";

/// The maker of secrets.
#[derive(Debug, Default)]
pub struct Mint {
    site: String,
    made: Vec<String>,
}

impl Mint {
    /// A maker whose secrets name this site.
    pub fn new(site: &str) -> Self {
        Self { site: site.to_owned(), made: Vec::new() }
    }

    /// A text shaped like a JWT, with `canary` and this word in it.
    pub fn jwt(&mut self, word: &str, length: usize) -> String {
        let start = format!("{JWT_HEAD}.canary-{}-{word}-{:05}.", self.site, self.made.len());
        self.keep(padded(start, length))
    }

    /// A short text with `canary` and this word in it.
    pub fn word(&mut self, prefix: &str, word: &str, length: usize) -> String {
        let start = format!("{prefix}canary{}{word}{:05}", self.site, self.made.len());
        self.keep(padded(start, length))
    }

    /// Every secret made so far.
    pub fn made(&self) -> &[String] {
        &self.made
    }

    fn keep(&mut self, secret: String) -> String {
        self.made.push(secret.clone());
        secret
    }
}

fn padded(start: String, length: usize) -> String {
    let missing = length.saturating_sub(start.len());
    start + &"Qk9x7".repeat(missing / 5 + 1)[..missing]
}

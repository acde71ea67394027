//! The trace that every desk leaves, and the search for secrets in it.

use std::fs;
use std::path::PathBuf;

/// Every secret of the sandbox has this word in it, and so have those that stories make up; and in base64 it is one of these.
const CANARIES: [&str; 4] = ["canary", "Y2FuYXJ5", "NhbmFye", "jYW5hcn"];

/// Whether a text that anybody may read holds a secret.
pub fn tells_a_secret(text: &str) -> bool {
    CANARIES.iter().any(|sign| text.contains(sign))
}

/// Where a desk's traces go; looked through at its end.
pub struct Trace(tempfile::TempDir);

impl Trace {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join("trace")
    }

    pub fn read(&self) -> String {
        fs::read_to_string(self.file()).unwrap_or_default()
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let trace = self.read();
        assert!(std::thread::panicking() || !tells_a_secret(&trace), "a secret in the trace: {trace}");
    }
}

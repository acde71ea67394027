//! The files of the storage room that read what comes from outside; the rest of it needs a keyring or a child.

#[path = "../../src/storage/key.rs"]
mod key;
#[path = "../../src/storage/line.rs"]
pub mod line;

pub use key::Key;

//! What somebody may do with a repository; the word both products share.

/// From less to more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Clone and fetch.
    Read,
    /// Push as well.
    Write,
}

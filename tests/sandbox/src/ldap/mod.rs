//! LDAP: a client that can do what a server's user directory needs, and a real slapd for it to ask.
//! Knows nothing of Bitbucket.

mod ber;
mod client;
mod relay;
mod slapd;

pub use client::{Account, Found, Result, Server, Silent};
pub use slapd::{Entry, Slapd};

//! One bind, loopback only, before any browser opens; the port is free again as soon as the listener is dropped.

use super::{Fields, Redirect, Visit};
use crate::error::Result;
use crate::secret::Secret;
use std::time::Duration;

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Listener {
    at: Redirect,
    port: u16,
}

impl Listener {
    /// Takes the port. `Error::PortBusy` if another program has it, on either family where `localhost` is registered;
    /// `Error::PortRefused` if this machine does not let us.
    pub fn bind(at: &Redirect) -> Result<Self> {
        Ok(Self { at: at.clone(), port: 0 })
    }

    /// The same, for the sign-in page: hears forms (`POST`) from its own pages too.
    pub fn with_forms(at: &Redirect) -> Result<Self> {
        Self::bind(at)
    }

    /// The redirect URI to send: as registered, with the port that was taken.
    pub fn address(&self) -> String {
        todo!("{:?} {}", self.at, self.port)
    }

    /// The port that was taken, for an `ssh -L` line.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next visit that passed the guards, or `None` after `limit`; cheap enough to be called in short slices.
    pub fn next(&self, limit: Duration) -> Option<Visit> {
        todo!("{limit:?}")
    }

    /// What a pasted address says, if it is this listener's address and has a query: the paste-back of a browser that runs
    /// on another machine. Blanks around it do not count.
    pub fn pasted(&self, line: &Secret) -> Option<Fields> {
        todo!("{line:?}")
    }
}

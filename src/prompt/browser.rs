//! Opening an address in the person's browser: detached, never waited for, and never certain. Whoever opens one also says
//! the address.

use crate::config::Desktop;

/// A browser that can be opened, as far as anybody can tell.
#[derive(Debug)]
pub struct Browser {
    desktop: Desktop,
}

impl Browser {
    /// `None` where a browser would appear nowhere, or on another machine than the person's.
    pub fn find(desktop: Desktop) -> Option<Self> {
        Some(Self { desktop })
    }

    /// Starts it and returns at once; whether anything was started. Only `http` and `https` are opened.
    pub fn open(&self, url: &str) -> bool {
        todo!("{url} {:?}", self.desktop)
    }
}

//! The sandbox's time: the machine's clock plus what tests have added to it.
//! Every expiry on every site is judged by this clock and by no other.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970 by the sandbox's clock.
pub type Moment = u64;

/// A clock that can be put forward.
#[derive(Debug, Default)]
pub struct Clock {
    ahead: Duration,
}

impl Clock {
    /// The present moment.
    pub fn now(&self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        (since.unwrap_or_default() + self.ahead).as_secs()
    }

    /// Puts the clock forward.
    pub fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }
}

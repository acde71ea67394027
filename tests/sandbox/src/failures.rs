//! Failed logins of one site, by username. Counts; what follows from a count is decided elsewhere.

use std::collections::BTreeMap;

/// How often signing in as somebody has failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailedLogins {
    /// With a wrong secret.
    pub wrong: u32,
    /// With an empty one: what git sends when the address names a user.
    pub empty: u32,
    /// Of both kinds, since the last success.
    pub in_a_row: u32,
}

/// The count of every username, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Failures(BTreeMap<String, FailedLogins>);

impl Failures {
    /// This username's count.
    pub fn of(&self, username: &str) -> FailedLogins {
        self.0.get(&username.to_lowercase()).copied().unwrap_or_default()
    }

    /// All usernames' counts together.
    pub fn total(&self) -> FailedLogins {
        self.0.values().fold(FailedLogins::default(), |sum, one| FailedLogins {
            wrong: sum.wrong + one.wrong,
            empty: sum.empty + one.empty,
            in_a_row: sum.in_a_row + one.in_a_row,
        })
    }

    /// Notes a failure.
    pub fn note(&mut self, username: &str, secret: &str) {
        let count = self.0.entry(username.to_lowercase()).or_default();
        count.in_a_row += 1;
        if secret.is_empty() {
            count.empty += 1;
        } else {
            count.wrong += 1;
        }
    }

    /// The row is broken: a success, or an administrator's mercy.
    pub fn forgive(&mut self, username: &str) {
        if let Some(count) = self.0.get_mut(&username.to_lowercase()) {
            count.in_a_row = 0;
        }
    }

    /// Forgets all counts.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

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

    /// The present moment as a `Date` header (RFC 9110, section 5.6.7).
    pub fn http_date(&self) -> String {
        http_date(self.now())
    }

    /// Puts the clock forward.
    pub fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn http_date(moment: Moment) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, second) = (moment / 86_400, moment % 86_400);
    let since = days + 719_468;
    let (era, day_of_era) = (since / 146_097, since % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12;
    let year = year_of_era + era * 400 + u64::from(month < 2);
    let (name, month) = (DAYS[(days % 7) as usize], MONTHS[month as usize]);
    format!("{name}, {day:02} {month} {year} {:02}:{:02}:{:02} GMT", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_the_rfc_wants_it() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}

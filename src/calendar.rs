//! Days and dates: what a person types, what a server's clock says, how a day is shown. It reads no clock and knows no zone:
//! days are those of UTC.

/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// Tokens last a year at most; a date far beyond is a typing error.
const FARTHEST: u64 = 10 * 366 * DAY;

/// The moment that a person means by a date (`2027-03-01`: its end) or by a number of days from `now`, in Unix seconds;
/// `None` for anything else, for what is past and for what is more than ten years ahead.
pub fn expiry(text: &str, now: u64) -> Option<u64> {
    let text = text.trim();
    let days =
        || text.trim_end_matches([' ', 'd', 'a', 'y', 's']).parse::<u64>().ok()?.checked_mul(DAY)?.checked_add(now);
    end_of(text).or_else(days).filter(|end| (now + 1..now + FARTHEST).contains(end))
}

/// The day of a moment as `2027-03-01` (ISO 8601).
pub fn iso_date(moment: u64) -> String {
    let (year, month, day) = civil_from_days(i64::try_from(moment / DAY).unwrap_or_default());
    format!("{year:04}-{month:02}-{day:02}")
}

/// Unix seconds of a `Date` header, in the one form that servers may send (RFC 9110, section 5.6.7).
pub fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_once(", ")?.1.split(' ').collect();
    let [day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    let day = days_from_civil(year.parse().ok()?, u8::try_from(month).ok()?, day.parse().ok()?)?;
    let time: Vec<u64> =
        time.split(':').map(|part| part.parse::<u8>().map(u64::from)).collect::<Result<_, _>>().ok()?;
    let [hours @ ..24, minutes @ ..60, seconds @ ..=60] = time[..] else { return None };
    Some(day * DAY + hours * 3600 + minutes * 60 + seconds)
}

/// The last second of a day: a token's page names the day and not the hour.
fn end_of(date: &str) -> Option<u64> {
    let [year, month, day]: [&str; 3] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let plain = year.len() == 4 && [year, month, day].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let day = days_from_civil(year.parse().ok().filter(|_| plain)?, month.parse().ok()?, day.parse().ok()?)?;
    Some((day + 1) * DAY - 1)
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`; `None` for a day that no calendar has,
/// and before 1970.
fn days_from_civil(year: u16, month: u8, day: u8) -> Option<u64> {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let (shifted, era_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * era_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    (civil_from_days(days) == (year, month, day)).then(|| u64::try_from(days).ok()).flatten()
}

/// The same source, `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let era_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * era_month + 2) / 5 + 1;
    let month = if era_month < 10 { era_month + 3 } else { era_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-25, 12:00 UTC.
    const NOON: u64 = 1_795_608_000;

    #[test]
    fn a_day_has_one_date_and_a_date_one_day() {
        assert_eq!(iso_date(0), "1970-01-01");
        assert_eq!(iso_date(NOON), "2026-11-25");
        assert_eq!(iso_date(951_782_400), "2000-02-29");
        for day in (0..40_000).step_by(7) {
            let date = iso_date(day * DAY);
            assert_eq!(end_of(&date), Some((day + 1) * DAY - 1), "{date}");
        }
    }

    #[test]
    fn an_expiry_is_a_date_or_a_number_of_days() {
        assert_eq!(expiry("2026-12-01", NOON).map(iso_date).as_deref(), Some("2026-12-01"));
        assert_eq!(expiry("2026-11-25", NOON), Some(NOON + DAY / 2 - 1));
        for days in ["30", " 30 ", "30d", "30 days"] {
            assert_eq!(expiry(days, NOON), Some(NOON + 30 * DAY), "{days}");
        }
        for nonsense in [
            "",
            "0",
            "-3",
            "2026-11-24",
            "2027-02-29",
            "2027-13-01",
            "27-1-1",
            "tomorrow",
            "2027-1+1-1",
            "99999",
            "1.5",
        ] {
            assert_eq!(expiry(nonsense, NOON), None, "{nonsense}");
        }
    }

    #[test]
    fn a_servers_date_is_read_in_the_form_of_the_rfc_and_in_no_other() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for other in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 18446744073709551615:49:37 GMT",
            "Sun, 06 Nov 9223372036854775807 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "",
        ] {
            assert_eq!(http_date(other), None, "{other}");
        }
        assert_eq!(expiry("2027-9223372036854775807-01", NOON), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_calendar_panic_and_every_moment_comes_back(
            text in any::<String>(), near in "(Sun, )?[0-9]{1,20} Nov [0-9]{1,20} [0-9]{1,20}:[0-9]{2}:[0-9]{2} GMT|[0-9]{1,20}-[0-9]{1,20}-[0-9]{1,20}", now in 0..1u64 << 40
        ) {
            let _ = (http_date(&text), expiry(&text, now), iso_date(now << 24));
            prop_assert!(http_date(&near).is_none_or(|moment| moment < 1 << 42));
            prop_assert!(expiry(&near, now).is_none_or(|end| end > now));
            if let Some(end) = end_of(&iso_date(now)) {
                prop_assert_eq!(end / DAY, now / DAY);
            }
        }
    }
}

//! A token that a person made and that ends soon: told once a day, where a person reads along and nowhere else.

use super::notes::{self, Note};
use crate::calendar::{DAY, iso_date};
use crate::credential::Kind;
use crate::error::shown;
use crate::site::Site;
use crate::world::World;

/// From this many days before its end a token is worth a word (user-pains, row 28).
pub const DAYS_AHEAD: u64 = 14;

/// Says once a day that a token ends soon, to whoever sits at this terminal.
pub fn remind(world: &World, site: &Site, account: &str, kind: Kind, expires: Option<u64>) {
    let Some(words) = ends_soon(kind, expires, world.now()).filter(|_| world.is_watched()) else { return };
    let today = iso_date(world.now());
    if notes::read(world, site, account, Note::Reminded).is_some_and(|day| day == today) {
        return;
    }
    // what cannot be noted is not said: it would be said each time
    if notes::write(world, site, account, Note::Reminded, &today) {
        let (name, place, what) = (shown(account), site.short(), kind.title());
        let next = what_next(kind, &place, &name);
        world.warn(&format!("the {what} of {name} {words}: {next}"));
    }
}

/// What to do about it: a Data Center makes the next one itself.
pub fn what_next(kind: Kind, site: &str, account: &str) -> String {
    match kind {
        Kind::HttpToken => format!("`git credential-bitbucket login {site} --username {account} --renew`"),
        _ => format!("make a new one, then `git credential-bitbucket login {site} --username {account}`"),
    }
}

/// "ends in 3 days (2027-03-01)" for a token made by hand that ends within a fortnight; `None` for all others.
pub fn ends_soon(kind: Kind, expires: Option<u64>, now: u64) -> Option<String> {
    let end = expires.filter(|end| kind.is_made_by_hand() && *end > now && *end <= now + DAYS_AHEAD * DAY)?;
    let day = match (end - now + DAY / 2) / DAY {
        0 => "within a day".to_owned(),
        1 => "in 1 day".to_owned(),
        days => format!("in {days} days"),
    };
    Some(format!("ends {day} ({})", iso_date(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_centers_token_is_renewed_and_any_other_is_made_anew() {
        assert!(what_next(Kind::HttpToken, "git.corp.example", "alice").ends_with("--username alice --renew`"));
        let by_hand = what_next(Kind::ApiToken, "bitbucket.org", "alice");
        assert!(by_hand.starts_with("make a new one") && !by_hand.contains("--renew"), "{by_hand}");
    }

    #[test]
    fn only_a_token_that_a_person_must_replace_is_worth_a_word_and_only_in_its_last_fortnight() {
        let now = 1_795_608_000;
        let words = |kind, days: u64| ends_soon(kind, Some(now + days * DAY + 60), now);
        assert_eq!(words(Kind::ApiToken, 12).as_deref(), Some("ends in 12 days (2026-12-07)"));
        assert_eq!(words(Kind::HttpToken, 1).as_deref(), Some("ends in 1 day (2026-11-26)"));
        assert_eq!(words(Kind::AccessToken, 0).as_deref(), Some("ends within a day (2026-11-25)"));
        assert_eq!(words(Kind::ApiToken, 14), None);
        let most_of_a_day = ends_soon(Kind::ApiToken, Some(now + DAY + DAY * 3 / 4), now);
        assert_eq!(most_of_a_day.as_deref(), Some("ends in 2 days (2026-11-27)"));
        assert_eq!(words(Kind::Oauth, 0), None);
        assert_eq!(ends_soon(Kind::ApiToken, Some(now), now), None);
        assert_eq!(ends_soon(Kind::ApiToken, None, now), None);
    }
}

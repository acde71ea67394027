//! A browser sign-in made fresh: under the account's turn, storage tried before the refresh token is spent, and the new
//! tokens kept before anybody hears of them (K1, K2 of the security checklist).

use super::clients::{app, with_line};
use super::records::{open_record, update};
use super::turns;
use crate::accounts::Account;
use crate::credential::Record;
use crate::error::{Error, Result};
use crate::oauth::{App, Line, Tokens};
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;

/// Seconds for which a replaced refresh token is worth a try; the Cloud takes it for about ten minutes.
const GRACE: u64 = 900;

/// The record with fresh tokens, kept already; `None` if the server's clear word is that the sign-in has ended. Whatever
/// else happens is an error, and everything stays as it was. The caller holds the account's turn.
pub fn refreshed(
    world: &World,
    site: &Site,
    product: Product,
    account: &Account,
    record: &Record,
) -> Result<Option<Record>> {
    let missing = || Error::NoOauthClient { site: site.short(), cloud: site.is_cloud() };
    let app = app(world, site, product, false)?.ok_or_else(missing)?;
    refreshed_by(world, &app, site, product, account, record)
}

/// The same through a client that is known already.
pub fn refreshed_by(
    world: &World,
    app: &App,
    site: &Site,
    product: Product,
    account: &Account,
    record: &Record,
) -> Result<Option<Record>> {
    // a rotation that cannot be kept would be a sign-out in waiting
    update(world, site, product, account, record)?;
    let begun = world.now();
    let Some((tokens, spent)) = with_line(world, site, false, |line| tokens(app, line, record, begun))? else {
        return Ok(None);
    };
    let fresh = renewed(world, record, spent, tokens, begun);
    update(world, site, product, account, &fresh)?;
    log::debug!("refreshed the sign-in of {}", account.name);
    Ok(Some(fresh))
}

/// New tokens, and the refresh token that was spent for them, if any was.
fn tokens<'a>(
    app: &App,
    line: &Line<'_>,
    record: &'a Record,
    now: u64,
) -> Result<Option<(Tokens, Option<&'a Secret>)>> {
    if record.itself {
        return Ok(app.for_itself(line)?.map(|tokens| (tokens, None)));
    }
    for token in worth_trying(record, now) {
        if let Some(tokens) = app.refresh(line, token)? {
            return Ok(Some((tokens, Some(token))));
        }
    }
    Ok(None)
}

/// The record of an account as it can be used at once: as it is stored, or refreshed if it is time; `None` if it is gone
/// or has ended. Nothing is forgotten here, and nobody is asked.
pub fn usable(world: &World, site: &Site, product: Product, account: &Account) -> Result<Option<Record>> {
    let stored = || open_record(world, site, account);
    let ready = |record: &Record| record.is_fresh(world.now()) || !record.can_be_refreshed();
    match stored()? {
        Some(record) if !ready(&record) => {}
        found => return Ok(found),
    }
    let _turn = turns::take(world, site, &account.name, false)?;
    match stored()? {
        Some(record) if !ready(&record) => refreshed(world, site, product, account, &record),
        found => Ok(found),
    }
}

/// The refresh token, and the one before it while the server may still take that.
fn worth_trying(record: &Record, now: u64) -> impl Iterator<Item = &Secret> {
    let recent = record.healed.is_some_and(|when| when.saturating_add(GRACE) > now);
    let previous =
        record.previous_refresh.as_ref().filter(|previous| recent && record.refresh.as_ref() != Some(previous));
    record.refresh.iter().chain(previous)
}

fn renewed(world: &World, record: &Record, spent: Option<&Secret>, tokens: Tokens, begun: u64) -> Record {
    Record {
        expires: tokens.ends(begun),
        secret: tokens.access,
        refresh: tokens.refresh.or_else(|| spent.cloned()),
        previous_refresh: spent.cloned(),
        scopes: if tokens.scopes.is_empty() { record.scopes.clone() } else { tokens.scopes },
        mark: world.new_mark(),
        doubtful: false,
        healed: Some(begun),
        ..record.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Kind;

    #[test]
    fn the_refresh_token_before_is_worth_a_try_while_the_server_may_still_take_it() {
        let (newest, before) = (Secret::new("newest"), Secret::new("before"));
        let mut record = Record::new(Kind::Oauth, "alice", Secret::new("access"));
        (record.refresh, record.previous_refresh) = (Some(newest.clone()), Some(before.clone()));
        let tried = |record: &Record, now| worth_trying(record, now).cloned().collect::<Vec<_>>();
        assert_eq!(tried(&record, 1_000), std::slice::from_ref(&newest), "nobody knows when it was replaced");
        record.healed = Some(1_000);
        assert_eq!(tried(&record, 1_000 + GRACE - 1), [newest.clone(), before]);
        assert_eq!(tried(&record, 1_000 + GRACE), std::slice::from_ref(&newest));
        record.previous_refresh = Some(newest.clone());
        assert_eq!(tried(&record, 1_000), [newest], "not twice");
    }

    #[test]
    fn what_came_of_a_refresh_takes_the_place_of_what_was() {
        let world = World::in_folder(std::path::Path::new("/nowhere"));
        let mut record = Record::new(Kind::Oauth, "alice", Secret::new("refused"));
        (record.refresh, record.doubtful, record.mark) = (Some(Secret::new("spent")), true, "the mark before".into());
        record.scopes = vec!["account".into()];
        let tokens = Tokens { access: Secret::new("new"), refresh: None, lifetime: Some(7_200), scopes: Vec::new() };
        let spent = record.refresh.clone();
        let fresh = renewed(&world, &record, spent.as_ref(), tokens.clone(), 1_000);
        assert_eq!((fresh.username.as_str(), &fresh.secret, fresh.expires), ("alice", &tokens.access, Some(8_200)));
        assert_eq!((&fresh.refresh, &fresh.previous_refresh), (&spent, &spent), "a server that gives none lets it be");
        assert_eq!((fresh.doubtful, fresh.healed, &fresh.scopes), (false, Some(1_000), &record.scopes));
        assert_ne!(fresh.mark, record.mark);
        let scopes = vec!["repository".to_owned()];
        let tokens = Tokens { refresh: Some(Secret::new("next")), scopes: scopes.clone(), ..tokens };
        let fresh = renewed(&world, &record, spent.as_ref(), tokens, 1_000);
        assert_eq!((fresh.refresh, fresh.previous_refresh, fresh.scopes), (Some(Secret::new("next")), spent, scopes));
    }
}

//! What a find is worth: told by its shape where that is enough, else by one question to its own server.

use super::super::attempt::{ask_server, owned_by};
use super::super::clients::secret_of_client;
use super::super::sign_in::{Ends, SignIn};
use super::super::{Web, open_record};
use super::gather::NAMELESS;
use super::{Offer, Outlook, Pile};
use crate::accounts::{ACCESS_TOKEN_USER, Account, Entry, Index, is_fixed};
use crate::config::{GcmClient, SignIn as Method};
use crate::credential::{Kind, Record, Shape};
use crate::error::{Error, Result};
use crate::provider::{self, Verdict};
use crate::site::{Product, Site};
use crate::world::World;
use std::collections::BTreeSet;

/// Judges each, in turn. A server that wants to be left alone is asked nothing more.
pub fn judge(world: &World, piles: Vec<Pile>) -> Result<Vec<Offer>> {
    let mut closed = BTreeSet::new();
    piles.into_iter().map(|pile| judged(world, pile, &mut closed)).collect()
}

fn judged(world: &World, pile: Pile, closed: &mut BTreeSet<Site>) -> Result<Offer> {
    let index = Index::read(&world.folder()?)?;
    let entry = index.site(&pile.site).cloned().unwrap_or_default();
    let mut record = record_of(&pile);
    let mut name = name_of(&pile, &record);
    let outlook = match (by_itself(world, &pile, &entry)?, closed.contains(&pile.site)) {
        (Some(outlook), _) => outlook,
        (None, true) => Outlook::Useless("was not asked about: its server wants to be left alone"),
        (None, false) => asked(world, &pile, &mut record, &mut name, closed)?,
    };
    let bound = pile.only_place().filter(|_| record.kind == Kind::AccessToken);
    let name = bound.as_ref().map_or(name, |bound| format!("{ACCESS_TOKEN_USER}:{bound}"));
    let account = Account { bound, ..Account::new(name, record.kind, "") };
    let outlook = match outlook {
        outlook if is_occupied(&outlook, &entry, &account) => Outlook::Occupied,
        Outlook::Unchecked(_) if account.name.is_empty() => Outlook::Useless("has no username with it"),
        outlook => outlook,
    };
    Ok(Offer { pile, account, outlook, record })
}

/// Whom it is for, as far as the other helper knew.
fn name_of(pile: &Pile, record: &Record) -> String {
    let known = pile.username.clone().or(pile.email.clone()).filter(|_| record.kind != Kind::AccessToken);
    known.unwrap_or_else(|| record.username.clone())
}

fn record_of(pile: &Pile) -> Record {
    let kind = match provider::of(pile.product).kind_of(&pile.secret) {
        _ if pile.refresh.is_some() || is_access_token_alone(pile) => Kind::Oauth,
        Ok(kind) if !is_password_of_cloud(pile) => kind,
        _ => Kind::Password,
    };
    let fixed = provider::fixed_username(kind).map(str::to_owned);
    let username = pile.username.clone().filter(|_| kind != Kind::AccessToken && kind != Kind::Oauth);
    let mut record = Record::new(kind, username.or(fixed).unwrap_or_default(), pile.secret.clone());
    record.rest_login = pile.email.clone();
    record.refresh = pile.refresh.clone();
    record.expires = pile.expires;
    record
}

/// What the browser brought lives two hours at most, and longer only by a refresh token.
fn is_access_token_alone(pile: &Pile) -> bool {
    pile.refresh.is_none() && Shape::of(&pile.secret) == Shape::Jwt
}

/// On the Cloud all tokens that last have a prefix; what has none is a password.
fn is_password_of_cloud(pile: &Pile) -> bool {
    pile.product == Product::Cloud && Shape::of(&pile.secret) == Shape::Unknown
}

/// What can be said without a question.
fn by_itself(world: &World, pile: &Pile, entry: &Entry) -> Result<Option<Outlook>> {
    if is_here(world, pile, entry)? {
        return Ok(Some(Outlook::Here));
    }
    if pile.refresh.is_some() {
        return renewable(world, &pile.site).map(Some);
    }
    if let Err(refusal) = provider::of(pile.product).kind_of(&pile.secret) {
        return Ok(Some(Outlook::Dead(refusal)));
    }
    Ok(match can_be_asked_about(pile) {
        _ if pile.expires.is_some_and(|end| end <= world.now()) => Some(Outlook::Useless("has expired")),
        _ if is_access_token_alone(pile) => {
            Some(Outlook::Useless("lasts two hours at most: sign in again with `login`"))
        }
        _ if is_password_of_cloud(pile) => {
            Some(Outlook::Useless("is no token, and Bitbucket Cloud takes nothing else"))
        }
        true => None,
        false if pile.product == Product::DataCenter => Some(Outlook::Useless("has no username with it")),
        false => Some(Outlook::Unchecked("that needs the e-mail of its account, or a repository".into())),
    })
}

fn is_here(world: &World, pile: &Pile, entry: &Entry) -> Result<bool> {
    for account in &entry.accounts {
        let Some(record) = open_record(world, &pile.site, account)? else { continue };
        let same_refresh = pile.refresh.is_some() && record.refresh == pile.refresh;
        if same_refresh || pile.refresh.is_none() && record.secret == pile.secret {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tokens from the browser can be renewed only by the client that they were granted to.
fn renewable(world: &World, site: &Site) -> Result<Outlook> {
    let settings = world.settings()?;
    let ours = settings.oauth_client(site);
    let client = match (settings.gcm_client(site, &world.environment), ours) {
        (Some(theirs), Some(ours)) if ours.client != theirs.settings.client => None,
        (Some(theirs), _) => Some(theirs),
        (None, Some(settings)) => {
            let secret = secret_of_client(world, site, &settings)?;
            Some(GcmClient { settings, secret, is_exact: true })
        }
        (None, None) => None,
    };
    Ok(match client {
        Some(client) => Outlook::Renewable(Box::new(client)),
        None => Outlook::Useless("belongs to the other program's OAuth client: sign in again with `login`"),
    })
}

/// A token of the Cloud needs its owner's e-mail, or a repository that it is for; a password needs its username.
fn can_be_asked_about(pile: &Pile) -> bool {
    match (pile.product, Shape::of(&pile.secret)) {
        (Product::Cloud, Shape::AccessToken) => pile.place().is_some(),
        (Product::Cloud, _) => pile.email.is_some() || pile.place().is_some(),
        (Product::DataCenter, Shape::HttpToken) => true,
        (Product::DataCenter, _) => pile.username.as_deref().is_some_and(|name| name != NAMELESS),
    }
}

fn asked(
    world: &World,
    pile: &Pile,
    record: &mut Record,
    name: &mut String,
    closed: &mut BTreeSet<Site>,
) -> Result<Outlook> {
    let order = order(world, pile);
    let verdict = match ask_server(&order, record) {
        Ok(verdict) => verdict,
        // a CAPTCHA, or a gateway in front
        Err(stop) => {
            closed.insert(pile.site.clone());
            return Ok(Outlook::Dead(stop));
        }
    };
    Ok(match verdict {
        Verdict::Good { username, scopes } => {
            *name = owned_by(&order, record, username, scopes)?;
            Outlook::Alive
        }
        Verdict::Nameless { granted } => {
            record.scopes = granted;
            Outlook::Alive
        }
        Verdict::Refused(about) => Outlook::Dead(Error::Refused { site: pile.site.short(), about }),
        Verdict::SecondFactor => Outlook::Dead(Error::SecondFactor { site: pile.site.short() }),
        Verdict::Unknown(why) => Outlook::Unchecked(why.to_string()),
    })
}

/// Asks as a sign-in would. Nobody is wanted in particular: other helpers keep all sorts of names beside a token.
pub fn order<'a>(world: &'a World, pile: &Pile) -> SignIn<'a> {
    SignIn {
        world,
        site: pile.site.clone(),
        product: pile.product,
        wanted: None,
        place: pile.place().map(str::to_owned),
        bound: None,
        method: Method::Auto,
        by_browser: false,
        web: Web::default(),
        given: None,
        stranger: false,
        ends: Ends::NotAsked,
    }
}

/// A sign-in of ours is not replaced by one that somebody else kept.
pub fn is_occupied(outlook: &Outlook, entry: &Entry, account: &Account) -> bool {
    let taken = entry.account(&account.name).is_some() && !is_fixed(&account.name);
    taken && matches!(outlook, Outlook::Alive | Outlook::Unchecked(_) | Outlook::Renewable(_))
}

#[cfg(test)]
mod tests {
    use super::super::tests::site;
    use super::*;
    use crate::secret::Secret;

    const API: &str = "ATATT3xFfGF0abc=1234ABCD";
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";

    fn pile(product: Product, secret: &str) -> Pile {
        let username = Some("alice".into());
        Pile { secret: Secret::new(secret), username, ..Pile::empty(product, site(product)) }
    }

    #[test]
    fn git_is_given_a_persons_name_only_with_what_belongs_to_a_person() {
        use Product::{Cloud, DataCenter};
        for (product, secret, kind, username) in [
            (Cloud, API, Kind::ApiToken, "alice"),
            (Cloud, "ATCTT3xFfGN0abc=1234ABCD", Kind::AccessToken, "x-token-auth"),
            (Cloud, JWT, Kind::Oauth, "x-token-auth"),
            (Cloud, "a password", Kind::Password, "alice"),
            (DataCenter, "BBDC-MTIzNDU2Nzg5MDEyOrandom", Kind::HttpToken, "alice"),
            (DataCenter, "a password", Kind::Password, "alice"),
        ] {
            let record = record_of(&pile(product, secret));
            assert_eq!((record.kind, record.username.as_str()), (kind, username), "{secret}");
        }
    }

    #[test]
    fn what_has_expired_is_asked_about_by_nobody() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World::in_folder(folder.path());
        for (expires, useless) in [(None, false), (Some(1), true), (Some(world.now()), true), (Some(u64::MAX), false)] {
            let pile = Pile { expires, email: Some("alice@acme.example".into()), ..pile(Product::Cloud, API) };
            let outlook = by_itself(&world, &pile, &Entry::default()).expect("an outlook");
            assert_eq!(matches!(outlook, Some(Outlook::Useless("has expired"))), useless, "{expires:?}");
        }
    }
}

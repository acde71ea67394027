//! An HTTP access token made with a password that is then forgotten: at a sign-in, and when its time is over. The way in that
//! neither CAPTCHA nor phone nor a changed password gets in the way of.

use super::attempt::ask_server;
use super::records::keep_in;
use super::sign_in::{Ends, SignIn};
use super::{open_record, questions, refused_secrets, turns};
use crate::accounts::{Account, Choice, Index, Wanted};
use crate::calendar::{DAY, iso_date};
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, Rule, shown};
use crate::prompt::Asker;
use crate::provider::{self, Made, Owner, READING, Verdict, WRITING, Wish};
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::storage::Name;
use crate::world::World;

/// Offers a token in the place of a password that was just found right. Whatever comes in between, the password is kept:
/// it works.
/// `wanted` if that has been said already.
pub fn offer(order: &SignIn<'_>, asker: Option<&mut Asker>, record: Record, wanted: Option<bool>) -> Result<Record> {
    let fits = order.product == Product::DataCenter && record.kind == Kind::Password;
    let keeps = order.world.chosen_storage(&order.site)? != Some(Name::None);
    let Some(asker) = asker.filter(|asker| asker.is_repeatable() && fits && keeps) else { return Ok(record) };
    if !wanted.map_or_else(|| questions::wants_token(order, asker), Ok)? {
        return Ok(record);
    }
    let terminal = Some(asker).filter(|asker| asker.is_terminal());
    let days = questions::days(order.world, terminal, &order.site, order.ends)?;
    let permissions = if order.web.reading { READING } else { WRITING };
    let maker = Maker { world: order.world, site: &order.site, username: &record.username, password: &record.secret };
    match maker.make(permissions, days) {
        Ok(token) => Ok(token),
        Err(Error::Rule { rule: Rule::MakesNoTokens { knows: true, .. }, .. }) if is_token(order, &record)? => {
            Ok(Record { kind: Kind::HttpToken, ..record })
        }
        Err(why) => {
            order.world.report(&not_made(order, why));
            Ok(record)
        }
    }
}

/// A password that was just found right is not called wrong.
fn not_made(order: &SignIn<'_>, why: Error) -> Error {
    let page = provider::manage_page(&order.site);
    match why {
        Error::Refused { site, .. } => Error::Rule { site, rule: Rule::MakesNoTokens { page, knows: false } },
        why => why,
    }
}

/// A plug-in's token that was given as a password: somebody it belongs to may make none, and it is good as Bearer.
fn is_token(order: &SignIn<'_>, record: &Record) -> Result<bool> {
    let verdict = ask_server(order, &Record { kind: Kind::HttpToken, ..record.clone() })?;
    Ok(matches!(verdict, Verdict::Good { username, .. } if username == record.username))
}

/// How a token is to be renewed.
pub struct Renewal {
    /// Whose, where there are several.
    pub username: Option<String>,
    /// The password, if it came on stdin.
    pub given: Option<Secret>,
    pub reading: bool,
    pub ends: Ends,
}

/// Makes the next token of an account with its owner's password, and deletes the one before.
pub fn renew(world: &World, site: &Site, renewal: &Renewal) -> Result<()> {
    let (product, account) = account(world, site, renewal.username.as_deref())?;
    let _turn = turns::take(world, site, &account.name, true)?;
    let before = open_record(world, site, &account)?;
    let mut asker = world.asker();
    let password = password(site, &account, renewal, asker.as_mut())?;
    let as_password = Record::new(Kind::Password, account.name.clone(), password.clone());
    if refused_secrets::is_known(world, site, product, &as_password) {
        return Err(refused_secrets::error(site, &as_password, false));
    }
    let days = questions::days(world, asker.as_mut().filter(|_| renewal.given.is_none()), site, renewal.ends)?;
    let reads = renewal.reading || before.as_ref().is_some_and(|before| before.scopes == READING);
    let maker = Maker { world, site, username: &account.name, password: &password };
    let next = maker.make(if reads { READING } else { WRITING }, days).inspect_err(|why| {
        if matches!(why, Error::Refused { .. }) {
            refused_secrets::remember(world, site, product, &as_password);
        }
    })?;
    let storage = Name::from_word(&account.storage).ok_or(Error::RecordUnreadable)?;
    if let Err(why) = keep_in(world, storage, site, product, account.clone(), &next) {
        maker.delete(&next);
        return Err(why);
    }
    world.say(&format!("Renewed the {} of {} at {}.", next.kind.title(), shown(&account.name), site.short()));
    before.iter().for_each(|before| maker.delete(before));
    Ok(())
}

fn account(world: &World, site: &Site, username: Option<&str>) -> Result<(Product, Account)> {
    let entry = Index::read(&world.folder()?)?.site(site).cloned().unwrap_or_default();
    let address = site.short();
    let name = match entry.choose(Wanted { username, ..Wanted::default() })? {
        Choice::One { name, .. } => name,
        Choice::Several { names } => return Err(Error::Ambiguous { site: address, accounts: names }),
        Choice::Unknown { name } => {
            return Err(Error::UnknownAccount { site: address, account: shown(&name), known: entry.names() });
        }
        Choice::Nobody => return Err(Error::SignInNeeded { site: address, account: None }),
    };
    let product = entry.product().unwrap_or(site.product_by_host());
    let token = entry.account(&name).filter(|account| account.kind == Kind::HttpToken).cloned();
    let nothing = || Error::Rule { site: address, rule: Rule::NothingToRenew { account: shown(&name) } };
    token.map(|account| (product, account)).ok_or_else(nothing)
}

fn password(site: &Site, account: &Account, renewal: &Renewal, asker: Option<&mut Asker>) -> Result<Secret> {
    if let Some(password) = &renewal.given {
        return Ok(password.clone());
    }
    let asker = asker.ok_or(Error::NobodyToAsk { what: "the password" })?;
    let typed = asker.ask_secret(&format!("Password of {} at {site}: ", shown(&account.name)))?;
    typed.filter(|secret| !secret.is_empty()).ok_or(Error::Cancelled)
}

/// Somebody with a password, and the machine that a token is for.
struct Maker<'a> {
    world: &'a World,
    site: &'a Site,
    username: &'a str,
    password: &'a Secret,
}

impl Maker<'_> {
    fn at_server<T>(&self, work: impl FnOnce(&Owner<'_>) -> Result<T>) -> Result<T> {
        let Self { world, site, username, password } = self;
        let http = world.http(site)?;
        let _spinner = world.spinner(&format!("asking {}", site.short()));
        work(&Owner { http: &http, site, username, password, limit: world.limit(site, true)? })
    }

    fn make(&self, permissions: [&'static str; 2], days: Option<u64>) -> Result<Record> {
        let machine = self.world.environment.host_name();
        let name = format!("git on {machine}, {}", iso_date(self.world.now()));
        let Made { id, secret, expires } =
            self.at_server(|owner| owner.make(Wish { name: &name, permissions, days }))?;
        let end = expires.map_or("has no end".into(), |end| format!("ends on {}", iso_date(end)));
        let site = self.site.short();
        self.world.say(&format!("{site} made the HTTP access token \"{name}\"; it {end}. The password is not kept."));
        if days.is_some_and(|days| expires.is_none_or(|end| end + DAY < self.world.now() + days * DAY)) {
            self.world.say("That is what the server's rules allow.");
        }
        Ok(Record {
            expires,
            token_id: Some(id),
            scopes: permissions.map(str::to_owned).into(),
            ..Record::new(Kind::HttpToken, self.username, secret)
        })
    }

    /// A token that stays at the server is nothing to fail over; its owner is told.
    fn delete(&self, record: &Record) {
        let deleted = record.token_id.as_ref().map(|id| self.at_server(|owner| owner.delete(id)));
        let page = provider::manage_page(self.site);
        match deleted {
            Some(Ok(())) => {}
            Some(Err(why)) => {
                self.world.warn(&format!("the token before could not be deleted: {why}"));
                self.world.say(&format!("hint: delete it yourself: {page}"));
            }
            None => self.world.say(&format!("The token before was not made here, so delete it yourself: {page}")),
        }
    }
}

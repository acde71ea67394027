//! One fresh credential of a site for scripts, found on the very way that Git's `get` takes: handed in › stored › healed ›
//! asked. It tells what kind it is besides, which Git need not know.

use super::situation::{Situation, Whereabouts, whereabouts};
use super::{from_account, open_record, plain};
use crate::accounts::Choice;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::protocol::{Answer, Request};
use crate::provider;
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;

/// The credential of `username`, or of whom the settings choose; an error that names the way out where there is none.
pub fn fresh(world: &World, site: &Site, username: Option<&str>) -> Result<(Product, Record)> {
    let missing = || Error::SignInNeeded { site: site.short(), account: username.map(shown) };
    let request = request(site, username);
    let origin = Site::of_request(site.protocol().as_bytes(), site.authority().as_bytes()).ok_or(Error::NotASite)?;
    match whereabouts(world, &request, origin)? {
        Whereabouts::Strange => Err(missing()),
        // somebody who was named is not answered with a token that may be another's
        Whereabouts::Injected(injected) => {
            let record = username.map_or_else(|| injected.record(), |name| injected.record_of(name))?;
            Ok((injected.product, record))
        }
        Whereabouts::Plain(site) => {
            let (name, secret) = basic(plain::get(world, &site, &request)?).ok_or_else(missing)?;
            Ok((site.product_by_host(), Record::new(Kind::Password, name, secret)))
        }
        Whereabouts::Ours(situation) => {
            let (name, secret) = basic(from_account(&situation)?).ok_or_else(missing)?;
            Ok((situation.product, recorded(&situation, name, secret)?))
        }
    }
}

/// What Git would ask, without what only Git can do; the path tells the context path and no repository.
fn request(site: &Site, username: Option<&str>) -> Request {
    let path = format!("{}/scm/", site.context()).trim_start_matches('/').as_bytes().to_vec();
    let username = username.map(|name| name.as_bytes().to_vec());
    Request { path: (!site.is_cloud()).then_some(path), username, ..Request::default() }
}

fn basic(answer: Option<Answer>) -> Option<(String, Secret)> {
    let answer = answer?;
    Some((String::from_utf8(answer.username?).ok()?, answer.password?))
}

/// The record that the answer came from; where none is kept, what its shape tells.
fn recorded(situation: &Situation<'_>, name: String, secret: Secret) -> Result<Record> {
    let situation = situation.anew()?;
    let account = match situation.choose()? {
        Choice::One { name, .. } => situation.entry.account(&name),
        _ => None,
    };
    let record = account.map(|account| open_record(situation.world, &situation.site, account)).transpose()?.flatten();
    match record.filter(|record| record.secret == secret) {
        Some(record) => Ok(record),
        None => Ok(Record::new(provider::of(situation.product).kind_of(&secret)?, name, secret)),
    }
}

//! `rest/access-tokens`: making, listing and deleting HTTP access tokens.
//! A token cannot make tokens; only a password can.

use serde_json::{Value, json};

use super::attempt::Attempt;
use super::chain::{Principal, Via};
use super::directory::{Directory, Endless, HttpToken, Owner};
use super::rest::{no_such, page};
use super::{DataCenter, refusal};
use crate::clock::Moment;
use crate::exchange::Reply;
use crate::permission::Permission;

impl DataCenter {
    pub(super) fn access_tokens(&mut self, attempt: &Attempt<'_>, rest: &[&str], who: Option<&Principal>) -> Reply {
        let Some((owner, id)) = self.directory.place(rest) else {
            return no_such("No such user, project or repository.");
        };
        if !who.is_some_and(|who| self.directory.may_manage(who, &owner)) {
            return refusal::not_permitted();
        }
        match (attempt.request.method.as_str(), id) {
            ("GET", None) => self.directory.list(&owner),
            ("PUT", None) => self.directory.create(owner, &attempt.request.json(), attempt.now),
            ("GET", Some(id)) => self.directory.one(&owner, &id, token_json),
            ("POST", Some(id)) => self.directory.update(&owner, &id, &attempt.request.json()),
            ("DELETE", Some(id)) => self.directory.delete(&owner, &id),
            _ => Reply::status(405),
        }
    }
}

impl Directory {
    /// A user by the name in addresses.
    pub fn by_slug(&self, slug: &str) -> Option<&super::Person> {
        self.people.iter().find(|person| person.slug() == slug)
    }

    fn place(&self, rest: &[&str]) -> Option<(Owner, Option<String>)> {
        let (owner, id) = match rest {
            ["users", slug, id @ ..] => (Owner::Person(self.by_slug(slug)?.name.clone()), id),
            ["projects", key, "repos", slug, id @ ..] => {
                let repo = self.repo(key, slug)?;
                (Owner::Repository(repo.project.clone(), repo.slug.clone()), id)
            }
            ["projects", key, id @ ..] => (Owner::Project(self.members.get_key_value(*key)?.0.clone()), id),
            _ => return None,
        };
        Some((owner, id.first().map(|id| (*id).to_owned())))
    }

    fn may_manage(&self, who: &Principal, owner: &Owner) -> bool {
        let key = match owner {
            Owner::Person(name) => return who.via != Via::Token && *name == who.name,
            Owner::Project(key) | Owner::Repository(key, _) => key,
        };
        let member = self.members.get(key).and_then(|all| all.get(&who.name));
        who.via != Via::Token && member == Some(&Permission::Write)
    }

    fn list(&self, owner: &Owner) -> Reply {
        let mine = self.tokens.iter().filter(|token| token.owner == *owner);
        page(mine.map(token_json).collect())
    }

    fn create(&mut self, owner: Owner, asked: &Value, now: Moment) -> Reply {
        let permissions = permissions(asked);
        let (Some(name), false) = (asked["name"].as_str(), permissions.is_empty()) else {
            return invalid("A name and permissions are required.");
        };
        let days = match self.days(&owner, asked) {
            Ok(days) => days,
            Err(objection) => return invalid(&objection),
        };
        let secret = self.new_secret();
        let known: Vec<&str> = permissions.iter().map(String::as_str).collect();
        let id = self.add_token(&secret, owner.clone(), &known);
        if let Some(token) = self.tokens.last_mut() {
            token.name = name.to_owned();
            token.created = now;
            token.expires = days.map(|days| now + days * 86_400);
        }
        self.one(&owner, &id, |token| {
            let mut body = token_json(token);
            body["token"] = token.secret.clone().into();
            body
        })
    }

    fn new_secret(&mut self) -> String {
        match self.short_tokens {
            true => self.mint.word("MTIz", "old", 44),
            false => self.mint.word("BBDC-", "made", 49),
        }
    }

    /// After how many days the token will end, as the administrator's policy has it.
    fn days(&self, owner: &Owner, asked: &Value) -> Result<Option<u64>, String> {
        let policy = &self.token_policy;
        let has = self.tokens.iter().filter(|token| token.owner == *owner).count();
        if policy.most.is_some_and(|most| has >= most) {
            return Err("The maximum number of tokens has been reached.".to_owned());
        }
        let wanted = asked["expiryDays"].as_u64().filter(|days| *days > 0);
        match (wanted, policy.max_days) {
            (Some(days), Some(most)) if days > most => Err(format!("A token must expire within {most} days.")),
            (None, _) if !asked["expiryDays"].is_null() => Err("The number of days must be positive.".to_owned()),
            (None, _) if policy.endless == Endless::Refused => Err("A token must expire.".to_owned()),
            (None, most) if policy.endless == Endless::GetsTheMost => Ok(most),
            (days, _) => Ok(days),
        }
    }

    fn one(&self, owner: &Owner, id: &str, shown: impl Fn(&HttpToken) -> Value) -> Reply {
        let mut mine = self.tokens.iter().filter(|token| token.owner == *owner);
        match mine.find(|token| token.id == id) {
            Some(token) => Reply::json(200, &shown(token)),
            None => no_such("No such token."),
        }
    }

    fn update(&mut self, owner: &Owner, id: &str, asked: &Value) -> Reply {
        let mut mine = self.tokens.iter_mut().filter(|token| token.owner == *owner);
        if let Some(token) = mine.find(|token| token.id == id) {
            if let Some(name) = asked["name"].as_str() {
                token.name = name.to_owned();
            }
            if !permissions(asked).is_empty() {
                token.permissions = permissions(asked);
            }
        }
        self.one(owner, id, token_json)
    }

    fn delete(&mut self, owner: &Owner, id: &str) -> Reply {
        let before = self.tokens.len();
        self.tokens.retain(|token| token.owner != *owner || token.id != id);
        match self.tokens.len() < before {
            true => Reply::status(204),
            false => no_such("No such token."),
        }
    }
}

fn invalid(message: &str) -> Reply {
    refusal::rest(400, message, "validation.ArgumentValidationException")
}

/// The permissions asked for; none if one of them is unknown.
fn permissions(asked: &Value) -> Vec<String> {
    let all = asked["permissions"].as_array().cloned().unwrap_or_default();
    let known = |one: &Value| {
        let (area, level) = one.as_str()?.split_once('_')?;
        let fits = ["PROJECT", "REPO"].contains(&area) && ["READ", "WRITE", "ADMIN"].contains(&level);
        fits.then(|| format!("{area}_{level}"))
    };
    all.iter().map(known).collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn token_json(token: &HttpToken) -> Value {
    let mut body = json!({
        "id": token.id,
        "name": token.name,
        "permissions": token.permissions,
        "createdDate": token.created * 1000,
    });
    if let Some(end) = token.expires {
        body["expiryDate"] = (end * 1000).into();
    }
    body
}

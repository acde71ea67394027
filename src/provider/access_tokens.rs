//! HTTP access tokens of a Data Center, made and deleted with their owner's password: a token can do neither (bitbucket-auth
//! B1; `rest/access-tokens`, 5.5 and later). What is asked for is the least that Git needs.

use super::{Made, Verdict, data_center, replies, said};
use crate::error::{Error, Result, Rule};
use crate::http::{Authorization, Http, Request, Response};
use crate::secret::Secret;
use crate::site::Site;
use serde_json::{Value, json};
use std::time::Duration;

/// Somebody with a password, at a server.
pub struct Owner<'a> {
    pub http: &'a Http,
    pub site: &'a Site,
    pub username: &'a str,
    pub password: &'a Secret,
    pub limit: Duration,
}

/// How a token is to be.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    pub name: &'a str,
    pub permissions: [&'static str; 2],
    /// Days until it ends; the server's own limit counts in any case.
    pub days: Option<u64>,
}

/// Atlassian's own advice for Git ("HTTP access tokens"), and the same for whoever only reads.
pub const WRITING: [&str; 2] = ["PROJECT_READ", "REPO_WRITE"];
pub const READING: [&str; 2] = ["PROJECT_READ", "REPO_READ"];

impl Owner<'_> {
    /// Makes a token; where the server wants a shorter life than was wished, one that lives as long as it allows.
    pub fn make(&self, wish: Wish<'_>) -> Result<Made> {
        let tokens = format!("{}/rest/access-tokens/latest/users/{}", self.site, self.slug()?);
        let mut days = wish.days;
        loop {
            let mut asked = json!({ "name": wish.name, "permissions": wish.permissions });
            if let Some(days) = days {
                asked["expiryDays"] = days.into();
            }
            let response = self.send(Request::put(tokens.clone(), asked.to_string(), self.limit))?;
            let said = match response.status {
                200 | 201 => return self.made(&response),
                400 => replies::words(&response).unwrap_or_else(|| "it says not why".into()),
                _ => return Err(self.refusal(&response)),
            };
            days = Some(fewer(days, &said).ok_or_else(|| self.not_made(said))?);
        }
    }

    /// Deletes a token; one that is gone already is just as well.
    pub fn delete(&self, id: &str) -> Result<()> {
        let token = format!("{}/rest/access-tokens/latest/users/{}/{}", self.site, self.slug()?, encoded(id));
        let response = self.send(Request::delete(token, self.limit))?;
        match response.status {
            // a page with a 200 comes from something in between
            200 | 204 if response.body.is_empty() => Ok(()),
            404 => Ok(()),
            _ => Err(self.refusal(&response)),
        }
    }

    fn send(&self, request: Request) -> Result<Response> {
        let (username, secret) = (self.username.to_owned(), self.password.clone());
        let response = self.http.send(request.with(&Authorization::Basic { username, secret }).over_http_if(true))?;
        replies::stop(self.site, &response).map(|()| response)
    }

    /// The name as it stands in addresses: its own lower case, or what the server says where it has other characters.
    fn slug(&self) -> Result<String> {
        let name = self.username.to_lowercase();
        if is_plain(&name) {
            return Ok(name);
        }
        let users = format!("{}/rest/api/latest/users?limit=1000&filter={}", self.site, encoded(self.username));
        let response = self.send(Request::get(users, self.limit))?;
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let mut people = body["values"].as_array().into_iter().flatten();
        let same = |one: &&Value| one["name"].as_str().is_some_and(|found| found.to_lowercase() == name);
        let slug = people.find(same).and_then(|one| one["slug"].as_str());
        slug.filter(|slug| is_plain(slug)).map(str::to_owned).ok_or_else(|| self.refusal(&response))
    }

    fn made(&self, response: &Response) -> Result<Made> {
        said::made(&response.body).ok_or_else(|| response.leaves_open(self.site.authority()))
    }

    fn not_made(&self, said: String) -> Error {
        let rule = Rule::TokenNotMade { said, page: replies::manage_page(self.site) };
        Error::Rule { site: self.site.short(), rule }
    }

    /// 404: from before there were tokens, or without this part of REST; 401 with a name: somebody who may not.
    fn refusal(&self, response: &Response) -> Error {
        let page = replies::manage_page(self.site);
        match (response.status, replies::user(response)) {
            (status @ 404, _) | (status @ (401 | 403), Some(_)) => {
                Error::Rule { site: self.site.short(), rule: Rule::MakesNoTokens { page, knows: status != 404 } }
            }
            (401 | 403, None) => {
                match data_center::refused_as(self.site, response, crate::credential::Kind::Password) {
                    Verdict::Refused(about) => Error::Refused { site: self.site.short(), about },
                    Verdict::SecondFactor => Error::SecondFactor { site: self.site.short() },
                    Verdict::Unknown(why) => why,
                    _ => response.leaves_open(self.site.authority()),
                }
            }
            _ => replies::rule(self.site, response),
        }
    }
}

/// The next life to try after an objection, whose words may be in any language: the number it names, else less than before.
fn fewer(days: Option<u64>, said: &str) -> Option<u64> {
    const STEPS: [u64; 8] = [365, 180, 90, 60, 30, 14, 7, 1];
    let numbers = said.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
    numbers.chain(STEPS).find(|next| *next > 0 && days.is_none_or(|days| *next < days))
}

/// A name that an address can hold as it stands.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    !name.is_empty() && name.bytes().all(plain) && !name.starts_with('.')
}

/// RFC 3986, section 2.1: all but unreserved characters.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objection_leads_to_what_it_names_or_to_less() {
        assert_eq!(fewer(None, "A token must expire within 90 days"), Some(90));
        assert_eq!(fewer(Some(365), "Expiry must be at most 30 days"), Some(30));
        assert_eq!(fewer(None, "A token must expire"), Some(365));
        assert_eq!(fewer(Some(365), "Too many days"), Some(180));
        assert_eq!(fewer(Some(30), "at most 400 days"), Some(14));
        assert_eq!(fewer(Some(90), "H\u{f6}chstens 60 Tage, nicht 90"), Some(60));
        assert_eq!(fewer(Some(1), "The maximum number of tokens has been reached"), None);
    }

    #[test]
    fn names_are_written_into_addresses_so_that_they_stay_one_segment() {
        assert!(is_plain("carol.c") && !is_plain("carol@corp.example") && !is_plain("../x") && !is_plain(""));
        assert_eq!(encoded("carol@corp/ü"), "carol%40corp%2F%C3%BC");
    }
}

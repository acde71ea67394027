//! The code that knows one product: how it says who somebody is, which names and headers a credential goes with, and where
//! people make one. It asks the server, and keeps nothing.

mod access_tokens;
mod cloud;
mod data_center;
mod doors;
mod replies;
mod said;
mod survey;

use crate::accounts::{ACCESS_TOKEN_USER, API_TOKEN_USER};
use crate::credential::{Kind, Record};
use crate::error::{Error, Refusal, Result, Unclear};
use crate::http::{Authorization, Http, Request, Response};
use crate::oauth::Endpoints;
use crate::secret::Secret;
use crate::site::{Product, Site};
use std::time::Duration;

pub use access_tokens::{Owner, READING, WRITING, Wish};
pub use data_center::{locate, usual_places};
pub use doors::{Errand, allows, has_login_form, takes_basic};
pub use replies::manage_page;
pub use said::Made;
pub use survey::{Survey, asks_for_lfs, survey};

/// What a server says of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is right, and this is who it belongs to.
    Good { username: String, scopes: Vec<String> },
    /// It is right, but the server does not tell whose it is.
    Nameless { granted: Vec<String> },
    /// The server gave its clear word against it.
    Refused(Refusal),
    /// It may be right, but this server wants a second factor, which only the browser can show.
    SecondFactor,
    /// Nothing was said about it: an outage, a rule, a limit.
    Unknown(Error),
}

/// What is being checked, and how to ask.
pub struct Check<'a> {
    pub http: &'a Http,
    pub site: &'a Site,
    pub record: &'a Record,
    /// The repository that Git wants, if it said so: the judge of tokens that belong to nobody.
    pub place: Option<&'a str>,
    pub limit: Duration,
}

/// How a person makes a token.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub make: &'static str,
    pub page: String,
    /// What is easily done wrong there.
    pub beware: &'static str,
    /// What to choose there, and its names.
    pub choices: &'static [(&'static str, &'static [&'static str])],
    pub besides: &'static str,
}

impl Recipe {
    /// Lines for a terminal.
    pub fn lines(&self) -> Vec<String> {
        let choices: Vec<_> =
            self.choices.iter().map(|(what, names)| format!("{what}: {}", names.join(", "))).collect();
        let beware = if self.beware.is_empty() { String::new() } else { format!(" ({})", self.beware) };
        let lines = [
            format!("{}{beware}:", self.make),
            format!("  {}", self.page),
            format!("  {}", choices.join("   ")),
            self.besides.to_owned(),
        ];
        lines.into_iter().filter(|line| !line.is_empty()).collect()
    }
}

/// One kind of Bitbucket. Policy is elsewhere.
pub trait Provider {
    /// Asks the server once; `Err` only where nobody should go on (a CAPTCHA, a gateway in front).
    fn check(&self, check: &Check<'_>) -> Result<Verdict>;

    /// The kind of a secret that a person gave, by its shape and by what the product accepts.
    fn kind_of(&self, secret: &Secret) -> Result<Kind>;

    /// Where a token is made, and what to choose there.
    fn recipe(&self, site: &Site) -> Recipe;

    /// What a person is asked for: "API token", "password or HTTP access token".
    fn asks_for(&self) -> &'static str;

    /// Where the product's OAuth lives at this site.
    fn oauth(&self, site: &Site) -> Endpoints;

    /// Where a person takes back what was granted in the browser; neither product has a call for it.
    fn grants_page(&self, site: &Site) -> String;

    /// Whether the check of this kind needs a name: the e-mail of the Atlassian account, or the username.
    fn login_question(&self, kind: Kind) -> Option<&'static str>;
}

/// The provider of a product.
pub fn of(product: Product) -> &'static dyn Provider {
    match product {
        Product::Cloud => &cloud::Cloud,
        Product::DataCenter => &data_center::DataCenter,
    }
}

/// The name that Git sends beside a credential whose owner is not known.
pub fn fixed_username(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::ApiToken => Some(API_TOKEN_USER),
        Kind::AccessToken | Kind::Oauth => Some(ACCESS_TOKEN_USER),
        Kind::Password | Kind::HttpToken => None,
    }
}

/// The kinds that one of Bitbucket's fixed usernames can stand for; `None` for a name of a person.
pub fn owner_of_fixed_name(name: &str) -> Option<&'static [Kind]> {
    match name {
        ACCESS_TOKEN_USER => Some(&[Kind::AccessToken, Kind::Oauth]),
        API_TOKEN_USER => Some(&[Kind::ApiToken]),
        _ => None,
    }
}

/// How a credential is shown at Git's door. A Data Center takes every token as Bearer, whoever owns it (bitbucket-auth B1).
pub fn git_authorization(product: Product, record: &Record) -> Authorization {
    let (username, secret) = (record.username.clone(), record.secret.clone());
    match product == Product::DataCenter && record.kind != Kind::Password {
        true => Authorization::Bearer(secret),
        false => Authorization::Basic { username, secret },
    }
}

/// How it is shown to REST; `None` where the e-mail of the Atlassian account is wanted and not known.
pub fn rest_authorization(product: Product, record: &Record) -> Option<Authorization> {
    let secret = record.secret.clone();
    match (product, record.kind) {
        (Product::Cloud, Kind::ApiToken) => {
            record.rest_login.clone().map(|username| Authorization::Basic { username, secret })
        }
        (Product::Cloud, _) => Some(Authorization::Bearer(secret)),
        (Product::DataCenter, _) => Some(git_authorization(product, record)),
    }
}

impl Check<'_> {
    fn ask(&self, url: String, authorization: Authorization) -> Result<Response> {
        let request = Request::get(url, self.limit).with(&authorization).over_http_if(!self.site.is_cloud());
        self.http.send(request)
    }

    fn bearer(&self) -> Authorization {
        Authorization::Bearer(self.record.secret.clone())
    }

    fn basic(&self, username: &str) -> Authorization {
        Authorization::Basic { username: username.to_owned(), secret: self.record.secret.clone() }
    }

    /// Asks as Git would: the first request of a clone (gitprotocol-http, "Smart Clients").
    fn ask_as_git(&self, repository: &str, authorization: Authorization) -> Verdict {
        let url = format!("{repository}/info/refs?service=git-upload-pack");
        match self.ask(url, authorization) {
            Ok(response) if response.status == 200 && is_advertisement(&response) => {
                Verdict::Nameless { granted: Vec::new() }
            }
            Ok(response) if response.status == 401 => Verdict::Refused(refusal_of(self.record.kind)),
            Ok(response) => Verdict::Unknown(self.open(&response)),
            Err(error) => Verdict::Unknown(error),
        }
    }

    fn open(&self, response: &Response) -> Error {
        response.leaves_open(self.site.authority())
    }

    fn unclear(&self, why: Unclear) -> Verdict {
        Verdict::Unknown(Error::Unclear { host: self.site.authority(), why })
    }
}

/// Whether a refusal speaks of a second factor, whatever the server's administrator has installed for it.
fn second_factor(response: &Response) -> bool {
    const SIGNS: [&str; 5] = ["two-step", "two-factor", "2-step", "second factor", "2fa"];
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// A list of refs (gitprotocol-http, "Smart Server Response"), and not an error or a page in its place.
fn is_advertisement(response: &Response) -> bool {
    const START: &[u8] = b"001e# service=git-upload-pack\n0000";
    response.body.strip_prefix(START).is_some_and(|refs| refs.get(4..8) != Some(b"ERR "))
}

/// How a refusal of this kind is worded.
pub fn refusal_of(kind: Kind) -> Refusal {
    match kind {
        Kind::Password => Refusal::Password,
        Kind::ApiToken => Refusal::ApiToken,
        Kind::AccessToken => Refusal::AccessToken,
        Kind::HttpToken => Refusal::HttpToken,
        Kind::Oauth => Refusal::Oauth,
    }
}

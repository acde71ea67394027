//! Step 1: a token that was handed in answers for its site before any account is looked at, whoever the address names.
//! Nothing of it is kept, so `store` and `erase` do nothing. For the environment's token nothing is opened at all, but Git's
//! configuration for a Data Center, which may want Bearer.

mod kind;
mod source;

use super::situation::holds;
use super::{say_what_became_of_bearer, wants_bearer};
use crate::accounts::{ACCESS_TOKEN_USER, is_straight};
use crate::config::{AuthScheme, Injection, Source};
use crate::credential::{Kind, Record};
use crate::error::{API_TOKEN_PAGE, Error, Result, shown};
use crate::protocol::{Answer, Request};
use crate::provider;
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;

/// In `state[]`: it went out as Bearer. If Git comes back with it, that was refused.
const BEARER_SENT: &str = "1:handed-in-as-bearer";

/// A token for a site, found and not yet opened.
pub struct Injected<'a> {
    world: &'a World,
    pub site: Site,
    pub product: Product,
    /// What is wrong with it is said when it is wanted.
    injection: Result<Injection>,
}

/// The same, opened and recognised.
struct Opened {
    by: &'static str,
    kind: Kind,
    scheme: AuthScheme,
    username: Option<String>,
    email: Option<String>,
    secret: Secret,
}

/// The environment's token, if it is for the site of this request: same scheme, host and port, and where Git tells the
/// path, the same context path.
pub fn by_environment<'a>(world: &'a World, request: &Request, origin: &Site) -> Result<Option<Injected<'a>>> {
    let Some(site) = world.environment.injected_site()?.filter(|site| site.same_origin(origin)) else {
        return Ok(None);
    };
    let here = site.is_cloud() || request.path.as_deref().is_none_or(|path| holds(&site, path));
    let product = if site.is_cloud() { Product::Cloud } else { Product::DataCenter };
    let injection = world.environment.injection().transpose().filter(|_| here);
    Ok(injection.map(|injection| Injected { world, site, product, injection }))
}

/// A token that git config has for this site, or for this place in it.
pub fn by_settings<'a>(
    world: &'a World,
    site: &Site,
    product: Product,
    place: Option<&str>,
) -> Result<Option<Injected<'a>>> {
    // a path that two readers understand differently chooses no token of its own (H8 of the security checklist)
    let place = place.filter(|place| is_straight(place));
    let injection = world.settings()?.injection(site, place, world.environment.home().as_ref());
    Ok(injection.transpose().map(|injection| Injected { world, site: site.clone(), product, injection }))
}

impl Injected<'_> {
    /// The variable or key that it comes from.
    pub fn by(&self) -> &'static str {
        self.injection.as_ref().map_or("BITBUCKET_TOKEN", |injection| injection.by)
    }

    /// The answer to `get`. If the token cannot be used, that is said and nobody else is asked: another identity in its
    /// place would be worse than none.
    pub fn answer(&self, request: &Request) -> Answer {
        self.answered(request).unwrap_or_else(|error| {
            self.world.report(&error);
            Answer::quit()
        })
    }

    fn answered(&self, request: &Request) -> Result<Answer> {
        let opened = self.open()?;
        let wanted = opened.wants_bearer(self.product);
        let refused = request.own_state().any(|state| state == BEARER_SENT) && opened.may_be_nobodys();
        let bearer = wanted && request.knows_authtype && !refused;
        let username = if bearer { None } else { Some(self.name_for(&opened, refused)?) };
        match &username {
            Some(_) if refused => say_what_became_of_bearer(self.world),
            Some(name) if wanted => {
                self.world.warn(&format!("Bearer is for git 2.46 (git-lfs 3.6) and later, so the token goes as {name}"))
            }
            _ => {}
        }
        let resume = bearer && request.knows_state && opened.may_be_nobodys();
        log::debug!("answered from {}", opened.by);
        Ok(Answer {
            state: resume.then(|| BEARER_SENT.to_owned()),
            resume,
            password: (!bearer).then(|| opened.secret.clone()),
            authtype: bearer.then(|| b"Bearer".to_vec()),
            credential: bearer.then(|| opened.secret.clone()),
            username: username.map(String::into_bytes),
            ephemeral: request.knows_authtype,
            ..Answer::default()
        })
    }

    fn name_for(&self, opened: &Opened, refused: bool) -> Result<String> {
        let fixed = refused.then(|| ACCESS_TOKEN_USER.to_owned());
        opened.login().or(fixed).ok_or_else(|| self.nameless(opened.by))
    }

    /// The token for a script, with all that is known of it; an empty username where only Bearer needs none.
    pub fn record(&self) -> Result<Record> {
        let opened = self.open()?;
        let username = opened.login().unwrap_or_default();
        Ok(Record { rest_login: opened.email, ..Record::new(opened.kind, username, opened.secret) })
    }

    /// The same for somebody who was named: an error unless it is said to be that person's.
    pub fn record_of(&self, username: &str) -> Result<Record> {
        let Injection { by, username: name, email, .. } = self.injection()?;
        let same = |known: &String| known.to_lowercase() == username.to_lowercase();
        match [name, email].into_iter().flatten().any(same) {
            true => self.record(),
            false => Err(Error::Injected {
                what: format!("`{by}` stands before every account of {}", self.site.short()),
                remedy: format!("to use the account of {}, run it without", shown(username)),
            }),
        }
    }

    /// Git says that the server refused it: there is nothing to forget, but something to say.
    pub fn refused(&self, request: &Request) {
        let Ok(injection) = self.injection() else { return };
        let Some(named) = request.credential.as_ref().or(request.password.as_ref()) else { return };
        // a command is not run for it: it may be slow, and say something else by now
        let ours = match &injection.source {
            Source::Command(_) => true,
            _ => source::open(self.world, &self.site, injection).is_ok_and(|secret| secret == *named),
        };
        if ours {
            let what = format!("{} does not accept the token in `{}`", self.site.short(), injection.by);
            self.world.report(&Error::Injected { what, remedy: self.remedy(request) });
        }
    }

    fn remedy(&self, request: &Request) -> String {
        match (self.product, request.credential.is_some()) {
            (Product::Cloud, _) => {
                format!("it is wrong, expired, without scopes, or may not see this repository; {API_TOKEN_PAGE}")
            }
            (_, true) => "it is wrong, expired, or made for another repository".into(),
            (_, false) => {
                "it is wrong, expired, another person's, or of a kind that needs git 2.46 to be sent as Bearer".into()
            }
        }
    }

    fn open(&self) -> Result<Opened> {
        if self.site.is_plain_http() && !self.site.is_loopback() && !self.world.settings()?.allows_http(&self.site) {
            return Err(Error::HttpNotAllowed { site: self.site.to_string() });
        }
        let injection = self.injection()?;
        let secret = source::open(self.world, &self.site, injection)?;
        let kind = kind::recognise(&self.site, self.product, injection, &secret)?;
        // on the Cloud Basic works with every kind, so a plain clone there needs no child process
        let scheme = match self.product {
            Product::Cloud => AuthScheme::Basic,
            Product::DataCenter => self.world.settings()?.auth_scheme(&self.site)?,
        };
        let is_email = |name: &String| self.product == Product::Cloud && name.contains('@');
        let Injection { by, username, email, .. } = injection;
        let email = email.clone().or_else(|| username.clone().filter(is_email));
        let username = username.clone().filter(|name| !is_email(name));
        Ok(Opened { by, kind, scheme, username, email, secret })
    }

    fn injection(&self) -> Result<&Injection> {
        self.injection.as_ref().map_err(Clone::clone)
    }

    fn nameless(&self, by: &str) -> Error {
        let name = match by.starts_with("bitbucket.") {
            true => format!("`bitbucket.{}.account`", self.site),
            false => "`BITBUCKET_USERNAME`".into(),
        };
        Error::Injected {
            what: format!("the token in `{by}` goes with its owner's name, which is not said"),
            remedy: format!(
                "set {name} (for the token of a project or repository: `{ACCESS_TOKEN_USER}`), or use git 2.46 or later"
            ),
        }
    }
}

impl Opened {
    fn wants_bearer(&self, product: Product) -> bool {
        let nobody = self.scheme == AuthScheme::Auto && self.login().is_none() && self.kind != Kind::Password;
        nobody || wants_bearer(self.scheme, product, self.kind)
    }

    /// Whether it can be a project's or repository's, so that its fixed name may work where Bearer did not.
    fn may_be_nobodys(&self) -> bool {
        self.kind == Kind::AccessToken || self.kind == Kind::HttpToken && self.username.is_none()
    }

    /// The name that Git sends beside it; a fixed one where there is one, since that is right whoever the address names.
    fn login(&self) -> Option<String> {
        let fixed = provider::fixed_username(self.kind).map(str::to_owned);
        match self.kind {
            Kind::ApiToken => self.username.clone().or(fixed),
            _ => fixed.or_else(|| self.username.clone()),
        }
    }
}

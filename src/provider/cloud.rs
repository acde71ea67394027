//! Bitbucket Cloud: API tokens with two logins, access tokens that belong to nobody, and a profile that needs a scope.

use super::{Check, Provider, Recipe, Verdict, refusal_of, said, second_factor};
use crate::accounts::{ACCESS_TOKEN_USER, API_TOKEN_USER};
use crate::credential::{Kind, Shape};
use crate::error::{Error, Refusal, Result, Unclear};
use crate::http::Response;
use crate::oauth::Endpoints;
use crate::secret::Secret;
use crate::site::Site;

pub struct Cloud;

pub(super) const PROFILE: &str = "https://api.bitbucket.org/2.0/user";

impl Provider for Cloud {
    fn check(&self, check: &Check<'_>) -> Result<Verdict> {
        match check.record.kind {
            Kind::Oauth if !check.record.itself => profile(check, check.bearer()),
            // neither an access token nor a client by itself has a profile (bitbucket-auth A2), so the wanted repository is asked
            Kind::Oauth | Kind::AccessToken => Ok(repository(check, ACCESS_TOKEN_USER)),
            _ => match &check.record.rest_login {
                Some(email) => profile(check, check.basic(email)),
                None => Ok(repository(check, API_TOKEN_USER)),
            },
        }
    }

    fn kind_of(&self, secret: &Secret) -> Result<Kind> {
        match Shape::of(secret) {
            Shape::AppPassword => Err(Error::Refused { site: Site::cloud().short(), about: Refusal::AppPassword }),
            Shape::AccessToken => Ok(Kind::AccessToken),
            Shape::HttpToken | Shape::ApiToken | Shape::Jwt | Shape::Unknown => Ok(Kind::ApiToken),
        }
    }

    fn recipe(&self, _site: &Site) -> Recipe {
        Recipe {
            make: "Make an API token with scopes",
            page: "https://id.atlassian.com/manage-profile/security/api-tokens".into(),
            beware: "the plain button makes one that does not work",
            choices: &[
                ("app", &["Bitbucket"]),
                ("scopes", &["read:user:bitbucket", "read:repository:bitbucket", "write:repository:bitbucket"]),
            ],
            besides: "An access token of a repository, project or workspace is fine too.",
        }
    }

    /// developer.atlassian.com, "OAuth 2.0" of Bitbucket Cloud. `account` is what tells whose the tokens are.
    fn oauth(&self, site: &Site) -> Endpoints {
        Endpoints {
            authorize: format!("{site}/site/oauth2/authorize"),
            token: format!("{site}/site/oauth2/access_token"),
            issuer: site.to_string(),
            redirect: "http://127.0.0.1/cloud".into(),
            reading: "account repository",
            writing: "account repository:write",
            secret_in_header: true,
        }
    }

    fn grants_page(&self, site: &Site) -> String {
        format!("{site}/account/settings/app-authorizations/")
    }

    fn asks_for(&self) -> &'static str {
        "token"
    }

    fn login_question(&self, kind: Kind) -> Option<&'static str> {
        match kind {
            Kind::ApiToken => Some("E-mail of your Atlassian account"),
            // only the Cloud of years ago takes one
            Kind::Password => Some("Username"),
            _ => None,
        }
    }
}

fn repository(check: &Check<'_>, username: &str) -> Verdict {
    match check.place.filter(|place| place.split('/').count() == 2) {
        Some(place) => check.ask_as_git(&format!("https://bitbucket.org/{place}.git"), check.basic(username)),
        None => check.unclear(Unclear::NothingToTry),
    }
}

/// The decision table of a profile check: only 401 is a refusal, and 410 is one of what can be an app password; of a token it
/// says that the address is gone (CHANGE-2770).
fn profile(check: &Check<'_>, authorization: crate::http::Authorization) -> Result<Verdict> {
    let response = match check.ask(PROFILE.into(), authorization) {
        Ok(response) => response,
        Err(error) => return Ok(Verdict::Unknown(error)),
    };
    Ok(match response.status {
        200 => owner(check, &response),
        401 => Verdict::Refused(refusal_of(check.record.kind)),
        403 => forbidden(check, &response),
        410 if may_be_app_password(check) => Verdict::Refused(Refusal::AppPassword),
        _ => Verdict::Unknown(check.open(&response)),
    })
}

/// The first ones had no shape of their own.
fn may_be_app_password(check: &Check<'_>) -> bool {
    check.record.kind != Kind::Oauth && matches!(Shape::of(&check.record.secret), Shape::AppPassword | Shape::Unknown)
}

fn owner(check: &Check<'_>, response: &Response) -> Verdict {
    match said::username(&response.body) {
        Some(username) => {
            let scopes = response.header("x-oauth-scopes").map(said::scopes).unwrap_or_default();
            Verdict::Good { username, scopes }
        }
        None => check.unclear(Unclear::Gibberish),
    }
}

/// 403 proves the secret where it lists what it lacks; any other 403 is a rule about something else, or asks for more.
fn forbidden(check: &Check<'_>, response: &Response) -> Verdict {
    match said::granted(&response.body) {
        Some(granted) => Verdict::Nameless { granted },
        // what the Cloud of 2019 said to a right password where two-step verification was on
        None if check.record.kind == Kind::Password || second_factor(response) => Verdict::SecondFactor,
        None => match repository(check, check.record.username.as_str()) {
            Verdict::Unknown(_) => Verdict::Unknown(check.open(response)),
            verdict => verdict,
        },
    }
}

//! Reasons that several errors share: why a server refused, why it left things open, where the way to it ended.
//! Each knows its words.

/// Why a server refused what a person gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    ApiToken,
    AccessToken,
    Password,
    HttpToken,
    AppPassword,
    Oauth,
}

/// Why an answer leaves open whether a secret is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclear {
    Gibberish,
    KnowsNobody,
    NothingToTry,
}

/// Where on the way to the server it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Connect,
    Timeout(u64),
    Tls,
    NoRoots,
    Broken,
    Proxy,
    Tunnel,
    TooLong,
}

/// Where an API token is made, and what it needs (support.atlassian.com, "Create an API token").
pub const API_TOKEN_PAGE: &str =
    "make an API token with scopes: https://id.atlassian.com/manage-profile/security/api-tokens";

impl Refusal {
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::ApiToken => "this API token with this e-mail",
            Self::AccessToken => "this access token",
            Self::Password => "this username and password",
            Self::HttpToken => "this HTTP access token",
            Self::AppPassword => "app passwords any more",
            Self::Oauth => "this browser sign-in any more",
        }
    }

    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::ApiToken => {
                "wrong, expired, made without scopes, or another account's e-mail: https://id.atlassian.com/manage-profile/security/api-tokens"
            }
            Self::AccessToken => "it is wrong, expired, or made for another repository",
            Self::Password => {
                "check both; where single sign-on rules, make an HTTP access token in your account settings"
            }
            Self::HttpToken => "it is wrong or expired: make a new one in your account settings",
            Self::AppPassword => API_TOKEN_PAGE,
            Self::Oauth => "sign in again: `git credential-bitbucket login`",
        }
    }
}

impl Unclear {
    pub(super) fn said(self, host: &str) -> String {
        match self {
            Self::Gibberish => format!("{host} answered what Bitbucket does not say"),
            Self::KnowsNobody => format!("{host} answered without saying whom it knows"),
            Self::NothingToTry => "there was no repository to try it on".into(),
        }
    }

    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Gibberish => "a gateway or a proxy may answer in its place: look at the address in the browser",
            Self::KnowsNobody => "something before it may take the sign-in away: ask its administrator",
            Self::NothingToTry => {
                "to have it checked: `login --for WORKSPACE/REPOSITORY`, or an API token's `--username E-MAIL`"
            }
        }
    }
}

impl Wire {
    pub(super) fn said(self, host: &str) -> String {
        match self {
            Self::Connect => format!("cannot reach {host}"),
            Self::Timeout(seconds) => format!("{host} did not answer within {seconds} s"),
            Self::Tls => format!("the certificate of {host} is not trusted"),
            Self::NoRoots => "this machine has no CA certificates (package `ca-certificates`)".into(),
            Self::Broken => format!("the connection to {host} broke off"),
            Self::Proxy => "the proxy setting cannot be understood".into(),
            Self::Tunnel => format!("the proxy does not reach {host}"),
            Self::TooLong => format!("{host} sent far more than an answer"),
        }
    }
}

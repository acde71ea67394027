//! Reasons that several errors share: why a server refused, why it left things open, where the way to it ended, what is
//! wrong with a file. Each knows its words.

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
    OtherName,
    OutOfDate,
    ClientCertificate,
    NoRoots,
    Broken,
    ProxyGone,
    ProxyPassword,
    Tunnel,
    TooLong,
}

/// What is the matter with a file of certificates or keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pem {
    NoCertificate,
    NoKey,
    LockedKey,
    AnothersKey,
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
                "check both (whoever was renamed needs the new name); with single sign-on or a second factor, use an HTTP access token"
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
            Self::OtherName => format!("the certificate of {host} is made for another name"),
            Self::OutOfDate => format!("the certificate of {host} is out of date"),
            Self::ClientCertificate => format!("{host} wants a certificate of yours, and not the one it got, if any"),
            Self::NoRoots => "this machine has no CA certificates (package `ca-certificates`)".into(),
            Self::Broken => format!("the connection to {host} broke off"),
            Self::ProxyGone => format!("the proxy on the way to {host} cannot be reached"),
            Self::ProxyPassword => format!("the proxy on the way to {host} wants another username and password"),
            Self::Tunnel => format!("the proxy does not reach {host}"),
            Self::TooLong => format!("{host} sent far more than an answer"),
        }
    }

    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Tls | Self::NoRoots => "if your company has its own CA: `git config --global http.sslCAInfo FILE`",
            Self::OtherName => "look at the address; a proxy or a gateway may answer in its place",
            Self::OutOfDate => "look at this machine's clock; if that is right, the server needs a new one",
            Self::ClientCertificate => "name it in `http.sslCert`, and its key in `http.sslKey`",
            Self::ProxyGone => "look at `http.proxy` and the proxy variables",
            Self::ProxyPassword => "put them into `http.proxy`: `http://user:password@proxy.example:3128`",
            Self::Tunnel => "look at the user and password in `http.proxy`; `NO_PROXY` names hosts to reach without it",
            Self::Connect | Self::Timeout(_) | Self::Broken | Self::TooLong => {
                "look at your network and `http.proxy`, then try again; nothing was forgotten"
            }
        }
    }
}

impl Pem {
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::NoCertificate => "it holds no certificate",
            Self::NoKey => "it holds no key",
            Self::LockedKey => "its key has a password, and this program opens none",
            Self::AnothersKey => "its key is not the one of the certificate",
        }
    }

    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::NoCertificate => "`http.sslCAInfo` and `http.sslCert` name files in PEM form",
            Self::NoKey => "name the file of the key in `http.sslKey`",
            Self::LockedKey => {
                "make a copy that only you can read: `umask 077; openssl pkey -in FILE -out COPY`, and name that in `http.sslKey`"
            }
            Self::AnothersKey => "look at `http.sslCert` and `http.sslKey`",
        }
    }
}

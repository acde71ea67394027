//! Where providers differ, by product, by year, and where nobody is sure.
//! Values only; `authorize` and `token` act on them.

/// How a redirect address is compared with the registered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// Must begin with it; on 127.0.0.1 the port does not count (RFC 8252, 7.3).
    Prefix,
    /// Must be it.
    Exact,
}

/// Under which key a token reply names the scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKey {
    /// `scope`, words.
    Scope,
    /// `scopes`, words: Cloud before CHANGE-3052.
    Scopes,
    /// `scopes`, a JSON list.
    List,
    /// Not at all.
    Missing,
}

/// How a dead refresh token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadRefresh {
    /// `invalid_grant`, as RFC 6749 has it.
    InvalidGrant,
    /// `invalid_request` with `Invalid refresh_token`, as Cloud was seen to do.
    InvalidRequest,
}

/// Where one provider differs from others.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Life of an access token in seconds.
    pub expires_in: u64,
    /// Length of access and refresh tokens in characters.
    pub token_length: usize,
    /// How the scopes are named.
    pub scope_key: ScopeKey,
    /// Whether a refresh gives a new refresh token.
    pub rotate: bool,
    /// For how many seconds a replaced refresh token still works.
    pub grace: u64,
    /// After how many idle seconds a refresh token dies.
    pub idle: u64,
    /// Whether a code verifier is compared with its challenge.
    pub check_pkce: bool,
    /// Whether a reply holds a refresh token at all.
    pub gives_refresh: bool,
    /// How a dead refresh token is refused.
    pub dead_refresh: DeadRefresh,
    /// Whether a request for fewer scopes gets fewer; else it gets all the client has.
    pub narrow_scopes: bool,
    /// Life of a code in seconds.
    pub code_life: u64,
    /// How redirect addresses are compared.
    pub redirects: Redirects,
    /// Whether a request for a scope that the client lacks is refused; else the client's scopes are granted.
    pub checks_scopes: bool,
    /// Whether the client may act for itself.
    pub client_credentials: bool,
}

impl Settings {
    /// Bitbucket Cloud after CHANGE-3052.
    pub fn cloud() -> Self {
        Self {
            expires_in: 7200,
            token_length: 2600,
            scope_key: ScopeKey::Scope,
            rotate: true,
            grace: 600,
            idle: 90 * 86_400,
            check_pkce: true,
            gives_refresh: true,
            dead_refresh: DeadRefresh::InvalidGrant,
            narrow_scopes: false,
            code_life: 600,
            redirects: Redirects::Prefix,
            checks_scopes: true,
            client_credentials: true,
        }
    }

    /// Bitbucket Cloud of 2019.
    pub fn classic() -> Self {
        Self {
            expires_in: 3600,
            token_length: 84,
            scope_key: ScopeKey::Scopes,
            rotate: false,
            check_pkce: false,
            idle: u64::MAX,
            ..Self::cloud()
        }
    }

    /// Data Center 7.20 and later; no overlap of refresh tokens is documented.
    pub fn data_center() -> Self {
        Self {
            expires_in: 3600,
            token_length: 180,
            grace: 0,
            narrow_scopes: true,
            code_life: 10,
            redirects: Redirects::Exact,
            client_credentials: false,
            ..Self::cloud()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::cloud()
    }
}

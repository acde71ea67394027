//! What a server of some age has and lacks. Where no document names the version, the comment says so.

use super::DataCenter;

/// OAuth 2.0 provider (bitbucketserver, "Bitbucket OAuth 2.0 provider API").
const OAUTH: [u32; 3] = [7, 20, 0];
/// The setting "Show default login form"; that `login-options` came with it is inferred.
const LOGIN_OPTIONS: [u32; 3] = [7, 12, 0];
/// Personal access tokens.
const TOKENS: [u32; 3] = [5, 5, 0];
/// Tokens that begin with `BBDC-`; not documented, older ones were seen without.
const NEW_SHAPE: [u32; 3] = [8, 0, 0];
/// Words for an unknown resource; the change came with a newer JAX-RS, the version is inferred.
const NEW_NOT_FOUND: [u32; 3] = [9, 0, 0];
/// Basic is off unless switched on (data-center-helm-charts pull 1101).
const BASIC_OFF: [u32; 3] = [10, 0, 0];
/// From which fix of each line on tokens are confined to `/rest` and `/scm` (BSERV-19859).
const CONFINED: [[u32; 3]; 3] = [[8, 9, 22], [8, 19, 12], [9, 3, 2]];

impl DataCenter {
    /// Makes it a server of this version: 5.5 to 10.
    pub fn age(&mut self, version: &str) {
        version.clone_into(&mut self.switches.version);
        self.switches.basic = !self.is_at_least(BASIC_OFF);
        self.directory.short_tokens = !self.is_at_least(NEW_SHAPE);
    }

    /// Its `buildNumber`, such as 9004006.
    pub(super) fn build_number(&self) -> String {
        let [major, minor, fix] = self.version();
        format!("{major}{minor:03}{fix:03}")
    }

    pub(super) fn has_oauth(&self) -> bool {
        self.switches.oauth && self.is_at_least(OAUTH)
    }

    pub(super) fn has_login_options(&self) -> bool {
        self.is_at_least(LOGIN_OPTIONS)
    }

    pub(super) fn has_token_rest(&self) -> bool {
        self.switches.token_rest && self.is_at_least(TOKENS)
    }

    pub(super) fn has_new_not_found(&self) -> bool {
        self.is_at_least(NEW_NOT_FOUND)
    }

    pub(super) fn confines_tokens(&self) -> bool {
        let version = self.version();
        let line = CONFINED.iter().find(|from| from[..2] == version[..2]);
        line.map_or(version > CONFINED[2], |from| version >= *from)
    }

    fn is_at_least(&self, version: [u32; 3]) -> bool {
        self.version() >= version
    }

    fn version(&self) -> [u32; 3] {
        let mut parts = self.switches.version.split('.').map(|part| part.parse().unwrap_or(0));
        [(); 3].map(|()| parts.next().unwrap_or(0))
    }
}

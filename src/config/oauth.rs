//! The OAuth client of a site: named in git config, or built in by whoever packages this program. Its secret is in storage;
//! only a built-in one comes from here, and is no secret to anybody who has the program (RFC 8252, section 8.5).

use super::Settings;
use crate::secret::Secret;
use crate::site::Site;

/// What is known of the OAuth client of a site, apart from its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    pub client: String,
    pub redirect: Option<String>,
    pub scope: Option<String>,
    /// The secret of a built-in client.
    pub built_in: Option<Secret>,
}

const CLIENT: Option<&str> = option_env!("GIT_CREDENTIAL_BITBUCKET_CLIENT_ID");
const CLIENT_SECRET: Option<&str> = option_env!("GIT_CREDENTIAL_BITBUCKET_CLIENT_SECRET");
const CLIENT_REDIRECT: Option<&str> = option_env!("GIT_CREDENTIAL_BITBUCKET_CLIENT_REDIRECT");

impl Settings {
    /// `bitbucket.<url>.oauthClientId` and its companions; for the Cloud else the built-in client, if there is one.
    /// A Data Center's client must be named for it: one client is never shown to two servers (O11 of the security checklist).
    pub fn oauth_client(&self, site: &Site) -> Option<ClientSettings> {
        let text = |key: &str| self.text(site, key);
        let named = self.trusted("bitbucket", "oauthClientId", &site.to_string());
        let named = named.filter(|entry| entry.url.is_some() || site.is_cloud()).map(|entry| entry.value.clone());
        let (redirect, scope) = (text("oauthRedirectUri"), text("oauthScope"));
        if let Some(client) = named.filter(|client| !client.is_empty()) {
            return Some(ClientSettings { client, redirect, scope, built_in: None });
        }
        let client = CLIENT.filter(|client| site.is_cloud() && !client.is_empty())?.to_owned();
        let redirect = redirect.or(CLIENT_REDIRECT.map(str::to_owned));
        Some(ClientSettings { client, redirect, scope, built_in: CLIENT_SECRET.map(Secret::new) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(lines: &str, address: &str) -> Option<String> {
        let settings = Settings::parse(lines.replace('|', "\0").as_bytes());
        settings.oauth_client(&Site::parse(address).expect("a site")).map(|found| found.client)
    }

    #[test]
    fn a_client_is_shown_only_to_the_server_it_is_for() {
        let for_one = "global|bitbucket.https://git.corp.example.oauthclientid\nabc|";
        assert_eq!(client(for_one, "https://git.corp.example").as_deref(), Some("abc"));
        assert_eq!(client(for_one, "https://evil.example"), None);
        let for_nobody = "global|bitbucket.oauthclientid\nabc|";
        assert_eq!(client(for_nobody, "https://bitbucket.org").as_deref(), Some("abc"));
        assert_eq!(client(for_nobody, "https://git.corp.example"), None);
    }

    #[test]
    fn a_repository_cannot_bring_a_client() {
        let planted = "local|bitbucket.https://bitbucket.org.oauthclientid\nevil|";
        assert_eq!(client(planted, "https://bitbucket.org").as_deref(), CLIENT);
    }
}

//! Git Credential Manager's settings, as far as they are worth taking over: where it keeps things, which hosts it took for
//! Bitbucket, and the OAuth client that it was given (its docs/configuration.md, and its Bitbucket constants).

use super::{ClientSettings, Environment, Settings};
use crate::secret::Secret;
use crate::site::Site;
use std::path::PathBuf;

/// The OAuth client that GCM uses at a site.
pub struct GcmClient {
    pub settings: ClientSettings,
    pub secret: Option<Secret>,
    /// Whether it is named for this very site, and not for every Data Center.
    pub is_exact: bool,
}

/// Its keys for one product, with the variables that beat them: id, secret, redirect address.
type Keys = [(&'static str, &'static str); 3];

const CLOUD: Keys = [
    ("cloudOAuthClientId", "GCM_BITBUCKET_CLOUD_CLIENTID"),
    ("cloudOAuthClientSecret", "GCM_BITBUCKET_CLOUD_CLIENTSECRET"),
    ("cloudOauthRedirectUri", "GCM_BITBUCKET_CLOUD_OAUTH_REDIRECTURI"),
];
const DATA_CENTER: Keys = [
    ("bitbucketDataCenterOAuthClientId", "GCM_BITBUCKET_DATACENTER_CLIENTID"),
    ("bitbucketDataCenterOAuthClientSecret", "GCM_BITBUCKET_DATACENTER_CLIENTSECRET"),
    ("bitbucketDataCenterOauthRedirectUri", "GCM_BITBUCKET_DATACENTER_OAUTH_REDIRECTURI"),
];

/// Its redirect address where none is set, and so the one that its client is registered with.
const REDIRECT: &str = "http://localhost:34106/";

impl Settings {
    /// What stands before everything that GCM keeps.
    pub fn gcm_namespace(&self, environment: &Environment) -> String {
        let set = || Some(self.trusted("credential", "namespace", "")?.value.clone());
        environment.text("GCM_NAMESPACE").or_else(set).unwrap_or_else(|| "git".into())
    }

    /// The folder of its plaintext store.
    pub fn gcm_folder(&self, environment: &Environment) -> Option<PathBuf> {
        let home = environment.home();
        let set = || self.path("credential", "plaintextStorePath", "", home.as_ref());
        let usual = || Some(home.as_ref()?.join(".gcm/store"));
        environment.path("GCM_PLAINTEXT_STORE_PATH").or_else(set).or_else(usual).filter(|path| path.is_absolute())
    }

    /// The password store that it was told to use.
    pub fn gcm_pass_folder(&self, environment: &Environment) -> Option<PathBuf> {
        self.path("credential", "gpgPassStorePath", "", environment.home().as_ref()).filter(|path| path.is_absolute())
    }

    /// The hosts that it found to be a Bitbucket, and wrote down.
    pub fn gcm_sites(&self) -> impl Iterator<Item = Site> {
        let pinned = self.section("credential").filter(|entry| entry.is_trusted() && entry.key == "provider");
        let pinned = pinned.filter(|entry| entry.value.eq_ignore_ascii_case("bitbucket"));
        pinned.filter_map(|entry| Site::parse(entry.url.as_deref()?).ok())
    }

    /// The client that it uses at a site; the one that it brings along is Sourcetree's, and nobody's to take.
    pub fn gcm_client(&self, site: &Site, environment: &Environment) -> Option<GcmClient> {
        let [id, secret, redirect] = if site.is_cloud() { CLOUD } else { DATA_CENTER };
        let url = site.to_string();
        let entry = |key: &str| self.trusted("credential", key, &url);
        let text = |(key, variable): (&str, &str)| {
            environment.text(variable).or_else(|| Some(entry(key)?.value.clone())).filter(|value| !value.is_empty())
        };
        let redirect = Some(text(redirect).unwrap_or_else(|| REDIRECT.into()));
        Some(GcmClient {
            settings: ClientSettings { client: text(id)?, redirect, scope: None, built_in: None },
            secret: text(secret).map(Secret::new),
            is_exact: site.is_cloud() || entry(id.0).is_some_and(|entry| entry.url.is_some()),
        })
    }

    /// Files that `git credential-store` was told to use besides its own two.
    pub fn credential_store_files(&self, environment: &Environment) -> Vec<PathBuf> {
        let helpers = self.section("credential").filter(|entry| entry.is_trusted() && entry.key == "helper");
        let files = helpers.filter_map(|entry| {
            let arguments = entry.value.strip_prefix("store")?.trim_start();
            let file = arguments.strip_prefix("--file")?.trim_start_matches(['=', ' ']).trim_matches(['"', '\'']);
            let opened = file.strip_prefix("~/").and_then(|rest| Some(environment.home()?.join(rest)));
            Some(opened.unwrap_or_else(|| file.into()))
        });
        files.filter(|file| file.is_absolute()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(lines: &str) -> Settings {
        Settings::parse(lines.replace('|', "\0").as_bytes())
    }

    #[test]
    fn a_client_for_every_data_center_is_told_from_one_for_this_site() {
        let environment = Environment::default();
        let site = Site::parse("https://git.corp.example").expect("a site");
        let everywhere = settings("global|credential.bitbucketdatacenteroauthclientid\nabc|");
        let client = everywhere.gcm_client(&site, &environment).expect("named");
        assert_eq!((client.settings.client.as_str(), client.is_exact), ("abc", false));
        assert_eq!(client.settings.redirect.as_deref(), Some(REDIRECT));
        assert!(everywhere.gcm_client(&Site::cloud(), &environment).is_none());
        let here = settings("global|credential.https://git.corp.example.bitbucketdatacenteroauthclientid\nabc|");
        assert!(here.gcm_client(&site, &environment).is_some_and(|client| client.is_exact));
        let planted = settings("local|credential.bitbucketdatacenteroauthclientid\nevil|");
        assert!(planted.gcm_client(&site, &environment).is_none());
    }

    #[test]
    fn the_files_of_credential_store_are_found_in_its_options() {
        let environment = Environment::from([("HOME", "/home/a")]);
        let set = "global|credential.helper\nstore --file ~/one|global|credential.helper\nstore --file=/two|\
                   global|credential.helper\nstore|global|credential.helper\ncache|local|credential.helper\nstore --file /evil|";
        assert_eq!(settings(set).credential_store_files(&environment), [PathBuf::from("/home/a/one"), "/two".into()]);
    }
}

//! What git config and the environment say is read as Git prints it, and no repository decides where a secret goes.

use crate::config::entry::Scope;
use crate::config::{Entry, Environment, Network, Settings, Source, git_boolean};
use crate::error::Error;
use crate::site::Site;
use std::path::PathBuf;

/// A server that everything is asked for, besides the Cloud.
const SERVER: &str = "http://git.corp.example:7990/bitbucket";
/// More than a clock can add is no limit (`Instant + Duration` panics).
const LONGEST: u64 = 1 << 32;

/// First what `git config -z --show-scope` printed, then, behind a byte 1, one text for every variable.
pub fn hold(bytes: &[u8]) {
    let (printed, variable) = super::two(bytes, 1);
    let settings = Settings::parse(printed);
    printed_again(&settings);
    let environment = environment(&String::from_utf8_lossy(variable));
    counted(&environment);
    for site in [Site::cloud(), Site::parse(SERVER).expect("a site")] {
        asked(&settings, &site, &environment);
        way(&settings, &site, &environment);
        of_others(&settings, &site, &environment);
    }
    assert!(settings.configured_sites().chain(settings.gcm_sites()).count() <= printed.len());
}

/// Printed as Git would, the same lines are read again.
fn printed_again(settings: &Settings) {
    for section in ["bitbucket", "credential", "http", "remote", "core"] {
        let entries: Vec<&Entry> = settings.section(section).collect();
        let line = |entry: &&Entry| format!("{}\0{}\n{}\0", word(entry.scope), entry.name(), entry.value);
        let again = Settings::parse(entries.iter().map(line).collect::<String>().as_bytes());
        let said = |entry: &Entry| (entry.scope, entry.name(), entry.url.clone(), entry.value.clone());
        let (before, after) = (entries.iter().map(|entry| said(entry)), again.section(section).map(said));
        assert!(before.eq(after), "a line is read in another way");
    }
}

fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::System => "system",
        Scope::Global => "global",
        Scope::Command => "command",
        Scope::Repository => "local",
    }
}

fn environment(text: &str) -> Environment {
    const NAMES: [&str; 14] = [
        "BITBUCKET_SITE",
        "BITBUCKET_TOKEN_FILE",
        "BITBUCKET_TOKEN_KIND",
        "BROWSER",
        "CI",
        "GCM_NAMESPACE",
        "GIT_CONFIG_COUNT",
        "GIT_HTTP_PROXY_AUTHMETHOD",
        "GIT_TERMINAL_PROMPT",
        "HOME",
        "NO_PROXY",
        "PATH",
        "TERM",
        "https_proxy",
    ];
    NAMES.iter().map(|name| ((*name).to_owned(), text.into())).collect()
}

/// New lines stand behind those that are there, and the count is one that Git takes.
fn counted(environment: &Environment) {
    let lines = [("a.b".to_owned(), "1".to_owned()), ("a.b".to_owned(), "2".to_owned())];
    match environment.with_git_settings(&lines) {
        Ok(variables) => {
            let count = variables.last().expect("the count").1.parse::<i32>().expect("a number that Git takes");
            let last = &variables[variables.len() - 2].0;
            assert_eq!(*last, format!("GIT_CONFIG_VALUE_{}", count - 1));
        }
        Err(error) => assert!(matches!(error, Error::Usage(_))),
    }
    assert!(environment.search_path().iter().all(|folder| folder.is_absolute()));
    assert!(environment.home().is_none_or(|home| home.is_absolute()));
    let _ = (environment.is_ci(), environment.forbids_asking(), environment.has_dumb_terminal(), environment.desktop());
    let _ = (environment.named_site(), environment.injection(), environment.injected_site());
}

fn asked(settings: &Settings, site: &Site, environment: &Environment) {
    let url = site.to_string();
    for key in ["storage", "oauthClientId", "tokenCommand", "allowHttp", "signIn", "timeout"] {
        if let Some(entry) = settings.trusted("bitbucket", key, &url) {
            assert!(entry.scope != Scope::Repository && entry.applies_to(&url), "a repository decides");
        }
    }
    let _ = (settings.product(site), settings.sign_in(site), settings.auth_scheme(site), settings.storage(site));
    let _ = (settings.askpass(), settings.forbids_asking(), settings.oauth_client(site));
    assert!(settings.account(site, Some("acme/app"), false).is_none_or(|name| !name.is_empty()));
    assert!(!settings.allows_http(&Site::cloud()), "the Cloud over plain http");
    for signing_in in [true, false] {
        assert!((1..LONGEST).contains(&settings.timeout(site, signing_in)), "a limit that no clock can add");
    }
    let home = PathBuf::from("/home/al");
    match settings.injection(site, Some("acme/app"), Some(&home)) {
        Ok(Some(injection)) => match injection.source {
            Source::Command(words) => assert!(!words.is_empty()),
            Source::File(path) => assert!(!path.as_os_str().is_empty()),
            Source::Given(_) => panic!("git config gives no token itself"),
        },
        Ok(None) => {}
        Err(error) => assert!(matches!(error, Error::Injected { .. })),
    }
    let _ = (environment.said("HOME"), settings.ignored(&url));
}

/// The way to the server: what is shown of a proxy has nobody's password, and every reader finds the same host in it.
fn way(settings: &Settings, site: &Site, environment: &Environment) {
    let Ok(Network { proxy: Some(proxy), .. }) = settings.network(site, environment) else { return };
    let shown = url::Url::parse(&proxy.to_string()).expect("an address for everybody");
    assert!(shown.username().is_empty() && shown.password().is_none());
    let Some(way) = proxy.on_the_way_to("git.corp.example") else { return };
    let way = url::Url::parse(way.expose_text().expect("ASCII")).expect("an address for everybody");
    assert_eq!((way.scheme(), way.host_str(), way.port()), (shown.scheme(), shown.host_str(), shown.port()));
    let _ = settings.ignored_of_network(site);
}

/// What Git and other helpers are told there.
fn of_others(settings: &Settings, site: &Site, environment: &Environment) {
    let url = format!("{site}/acme/app.git");
    assert!(settings.helpers(&url).iter().all(|entry| !entry.value.is_empty()));
    assert!(settings.username(&url).is_none_or(|name| !name.is_empty()));
    let files = settings.credential_store_files(environment).into_iter();
    assert!(files.chain(settings.gcm_folder(environment)).all(|path| path.is_absolute()));
    let _ = (settings.sends_path(&url), settings.gcm_client(site, environment).is_some());
    for entry in settings.section("bitbucket") {
        assert!(git_boolean(&entry.value).is_none() || !entry.value.trim_start().contains('\n'));
    }
}

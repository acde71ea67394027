//! Every setting, read once: the environment, and Git's own configuration, from its files or in one child process.
//! The only reader of both, and the only writer of git config. It decides what a setting means and whose word counts,
//! never what to do about it.

mod command_line;
mod credential_lines;
pub mod entry;
mod environment;
mod gcm;
mod git;
mod git_file;
#[cfg(target_os = "linux")]
mod gits_files;
mod injection;
mod known;
mod network;
mod no_proxy;
mod number;
mod oauth;
mod origin;
mod ours;
mod own_program;
#[cfg(test)]
mod properties;
mod proxy;
mod repository;
#[cfg(target_os = "linux")]
mod syntax;
mod url_match;

pub use entry::Entry;
pub use environment::{Desktop, Environment};
pub use gcm::GcmClient;
pub use git_file::{Edit, GitFile};
pub use injection::{Injection, Source, handed_on};
pub use known::{SETTINGS, Setting, VARIABLES, VARIABLES_OF_OTHERS, Variable};
pub use network::Network;
pub use oauth::ClientSettings;
#[cfg(test)]
pub use origin::test_line;
pub use origin::{Line, git_version, lines, top_folder};
pub use ours::{Lines, to_configure, to_unconfigure};
pub use own_program::{helper, is_ours};
pub use proxy::Proxy;
pub use repository::{Remote, remote};

use crate::error::{Error, Result};
use crate::site::{Product, Site};
use entry::{KEYS, entry};
use std::path::PathBuf;

/// How a person signs in at a site (`bitbucket.signIn`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    Auto,
    Web,
    Token,
    Password,
    Never,
}

/// How Git shows the credential to the server (`bitbucket.authScheme`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    Auto,
    Basic,
    Bearer,
}

/// A day: longer than anybody waits, and short enough for a clock to add.
const LONGEST_TIMEOUT: u64 = 86_400;

/// Git's configuration as far as it concerns us.
#[derive(Debug, Default)]
pub struct Settings {
    entries: Vec<Entry>,
}

impl Settings {
    /// Reads our keys and those of Git's that concern us, with their scopes: from Git's files where they are plain, else from
    /// the Git on the search path.
    pub fn read(environment: &Environment) -> Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(entries) = gits_files::read(environment) {
            log::debug!("settings: {} lines from git's own files", entries.len());
            return Ok(Self { entries });
        }
        let output = git::run(environment, &["config", "-z", "--show-scope", "--get-regexp", KEYS])?;
        match output.status.code() {
            // 1 means that no line matched (git-config, "EXIT STATUS")
            Some(0 | 1) => Ok(Self::parse(&output.stdout)),
            _ => Err(Error::Program { name: "git config", why: "failed; is a config file broken?" }),
        }
    }

    /// What `git config -z --show-scope --get-regexp` printed.
    pub fn parse(output: &[u8]) -> Self {
        let text = String::from_utf8_lossy(output);
        let fields: Vec<&str> = text.split_terminator('\0').collect();
        let entries = fields.chunks_exact(2).filter_map(|three| entry(three[0], three[1])).collect();
        Self { entries }
    }

    /// All lines of a section, for whoever must list them.
    pub fn section<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }

    /// The addresses that a trusted `bitbucket.<url>.*` names.
    pub fn configured_sites(&self) -> impl Iterator<Item = Site> {
        let trusted = self.section("bitbucket").filter(|entry| entry.is_trusted());
        trusted.filter_map(|entry| Site::parse(entry.url.as_deref()?).ok())
    }

    /// The value that counts for a URL (a more specific one beats a later one, git-config `http.<url>.*`), as far as it
    /// does not come from a repository.
    pub fn trusted(&self, section: &str, key: &str, url: &str) -> Option<&Entry> {
        self.best(section, key, url, Entry::is_trusted)
    }

    /// Our keys that a repository sets without being listened to, as `bitbucket.key`.
    pub fn ignored(&self, url: &str) -> Vec<String> {
        let applies = |entry: &&Entry| entry.rank_for(url).is_some() && !entry.is_trusted() && entry.key != "account";
        let mut keys: Vec<_> =
            self.section("bitbucket").filter(applies).map(|entry| format!("bitbucket.{}", entry.key)).collect();
        keys.dedup();
        keys
    }

    fn best(&self, section: &str, key: &str, url: &str, counts: fn(&Entry) -> bool) -> Option<&Entry> {
        let named = |entry: &&Entry| entry.section == section && entry.key.eq_ignore_ascii_case(key) && counts(entry);
        let candidates = self.entries.iter().filter(named);
        // `max_by_key` takes the last of equals, as Git does
        candidates
            .filter_map(|entry| Some((entry.rank_for(url)?, entry)))
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, entry)| entry)
    }

    /// `bitbucket.<url>.key` as one of several words.
    fn word<T: Copy>(
        &self,
        site: &Site,
        key: &'static str,
        words: &[(&str, T)],
        expected: &'static str,
    ) -> Result<Option<T>> {
        let Some(entry) = self.trusted("bitbucket", key, &site.to_string()) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| entry.value.eq_ignore_ascii_case(word));
        found.map(|(_, value)| Some(*value)).ok_or(Error::Setting { key: format!("bitbucket.{key}"), expected })
    }

    /// `bitbucket.<url>.key` as it stands, from where it may be trusted.
    pub fn text(&self, site: &Site, key: &str) -> Option<String> {
        self.trusted("bitbucket", key, &site.to_string())
            .map(|entry| entry.value.clone())
            .filter(|value| !value.is_empty())
    }

    /// `bitbucket.<url>.product`.
    pub fn product(&self, site: &Site) -> Result<Option<Product>> {
        self.word(
            site,
            "product",
            &[("cloud", Product::Cloud), ("datacenter", Product::DataCenter)],
            "`cloud` or `datacenter`",
        )
    }

    /// `bitbucket.<url>.signIn`; `Auto` where nothing is said.
    pub fn sign_in(&self, site: &Site) -> Result<SignIn> {
        const WORDS: [(&str, SignIn); 5] = [
            ("auto", SignIn::Auto),
            ("web", SignIn::Web),
            ("token", SignIn::Token),
            ("password", SignIn::Password),
            ("never", SignIn::Never),
        ];
        Ok(self.word(site, "signIn", &WORDS, "`auto`, `web`, `token`, `password` or `never`")?.unwrap_or(SignIn::Auto))
    }

    /// `bitbucket.<url>.authScheme`; `Auto` where nothing is said.
    pub fn auth_scheme(&self, site: &Site) -> Result<AuthScheme> {
        const WORDS: [(&str, AuthScheme); 3] =
            [("auto", AuthScheme::Auto), ("basic", AuthScheme::Basic), ("bearer", AuthScheme::Bearer)];
        Ok(self.word(site, "authScheme", &WORDS, "`auto`, `basic` or `bearer`")?.unwrap_or(AuthScheme::Auto))
    }

    /// `bitbucket.<url>.storage` as a word.
    pub fn storage(&self, site: &Site) -> Option<String> {
        self.text(site, "storage").map(|word| word.to_ascii_lowercase())
    }

    /// `bitbucket.<url>.account`, the one key a repository may set, for a place within the site: the repository's own
    /// word (`here`), or anybody else's.
    pub fn account(&self, site: &Site, place: Option<&str>, here: bool) -> Option<&str> {
        let url = place.map_or(site.to_string(), |place| format!("{site}/{place}"));
        let counts = if here { |entry: &Entry| !entry.is_trusted() } else { Entry::is_trusted };
        let entry = self.best("bitbucket", "account", &url, counts);
        entry.map(|entry| entry.value.as_str()).filter(|name| !name.is_empty())
    }

    /// Whether plain http may carry a secret to this site: loopback always, the Cloud never, others by permission.
    pub fn allows_http(&self, site: &Site) -> bool {
        !site.is_cloud() && (site.is_loopback() || self.flag("bitbucket", "allowHttp", &site.to_string()) == Some(true))
    }

    /// Seconds to wait for one answer of the server; `asked` while somebody is signing in.
    pub fn timeout(&self, site: &Site, signing_in: bool) -> u64 {
        let set = self.text(site, "timeout").and_then(|text| text.parse::<u64>().ok()).filter(|seconds| *seconds > 0);
        set.map_or(if signing_in { 150 } else { 30 }, |seconds| seconds.min(LONGEST_TIMEOUT))
    }

    /// `credential.interactive`: Git's booleans, and the `never` of older helpers.
    pub fn forbids_asking(&self) -> bool {
        let entry = self.section("credential").filter(|entry| entry.key == "interactive" && entry.url.is_none()).last();
        entry.is_some_and(|entry| entry.value.eq_ignore_ascii_case("never") || git_boolean(&entry.value) == Some(false))
    }

    /// A boolean of any section for a URL, from where it may be trusted.
    pub fn flag(&self, section: &str, key: &str, url: &str) -> Option<bool> {
        self.trusted(section, key, url).and_then(|entry| git_boolean(&entry.value))
    }

    /// A path of any section for a URL, with `~/` opened.
    pub fn path(&self, section: &str, key: &str, url: &str, home: Option<&PathBuf>) -> Option<PathBuf> {
        let value = &self.trusted(section, key, url)?.value;
        Some(opened(value, home)).filter(|path| !path.as_os_str().is_empty())
    }

    /// `core.askPass`.
    pub fn askpass(&self) -> Option<String> {
        self.entries
            .iter()
            .rfind(|entry| entry.section == "core" && entry.is_trusted())
            .map(|entry| entry.value.clone())
    }
}

/// A path with `~/` opened.
fn opened(value: &str, home: Option<&PathBuf>) -> PathBuf {
    let below = value.strip_prefix("~/").zip(home).map(|(rest, home)| home.join(rest));
    below.unwrap_or_else(|| PathBuf::from(value))
}

/// git-config, "boolean"; `None` for what is none.
pub fn git_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" | "" => Some(false),
        other => number::git_number(other).map(|number| number != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(lines: &[(&str, &str, &str)]) -> Settings {
        let text: String = lines.iter().map(|(scope, key, value)| format!("{scope}\0{key}\n{value}\0")).collect();
        Settings::parse(text.as_bytes())
    }

    #[test]
    fn the_more_specific_address_wins_and_the_later_of_equals() {
        let settings = settings(&[
            ("global", "bitbucket.https://bitbucket.org.account", "somebody"),
            ("global", "bitbucket.https://bitbucket.org.account", "alice"),
            ("global", "bitbucket.account", "everywhere"),
            ("global", "bitbucket.https://bitbucket.org/acme.account", "worker"),
            ("local", "bitbucket.https://bitbucket.org.account", "bob"),
        ]);
        let account = |place| settings.account(&Site::cloud(), place, false);
        assert_eq!(account(None), Some("alice"));
        assert_eq!(account(Some("acme/app")), Some("worker"));
        assert_eq!(account(Some("acme-evil/app")), Some("alice"));
        assert_eq!(settings.account(&Site::cloud(), Some("acme/app"), true), Some("bob"));
    }

    #[test]
    fn a_repository_decides_nothing_but_its_account() {
        let settings = settings(&[
            ("local", "bitbucket.storage", "file"),
            ("worktree", "bitbucket.allowhttp", "true"),
            ("local", "bitbucket.account", "alice"),
        ]);
        let site = Site::parse("http://git.corp.example").expect("a site");
        assert_eq!(settings.storage(&site), None);
        assert!(!settings.allows_http(&site));
        assert_eq!(settings.account(&site, None, true), Some("alice"));
        assert_eq!(settings.ignored(&site.to_string()), ["bitbucket.storage", "bitbucket.allowhttp"]);
    }

    #[test]
    fn plain_http_needs_permission_and_the_cloud_never_has_it() {
        let settings = settings(&[("global", "bitbucket.allowhttp", "true")]);
        let allowed = |address: &str| settings.allows_http(&Site::parse(address).expect("a site"));
        assert!(allowed("http://git.corp.example"));
        assert!(!allowed("http://bitbucket.org"));
        assert!(Settings::default().allows_http(&Site::parse("http://127.0.0.1:7990").expect("a site")));
        assert!(!Settings::default().allows_http(&Site::parse("http://git.corp.example").expect("a site")));
    }

    #[test]
    fn a_word_that_means_nothing_is_an_error_that_names_the_key() {
        let settings = settings(&[("global", "bitbucket.signin", "sometimes")]);
        let error = settings.sign_in(&Site::cloud()).expect_err("no such word");
        assert!(matches!(error, Error::Setting { key, .. } if key == "bitbucket.signIn"));
    }

    #[test]
    fn a_time_limit_is_one_that_a_clock_can_add() {
        for (set, seconds) in [("5", 5), ("0", 30), ("-1", 30), ("soon", 30), ("18446744073709551615", 86_400)] {
            let settings = settings(&[("global", "bitbucket.timeout", set)]);
            assert_eq!(settings.timeout(&Site::cloud(), false), seconds, "{set}");
        }
        assert_eq!(Settings::default().timeout(&Site::cloud(), true), 150);
    }

    #[test]
    fn every_spelling_of_no_forbids_asking() {
        for (word, forbidden) in
            [("false", true), ("never", true), ("0", true), ("true", false), ("auto", false), ("always", false)]
        {
            assert_eq!(settings(&[("global", "credential.interactive", word)]).forbids_asking(), forbidden, "{word}");
        }
    }
}

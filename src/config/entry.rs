//! One line of Git's configuration: whose it is, which address it means, and which lines concern us at all.

use super::url_match;

/// What is asked of Git.
pub const KEYS: &str = r"^(bitbucket|credential|http)\.|^core\.askpass$|^remote\..*\.(url|proxy|proxyauthmethod)$";

/// One line of Git's configuration, with whose file it stands in.
#[derive(Clone, Debug)]
pub struct Entry {
    pub scope: Scope,
    pub section: String,
    /// The URL between section and key, as it was written.
    pub url: Option<String>,
    pub key: String,
    pub value: String,
}

/// Who wrote it. What a repository says decides nothing about where secrets go (T7 of the security checklist).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    System,
    Global,
    Command,
    Repository,
}

impl Entry {
    /// Whether whoever wrote it may decide where secrets go and what is run.
    pub fn is_trusted(&self) -> bool {
        self.scope != Scope::Repository
    }

    /// The key as `git config` takes it.
    pub fn name(&self) -> String {
        let url = self.url.as_ref().map(|url| format!("{url}.")).unwrap_or_default();
        format!("{}.{url}{}", self.section, self.key)
    }

    /// Whether its address, if it has one, means this URL.
    pub fn applies_to(&self, url: &str) -> bool {
        self.rank_for(url).is_some()
    }

    /// Whether it is the line of that very section, address and key.
    pub fn is(&self, section: &str, url: &str, key: &str) -> bool {
        self.section == section && self.url.as_deref() == Some(url) && self.key.eq_ignore_ascii_case(key)
    }

    /// How well its address fits this URL; one without an address fits all of them, and worst.
    pub fn rank_for(&self, url: &str) -> Option<url_match::Rank> {
        match &self.url {
            Some(pattern) if self.section == "credential" => url_match::rank_of_partial(pattern, url),
            Some(pattern) => url_match::rank(pattern, url),
            None => Some(url_match::Rank::default()),
        }
    }
}

/// A line as `git config -z --show-scope` writes it: `section.url.key`, a line end, the value.
pub fn entry(scope: &str, line: &str) -> Option<Entry> {
    // a key without a value is a boolean true, and stands without a newline
    let (name, value) = line.split_once('\n').unwrap_or((line, "true"));
    let (section, rest) = name.split_once('.')?;
    let (url, key) = rest.rsplit_once('.').map_or((None, rest), |(url, key)| (Some(url.to_owned()), key));
    Some(Entry { scope: scope_of(scope), section: section.into(), url, key: key.into(), value: value.into() })
}

/// What `KEYS` says, of one name.
#[cfg(target_os = "linux")]
pub fn is_asked_for(name: &str) -> bool {
    let Some((section, rest)) = name.split_once('.') else { return false };
    match section {
        "bitbucket" | "credential" | "http" => true,
        "core" => rest == "askpass",
        "remote" => rest.rsplit_once('.').is_some_and(|(_, key)| ["url", "proxy", "proxyauthmethod"].contains(&key)),
        _ => false,
    }
}

fn scope_of(word: &str) -> Scope {
    match word {
        "system" => Scope::System,
        "global" => Scope::Global,
        "command" => Scope::Command,
        _ => Scope::Repository,
    }
}

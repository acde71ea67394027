//! Every way to fail, sorted by who can act next. Each has a message (what happened), mostly a hint (what to do)
//! and an exit code. No variant carries a secret, and no text from outside passes unless through `shown`.

mod keepers;
mod networks;
mod reasons;
mod rules;

pub use reasons::{API_TOKEN_PAGE, Pem, Refusal, Unclear, Wire};
pub use rules::Rule;

use std::fmt;
use std::path::PathBuf;

/// What every room returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure. Sites and accounts are kept as the texts to show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "only terminals cut lines"))]
pub enum Error {
    // The person can act: sign in, choose, allow, type something else.
    NobodySignedIn,
    SignInNeeded { site: String, account: Option<String> },
    Refused { site: String, about: Refusal },
    SignedInAsAnother { site: String, wanted: String, found: String },
    Ambiguous { site: String, accounts: Vec<String> },
    UnknownAccount { site: String, account: String, known: Vec<String> },
    NotThisRepository { site: String, account: String },
    SecondFactor { site: String },
    NoOauthClient { site: String, cloud: bool },
    Denied { site: String, said: String },
    NobodyCame { minutes: u64 },
    Unfilled { minutes: u64 },
    NoTokenInCi { site: String, cloud: bool, empty: bool },
    Injected { what: String, remedy: String },
    OnTerminal,
    AtSignInName,
    Busy { site: String },
    Cancelled,
    NobodyToAsk { what: &'static str },
    NotASite,
    NotAPlace,
    HttpNotAllowed { site: String },
    AmbiguousContext { host: String, contexts: Vec<String> },
    BadSecret,
    LineTooLong,
    Usage(String),

    // Whoever keeps the machine can act: the keyring, the files, the settings.
    NoHome,
    KeyringAbsent,
    KeyringLocked,
    KeyringWithoutCollection,
    KeyringSilent { seconds: u64 },
    KeyringFailed { what: &'static str },
    KeyringOutOfReach { system: &'static str },
    File { action: &'static str, path: PathBuf, why: std::io::ErrorKind },
    UnsafeFile { path: PathBuf, why: &'static str },
    IndexUnreadable { path: PathBuf, kept: Option<PathBuf> },
    IndexBusy,
    GitConfig { file: &'static str, said: String },
    NoPathToSelf,
    RecordUnreadable,
    UnfitSecret { site: String, account: String },
    UnreadableSecret { site: String, account: String },
    NotStored { storage: &'static str },
    Setting { key: String, expected: &'static str },
    Program { name: &'static str, why: &'static str },
    BadProxy { origin: String },
    ProxyMethod { method: &'static str },
    Pem { path: PathBuf, why: Pem },
    PortBusy { port: u16 },
    PortRefused { port: u16 },

    // The network, or whoever runs the server, can act.
    Offline { host: String, why: Wire },
    Unexpected { host: String, status: u16 },
    TooMany { host: String, wait: Option<u64> },
    Unclear { host: String, why: Unclear },
    NoBitbucket { site: String },
    Pretender { site: String },
    Redirected { host: String, to: String },
    Captcha { site: String, page: String },
    Rule { site: String, rule: Rule },
    OauthClientRefused { host: String },
    CodeRefused { host: String },

    // The caller can act: git, or whoever speaks its protocol.
    Protocol(&'static str),
    Stdout,
}

/// What a script can tell apart (DESIGN section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    Usage,
    SignIn,
    /// That of the command which ran in our place.
    Passed(u8),
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::SignIn => 4,
            Self::Passed(code) => code,
        }
    }
}

impl Error {
    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::NotASite | Self::NotAPlace => Exit::Usage,
            Self::NobodySignedIn
            | Self::SignInNeeded { .. }
            | Self::Ambiguous { .. }
            | Self::UnknownAccount { .. }
            | Self::NoTokenInCi { .. } => Exit::SignIn,
            _ => Exit::Failed,
        }
    }

    /// Whether the keyring is what stands in the way, so that another storage would help.
    pub fn is_about_the_keyring(&self) -> bool {
        matches!(
            self,
            Self::KeyringAbsent
                | Self::KeyringLocked
                | Self::KeyringWithoutCollection
                | Self::KeyringSilent { .. }
                | Self::KeyringFailed { .. }
                | Self::KeyringOutOfReach { .. }
        )
    }

    /// What the reader can do next, in one line.
    pub fn hint(&self) -> Option<String> {
        hint_for_people(self).or_else(|| keepers::hint(self)).or_else(|| networks::hint(self))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = said_to_people(self).or_else(|| keepers::said(self)).or_else(|| networks::said(self));
        f.write_str(&text.unwrap_or_else(|| said_to_callers(self)))
    }
}

impl std::error::Error for Error {}

fn said_to_people(error: &Error) -> Option<String> {
    Some(match error {
        Error::NobodySignedIn => "nobody is signed in".into(),
        Error::SignInNeeded { site, account: None } => format!("nobody is signed in to {site}"),
        Error::SignInNeeded { site, account: Some(account) } => format!("{account} is not signed in to {site}"),
        Error::Refused { site, about } => format!("{site} does not accept {}", about.what()),
        Error::SignedInAsAnother { site, wanted, found } => format!("{site} knows this as {found}, not as {wanted}"),
        Error::Ambiguous { site, accounts } => format!("{site} has several accounts: {}", accounts.join(", ")),
        Error::UnknownAccount { site, account, .. } => format!("no account {account} at {site}"),
        Error::NotThisRepository { site, account } => {
            format!("{site} accepts the sign-in of {account}, but not for this repository")
        }
        Error::SecondFactor { site } => format!("{site} wants a second factor, which a password cannot show"),
        Error::NoOauthClient { site, .. } => {
            format!("no OAuth client is known for {site}, so the browser cannot sign in")
        }
        Error::Denied { site, said } => format!("the sign-in at {site} was not allowed: {said}"),
        Error::NobodyCame { minutes } => format!("nobody came back from the browser within {minutes} minutes"),
        Error::Unfilled { minutes } => format!("nobody filled in the sign-in page within {minutes} minutes"),
        Error::NoTokenInCi { site, empty: true, .. } => {
            format!("`BITBUCKET_TOKEN` is empty, so there is none for {site}")
        }
        Error::Injected { what, .. } => what.clone(),
        Error::OnTerminal => "a secret is not shown on a terminal".into(),
        Error::NoTokenInCi { site, .. } => format!("no token for {site} in this CI job"),
        Error::AtSignInName => "the address has a name with an `@` in it, so git looks for another host".into(),
        Error::Busy { site } => format!("another sign-in at {site} is under way"),
        Error::Cancelled => "sign-in cancelled".into(),
        Error::NobodyToAsk { what } => format!("nobody is there to ask for {what}"),
        Error::NotASite => "that is not the address of a Bitbucket".into(),
        Error::NotAPlace => "that is no workspace, project or repository".into(),
        Error::HttpNotAllowed { site } => format!("{site} is plain http, so no secret is sent there"),
        Error::AmbiguousContext { host, contexts } => {
            format!("{host} has several Bitbuckets: {}", contexts.join(", "))
        }
        Error::BadSecret => "that cannot be a token or a password: it is empty or has a line end in it".into(),
        Error::LineTooLong => "a terminal cuts lines of that length".into(),
        Error::Usage(what) => what.clone(),
        _ => return None,
    })
}

fn hint_for_people(error: &Error) -> Option<String> {
    Some(match error {
        Error::NobodySignedIn => "begin with: `git credential-bitbucket login`".into(),
        Error::SignInNeeded { site, account } => format!("sign in: {}", login(site, account.as_deref())),
        Error::Refused { about, .. } => about.remedy().into(),
        Error::SignedInAsAnother { site, found, .. } => {
            format!("to keep it under that name: `git credential-bitbucket login {site} --username {found}`")
        }
        Error::Ambiguous { site, accounts } => {
            let first = accounts.first().map_or("NAME", String::as_str);
            format!(
                "choose: `git credential-bitbucket switch {site} {first}`, with `--for WORKSPACE` or `--here` to be exact"
            )
        }
        Error::UnknownAccount { site, known, .. } if known.is_empty() => {
            format!("sign in: `git credential-bitbucket login {site}`")
        }
        Error::UnknownAccount { known, .. } => format!("signed in there: {}", known.join(", ")),
        Error::NotThisRepository { site, .. } => {
            format!(
                "check the address and who has access; another account: `git credential-bitbucket switch {site} --for WORKSPACE`"
            )
        }
        Error::SecondFactor { site } => {
            format!("sign in with a token or in the browser: `git credential-bitbucket login {site}`")
        }
        Error::NoOauthClient { cloud: true, .. } => {
            "make an OAuth consumer with the callback `http://127.0.0.1/`, then `git credential-bitbucket configure --oauth-client KEY`".into()
        }
        Error::NoOauthClient { cloud: false, site } => {
            format!("ask the administrator for an incoming application link, then `git credential-bitbucket configure --site {site} --oauth-client ID`")
        }
        Error::Denied { .. } => "try again, or sign in with a token: `git credential-bitbucket login --token`".into(),
        Error::NobodyCame { .. } => "try again; a redirect address that differs from the registered one shows only in the browser".into(),
        Error::Unfilled { .. } => "try again; the page opens in your browser, and its address is shown".into(),
        Error::NoTokenInCi { empty: true, .. } => "look whether this CI job may see that secret".into(),
        Error::Injected { remedy, .. } => remedy.clone(),
        Error::OnTerminal => "pipe it to where it is needed, or add `--force`".into(),
        Error::NoTokenInCi { cloud: true, .. } => {
            "set `BITBUCKET_TOKEN`, or store one with `login --with-token`".into()
        }
        Error::NoTokenInCi { site, .. } => format!("set `BITBUCKET_TOKEN` and `BITBUCKET_SITE={site}`"),
        Error::AtSignInName => "write the `@` of the name as `%40`".into(),
        Error::Busy { .. } => "finish it, or try again".into(),
        Error::NobodyToAsk { .. } => "run it on a terminal, or give it on stdin with `--with-token`".into(),
        Error::NotASite => "type it like `bitbucket.org` or `https://git.example.com/bitbucket`".into(),
        Error::NotAPlace => {
            "type it like `acme` or `acme/app`; a personal space of a Data Center in quotes, like `'~alice'`".into()
        }
        Error::HttpNotAllowed { site } if site == "http://bitbucket.org" => {
            "write `https://bitbucket.org` in the address: `git remote set-url origin URL`".into()
        }
        Error::HttpNotAllowed { site } => {
            format!("if you trust the network: `git config --global bitbucket.{site}.allowHttp true`")
        }
        Error::AmbiguousContext { .. } => {
            "let git tell which one it means: `git credential-bitbucket configure`".into()
        }
        Error::BadSecret => "paste it once more, whole and on one line".into(),
        Error::LineTooLong => "give it on stdin: `git credential-bitbucket login --with-token`".into(),
        Error::Usage(_) => "see `git-credential-bitbucket --help`".into(),
        _ => return None,
    })
}

/// What signs an account in: a token of nobody's is for a place, and a client comes for itself.
fn login(site: &str, account: Option<&str>) -> String {
    let place = account.and_then(|name| name.strip_prefix("x-token-auth:"));
    let how = match (account, place) {
        (_, Some(place)) if place.parse::<u32>().is_err() => format!(" --for {place}"),
        (Some(name), None) if name.starts_with("client ") => " --client".to_owned(),
        (Some(name), None) if name != "x-token-auth" => format!(" --username {name}"),
        _ => String::new(),
    };
    format!("`git credential-bitbucket login {site}{how}`")
}

fn said_to_callers(error: &Error) -> String {
    match error {
        Error::Protocol(what) => format!("the request makes no sense: {what}"),
        _ => "cannot write the answer".into(),
    }
}

/// A text from outside, made safe to show: control and direction characters become `\u{…}`, it ends after 200 characters, and
/// a token that somebody put in the place of a name is not repeated.
pub fn shown(text: &str) -> String {
    if ["ATATT", "ATCTT", "ATBB", "BBDC-"].iter().any(|start| text.starts_with(start)) && text.len() > 30 {
        return "[token]".into();
    }
    escaped(&text.chars().take(200).collect::<String>())
}

/// The same at any length.
pub fn escaped(text: &str) -> String {
    let plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let escaped = |c: char| if plain(c) { c.to_string() } else { c.escape_unicode().to_string() };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_shown_as_escapes() {
        assert_eq!(shown("a\x1b[2Kb"), "a\\u{1b}[2Kb");
        assert_eq!(shown("\u{202e}evil\u{7}"), "\\u{202e}evil\\u{7}");
        assert_eq!(shown("Zoë"), "Zoë");
        assert_eq!(shown(&"x".repeat(500)).len(), 200);
    }

    #[test]
    fn whoever_must_sign_in_is_told_the_command_for_their_kind_of_account() {
        for (account, how) in [
            (None, ""),
            (Some("alice"), " --username alice"),
            (Some("x-token-auth:acme/app"), " --for acme/app"),
            (Some("x-token-auth:2"), ""),
            (Some("x-token-auth"), ""),
            (Some("client consumer"), " --client"),
        ] {
            assert_eq!(login("bitbucket.org", account), format!("`git credential-bitbucket login bitbucket.org{how}`"));
        }
    }

    #[test]
    fn messages_are_lower_case_without_a_full_stop() {
        let errors = [
            Error::Cancelled,
            Error::KeyringLocked,
            Error::Offline { host: "h".into(), why: Wire::Connect },
            Error::Protocol("no host"),
            Error::BadSecret,
        ];
        for error in errors {
            let text = error.to_string();
            assert!(!text.ends_with('.') && text.chars().next().is_some_and(char::is_lowercase), "{text}");
        }
    }

    /// What the README's table of words on the screen explains; Git's own words in it are held by `tests/readme.rs`.
    #[test]
    fn the_readme_explains_words_that_are_shown() {
        let (cloud, corp) = ("bitbucket.org".to_owned(), "https://git.corp.example".to_owned());
        let (site, alice) = (cloud.clone(), "alice".to_owned());
        let shown = [
            Error::SignInNeeded { site: site.clone(), account: None },
            Error::Refused { site: site.clone(), about: Refusal::ApiToken },
            Error::NotThisRepository { site: site.clone(), account: alice.clone() },
            Error::Ambiguous { site: site.clone(), accounts: vec![alice, "bob".into()] },
            Error::UnknownAccount { site: site.clone(), account: "mallory".into(), known: Vec::new() },
            Error::NoTokenInCi { site: site.clone(), cloud: true, empty: false },
            Error::KeyringAbsent,
            Error::KeyringLocked,
            Error::KeyringSilent { seconds: 3 },
            Error::NoOauthClient { site, cloud: true },
            Error::PortBusy { port: 34106 },
            Error::Offline { host: cloud.clone(), why: Wire::Connect },
            Error::Offline { host: "git.corp.example".into(), why: Wire::Tls },
            Error::TooMany { host: cloud, wait: None },
            Error::NobodyCame { minutes: 5 },
            Error::Captcha { site: corp.clone(), page: String::new() },
            Error::Redirected { host: corp.clone(), to: "https://sso.corp.example".into() },
            Error::NoBitbucket { site: corp },
            Error::HttpNotAllowed { site: "http://git.corp.example".into() },
            Error::AtSignInName,
            Error::IndexUnreadable { path: "accounts.json".into(), kept: None },
        ];
        let readme = include_str!("../../README.md");
        let (_, table) =
            readme.split_once("| on the screen | what it means, and what to do |\n|---|---|\n").expect("a table");
        let rows = table.lines().take_while(|line| line.starts_with("| `"));
        let words = rows.map(|row| row.trim_start_matches(['|', ' ', '`']).split("` |").next().unwrap_or_default());
        let ours = words.map(|words| words.trim_end_matches('`')).filter(|words| !words.starts_with("fatal: "));
        assert_eq!(ours.collect::<Vec<_>>(), shown.map(|error| error.to_string()));
    }
}

//! A token that is handed in for one site: by the environment, or by a file or a command that git config names. It is only
//! found here; nothing is opened, run or judged.

use super::{Environment, Settings, command_line, opened};
use crate::credential::{Kind, Record};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::site::Site;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where a token comes from, and what is said of it.
#[derive(Debug)]
pub struct Injection {
    /// The variable or the key, to be named in messages.
    pub by: &'static str,
    pub source: Source,
    pub kind: Option<Kind>,
    /// Whose it is, by the name that Git sends.
    pub username: Option<String>,
    /// Whose it is, by the name that REST wants.
    pub email: Option<String>,
}

#[derive(Debug)]
pub enum Source {
    Given(Secret),
    File(PathBuf),
    /// A program and its arguments.
    Command(Vec<String>),
}

pub const TOKEN: &str = "BITBUCKET_TOKEN";
const TOKEN_FILE: &str = "BITBUCKET_TOKEN_FILE";
const KIND: &str = "BITBUCKET_TOKEN_KIND";
const SITE: &str = "BITBUCKET_SITE";
const USERNAME: &str = "BITBUCKET_USERNAME";
const EMAIL: &str = "BITBUCKET_EMAIL";

impl Environment {
    /// The one site that the environment has a token for; an error where `BITBUCKET_SITE` is none.
    pub fn injected_site(&self) -> Result<Option<Site>> {
        match self.token().is_some() || self.path(TOKEN_FILE).is_some() {
            true => self.named_site().map(|named| Some(named.unwrap_or_else(Site::cloud))),
            false => Ok(None),
        }
    }

    /// `BITBUCKET_SITE`, whether or not there is a token for it.
    pub fn named_site(&self) -> Result<Option<Site>> {
        let named = self.text(SITE).map(|text| Site::parse(&text)).transpose();
        named.map_err(|_| {
            wrong(
                format!("`{SITE}` is not the address of a Bitbucket"),
                "write it like `https://git.example.com/bitbucket`",
            )
        })
    }

    /// The token for that site; an error where the variables contradict each other or make no sense.
    pub fn injection(&self) -> Result<Option<Injection>> {
        let (by, source) = match (self.token(), self.path(TOKEN_FILE)) {
            (None, None) => return Ok(None),
            (Some(token), None) => (TOKEN, Source::Given(token.clone())),
            (None, Some(path)) => (TOKEN_FILE, Source::File(path)),
            (Some(_), Some(_)) => {
                return Err(wrong(format!("`{TOKEN}` and `{TOKEN_FILE}` are both set"), "unset one of them"));
            }
        };
        let (username, email) = (self.text(USERNAME), self.text(EMAIL));
        Ok(Some(Injection { by, source, kind: self.token_kind()?, username, email }))
    }

    fn token_kind(&self) -> Result<Option<Kind>> {
        let Some(word) = self.text(KIND) else { return Ok(None) };
        let unknown = || {
            wrong(
                format!("`{KIND}` is no kind of credential"),
                "`api-token`, `access-token`, `http-token`, `oauth` or `password`; mostly it is recognised without",
            )
        };
        Kind::from_word(&word).map(Some).ok_or_else(unknown)
    }
}

impl Settings {
    /// `tokenFile` or `tokenCommand` for a place within a site, from where they may be trusted. Without a URL they are for the
    /// Cloud: a token that names no site must not reach every site.
    pub fn injection(&self, site: &Site, place: Option<&str>, home: Option<&PathBuf>) -> Result<Option<Injection>> {
        let url = place.map_or(site.to_string(), |place| format!("{site}/{place}"));
        let entry = |key| self.trusted("bitbucket", key, &url).filter(|entry| !entry.value.is_empty());
        let of_site = |key| entry(key).filter(|entry| entry.url.is_some() || site.is_cloud());
        let (by, source) = match (of_site("tokenFile"), of_site("tokenCommand")) {
            (None, None) => return Ok(None),
            (Some(file), None) => ("bitbucket.tokenFile", Source::File(opened(&file.value, home))),
            (None, Some(command)) => ("bitbucket.tokenCommand", Source::Command(words(&command.value)?)),
            (Some(_), Some(_)) => {
                let what = format!("`bitbucket.tokenFile` and `bitbucket.tokenCommand` are both set for {site}");
                return Err(wrong(what, "remove one, or set it to nothing for this site"));
            }
        };
        let username = entry("account").map(|entry| entry.value.clone());
        Ok(Some(Injection { by, source, kind: None, username, email: None }))
    }
}

/// The variables that hand a credential on to a command: what each is set to, or that it must not be there.
pub fn handed_on(site: &Site, record: &Record) -> [(&'static str, Option<OsString>); 6] {
    let username = Some(OsString::from(&record.username)).filter(|name| !name.is_empty());
    [
        (TOKEN, os_text(&record.secret)),
        (TOKEN_FILE, None),
        (KIND, Some(record.kind.word().into())),
        (SITE, Some(site.to_string().into())),
        (USERNAME, username),
        (EMAIL, record.rest_login.as_ref().map(OsString::from)),
    ]
}

#[cfg(unix)]
fn os_text(secret: &Secret) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(secret.expose().to_vec()))
}

#[cfg(not(unix))]
fn os_text(secret: &Secret) -> Option<OsString> {
    secret.expose_text().map(OsString::from)
}

fn words(command: &str) -> Result<Vec<String>> {
    let problem = || {
        wrong("`bitbucket.tokenCommand` has an open quote".into(), "close it, or begin the value with `!` for a shell")
    };
    command_line::split(command).ok_or_else(problem)
}

fn wrong(what: String, remedy: &str) -> Error {
    Error::Injected { what, remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let empty =
            Environment::from([("BITBUCKET_TOKEN", ""), ("BITBUCKET_TOKEN_FILE", ""), ("BITBUCKET_SITE", "x y")]);
        assert!(empty.injected_site().is_ok_and(|site| site.is_none()));
        let file =
            Environment::from([("BITBUCKET_TOKEN", ""), ("BITBUCKET_TOKEN_FILE", "/run/x"), ("BITBUCKET_SITE", "")]);
        assert_eq!(file.injected_site(), Ok(Some(Site::cloud())));
        assert!(matches!(file.injection(), Ok(Some(Injection { by: "BITBUCKET_TOKEN_FILE", .. }))));
    }

    #[test]
    fn contradictions_and_unknown_words_are_errors_that_name_the_variable() {
        let said = |variables| Environment::from(variables).injection().expect_err("wrong").to_string();
        assert!(said([("BITBUCKET_TOKEN", "x"), ("BITBUCKET_TOKEN_FILE", "/x")]).contains("both set"));
        assert!(
            said([("BITBUCKET_TOKEN", "x"), ("BITBUCKET_TOKEN_KIND", "app-password")]).contains("BITBUCKET_TOKEN_KIND")
        );
        let nowhere = Environment::from([("BITBUCKET_TOKEN", "x"), ("BITBUCKET_SITE", "ftp://x")]);
        assert!(nowhere.injected_site().is_err());
    }

    #[test]
    fn a_token_does_not_show_among_the_variables() {
        let environment = Environment::from([("BITBUCKET_TOKEN", "hunter2"), ("A", "b")]);
        assert!(!format!("{environment:?} {:?}", environment.injection()).contains("hunter2"));
        assert!(environment.for_commands().iter().all(|(name, _)| name == "A"));
    }

    #[test]
    fn a_setting_counts_for_its_site_and_for_what_lies_below_it() {
        let settings = Settings::parse(
            b"global\0bitbucket.https://bitbucket.org/acme.tokenfile\n~/acme\0local\0bitbucket.tokencommand\nevil\0",
        );
        let home = PathBuf::from("/home/a");
        let at = |place| settings.injection(&Site::cloud(), place, Some(&home)).expect("clear");
        assert!(at(Some("acme-evil/app")).is_none() && at(None).is_none());
        assert!(
            matches!(at(Some("acme/app")).map(|found| found.source), Some(Source::File(path)) if path == home.join("acme"))
        );
    }

    #[test]
    fn a_setting_that_names_no_site_is_for_the_cloud_alone() {
        let settings = Settings::parse(b"global\0bitbucket.tokenfile\n/all\0");
        let found = |address| settings.injection(&Site::parse(address).expect("a site"), None, None).expect("clear");
        assert!(found("https://git.corp.example").is_none() && found("https://bitbucket.org").is_some());
    }
}

//! A copy of the environment, taken once, the token in it apart from the rest. What a variable means is said here and in
//! the files beside this one, and nowhere else.

use super::injection::TOKEN;
use crate::child;
use crate::error::{Error, Result};
use crate::secret::Secret;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The variables of this process; tests make their own.
#[derive(Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    token: Option<Secret>,
}

/// "too many entries" to git beyond it (config.c, `git_config_from_parameters`).
const MOST_SETTINGS: usize = i32::MAX as usize;

/// What tells whether a browser can be opened, and on whose screen it would appear.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Desktop {
    /// `BROWSER`: commands separated by colons.
    pub browser: Option<String>,
    /// Whether there is a screen (`DISPLAY`, `WAYLAND_DISPLAY`).
    pub has_screen: bool,
    /// Whether the person sits at another machine (`SSH_CONNECTION`, `SSH_TTY`).
    pub is_remote: bool,
    /// Whether this is Linux inside Windows (`WSL_DISTRO_NAME`, `WSL_INTEROP`).
    pub is_wsl: bool,
    /// Absolute folders to look for programs in.
    pub search_path: Vec<PathBuf>,
}

impl Desktop {
    /// The full path of a program: itself if it is one, else from the folders of the search path.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        child::find(name, &self.search_path)
    }
}

impl Environment {
    /// The environment of this process; names that are not UTF-8 mean nothing to us.
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
    pub fn of_this_process() -> Self {
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect()
    }

    /// Whether a variable is set, to whatever.
    #[cfg(target_os = "linux")]
    pub fn has(&self, name: &str) -> bool {
        self.variable(name).is_some()
    }

    fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(&*known_as(name, cfg!(windows)))
    }

    /// A variable as text; an empty one counts as unset.
    pub fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.to_str().map(str::to_owned).filter(|text| !text.is_empty())
    }

    /// A variable as text, where even an empty one says something.
    pub fn said(&self, name: &str) -> Option<String> {
        self.variable(name)?.to_str().map(str::to_owned)
    }

    /// A variable as a path; an empty one counts as unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// `BITBUCKET_TOKEN`; an empty one counts as unset.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref().filter(|token| !token.is_empty())
    }

    /// Whether `BITBUCKET_TOKEN` is set to nothing, as CI does with a secret that a job may not see.
    pub fn has_empty_token(&self) -> bool {
        self.token.as_ref().is_some_and(Secret::is_empty)
    }

    /// Everything but our own token, for a command that the user named.
    pub fn for_commands(&self) -> Vec<(OsString, OsString)> {
        self.variables.iter().map(|(name, value)| (name.into(), value.clone())).collect()
    }

    /// The variables that add these lines to Git's configuration for a command and all below it, behind what is there
    /// already (git-config, "GIT_CONFIG_COUNT").
    pub fn with_git_settings(&self, lines: &[(String, String)]) -> Result<Vec<(String, String)>> {
        let before = self.text("GIT_CONFIG_COUNT").map_or(Some(0), |text| text.trim().parse::<usize>().ok());
        let sum = |before: usize| Some((before, before.checked_add(lines.len())?));
        let counted = before.and_then(sum).filter(|(_, after)| *after <= MOST_SETTINGS);
        let (before, after) = counted.ok_or(Error::Usage("`GIT_CONFIG_COUNT` is no number that git takes".into()))?;
        let mut variables = Vec::new();
        for (number, (key, value)) in (before..after).zip(lines) {
            variables.push((format!("GIT_CONFIG_KEY_{number}"), key.clone()));
            variables.push((format!("GIT_CONFIG_VALUE_{number}"), value.clone()));
        }
        variables.push(("GIT_CONFIG_COUNT".into(), after.to_string()));
        Ok(variables)
    }

    /// What a child may need that asks a person or shows something; none of it holds a secret.
    pub fn harmless(&self) -> Vec<(OsString, OsString)> {
        const NAMES: [&str; 12] = [
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "TERM",
            "LANG",
            "LC_ALL",
            "LC_CTYPE",
            "GNUPGHOME",
            "GPG_TTY",
            "XDG_RUNTIME_DIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "SystemRoot",
        ];
        NAMES.iter().filter_map(|name| Some((OsString::from(name), self.variable(name)?.clone()))).collect()
    }

    /// Whether a build server runs us (`CI`, set by all of them).
    pub fn is_ci(&self) -> bool {
        self.text("CI").is_some_and(|value| super::git_boolean(&value) != Some(false))
    }

    /// Whether a terminal can do no more than lines: `TERM` is `dumb` or unset, as Git reads it (editor.c).
    pub fn has_dumb_terminal(&self) -> bool {
        self.text("TERM").is_none_or(|term| term == "dumb")
    }

    /// `GIT_TERMINAL_PROMPT=0`; Git reads it only in its own prompt, so a helper must read it too.
    pub fn forbids_asking(&self) -> bool {
        self.text("GIT_TERMINAL_PROMPT").is_some_and(|value| super::git_boolean(&value) == Some(false))
    }

    /// Where a browser would appear.
    pub fn desktop(&self) -> Desktop {
        let any = |names: [&str; 2]| names.iter().any(|name| self.text(name).is_some());
        Desktop {
            browser: self.text("BROWSER"),
            has_screen: any(["DISPLAY", "WAYLAND_DISPLAY"]),
            is_remote: any(["SSH_CONNECTION", "SSH_TTY"]),
            is_wsl: any(["WSL_DISTRO_NAME", "WSL_INTEROP"]),
            search_path: self.search_path(),
        }
    }

    /// What this machine is called, for a name that a person reads.
    pub fn host_name(&self) -> String {
        #[cfg(unix)]
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        #[cfg(not(unix))]
        let name = self.text("COMPUTERNAME").unwrap_or_default();
        if name.is_empty() { "this machine".into() } else { name }
    }

    /// The folder of the user.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(dirs::home_dir).filter(|path| path.is_absolute())
    }

    /// Where the index, the locks and the files of the file storage are kept.
    pub fn data_folder(&self) -> Option<PathBuf> {
        let chosen = self.path("GIT_CREDENTIAL_BITBUCKET_HOME");
        chosen
            .or_else(|| Some(dirs::data_local_dir()?.join("git-credential-bitbucket")))
            .filter(|path| path.is_absolute())
    }

    /// The folders to look for programs in: never the working folder, whatever `PATH` says (T8 of the security checklist).
    pub fn search_path(&self) -> Vec<PathBuf> {
        let path = self.variable("PATH").cloned().unwrap_or_default();
        std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
    }

    /// The full path of a program, or `None` where no folder of the search path has it.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        child::find(name, &self.search_path())
    }

    /// The full path of the program that runs, to start a copy of it.
    pub fn this_program(&self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }
}

/// On Windows `Path` is `PATH`: names differ by more than case only.
fn known_as<'a>(name: impl Into<Cow<'a, str>>, windows: bool) -> Cow<'a, str> {
    let name = name.into();
    if windows { name.to_ascii_uppercase().into() } else { name }
}

impl FromIterator<(String, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, OsString)>>(all: I) -> Self {
        let all = all.into_iter().map(|(name, value)| (known_as(name, cfg!(windows)).into_owned(), value));
        let mut variables: BTreeMap<String, OsString> = all.collect();
        let token = variables.remove(TOKEN).map(|token| Secret::new(token.into_encoded_bytes()));
        Self { variables, token }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_never_looked_for_in_the_working_folder() {
        let environment = Environment::from([("PATH", ":.:bin:/usr/bin:/bin")]);
        assert!(environment.search_path().iter().all(|folder| folder.is_absolute()));
        assert!(environment.program("sh").is_some_and(|path| path.is_absolute()));
    }

    #[test]
    fn settings_are_added_behind_those_that_are_there_as_far_as_git_counts() {
        let lines = ["a", "b"].map(|key| (key.to_owned(), "1".to_owned()));
        let last = |count| {
            let added = Environment::from([("GIT_CONFIG_COUNT", count)]).with_git_settings(&lines);
            added.map(|variables| variables[variables.len() - 2..].to_vec())
        };
        let expected = |number: u32| {
            let (name, count) = (format!("GIT_CONFIG_VALUE_{number}"), (number + 1).to_string());
            Ok(vec![(name, "1".to_owned()), ("GIT_CONFIG_COUNT".to_owned(), count)])
        };
        for (count, number) in [("", 1), ("3", 4), (" 7\n", 8), ("2147483645", 2_147_483_646)] {
            assert_eq!(last(count), expected(number), "{count}");
        }
        for count in ["-1", "x", "2147483646", "4294967295", "18446744073709551615", "99999999999999999999"] {
            assert!(matches!(last(count), Err(Error::Usage(_))), "{count}");
        }
    }

    #[test]
    fn a_name_has_no_case_on_windows_and_has_one_elsewhere() {
        assert_eq!(known_as("Path", true), known_as("PATH", true));
        assert_ne!(known_as("https_proxy", false), known_as("HTTPS_PROXY", false));
    }

    #[test]
    fn ci_set_to_false_is_no_build_server() {
        for (value, ci) in
            [("true", true), ("1", true), ("yes, please", true), ("false", false), ("0", false), ("", false)]
        {
            assert_eq!(Environment::from([("CI", value)]).is_ci(), ci, "{value}");
        }
    }
}

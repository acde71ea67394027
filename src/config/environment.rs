//! A copy of the environment, taken once. What a variable means is said here and nowhere else.

use crate::child;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The variables of this process; tests make their own.
#[derive(Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
}

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
}

impl Environment {
    /// The environment of this process; names that are not UTF-8 mean nothing to us.
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
    pub fn of_this_process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        Self { variables }
    }

    /// A variable as text; an empty one counts as unset.
    pub fn text(&self, name: &str) -> Option<String> {
        self.variables.get(name)?.to_str().map(str::to_owned).filter(|text| !text.is_empty())
    }

    /// A variable as text, where even an empty one says something.
    pub fn said(&self, name: &str) -> Option<String> {
        self.variables.get(name)?.to_str().map(str::to_owned)
    }

    /// A variable as a path; an empty one counts as unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
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
        NAMES.iter().filter_map(|name| Some((OsString::from(name), self.variables.get(*name)?.clone()))).collect()
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
        }
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
        let path = self.variables.get("PATH").cloned().unwrap_or_default();
        std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
    }

    /// The full path of a program, or `None` where no folder of the search path has it.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        child::find(name, &self.search_path())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect() }
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
    fn ci_set_to_false_is_no_build_server() {
        for (value, ci) in
            [("true", true), ("1", true), ("yes, please", true), ("false", false), ("0", false), ("", false)]
        {
            assert_eq!(Environment::from([("CI", value)]).is_ci(), ci, "{value}");
        }
    }
}

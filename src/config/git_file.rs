//! One of Git's config files, read and changed through `git config` itself. It knows no key's meaning.

use super::{Entry, Environment, Settings, git};
use crate::error::{Error, Result};

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitFile {
    System,
    Global,
    Local,
}

/// A key in one file, and all its values there before and after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub key: String,
    pub before: Vec<String>,
    pub after: Vec<String>,
    /// Whether all its lines are to be written again, at the end of the file if its section can go.
    pub anew: bool,
}

impl GitFile {
    /// The file as a person knows it.
    pub fn title(self) -> &'static str {
        match self {
            Self::System => "the system's git config",
            Self::Global => "your git config",
            Self::Local => "this repository's git config",
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::System => "--system",
            Self::Global => "--global",
            Self::Local => "--local",
        }
    }

    /// Its `bitbucket.*` and `credential.*` lines in their order, without what it includes.
    pub fn entries(self, environment: &Environment) -> Result<Vec<Entry>> {
        let pattern = r"^(bitbucket|credential)\.";
        let output = git::run(environment, &["config", self.option(), "-z", "--show-scope", "--get-regexp", pattern])?;
        let said = git::complaint(&output);
        match output.status.code() {
            // 1: no such line
            Some(0 | 1) => Ok(Settings::parse(&output.stdout).entries),
            _ if said.contains("No such file") => Ok(Vec::new()),
            _ => Err(Error::GitConfig { file: self.title(), said }),
        }
    }

    /// Sets a key to one value, whatever it was before.
    pub fn set(self, environment: &Environment, key: &str, value: &str) -> Result<()> {
        self.write(environment, &["--replace-all", key, value])
    }

    /// Removes a key; tells whether it was there.
    pub fn unset(self, environment: &Environment, key: &str) -> Result<bool> {
        let output = git::run(environment, &["config", self.option(), "--unset-all", key])?;
        match output.status.code() {
            Some(0) => Ok(true),
            // git-config, "EXIT STATUS": you try to unset an option which does not exist
            Some(5) => Ok(false),
            _ => Err(Error::GitConfig { file: self.title(), said: git::complaint(&output) }),
        }
    }

    /// Makes changes: first all removals, so that an emptied section goes and comes back at the end of the file.
    pub fn apply(self, environment: &Environment, edits: &[Edit]) -> Result<()> {
        for edit in edits.iter().filter(|edit| edit.is_rewritten() && !edit.before.is_empty()) {
            self.unset(environment, &edit.key)?;
        }
        for edit in edits {
            for value in edit.added() {
                self.write(environment, &["--add", &edit.key, value])?;
            }
        }
        Ok(())
    }

    fn write(self, environment: &Environment, arguments: &[&str]) -> Result<()> {
        let output = git::run(environment, &[&["config", self.option()], arguments].concat())?;
        match output.status.success() {
            true => Ok(()),
            false => Err(Error::GitConfig { file: self.title(), said: git::complaint(&output) }),
        }
    }
}

impl Edit {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.before == self.after && !self.anew
    }

    /// The values whose lines go.
    pub fn removed(&self) -> &[String] {
        if self.is_rewritten() { &self.before } else { &[] }
    }

    /// The values whose lines come.
    pub fn added(&self) -> &[String] {
        if self.is_rewritten() { &self.after } else { &self.after[self.before.len()..] }
    }

    fn is_rewritten(&self) -> bool {
        self.anew || !self.after.starts_with(&self.before)
    }
}

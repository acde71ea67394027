//! What is outside this process, each part opened when it is first needed: settings, network, storage, the person, the
//! clock, and the way out to Git. It opens and hands over; it decides nothing about accounts.

mod network;
mod storages;
mod watched;

use crate::accounts::Index;
use crate::callers::reader_is_gone;
use crate::config::{Environment, Settings};
use crate::error::{Error, Exit, Result};
use crate::http::Http;
use crate::prompt::{Asker, Browser, SignInPage, Spinner, aside};
use crate::site::Site;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::rc::Rc;

/// The options that stand before the command.
#[derive(Debug, Default, Clone)]
pub struct Wishes {
    pub storage: Option<String>,
    pub no_input: bool,
}

/// Everything that a command may touch.
pub struct World {
    pub environment: Environment,
    pub wishes: Wishes,
    out: RefCell<File>,
    settings: OnceCell<Settings>,
    connections: RefCell<BTreeMap<Site, Rc<Http>>>,
}

impl World {
    /// `out` is the real stdout; nothing else in the program has it.
    pub fn new(environment: Environment, wishes: Wishes, out: File) -> Self {
        let (settings, connections) = (OnceCell::new(), RefCell::default());
        Self { environment, wishes, out: RefCell::new(out), settings, connections }
    }

    /// Unix seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the room that tells the time")]
    pub fn now(&self) -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
    }

    /// A name for a record that no other record has; random, and no secret.
    pub fn new_mark(&self) -> String {
        format!("{:016x}", RandomState::new().hash_one(self.now()))
    }

    /// Git's configuration, read at the first call.
    pub fn settings(&self) -> Result<&Settings> {
        match self.settings.get() {
            Some(settings) => Ok(settings),
            None => Settings::read(&self.environment).map(|settings| self.settings.get_or_init(|| settings)),
        }
    }

    /// The same, read anew after somebody changed it.
    pub fn settings_anew(&self) -> Result<Settings> {
        Settings::read(&self.environment)
    }

    /// The data folder.
    pub fn folder(&self) -> Result<PathBuf> {
        self.environment.data_folder().ok_or(Error::NoHome)
    }

    /// Who is signed in where; nobody, where there is no home folder to know it from.
    pub fn index(&self) -> Result<Index> {
        self.folder().map_or_else(|_| Ok(Index::default()), |folder| Index::read(&folder))
    }

    /// Writes to the real stdout, once and whole.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        let mut out = self.out.borrow_mut();
        aside(|| out.write_all(bytes).and_then(|()| out.flush())).map_err(|_| Error::Stdout)
    }

    /// Whether nobody can hear our answer any more.
    pub fn reader_is_gone(&self) -> bool {
        reader_is_gone(&self.out.borrow())
    }

    /// Whether what is written would be seen by whoever looks at the screen.
    pub fn writes_to_a_terminal(&self) -> bool {
        self.out.borrow().is_terminal()
    }

    /// The real stdout, for a command that runs in our place.
    pub fn stdout(&self) -> Result<File> {
        self.out.borrow().try_clone().map_err(|_| Error::Stdout)
    }

    /// A line for whoever reads along, on stderr.
    pub fn say(&self, line: &str) {
        // a stderr that is gone must not end what it only accompanies
        let _ = aside(|| writeln!(std::io::stderr(), "{line}"));
    }

    /// The same, under our name.
    pub fn warn(&self, line: &str) {
        self.say(&format!("git-credential-bitbucket: {line}"));
    }

    /// A message and its hint.
    pub fn report(&self, error: &Error) {
        self.warn(&error.to_string());
        if let Some(hint) = error.hint() {
            self.say(&format!("hint: {hint}"));
        }
    }

    /// The same among Git's own lines: one line of ours, where nobody is there to do anything about it now.
    pub fn report_to_git(&self, error: &Error) {
        match error.hint() {
            Some(hint) if error.exit() == Exit::SignIn || !self.may_ask() => self.warn(&format!("{error}; {hint}")),
            _ => self.report(error),
        }
    }

    /// Whether anybody may be asked anything.
    pub fn may_ask(&self) -> bool {
        let quiet = self.wishes.no_input || self.environment.forbids_asking() || self.environment.is_ci();
        !quiet && !self.settings().is_ok_and(Settings::forbids_asking)
    }

    /// Whether a person reads along: stderr is a terminal, and somebody may be asked.
    pub fn is_watched(&self) -> bool {
        std::io::stderr().is_terminal() && self.may_ask()
    }

    /// The person, if one is there and may be asked: through an askpass program or on the terminal, as Git does it.
    pub fn asker(&self) -> Option<Asker> {
        if !self.may_ask() {
            return None;
        }
        Asker::find(self.askpass().as_deref(), &self.environment.search_path())
    }

    /// The askpass program that is set, in Git's order.
    pub fn askpass(&self) -> Option<String> {
        let configured = || self.settings().ok().and_then(Settings::askpass);
        let variable = |name| self.environment.text(name);
        variable("GIT_ASKPASS").or_else(configured).or_else(|| variable("SSH_ASKPASS"))
    }

    /// The person at the terminal, whatever askpass program there is: an editor's own terminal has both, and only here can a
    /// line be pasted while something else is awaited.
    pub fn terminal(&self) -> Option<Asker> {
        self.may_ask().then(Asker::terminal).flatten()
    }

    /// The person before a browser, on a page of ours.
    pub fn page(&self, browser: Browser) -> Result<Asker> {
        Ok(Asker::Page(Box::new(SignInPage::new(browser, self.stdout()?))))
    }

    /// The person's browser, if one can be opened and anybody may be asked. Honours `BROWSER`; over SSH nothing else.
    pub fn browser(&self) -> Option<Browser> {
        let opener = self.environment.this_program().filter(|_| self.may_ask())?;
        Browser::find(self.environment.desktop(), opener)
    }

    /// A sign of life while something is awaited and somebody may be watching.
    pub fn spinner(&self, text: &str) -> Option<Spinner> {
        self.can_be_watched().then(|| Spinner::start(text.to_owned())).flatten()
    }

    /// A build server's log and a terminal without a cursor show no movement.
    fn can_be_watched(&self) -> bool {
        !self.environment.is_ci() && !self.environment.has_dumb_terminal()
    }
}

#[cfg(test)]
impl World {
    /// For tests: everything that it keeps lies in this folder, and nobody can be asked.
    pub fn in_folder(folder: &std::path::Path) -> Self {
        let (folder, data) = (folder.to_str().expect("text"), folder.join("data"));
        let environment = Environment::from([
            ("HOME", folder),
            ("XDG_CONFIG_HOME", folder),
            ("GIT_CREDENTIAL_BITBUCKET_HOME", data.to_str().expect("text")),
            ("GIT_CREDENTIAL_BITBUCKET_STORAGE", "file"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("TERM", "dumb"),
        ]);
        let wishes = Wishes { no_input: true, ..Wishes::default() };
        Self::new(environment, wishes, tempfile::tempfile().expect("a stdout"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn world(out: impl Into<std::os::fd::OwnedFd>) -> World {
        World::new(Environment::default(), Wishes::default(), File::from(out.into()))
    }

    #[test]
    fn o15_whoever_waits_for_a_person_sees_that_git_is_gone() {
        let (git, ours) = std::io::pipe().expect("a pipe");
        let world = world(ours);
        assert!(!world.reader_is_gone());
        drop(git);
        assert!(world.reader_is_gone());
    }

    #[test]
    fn an_answer_that_nobody_has_read_yet_is_no_sign_of_the_end() {
        let (git, ours) = std::io::pipe().expect("a pipe");
        let world = world(ours);
        world.write(&[b'x'; 60_000]).expect("it fits into the pipe");
        assert!(!world.reader_is_gone());
        drop(git);
        assert!(world.reader_is_gone());
    }

    #[test]
    fn a_file_or_a_sink_is_never_gone() {
        let file = tempfile::tempfile().expect("a file");
        let sink = std::fs::OpenOptions::new().write(true).open("/dev/null").expect("a sink");
        assert!(!world(file).reader_is_gone() && !world(sink).reader_is_gone());
    }
}

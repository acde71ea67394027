//! What is outside this process, each part opened when it is first needed: settings, network, storage, the person, the
//! clock, and the way out to Git. It opens and hands over; it decides nothing about accounts.

use crate::accounts::Index;
use crate::callers::reader_is_gone;
use crate::config::{Environment, Settings};
use crate::error::{Error, Result};
use crate::http::Http;
use crate::prompt::{Asker, Browser, SignInPage, Spinner};
use crate::site::Site;
use crate::storage::{self, Name, Place, Storage};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

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
        out.write_all(bytes).and_then(|()| out.flush()).map_err(|_| Error::Stdout)
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
        let _ = writeln!(std::io::stderr(), "{line}");
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

    /// The client for one site, with Git's own network settings; opened at the first call.
    pub fn http(&self, site: &Site) -> Result<Rc<Http>> {
        if let Some(open) = self.connections.borrow().get(site) {
            return Ok(open.clone());
        }
        let network = self.settings()?.network(site, &self.environment);
        if network.trust_anybody {
            self.warn(&format!(
                "WARNING: `http.sslVerify` is off, so anybody on the way can read what is sent to {site}"
            ));
        }
        let http = Rc::new(Http::open(&network)?);
        self.connections.borrow_mut().insert(site.clone(), http.clone());
        Ok(http)
    }

    /// The limit for one answer of the server.
    pub fn limit(&self, site: &Site, signing_in: bool) -> Result<Duration> {
        Ok(Duration::from_secs(self.settings()?.timeout(site, signing_in)))
    }

    /// Whether anybody may be asked anything.
    pub fn may_ask(&self) -> bool {
        let quiet = self.wishes.no_input || self.environment.forbids_asking() || self.environment.is_ci();
        !quiet && !self.settings().is_ok_and(Settings::forbids_asking)
    }

    /// The person, if one is there and may be asked: through an askpass program or on the terminal, as Git does it.
    pub fn asker(&self) -> Option<Asker> {
        if !self.may_ask() {
            return None;
        }
        let configured = || self.settings().ok().and_then(Settings::askpass);
        let programs = [self.environment.text("GIT_ASKPASS"), configured(), self.environment.text("SSH_ASKPASS")];
        let askpass = programs.into_iter().flatten().next();
        Asker::find(askpass.as_deref(), &self.environment.search_path())
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
        self.may_ask().then(|| Spinner::start(text.to_owned()))
    }

    /// Opens a storage by name.
    pub fn storage(&self, name: Name, person: bool) -> Result<Box<dyn Storage>> {
        storage::open(name, &self.place(person)?)
    }

    /// The storage that somebody named for this site: by option, variable or setting; `None` for `auto`.
    pub fn chosen_storage(&self, site: &Site) -> Result<Option<Name>> {
        let variable = || self.environment.text("GIT_CREDENTIAL_BITBUCKET_STORAGE");
        let setting = || self.settings().map(|settings| settings.storage(site));
        let word = match self.wishes.storage.clone().or_else(variable) {
            Some(word) => Some(word),
            None => setting()?,
        };
        match word.as_deref() {
            None | Some("auto") => Ok(None),
            Some(word) => Name::from_word(word).map(Some).ok_or(Error::Setting {
                key: "bitbucket.storage".into(),
                expected: "`auto`, `keyring`, `file`, `pass`, `cache` or `none`",
            }),
        }
    }

    /// Where new records of a site go: the chosen storage, or the keyring if it answers.
    pub fn storage_for_new(&self, site: &Site, person: bool) -> Result<Name> {
        match self.chosen_storage(site)? {
            Some(name) => Ok(name),
            None => storage::probe_keyring(&self.place(person)?).map(|()| Name::Keyring),
        }
    }

    fn place(&self, person: bool) -> Result<Place> {
        Ok(Place {
            folder: self.folder()?,
            bus: self.environment.text("DBUS_SESSION_BUS_ADDRESS"),
            runtime_dir: self.environment.path("XDG_RUNTIME_DIR"),
            person,
            search_path: self.environment.search_path(),
            home: self.environment.home(),
            password_store_dir: self.environment.path("PASSWORD_STORE_DIR"),
            environment: self.environment.harmless(),
        })
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

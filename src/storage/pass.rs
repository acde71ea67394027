//! Storage `pass`: entries of the standard Unix password manager, written and read by the `pass` program itself.
//! Each entry is one line with its own key in it; this room knows nothing of GnuPG but how to forbid its questions.

use super::{Key, Name, Place, Storage, line};
use crate::child::{Answer, Program};
use crate::error::{Error, Result};
use crate::files::Lock;
use crate::secret::Secret;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of ours in the password store.
const FOLDER: &str = "git-credential-bitbucket";

/// The program, and where its files are (to name entries; `pass` reads them).
pub struct Pass {
    program: Program,
    store: Option<PathBuf>,
    folder: PathBuf,
    limit: Duration,
}

impl Pass {
    /// Finds the program in the search path; an error if it is not installed.
    pub fn find(place: &Place) -> Result<Self> {
        let (program, store) = (place.program("pass")?, Self::folder(place));
        // "error" still uses a passphrase that the agent remembers; it only forbids to ask (gpg(1), --pinentry-mode).
        let silent = |program: Program| program.with("PASSWORD_STORE_GPG_OPTS", "--pinentry-mode=error");
        let program = if place.person { program } else { silent(program) };
        Ok(Self { program, store, folder: place.folder.clone(), limit: place.limit() })
    }

    /// Where the password store is, whether it is set up or not.
    pub fn folder(place: &Place) -> Option<PathBuf> {
        let named = place.password_store_dir.clone();
        named.or_else(|| place.home.as_ref().map(|home| home.join(".password-store")))
    }

    /// Whether somebody has set it up (`pass init`), so that it can keep something.
    pub fn is_set_up(&self) -> bool {
        self.store.as_ref().is_some_and(|store| store.join(".gpg-id").is_file())
    }

    /// The text of an entry of any program; `None` where there is none.
    pub fn text(&self, entry: &str) -> Result<Option<Secret>> {
        let _alone = self.alone()?;
        Ok(self.show(entry)?.map(|answer| Secret::new(answer.output.as_slice())))
    }

    fn show(&self, entry: &str) -> Result<Option<Answer>> {
        let answer = self.program.run(&["show", entry], b"")?;
        match answer.success {
            true => Ok(Some(answer)),
            false if is_miss(&answer) => Ok(None),
            false => Err(self.program.failed("could not open its entry; `gpg` may need its passphrase")),
        }
    }

    fn has(&self, entry: &str) -> bool {
        self.store.as_ref().is_some_and(|store| store.join(format!("{entry}.gpg")).exists())
    }

    /// `gpg --output` writes in place, so that two writers, or a writer and a reader, would meet in one file.
    /// `None` where the data folder cannot be written, which need not stop a reader.
    fn alone(&self) -> Result<Option<Lock>> {
        match Lock::take(&self.folder.join("locks"), "pass", self.limit) {
            Ok(None) => Err(self.program.failed("did not answer in time")),
            Ok(lock) => Ok(lock),
            Err(Error::File { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Storage for Pass {
    fn name(&self) -> Name {
        Name::Pass
    }

    fn get(&self, key: &Key) -> Result<Option<Secret>> {
        let _alone = self.alone()?;
        match self.show(&entry_of(key))? {
            Some(answer) => line::read_for(key, &answer.output),
            None => Ok(None),
        }
    }

    /// Not read back: that would cost a second decryption, and `pass` fails when `gpg` does. Written beside the old entry and
    /// moved over it, since on a full disk `gpg` would leave half of the new one in its place.
    fn set(&self, key: &Key, secret: &Secret) -> Result<()> {
        let _alone = self.alone()?;
        let (entry, text) = (entry_of(key), line::write(key, secret));
        let next = format!("{entry}.new");
        let written = self.program.run(&["insert", "-m", "-f", &next], text.as_bytes())?.success;
        if written && self.program.run(&["mv", "-f", &next, &entry], b"")?.success {
            return Ok(());
        }
        // half an entry is of no use to anybody
        self.program.run(&["rm", "-f", &next], b"")?;
        Err(self.program.failed("could not write its entry; is it set up (`pass init`)?"))
    }

    fn delete(&self, key: &Key) -> Result<bool> {
        let _alone = self.alone()?;
        let entry = entry_of(key);
        let answer = self.program.run(&["rm", "-f", &entry], b"")?;
        match answer.success {
            // it says so of a store that is read-only, too
            true if self.has(&entry) => Err(self.program.failed("could not delete its entry")),
            true => Ok(true),
            false if is_miss(&answer) => Ok(false),
            false => Err(self.program.failed("could not delete its entry")),
        }
    }

    /// Opens every entry of ours, since a name does not tell the whole key; entries that cannot be opened are left out.
    fn list(&self) -> Result<Vec<Key>> {
        let entries = self.store.iter().flat_map(|store| entries_in(&store.join(FOLDER)));
        let shown = entries.filter_map(|entry| self.show(&entry).ok().flatten());
        Ok(shown.filter_map(|answer| Some(line::read(&answer.output).ok()?.0)).collect())
    }
}

fn entry_of(key: &Key) -> String {
    let (site, account) = key.path_names();
    format!("{FOLDER}/{site}/{account}")
}

/// The words of `pass` and, without the "the", of gopass under that name; neither is translated.
fn is_miss(answer: &Answer) -> bool {
    let words = String::from_utf8_lossy(&answer.complaint);
    words.contains("not in the password store")
}

fn entries_in(folder: &Path) -> Vec<String> {
    let sites = names_in(folder).into_iter();
    let entries =
        sites.flat_map(|site| names_in(&folder.join(&site)).into_iter().map(move |name| (site.clone(), name)));
    entries.filter_map(|(site, name)| Some(format!("{FOLDER}/{site}/{}", name.strip_suffix(".gpg")?))).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::promises::{self, programs};
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    /// A GnuPG home with one key without passphrase, made for one test and its agent ended with it.
    struct Desk {
        home: tempfile::TempDir,
        place: Place,
    }

    impl Desk {
        fn new() -> Option<Self> {
            if !programs(&["pass", "gpg", "gpgconf"]) {
                return None;
            }
            // Short, because the agent's socket lies in it and has at most 107 characters.
            let home = tempfile::Builder::new().prefix("gp").tempdir_in("/tmp").expect("a folder");
            fs::set_permissions(home.path(), PermissionsExt::from_mode(0o700)).expect("changed");
            let place = Place {
                folder: home.path().join("data"),
                home: Some(home.path().into()),
                search_path: promises::search_path(),
                environment: vec![("GNUPGHOME".into(), home.path().into())],
                person: true,
                ..Place::default()
            };
            let desk = Self { home, place };
            desk.gpg(&["--batch", "--passphrase", "", "--quick-gen-key", "t@example.com", "ed25519", "sign", "never"]);
            let key = desk.gpg(&["--batch", "--with-colons", "--list-keys"]);
            let print = key.lines().find_map(|line| line.strip_prefix("fpr:")).expect("a key").replace(':', "");
            desk.gpg(&["--batch", "--passphrase", "", "--quick-add-key", &print, "cv25519", "encr", "never"]);
            desk.set_up("t@example.com");
            Some(desk)
        }

        fn gpg(&self, arguments: &[&str]) -> String {
            let mut command = Command::new("gpg");
            command.args(arguments).env("GNUPGHOME", self.home.path()).stderr(Stdio::null());
            String::from_utf8(command.output().expect("runs").stdout).expect("plain")
        }

        fn set_up(&self, recipient: &str) {
            let store = self.home.path().join(".password-store");
            fs::create_dir_all(&store).expect("made");
            fs::write(store.join(".gpg-id"), format!("{recipient}\n")).expect("written");
        }
    }

    impl Drop for Desk {
        fn drop(&mut self) {
            let mut command = Command::new("gpgconf");
            let _ = command.args(["--kill", "all"]).env("GNUPGHOME", self.home.path()).status();
        }
    }

    #[test]
    fn it_keeps_every_promise() {
        let Some(desk) = Desk::new() else { return };
        let pass = Pass::find(&desk.place).expect("installed");
        promises::keeps_all(&pass);
        assert_eq!(promises::listed(&pass), promises::kept_keys());
    }

    #[test]
    fn after_a_failed_write_the_old_secret_is_still_there_and_nothing_is_quoted() {
        let Some(desk) = Desk::new() else { return };
        let pass = Pass::find(&desk.place).expect("installed");
        let key = Key::new("https://bitbucket.org", "alice");
        pass.set(&key, &Secret::new("old")).expect("kept");
        desk.set_up("nobody@example.com");
        let error = pass.set(&key, &Secret::new("hunter2")).expect_err("no such key");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert_eq!(pass.get(&key), Ok(Some(Secret::new("old"))));
    }

    #[test]
    fn without_the_program_the_person_hears_that() {
        let error = Pass::find(&Place::default()).err();
        assert_eq!(error, Some(Error::Program { name: "pass", why: "is not installed" }));
    }
}

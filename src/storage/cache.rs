//! Storage `cache`: the memory of Git's own `git credential-cache`, for a day at most and never on the disk.
//! Its entries stand under a protocol that no remote has, so that Git's ordinary look-ups never meet them.

use super::{Key, Name, Place, Storage, line};
use crate::child::{Answer, Program};
use crate::error::{Error, Result};
use crate::files::Lock;
use crate::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// A working day and the night after it: Git's own 15 minutes would mean a sign-in every 15 minutes.
const TIMEOUT: &str = "--timeout=86400";

/// Git's cache, reached through Git.
pub struct Cache {
    git: Program,
    folder: PathBuf,
    limit: Duration,
}

impl Cache {
    /// Finds Git in the search path; an error if it is not installed.
    pub fn find(place: &Place) -> Result<Self> {
        let git = place.program("git")?.called("git credential-cache");
        Ok(Self { git, folder: place.folder.clone(), limit: place.limit() })
    }

    fn ask(&self, operation: &str, key: &Key, secret: &str) -> Result<Answer> {
        let host = key.hash();
        let request = format!("protocol=bitbucket-record\nhost={host}\nusername=record\n{secret}\n");
        let answer = self.git.run(&["credential-cache", TIMEOUT, operation], Zeroizing::new(request).as_bytes())?;
        let refused = || self.git.failed("does not work here");
        if answer.success { Ok(answer) } else { Err(refused()) }
    }
}

impl Storage for Cache {
    fn name(&self) -> Name {
        Name::Cache
    }

    fn get(&self, key: &Key) -> Result<Option<Secret>> {
        let answer = self.ask("get", key, "")?;
        let password = answer.output.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"password="));
        password.map_or(Ok(None), |text| line::read_for(key, text))
    }

    /// Read back, since Git says nothing when its daemon did not keep it, and the way there is one local socket.
    /// One writer at a time, because two that both start a daemon leave one of them unreachable.
    fn set(&self, key: &Key, secret: &Secret) -> Result<()> {
        let _alone = Lock::take(&self.folder.join("locks"), "cache", self.limit)?;
        let line = Zeroizing::new(format!("password={}\n", *line::write(key, secret)));
        self.ask("store", key, &line)?;
        let kept = self.get(key)?.is_some_and(|kept| kept == *secret);
        if kept { Ok(()) } else { Err(Error::NotStored { storage: self.name().word() }) }
    }

    fn delete(&self, key: &Key) -> Result<bool> {
        let was = self.get(key)?.is_some();
        self.ask("erase", key, "")?;
        Ok(was)
    }

    /// Git's cache names nothing.
    fn list(&self) -> Result<Vec<Key>> {
        Ok(Vec::new())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::promises::{self, programs};
    use super::*;

    /// A home of its own, and so a daemon of its own, that is told to leave at the end.
    struct Desk {
        _home: tempfile::TempDir,
        cache: Cache,
    }

    impl Desk {
        fn new() -> Option<Self> {
            if !programs(&["git"]) {
                return None;
            }
            let home = tempfile::Builder::new().prefix("gc").tempdir_in("/tmp").expect("a folder");
            let folder = home.path().join("data");
            let search_path = promises::search_path();
            let place = Place { folder, home: Some(home.path().into()), search_path, person: true, ..Place::default() };
            Some(Self { _home: home, cache: Cache::find(&place).expect("installed") })
        }
    }

    impl Drop for Desk {
        fn drop(&mut self) {
            let _ = self.cache.git.run(&["credential-cache", "exit"], b"");
        }
    }

    #[test]
    fn it_keeps_every_promise() {
        let Some(desk) = Desk::new() else { return };
        promises::keeps_all(&desk.cache);
    }

    #[test]
    fn an_ordinary_look_up_of_git_never_meets_a_record() {
        let Some(desk) = Desk::new() else { return };
        let key = Key::new("https://bitbucket.org", "alice");
        desk.cache.set(&key, &Secret::new("hunter2")).expect("kept");
        for request in
            ["protocol=https\nhost=bitbucket.org\n\n", "protocol=https\nhost=bitbucket.org\nusername=alice\n\n"]
        {
            let answer = desk.cache.git.run(&["credential-cache", "get"], request.as_bytes()).expect("ran");
            assert!(answer.output.is_empty());
        }
    }

    #[test]
    fn a_folder_for_the_socket_that_cannot_be_made_is_an_error() {
        let Some(desk) = Desk::new() else { return };
        let place =
            Place { folder: desk.cache.folder.clone(), search_path: promises::search_path(), ..Place::default() };
        let homeless = Cache::find(&Place { home: Some("/dev/null/home".into()), ..place }).expect("installed");
        assert!(homeless.set(&Key::new("s", "a"), &Secret::new("x")).is_err());
    }
}

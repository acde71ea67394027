//! A text file that another program keeps secrets in: read, whoever else may read it, and changed as Git changes its own.
//! It does not know what the text means.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// More than anybody keeps in such a file.
const LARGEST: u64 = 1 << 24;
/// Git's own helper waits as long for its lock (git-config, `credentialStore.lockTimeoutMS`).
const LOCK_LIMIT: Duration = Duration::from_secs(1);

/// Its content; `None` if there is no such file.
pub fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("look at", path)(error)),
        // opening a pipe would wait for ever
        Ok(found) if !found.is_file() || found.len() > LARGEST => {
            return Err(Error::UnsafeFile { path: path.to_owned(), why: "it is no file of text" });
        }
        Ok(_) => {}
    }
    fs::read(path).map(|text| Some(Zeroizing::new(text))).map_err(failed("read", path))
}

/// Changes it behind `FILE.lock`, which is then put in its place (git's lockfile.h); links are followed, not replaced.
pub fn amend(path: &Path, change: impl FnOnce(&[u8]) -> Zeroizing<Vec<u8>>) -> Result<()> {
    let path = fs::canonicalize(path).map_err(failed("look at", path))?;
    let lock = lock_of(&path);
    let mut new = take(&lock)?;
    let written = fs::read(&path).map(Zeroizing::new).and_then(|old| {
        new.write_all(&change(&old))?;
        new.sync_all()?;
        fs::rename(&lock, &path)
    });
    written.map_err(|error| {
        // the lock is ours, and must not stay
        let _ = fs::remove_file(&lock);
        failed("write", &path)(error)
    })
}

fn lock_of(path: &Path) -> PathBuf {
    let mut lock = path.to_owned().into_os_string();
    lock.push(".lock");
    lock.into()
}

fn take(lock: &Path) -> Result<File> {
    let end = Instant::now() + LOCK_LIMIT;
    loop {
        match for_its_owner(OpenOptions::new().write(true).create_new(true)).open(lock) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && Instant::now() < end => {
                std::thread::park_timeout(Duration::from_millis(5));
            }
            taken => return taken.map_err(failed("lock", lock)),
        }
    }
}

#[cfg(unix)]
fn for_its_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn for_its_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::File { action, path: path.to_owned(), why: error.kind() }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_file_is_changed_behind_gits_lock_and_a_link_to_it_stays() {
        let place = tempfile::tempdir().expect("a folder");
        let (file, link) = (place.path().join("file"), place.path().join("link"));
        fs::write(&file, "one\ntwo\n").expect("written");
        fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("as some have it");
        symlink(&file, &link).expect("linked");
        amend(&link, |old| Zeroizing::new(old[4..].to_vec())).expect("changed");
        assert_eq!(fs::read_to_string(&file).expect("there"), "two\n");
        assert!(link.symlink_metadata().expect("there").is_symlink());
        assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        fs::write(lock_of(&file.canonicalize().expect("there")), "").expect("git is at it");
        let error = amend(&file, |_| Zeroizing::default()).expect_err("it is at it for too long");
        assert!(matches!(error, Error::File { action: "lock", .. }));
        assert!(error.hint().is_some_and(|hint| hint.contains("if none is, one was killed: `rm ")), "{error:?}");
        assert_eq!(fs::read_to_string(&file).expect("there"), "two\n");
    }
}

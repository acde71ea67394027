//! Private files: folders that only their owner enters, files that are replaced whole, and locks that die with their holder.
//! It knows nothing of what is in them.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Makes sure that `folder` is ours alone: made with 0700, or found to be a real folder of this user that nobody else may enter.
pub fn keep_private(folder: &Path) -> Result<()> {
    make(folder).map_err(|error| failed("make", folder, &error))?;
    let found = fs::symlink_metadata(folder).map_err(|error| failed("look at", folder, &error))?;
    if !found.is_dir() {
        return Err(unsafe_file(folder, "it is a link or no folder"));
    }
    only_ours(folder, &found)
}

/// The content of a private file, or `None` if there is none. Links are not followed; a stranger's file is refused.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut file = match without_following(OpenOptions::new().read(true)).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
    };
    let found = file.metadata().map_err(|error| failed("look at", path, &error))?;
    only_ours(path, &found)?;
    let mut content = Vec::with_capacity(found.len() as usize);
    file.read_to_end(&mut content).map_err(|error| failed("read", path, &error))?;
    Ok(Some(content))
}

/// Puts `content` in place of what was there, so that every reader sees the old or the new whole (rename(2)).
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or_else(|| unsafe_file(path, "it has no folder"))?;
    keep_private(folder)?;
    let written = || -> std::io::Result<()> {
        // tempfile makes it 0600 whatever the umask
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    written().map_err(|error| failed("write", path, &error))
}

/// Opens a file of ours to write at its end, made if it is not there; for traces.
pub fn append_to(path: &Path) -> Result<File> {
    let file = without_following(OpenOptions::new().append(true).create(true)).open(path);
    file.map_err(|error| failed("write", path, &error))
}

/// Removes a file; tells whether there was one.
pub fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("remove", path, &error)),
    }
}

/// Held while it lives; the kernel frees it when its holder dies, however that happens (flock(2)).
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock {
    /// Waits for the lock called `name` in `folder`, at most `limit`; `None` if somebody held it all that time.
    /// Lock files stay: removing one would let two processes hold two files of one name.
    pub fn take(folder: &Path, name: &str, limit: Duration) -> Result<Option<Self>> {
        keep_private(folder)?;
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        let file = without_following(options.read(true).write(true).create(true).truncate(false)).open(&path);
        let file = file.map_err(|error| failed("lock", &path, &error))?;
        let end = Instant::now() + limit;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self(file))),
                Err(fs::TryLockError::WouldBlock) if Instant::now() >= end => return Ok(None),
                // flock has no time limit of its own, so it is asked again
                Err(fs::TryLockError::WouldBlock) => std::thread::park_timeout(Duration::from_millis(5)),
                Err(fs::TryLockError::Error(error)) => return Err(failed("lock", &path, &error)),
            }
        }
    }
}

fn failed(action: &'static str, path: &Path, error: &std::io::Error) -> Error {
    Error::File { action, path: path.to_owned(), why: error.kind() }
}

fn unsafe_file(path: &Path, why: &'static str) -> Error {
    Error::UnsafeFile { path: path.to_owned(), why }
}

#[cfg(unix)]
fn make(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32)
}

#[cfg(not(unix))]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn only_ours(path: &Path, found: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(unsafe_file(path, "it belongs to somebody else"));
    }
    match found.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(unsafe_file(path, "others may open it")),
    }
}

#[cfg(not(unix))]
fn only_ours(_path: &Path, _found: &fs::Metadata) -> Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder to play in")
    }

    #[test]
    fn a_file_is_private_and_comes_back_whole() {
        let place = folder();
        let path = place.path().join("private/file");
        replace(&path, b"one").expect("written");
        replace(&path, b"two").expect("written again");
        assert_eq!(read(&path).expect("read").as_deref(), Some(&b"two"[..]));
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(path.parent().expect("one").metadata().expect("there").permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_link_in_place_of_the_file_or_its_folder_is_not_followed() {
        let place = folder();
        fs::write(place.path().join("target"), "theirs").expect("written");
        fs::create_dir(place.path().join("real")).expect("made");
        symlink(place.path().join("target"), place.path().join("file")).expect("linked");
        symlink(place.path().join("real"), place.path().join("folder")).expect("linked");
        assert!(read(&place.path().join("file")).is_err());
        assert!(matches!(keep_private(&place.path().join("folder")), Err(Error::UnsafeFile { .. })));
    }

    #[test]
    fn a_folder_or_file_that_others_may_open_is_refused() {
        let place = folder();
        let path = place.path().join("private/file");
        replace(&path, b"one").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened to all");
        assert!(matches!(read(&path), Err(Error::UnsafeFile { .. })));
        fs::set_permissions(path.parent().expect("one"), fs::Permissions::from_mode(0o755)).expect("opened to all");
        assert!(matches!(replace(&path, b"two"), Err(Error::UnsafeFile { .. })));
    }

    #[test]
    fn a_lock_is_held_by_one_and_freed_when_dropped() {
        let place = folder();
        let locks = place.path().join("locks");
        let held = Lock::take(&locks, "a", Duration::ZERO).expect("no failure").expect("free");
        assert!(Lock::take(&locks, "a", Duration::from_millis(20)).expect("no failure").is_none());
        assert!(Lock::take(&locks, "b", Duration::ZERO).expect("no failure").is_some());
        drop(held);
        assert!(Lock::take(&locks, "a", Duration::ZERO).expect("no failure").is_some());
    }
}

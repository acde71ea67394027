//! Private files: folders that only their owner enters, files that are replaced whole, and locks that die with their holder.
//! It knows nothing of what is in them.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use zeroize::Zeroizing;

/// A private file is never larger; one that is, is none of ours.
const LARGEST: u64 = 1 << 24;
/// How the names of files begin that are not in their place yet.
const NEW: &str = ".new-";

/// Makes sure that `folder` is ours alone: made with 0700, or found to be a real folder of this user that nobody else may enter.
pub fn keep_private(folder: &Path) -> Result<()> {
    make(folder).map_err(failed("make", folder))?;
    is_private(folder).map(drop)
}

/// Whether the folder is there; an error if it is, and others may enter or replace it.
pub fn is_private(folder: &Path) -> Result<bool> {
    let found = match fs::symlink_metadata(folder) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed("look at", folder)(error)),
    };
    if !found.is_dir() {
        return Err(unsafe_file(folder, "it is not a folder"));
    }
    only_ours(folder, &found, "others may look into it")?;
    cannot_be_replaced(folder).map(|()| true)
}

/// The content of a private file, or `None` if there is none. Links are not followed, pipes not waited for, and a
/// stranger's file is refused.
pub fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let file = match private(OpenOptions::new().read(true)).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused("read", path)(error)),
    };
    let found = file.metadata().map_err(failed("look at", path))?;
    if !found.is_file() {
        return Err(unsafe_file(path, "it is not a plain file"));
    }
    only_ours(path, &found, "others may read it")?;
    // the whole room at once: a vector that grows leaves copies behind
    let mut content =
        Zeroizing::new(Vec::with_capacity(usize::try_from(found.len().min(LARGEST)).unwrap_or_default() + 1));
    file.take(LARGEST).read_to_end(&mut content).map_err(failed("read", path))?;
    Ok(Some(content))
}

/// Puts `content` in place of what was there, so that every reader sees the old or the new whole, even after a crash
/// (rename(2), fsync(2)).
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or_else(|| unsafe_file(path, "it has no folder"))?;
    keep_private(folder)?;
    let written = || -> std::io::Result<()> {
        let mut file = new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        sweep(folder, file.as_file().metadata()?.modified()?);
        file.persist(path).map_err(|error| error.error)?;
        sync(folder)
    };
    written().map_err(failed("write", path))
}

/// A temporary file that only its owner may read, whatever the umask.
fn new_in(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(NEW);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    builder.tempfile_in(folder)
}

/// Removes what a writer left behind that died before it could rename: anything of that name that is an hour older than
/// `now`, by the file system's own clock. What is younger may still be written.
fn sweep(folder: &Path, now: SystemTime) {
    let is_old = |entry: &fs::DirEntry| {
        let written = entry.metadata().and_then(|found| found.modified());
        let age = written.ok().and_then(|written| now.duration_since(written).ok());
        entry.file_name().to_string_lossy().starts_with(NEW) && age.is_some_and(|age| age > Duration::from_secs(3600))
    };
    let left = fs::read_dir(folder).into_iter().flatten().flatten().filter(is_old);
    // what cannot be removed now is there to be removed next time
    left.for_each(|entry| drop(fs::remove_file(entry.path())));
}

#[cfg(unix)]
fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no handle on a folder to sync.
#[cfg(not(unix))]
fn sync(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Opens a file of ours to write at its end, made if it is not there; for traces.
pub fn append_to(path: &Path) -> Result<File> {
    private(OpenOptions::new().append(true).create(true)).open(path).map_err(refused("write", path))
}

/// Removes a file; tells whether there was one.
pub fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("remove", path)(error)),
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
        let file = private(options.read(true).write(true).create(true).truncate(false)).open(&path);
        let file = file.map_err(refused("lock", &path))?;
        let end = Instant::now() + limit;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self(file))),
                Err(fs::TryLockError::WouldBlock) if Instant::now() >= end => return Ok(None),
                // flock has no time limit of its own, so it is asked again
                Err(fs::TryLockError::WouldBlock) => std::thread::park_timeout(Duration::from_millis(5)),
                Err(fs::TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
            }
        }
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::File { action, path: path.to_owned(), why: error.kind() }
}

/// The same where opening may have met a planted link.
fn refused(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |error| if is_link(&error) { unsafe_file(path, "it is a symbolic link") } else { failed(action, path)(error) }
}

fn unsafe_file(path: &Path, why: &'static str) -> Error {
    Error::UnsafeFile { path: path.to_owned(), why }
}

#[cfg(unix)]
fn make(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// `NONBLOCK`, since opening a planted pipe would wait for ever.
#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(0o600).custom_flags(i32::try_from(flags.bits()).expect("open flags fit an int"))
}

#[cfg(unix)]
fn is_link(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(unix)]
fn only_ours(path: &Path, found: &fs::Metadata, others: &'static str) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(unsafe_file(path, "it belongs to somebody else"));
    }
    match found.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(unsafe_file(path, others)),
    }
}

/// Who may write to the folder around it may put another in its place, unless only owners may (the sticky bit).
#[cfg(unix)]
fn cannot_be_replaced(folder: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let Some(around) = folder.parent() else { return Ok(()) };
    let found = fs::metadata(around).map_err(failed("look at", around))?;
    match found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0 {
        true => Err(unsafe_file(around, "others may write to it")),
        false => Ok(()),
    }
}

#[cfg(not(unix))]
fn make(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(not(unix))]
fn is_link(_error: &std::io::Error) -> bool {
    false
}

#[cfg(not(unix))]
fn only_ours(_path: &Path, _found: &fs::Metadata, _others: &'static str) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn cannot_be_replaced(_folder: &Path) -> Result<()> {
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
        assert_eq!(read(&path).expect("read").expect("there").as_slice(), b"two");
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(path.parent().expect("one").metadata().expect("there").permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_a_dead_writer_left_is_swept_away_and_what_a_living_one_writes_is_not() {
        let place = folder();
        let path = place.path().join("private/file");
        replace(&path, b"one").expect("written");
        let left = |name: &str, hours: u64| {
            let left = path.with_file_name(name);
            let file = File::create(&left).expect("left");
            let now = path.metadata().and_then(|found| found.modified()).expect("a time");
            file.set_modified(now - Duration::from_secs(hours * 3600)).expect("made old");
            left
        };
        let (old, young, other) = (left(".new-old", 2), left(".new-young", 0), left("other", 2));
        replace(&path, b"two").expect("written");
        assert_eq!([old, young, other].map(|path| path.exists()), [false, true, true]);
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

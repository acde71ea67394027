//! Storage `file`: one file per record under `records/`, in plain text for its owner alone, chosen only by name.
//! A record is replaced whole or not at all; nothing here follows a link.

use super::{Key, Name, Storage, folder, line};
use crate::error::{Error, Result};
use crate::secret::Secret;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const RECORDS: &str = "records";

/// Far more than a record of 8 KiB needs; a file beyond it is none of ours.
const LARGEST: u64 = 1 << 20;

/// The records in one data folder.
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// The records of this data folder, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.into() }
    }

    fn records(&self) -> Result<Option<PathBuf>> {
        folder::find(&self.folder, RECORDS)
    }
}

impl Storage for Files {
    fn name(&self) -> Name {
        Name::File
    }

    fn get(&self, key: &Key) -> Result<Option<Secret>> {
        let Some(records) = self.records()? else { return Ok(None) };
        match read(&path_in(&records, key))? {
            Some(text) => line::read_for(key, &text),
            None => Ok(None),
        }
    }

    /// Not read back: a file that was synced and renamed without an error is there.
    fn set(&self, key: &Key, secret: &Secret) -> Result<()> {
        let records = folder::make(&self.folder, RECORDS)?;
        let path = path_in(&records, key);
        replace(&records, &path, line::write(key, secret).as_bytes()).map_err(folder::failed("write", &path))
    }

    fn delete(&self, key: &Key) -> Result<bool> {
        let Some(records) = self.records()? else { return Ok(false) };
        let path = path_in(&records, key);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(folder::failed("delete", &path)(error)),
        }
    }

    fn list(&self) -> Result<Vec<Key>> {
        let Some(records) = self.records()? else { return Ok(Vec::new()) };
        let entries = fs::read_dir(&records).map_err(folder::failed("read", &records))?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_record(path));
        Ok(paths.filter_map(|path| key_in(&path)).collect())
    }
}

fn path_in(records: &Path, key: &Key) -> PathBuf {
    records.join(key.file_name() + ".json")
}

fn is_record(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn key_in(path: &Path) -> Option<Key> {
    line::read(&read(path).ok()??).ok().map(|(key, _)| key)
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(file) = folder::open_private(OpenOptions::new().read(true), path)? else { return Ok(None) };
    let size = file.metadata().map_err(folder::failed("read", path))?.len();
    if size > LARGEST {
        return Err(Error::RecordUnreadable);
    }
    // The whole room at once: a vector that grows leaves copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
    file.take(LARGEST).read_to_end(&mut text).map_err(folder::failed("read", path))?;
    Ok(Some(text))
}

/// The new file is whole and on the disk before it takes the name of the old one (rename(2)).
fn replace(records: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".new-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    let mut file = builder.tempfile_in(records)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(records)
}

#[cfg(unix)]
fn sync_folder(records: &Path) -> io::Result<()> {
    File::open(records)?.sync_all()
}

/// Windows has no handle on a folder to sync.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::promises;
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn alice() -> Key {
        Key::new("https://bitbucket.org", "alice")
    }

    fn desk() -> (tempfile::TempDir, Files) {
        let home = tempfile::tempdir().expect("a folder");
        let files = Files::new(&home.path().join("data"));
        (home, files)
    }

    fn unsafe_because(result: Result<impl std::fmt::Debug>) -> &'static str {
        match result {
            Err(Error::UnsafeFile { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_keeps_every_promise() {
        let (_home, files) = desk();
        promises::keeps_all(&files);
        assert_eq!(promises::listed(&files), promises::kept_keys());
    }

    #[test]
    fn folder_and_file_are_for_their_owner_alone_whatever_the_umask() {
        let (_home, files) = desk();
        // Process-wide, but every other test makes its files by explicit modes as well.
        let before = rustix::process::umask(rustix::fs::Mode::empty());
        let kept = files.set(&alice(), &Secret::new("s"));
        rustix::process::umask(before);
        kept.expect("kept");
        let records = files.folder.join(RECORDS);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&files.folder), mode(&records)), (0o700, 0o700));
        assert_eq!(mode(&path_in(&records, &alice())), 0o600);
    }

    #[test]
    fn a_planted_link_is_neither_read_nor_written_through() {
        let (home, files) = desk();
        files.set(&Key::new("s", "b"), &Secret::new("s")).expect("makes the folders");
        let victim = home.path().join("victim");
        fs::write(&victim, line::write(&alice(), &Secret::new("planted"))).expect("written");
        let path = path_in(&files.folder.join(RECORDS), &alice());
        symlink(&victim, &path).expect("planted");
        assert_eq!(unsafe_because(files.get(&alice())), "it is a symbolic link");
        let before = fs::read(&victim).expect("there");
        files.set(&alice(), &Secret::new("mine")).expect("replaces the link itself");
        assert_eq!(fs::read(&victim).expect("there"), before);
        assert_eq!(files.get(&alice()), Ok(Some(Secret::new("mine"))));
    }

    #[test]
    fn a_folder_that_others_can_reach_is_refused() {
        let (home, files) = desk();
        files.set(&alice(), &Secret::new("s")).expect("kept");
        let records = files.folder.join(RECORDS);
        fs::set_permissions(&records, PermissionsExt::from_mode(0o750)).expect("changed");
        assert_eq!(unsafe_because(files.get(&alice())), "others may look into it");
        assert_eq!(unsafe_because(files.set(&alice(), &Secret::new("t"))), "others may look into it");
        fs::set_permissions(&records, PermissionsExt::from_mode(0o700)).expect("changed");
        fs::set_permissions(&files.folder, PermissionsExt::from_mode(0o777)).expect("changed");
        assert_eq!(unsafe_because(files.get(&alice())), "others may write to it");
        fs::set_permissions(&files.folder, PermissionsExt::from_mode(0o755)).expect("changed");
        fs::rename(&records, home.path().join("away")).expect("moved");
        symlink(home.path().join("away"), &records).expect("planted");
        assert_eq!(unsafe_because(files.get(&alice())), "it is not a folder");
    }

    #[test]
    fn a_file_that_others_may_read_or_that_is_a_pipe_is_refused() {
        let (_home, files) = desk();
        files.set(&alice(), &Secret::new("s")).expect("kept");
        let path = path_in(&files.folder.join(RECORDS), &alice());
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("changed");
        assert_eq!(unsafe_because(files.get(&alice())), "others may read it");
        fs::remove_file(&path).expect("gone");
        let mode = rustix::fs::Mode::from(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
        assert_eq!(unsafe_because(files.get(&alice())), "it is not a plain file");
    }

    #[test]
    fn a_file_of_somebody_else_is_refused() {
        let (_home, files) = desk();
        files.set(&alice(), &Secret::new("s")).expect("kept");
        let path = path_in(&files.folder.join(RECORDS), &alice());
        if std::os::unix::fs::chown(&path, Some(12345), None).is_ok() {
            assert_eq!(unsafe_because(files.get(&alice())), "it belongs to somebody else");
        }
    }

    #[test]
    fn after_a_failed_write_the_old_secret_is_still_there() {
        let (_home, files) = desk();
        files.set(&alice(), &Secret::new("old")).expect("kept");
        let records = files.folder.join(RECORDS);
        // A file-size limit of root is hard to set here; a name that a folder has taken fails at the same last step.
        let blocked = Key::new("https://bitbucket.org", "blocked");
        fs::create_dir(path_in(&records, &blocked)).expect("in the way");
        let error = files.set(&blocked, &Secret::new("new")).expect_err("in the way");
        assert!(matches!(error, Error::File { action: "write", .. }), "{error:?}");
        assert_eq!(files.get(&alice()), Ok(Some(Secret::new("old"))));
        let left = fs::read_dir(&records).expect("there").count();
        assert_eq!(left, 2, "nothing half-written stays behind");
    }
}

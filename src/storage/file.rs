//! Storage `file`: one file per record under `records/`, in plain text for its owner alone, chosen only by name.
//! A record is replaced whole or not at all; nothing here follows a link.

use super::{Key, Name, Storage, line};
use crate::error::{Error, Result};
use crate::files;
use crate::secret::Secret;
use std::fs;
use std::path::{Path, PathBuf};

/// The records in one data folder.
pub struct Files {
    records: PathBuf,
}

impl Files {
    /// The records of this data folder, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self { records: folder.join("records") }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.records.join(key.file_name() + ".json")
    }
}

impl Storage for Files {
    fn name(&self) -> Name {
        Name::File
    }

    fn get(&self, key: &Key) -> Result<Option<Secret>> {
        if !files::is_private(&self.records)? {
            return Ok(None);
        }
        files::read(&self.path(key))?.map_or(Ok(None), |text| line::read_for(key, &text))
    }

    /// Not read back: a file that was synced and renamed without an error is there.
    fn set(&self, key: &Key, secret: &Secret) -> Result<()> {
        files::replace(&self.path(key), line::write(key, secret).as_bytes())
    }

    fn delete(&self, key: &Key) -> Result<bool> {
        Ok(files::is_private(&self.records)? && files::remove(&self.path(key))?)
    }

    fn list(&self) -> Result<Vec<Key>> {
        if !files::is_private(&self.records)? {
            return Ok(Vec::new());
        }
        let failed =
            |error: std::io::Error| Error::File { action: "read", path: self.records.clone(), why: error.kind() };
        let paths = fs::read_dir(&self.records).map_err(failed)?.filter_map(|entry| Some(entry.ok()?.path()));
        Ok(paths.filter_map(|path| Some(line::read(&files::read(&path).ok()??).ok()?.0)).collect())
    }
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
        let records = files.records.clone();
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(records.parent().expect("the data folder")), mode(&records)), (0o700, 0o700));
        assert_eq!(mode(&files.path(&alice())), 0o600);
    }

    #[test]
    fn a_planted_link_is_neither_read_nor_written_through() {
        let (home, files) = desk();
        files.set(&Key::new("s", "b"), &Secret::new("s")).expect("makes the folders");
        let victim = home.path().join("victim");
        fs::write(&victim, line::write(&alice(), &Secret::new("planted"))).expect("written");
        let path = files.path(&alice());
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
        let records = files.records.clone();
        fs::set_permissions(&records, PermissionsExt::from_mode(0o750)).expect("changed");
        assert_eq!(unsafe_because(files.get(&alice())), "others may look into it");
        assert_eq!(unsafe_because(files.set(&alice(), &Secret::new("t"))), "others may look into it");
        fs::set_permissions(&records, PermissionsExt::from_mode(0o700)).expect("changed");
        fs::set_permissions(records.parent().expect("the data folder"), PermissionsExt::from_mode(0o777))
            .expect("changed");
        assert_eq!(unsafe_because(files.get(&alice())), "others may write to it");
        fs::set_permissions(records.parent().expect("the data folder"), PermissionsExt::from_mode(0o755))
            .expect("changed");
        fs::rename(&records, home.path().join("away")).expect("moved");
        symlink(home.path().join("away"), &records).expect("planted");
        assert_eq!(unsafe_because(files.get(&alice())), "it is not a folder");
    }

    #[test]
    fn a_file_that_others_may_read_or_that_is_a_pipe_is_refused() {
        let (_home, files) = desk();
        files.set(&alice(), &Secret::new("s")).expect("kept");
        let path = files.path(&alice());
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("changed");
        assert_eq!(unsafe_because(files.get(&alice())), "others may read it");
        fs::remove_file(&path).expect("gone");
        let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&path).status();
        assert!(made.expect("mkfifo").success());
        assert_eq!(unsafe_because(files.get(&alice())), "it is not a plain file");
    }

    #[test]
    fn a_file_of_somebody_else_is_refused() {
        let (_home, files) = desk();
        files.set(&alice(), &Secret::new("s")).expect("kept");
        let path = files.path(&alice());
        if std::os::unix::fs::chown(&path, Some(12345), None).is_ok() {
            assert_eq!(unsafe_because(files.get(&alice())), "it belongs to somebody else");
        }
    }

    #[test]
    fn after_a_failed_write_the_old_secret_is_still_there() {
        let (_home, files) = desk();
        files.set(&alice(), &Secret::new("old")).expect("kept");
        let records = files.records.clone();
        // A file-size limit of root is hard to set here; a name that a folder has taken fails at the same last step.
        let blocked = Key::new("https://bitbucket.org", "blocked");
        fs::create_dir(files.path(&blocked)).expect("in the way");
        let error = files.set(&blocked, &Secret::new("new")).expect_err("in the way");
        assert!(matches!(error, Error::File { action: "write", .. }), "{error:?}");
        assert_eq!(files.get(&alice()), Ok(Some(Secret::new("old"))));
        let left = fs::read_dir(&records).expect("there").count();
        assert_eq!(left, 2, "nothing half-written stays behind");
    }
}

//! One at a time: a file lock per account, and named ones for what all accounts share.
//! The kernel frees it when its holder dies, so no lock is ever stale; lock files stay, since deleting one in use would split it.

use super::{Key, folder};
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const LOCKS: &str = "locks";

/// How often a taken lock is tried again; there is no way to wait for one with a limit (flock(2)).
const PAUSE: Duration = Duration::from_millis(5);

/// A lock held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of one account, waiting up to `limit`; `None` when that passed, an error if the lock file is unsafe or cannot be made.
    pub fn take(folder: &Path, key: &Key, limit: Duration) -> Result<Option<Self>> {
        Self::wait(folder, &format!("{}.lock", key.file_name()), limit)
    }

    /// Takes the lock of the index, in the same way.
    pub fn index(folder: &Path, limit: Duration) -> Result<Option<Self>> {
        Self::named(folder, "index", limit)
    }

    /// Takes a lock of its own name, which no account's lock can have, in the same way.
    pub fn named(folder: &Path, name: &str, limit: Duration) -> Result<Option<Self>> {
        Self::wait(folder, &format!("{name}.shared"), limit)
    }

    fn wait(folder: &Path, name: &str, limit: Duration) -> Result<Option<Self>> {
        let path = folder::make(folder, LOCKS)?.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let vanished = || Error::File { action: "lock", path: path.clone(), why: std::io::ErrorKind::NotFound };
        let file = folder::open_private(&mut options, &path)?.ok_or_else(vanished)?;
        let end = Instant::now() + limit;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::Error(error)) => return Err(folder::failed("lock", &path)(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= end => return Ok(None),
                // Nobody unparks us: a pause with a bound, between two looks at something that happens elsewhere.
                Err(TryLockError::WouldBlock) => thread::park_timeout(PAUSE),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(20);

    fn alice() -> Key {
        Key::new("https://bitbucket.org", "alice")
    }

    #[test]
    fn a_second_taker_waits_and_leaves_when_its_limit_passed() {
        let home = tempfile::tempdir().expect("a folder");
        let held = Lock::take(home.path(), &alice(), SHORT).expect("made").expect("free");
        let began = Instant::now();
        assert!(Lock::take(home.path(), &alice(), SHORT).expect("made").is_none());
        assert!(began.elapsed() >= SHORT && began.elapsed() < LONG);
        drop(held);
        assert!(Lock::take(home.path(), &alice(), Duration::ZERO).expect("made").is_some());
    }

    #[test]
    fn accounts_and_the_index_do_not_wait_for_each_other() {
        let home = tempfile::tempdir().expect("a folder");
        let bob = Key::new("https://bitbucket.org", "bob");
        let _alice = Lock::take(home.path(), &alice(), SHORT).expect("made").expect("free");
        let _bob = Lock::take(home.path(), &bob, SHORT).expect("made").expect("free");
        let _index = Lock::index(home.path(), SHORT).expect("made").expect("free");
        assert!(Lock::named(home.path(), "index", Duration::ZERO).expect("made").is_none());
    }

    #[test]
    fn only_one_of_many_is_inside() {
        let home = tempfile::tempdir().expect("a folder");
        let (inside, turns) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let _lock = Lock::take(home.path(), &alice(), LONG).expect("made").expect("within the limit");
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    turns.fetch_add(1, Ordering::SeqCst);
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(turns.into_inner(), 16);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_lock_of_a_killed_process_is_free() {
        use std::io::{BufRead, BufReader};
        use std::process::{Command, Stdio};
        let home = tempfile::tempdir().expect("a folder");
        drop(Lock::take(home.path(), &alice(), SHORT).expect("made").expect("free"));
        let path = home.path().join(LOCKS).join(alice().file_name() + ".lock");
        let script = "exec 9<\"$1\"; flock -n 9 && echo held; read line";
        let mut child = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut said = String::new();
        let pipe = child.stdout.take().expect("piped");
        BufReader::new(pipe).read_line(&mut said).expect("a line");
        assert_eq!(said, "held\n");
        assert!(Lock::take(home.path(), &alice(), Duration::ZERO).expect("made").is_none());
        child.kill().and_then(|()| child.wait()).expect("killed");
        assert!(Lock::take(home.path(), &alice(), LONG).expect("made").is_some());
    }

    #[cfg(unix)]
    #[test]
    fn lock_files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a folder");
        let _lock = Lock::index(home.path(), SHORT).expect("made").expect("free");
        let path = home.path().join(LOCKS).join("index.shared");
        let mode = std::fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

//! Disks that are full or read-only, and writers that die of them.

use super::done::feed;
use super::{Desk, Done, HELPER, is_there};
use std::fs;
use std::path::Path;

impl Desk {
    /// Runs the helper where not one byte more can be written to any file.
    pub fn on_a_full_disk(&self, arguments: &[&str], stdin: &str) -> Done {
        let script = "trap '' XFSZ; ulimit -f 0; exec /usr/bin/timeout --signal=KILL 60 \"$@\"";
        let mut command = self.command(Path::new("/bin/sh"));
        feed(command.args(["-c", script, "sh", HELPER]).args(arguments), stdin.as_bytes())
    }

    /// Runs the helper where a folder can be read and not written; `None` as below.
    pub fn on_a_read_only_disk(&self, folder: &Path, arguments: &[&str], stdin: &str) -> Option<Done> {
        let arguments: Vec<String> = arguments.iter().map(|word| format!("'{word}'")).collect();
        let (folder, arguments) = (folder.display(), arguments.join(" "));
        fs::write(self.notes.path().join("secrets"), stdin).expect("written");
        self.among_mounts_of_its_own(&format!(
            "mount --bind '{folder}' '{folder}'; mount -o remount,ro,bind '{folder}'\n\
             exec timeout --signal=KILL 60 '{HELPER}' {arguments} <\"$TMPDIR/secrets\""
        ))
    }

    /// Runs a shell script that may mount what it likes, and nobody else sees; `None`, with a line, where this machine does
    /// not let it.
    pub fn among_mounts_of_its_own(&self, script: &str) -> Option<Done> {
        let run = |script: &str| {
            let mut command = self.command(Path::new("/usr/bin/unshare"));
            feed(command.args(["--mount", "--map-root-user", "/bin/sh", "-e", "-c", script]), b"")
        };
        is_there("a namespace of mounts", run("mount -t tmpfs none /mnt").code == 0).then(|| run(script))
    }

    /// Runs the helper until it dies of writing more than so many blocks of 512 bytes to a file (setrlimit(2), SIGXFSZ).
    pub fn dies_writing(&self, blocks: u32, arguments: &[&str]) -> Done {
        let script = format!("ulimit -c 0; ulimit -f {blocks}; exec \"$@\"");
        let mut command = self.command(Path::new("/bin/sh"));
        // the trace would be what it dies of
        feed(command.args(["-c", &script, "sh", HELPER]).args(arguments).env_remove("GIT_TRACE_BITBUCKET"), b"")
    }
}

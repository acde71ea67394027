//! `serve` by what it prints: its way in leads in, its tokens open, and each request is shown as it comes.

use bitbucket_sandbox::seeds;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Serving {
    /// It builds the helper, for which cargo needs to find its own.
    fn start(folder: &Path) -> Self {
        let mut serve = Command::new(env!("CARGO_BIN_EXE_bitbucket-sandbox"));
        serve.arg("serve").env_clear().env("TMPDIR", folder).stdout(Stdio::piped()).stdin(Stdio::null());
        for name in ["PATH", "HOME", "CARGO", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR"] {
            serve.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let mut child = serve.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    /// What it prints up to a line with these words, that line included.
    fn until(&mut self, words: &str) -> Vec<String> {
        let mut seen = Vec::new();
        for line in self.lines.by_ref().map_while(Result::ok) {
            seen.push(line);
            if seen.last().is_some_and(|line| line.contains(words)) {
                return seen;
            }
        }
        panic!("it ends without {words:?}: {seen:#?}");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("it ran until now");
    }
}

#[test]
fn whoever_follows_what_it_prints_clones_and_sees_the_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut serving = Serving::start(folder.path());
    let printed = serving.until("Requests, as they come");
    let source = printed.iter().map(|line| line.trim()).find(|line| line.starts_with(". ")).expect("a way in");
    let clone = printed.iter().map(|line| line.trim()).find(|line| line.starts_with("git clone ")).expect("a clone");
    assert!(printed.iter().any(|line| line.trim() == seeds::API_TOKEN), "{printed:#?}");

    let mut shell = Command::new("/bin/sh");
    shell.args(["-e", "-c", &format!("{source}; {clone}")]).current_dir(folder.path()).env_clear();
    shell.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let done = shell.output().expect("a shell");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(folder.path().join("app/README.md").exists());
    let shown = serving.until("git-upload-pack");
    assert!(shown.last().expect("a line").ends_with(" as alice"), "{shown:#?}");
}

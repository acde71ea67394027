//! A machine with a real git and nothing else: an empty home and environment, the sandbox's proxy and CA, and the
//! secrets git was given in a file of its own, so that one sees what it forgets.

use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use tempfile::TempDir;

pub struct Desk {
    git: PathBuf,
    home: TempDir,
}

#[derive(Debug)]
pub struct Done {
    pub well: bool,
    pub err: String,
}

/// The gits that are on the machine: Debian's and a newer one, where there are two.
pub fn gits() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["/usr/bin/git", "/usr/local/bin/git"].map(PathBuf::from).to_vec();
    found.retain(|git| git.exists());
    if found.is_empty() {
        assert!(std::env::var_os("REQUIRE_REAL").is_none(), "no git to test with");
        found.push("git".into());
    }
    found
}

/// The newest of them.
pub fn git() -> PathBuf {
    gits().pop().expect("a git")
}

/// A repository of `git.corp.example`.
pub fn at(place: &str) -> String {
    format!("{}/scm/{place}.git", seeds::CORP)
}

impl Desk {
    /// Git knows this name and secret for `git.corp.example`.
    pub fn of(sandbox: &Sandbox, git: &Path, user: &str, secret: &str) -> Self {
        let desk = Self { git: git.to_owned(), home: tempfile::tempdir().expect("a home") };
        desk.configure(&sandbox.git_config());
        desk.configure("[credential]\n\thelper = store\n[user]\n\tname = A\n\temail = a@b.example\n");
        let escaped = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let line = format!("https://{}:{}@git.corp.example\n", escaped(user), escaped(secret).replace('+', "%20"));
        fs::write(desk.kept(), line).expect("a file of secrets");
        desk
    }

    pub fn configure(&self, text: &str) {
        let path = self.home.path().join(".gitconfig");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, before + text).expect("a git config");
    }

    fn kept(&self) -> PathBuf {
        self.home.path().join(".git-credentials")
    }

    /// Whether git has not thrown its secret away.
    pub fn still_knows(&self) -> bool {
        fs::read_to_string(self.kept()).is_ok_and(|text| text.contains("git.corp.example"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.git);
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C.UTF-8");
        command.current_dir(self.home.path()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn git(&self, arguments: &[&str]) -> Done {
        run(self.command(arguments))
    }

    /// The same, while the test goes on.
    pub fn begins(&self, arguments: &[&str]) -> JoinHandle<Done> {
        let command = self.command(arguments);
        thread::spawn(move || run(command))
    }

    pub fn clones(&self) -> Done {
        self.git(&["clone", "-q", &at(seeds::DC_APP), "app"])
    }

    /// A commit that waits to be pushed.
    pub fn commits(&self) {
        self.git(&["-C", "app", "commit", "-q", "--allow-empty", "-m", "more"]).succeeds();
    }

    pub fn pushes(&self) -> Done {
        self.git(&["-C", "app", "push", "-q"])
    }
}

fn run(mut command: Command) -> Done {
    let output = command.output().expect("git runs");
    Done { well: output.status.success(), err: String::from_utf8_lossy(&output.stderr).into_owned() }
}

impl Done {
    #[track_caller]
    pub fn succeeds(self) {
        assert!(self.well, "{}", self.err);
    }

    #[track_caller]
    pub fn fails_saying(self, words: &str) {
        assert!(!self.well && self.err.contains(words), "{}", self.err);
    }
}

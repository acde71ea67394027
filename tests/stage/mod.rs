//! A desk to play at: an empty home, a real git, the program under test, and a person who answers. Every child starts from
//! an empty environment, because what the machine has set would beat git config.

#![allow(clippy::disallowed_methods, reason = "a desk runs programs and reads where they are")]

pub mod bus;

use bitbucket_sandbox::Sandbox;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub const HELPER: &str = env!("CARGO_BIN_EXE_git-credential-bitbucket");

/// The gits that are on the machine: Debian's and a newer one, where there are two.
pub fn gits() -> Vec<PathBuf> {
    let found: Vec<PathBuf> =
        ["/usr/bin/git", "/usr/local/bin/git"].map(PathBuf::from).into_iter().filter(|git| git.exists()).collect();
    if std::env::var_os("REQUIRE_REAL").is_some() {
        assert!(!found.is_empty(), "no git to test with");
    }
    if found.is_empty() { vec![PathBuf::from("git")] } else { found }
}

/// Those of them that are git 2.`minor` or newer; an older one lacks the part of the protocol that a story is about.
pub fn gits_since(minor: u32) -> Vec<PathBuf> {
    let new_enough = |git: &PathBuf| {
        let version = Command::new(git).arg("--version").output().expect("git runs").stdout;
        let version = String::from_utf8_lossy(&version).into_owned();
        let mut numbers = version.split_whitespace().nth(2).unwrap_or_default().split('.').map(|part| part.parse());
        matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(found))) if (major, found) >= (2u32, minor))
    };
    let found: Vec<PathBuf> = gits().into_iter().filter(new_enough).collect();
    if found.is_empty() {
        assert!(std::env::var_os("REQUIRE_REAL").is_none(), "no git 2.{minor} to test with");
        eprintln!("skipped: no git 2.{minor} or newer");
    }
    found
}

/// One person's machine.
pub struct Desk {
    home: tempfile::TempDir,
    git: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a program did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    /// `out` as it was written.
    pub bytes: Vec<u8>,
    pub err: String,
}

impl Desk {
    /// An empty home whose git asks us and keeps secrets in the file storage; the network leads to `sandbox`.
    pub fn at(sandbox: &Sandbox) -> Self {
        let desk = Self::alone();
        desk.configure(&sandbox.git_config());
        desk
    }

    /// The same without any network.
    pub fn alone() -> Self {
        let desk = Self { home: tempfile::tempdir().expect("a home"), git: gits().remove(0), variables: Vec::new() };
        let helper = format!(
            "[credential]\n\thelper = {HELPER}\n[bitbucket]\n\tstorage = file\n[user]\n\tname = A\n\temail = a@b.example\n"
        );
        desk.configure(&helper);
        desk
    }

    pub fn with_git(mut self, git: &Path) -> Self {
        self.git = git.to_owned();
        self
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub fn configure(&self, text: &str) {
        let path = self.home().join(".gitconfig");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, before + text).expect("a git config");
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The folder where we keep things.
    pub fn data(&self) -> PathBuf {
        self.home().join(".local/share/git-credential-bitbucket")
    }

    fn command(&self, program: &Path) -> Command {
        let folder = self.git.parent().and_then(Path::to_str).unwrap_or_default();
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home()).env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C.UTF-8").current_dir(self.home());
        command.envs(self.variables.iter().cloned()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // no terminal: a session of its own has none
        command.stdin(Stdio::piped());
        command
    }

    /// Runs the helper itself with a text on stdin.
    pub fn helper(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Done {
        let mut command = self.command(Path::new("/usr/bin/setsid"));
        feed(command.arg("--wait").arg(HELPER).args(arguments), stdin.as_ref())
    }

    /// Runs git with nobody at the terminal.
    pub fn git(&self, arguments: &[&str]) -> Done {
        let mut command = self.command(Path::new("/usr/bin/setsid"));
        feed(command.arg("--wait").arg(&self.git).args(arguments), b"")
    }

    /// A person who answers each question by what it asks for: pairs of a word in the question and the answer.
    pub fn person_says(self, answers: &[(&str, &str)]) -> Self {
        let cases: String =
            answers.iter().map(|(word, answer)| format!("*'{word}'*) printf '%s\\n' '{answer}' ;;\n")).collect();
        let asked = self.home().join("asked");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{}'\ncase \"$1\" in\n{cases}*) exit 1 ;;\nesac\n",
            asked.display()
        );
        let path = self.home().join("askpass");
        fs::write(&path, script).expect("an askpass");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
        let path = path.to_str().expect("text").to_owned();
        self.with("GIT_ASKPASS", &path)
    }

    /// The questions that the person was asked.
    pub fn asked(&self) -> Vec<String> {
        fs::read_to_string(self.home().join("asked")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Signs in with a secret on stdin.
    pub fn signs_in(&self, site: &str, arguments: &[&str], secret: &str) -> Done {
        let all: Vec<&str> = ["login", site, "--with-token"].iter().chain(arguments).copied().collect();
        self.helper(&all, secret)
    }

    /// What `get` answers to these lines.
    pub fn get(&self, lines: impl AsRef<[u8]>) -> Done {
        self.helper(&["get"], lines)
    }
}

impl Done {
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    #[track_caller]
    pub fn fails(self) -> Self {
        assert_ne!(self.code, 0, "{self:#?}");
        self
    }

    /// One value of an answer.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.out.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    }

    /// Exit 0 and not a word on stdout or stderr.
    #[track_caller]
    pub fn misses_in_silence(self) {
        assert_eq!((self.code, self.out.as_str(), self.err.as_str()), (0, "", ""));
    }

    /// Exit 0 and no answer, with words for the person.
    #[track_caller]
    pub fn misses_saying(self, words: &str) {
        assert_eq!((self.code, self.out.as_str()), (0, ""), "{}", self.err);
        assert!(self.err.contains(words), "{}", self.err);
    }

    /// Exit 1, no answer, and one line that repeats nothing of the request.
    #[track_caller]
    pub fn refuses(self) {
        assert_eq!((self.code, self.out.as_str()), (1, ""), "{}", self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
    }
}

fn feed(command: &mut Command, stdin: &[u8]) -> Done {
    let mut child = command.spawn().expect("the program is there");
    let mut pipe = child.stdin.take().expect("piped");
    let text = stdin.to_vec();
    // from a thread, since a program may stop reading, or answer before it has read all
    let feeder = std::thread::spawn(move || pipe.write_all(&text));
    let output = child.wait_with_output().expect("it ends");
    let _ = feeder.join();
    done(&output)
}

fn done(output: &Output) -> Done {
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        bytes: output.stdout.clone(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

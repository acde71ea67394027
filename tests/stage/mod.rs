//! A desk to play at: an empty home, a real git, the program under test, and a person who answers. Every child starts from
//! an empty environment, because what the machine has set would beat git config.

#![allow(clippy::disallowed_methods, reason = "a desk runs programs and reads where they are")]

mod browser;
mod bus;
mod canaries;
mod children;
pub mod chromium;
mod disks;
mod done;
mod machine;
mod named;
mod proxies;
mod terminal;
pub mod visitor;

pub use browser::Browser;
pub use bus::{Bus, Screen};
pub use canaries::tells_a_secret;
pub use done::{Done, feed};
pub use machine::{are_installed, git_before, gits, gits_since, is_there, wanted};
pub use named::is_a_test;
pub use proxies::{Socks, Tinyproxy, closed_port};
pub use terminal::Terminal;
pub use visitor::Visitor;

use bitbucket_sandbox::oauth::{Client, Redirects};
use bitbucket_sandbox::{Sandbox, seeds};
use done::feed_watched;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub const HELPER: &str = env!("CARGO_BIN_EXE_git-credential-bitbucket");

/// A program that can be run at once: a file that this process had open for writing is "busy" while a child of another test
/// still has a copy of it.
pub fn write_program(path: &Path, script: &str) {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", r#"printf '%s' "$1" >"$0" && chmod +x "$0""#]).arg(path).arg(script);
    assert!(shell.status().expect("a shell").success());
}

/// One person's machine.
pub struct Desk {
    home: tempfile::TempDir,
    /// Its temporary folder and its trace, beside the home, since stories look at what a home holds.
    notes: tempfile::TempDir,
    git: PathBuf,
    variables: Vec<(String, String)>,
    homeless: bool,
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
        let desk = Self::empty();
        let helper = format!(
            "[credential]\n\thelper = {HELPER}\n[bitbucket]\n\tstorage = file\n[user]\n\tname = A\n\temail = a@b.example\n"
        );
        desk.configure(&helper);
        desk
    }

    /// A home whose git asks nobody yet; the network leads to `sandbox`.
    pub fn bare(sandbox: &Sandbox) -> Self {
        let desk = Self::empty();
        desk.configure("[bitbucket]\n\tstorage = file\n[user]\n\tname = A\n\temail = a@b.example\n");
        desk.configure(&sandbox.git_config());
        desk
    }

    fn empty() -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        Self { home: folder(), notes: folder(), git: gits().remove(0), variables: Vec::new(), homeless: false }
    }

    pub fn with_git(mut self, git: &Path) -> Self {
        self.git = git.to_owned();
        self
    }

    /// With git and the helper on the search path, as after an installation; before them the folder `bin` of the home.
    pub fn with_path(self) -> Self {
        let bin = self.home().join("bin");
        fs::create_dir(&bin).expect("a folder");
        std::os::unix::fs::symlink(HELPER, bin.join("git-credential-bitbucket")).expect("linked");
        let path = format!("{}:{}:/usr/bin:/bin", bin.display(), self.git.parent().expect("a folder").display());
        self.with("PATH", &path)
    }

    pub fn git_program(&self) -> &Path {
        &self.git
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// OAuth clients that need no secret, known to both products and to us.
    pub fn with_clients(self, sandbox: &Sandbox) -> Self {
        const CLIENT: &str = "storyClient";
        let client = |scopes: &[&str]| Client {
            id: CLIENT.into(),
            secret: None,
            name: "Git".into(),
            callback: "http://127.0.0.1/".into(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            workspace: "acme".into(),
        };
        sandbox.cloud(|cloud| cloud.oauth.clients.push(client(&["account", "repository:write"])));
        for site in [seeds::CORP, seeds::CODE] {
            sandbox.data_center(site, |corp| {
                corp.directory.oauth.clients.push(client(&["REPO_READ", "REPO_WRITE"]));
                corp.directory.oauth.settings.redirects = Redirects::Prefix;
            });
            let redirect = format!("http://127.0.0.1/{}", site.rsplit('/').next().unwrap_or_default());
            self.configure(&format!(
                "[bitbucket \"{site}\"]\n\tproduct = datacenter\n\toauthClientId = {CLIENT}\n\toauthRedirectUri = {redirect}\n"
            ));
        }
        self.configure(&format!("[bitbucket \"https://bitbucket.org\"]\n\toauthClientId = {CLIENT}\n"));
        self
    }

    /// A container: no home, no terminal, no bus, an empty environment. What was configured is the image's `/etc/gitconfig`.
    pub fn container(sandbox: &Sandbox) -> Self {
        let mut desk = Self::at(sandbox);
        desk.homeless = true;
        desk
    }

    pub fn configure(&self, text: &str) {
        let path = self.home().join(".gitconfig");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, before + text).expect("a git config");
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What was traced so far.
    pub fn trace(&self) -> String {
        fs::read_to_string(self.trace_file()).unwrap_or_default()
    }

    fn trace_file(&self) -> PathBuf {
        self.notes.path().join("trace")
    }

    /// The folder where we keep things.
    pub fn data(&self) -> PathBuf {
        self.home().join(".local/share/git-credential-bitbucket")
    }

    /// A program in this desk's environment; nothing is fed to it.
    pub fn command(&self, program: &Path) -> Command {
        let folder = self.git.parent().and_then(Path::to_str).unwrap_or_default();
        let mut command = Command::new(program);
        command.env_clear().env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"));
        match self.homeless {
            true => command.env("GIT_CONFIG_SYSTEM", self.home().join(".gitconfig")),
            false => command.env("HOME", self.home()).env("GIT_CONFIG_NOSYSTEM", "1"),
        };
        command.env("LC_ALL", "C.UTF-8").current_dir(self.home());
        // every story leaves a trace, in which no secret may be; a container keeps nothing at all
        if !self.homeless {
            command.env("TMPDIR", self.notes.path()).env("GIT_TRACE_BITBUCKET", self.trace_file());
        }
        command.envs(self.variables.iter().cloned()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // no terminal: a session of its own has none
        command.stdin(Stdio::piped());
        command
    }

    /// The same in a session of its own, so without a terminal, and watched.
    fn apart(&self, program: &Path) -> Command {
        let mut command = self.command(Path::new("/usr/bin/setsid"));
        children::watch(command.arg("--wait"), self.notes.path());
        command.arg(program);
        command
    }

    /// Runs the helper itself with a text on stdin.
    pub fn helper(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Done {
        feed_watched(self.apart(Path::new(HELPER)).args(arguments), stdin.as_ref())
    }

    /// The same for one of many, which fails where it does not end by itself, and lets the stories beside it go first.
    pub fn helper_that_ends(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Done {
        let mut command = self.command(Path::new("/usr/bin/setsid"));
        command.args(["--wait", "nice", "timeout", "--signal=KILL", "60", HELPER]).args(arguments);
        let done = feed(&mut command, stdin.as_ref());
        assert!((0..124).contains(&done.code), "{arguments:?} does not end: {done:?}");
        done
    }

    /// The same, and ends it where it would wait for more than a minute.
    pub fn in_time(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Done {
        let mut command = self.command(Path::new("/usr/bin/setsid"));
        command.args(["--wait", "/usr/bin/timeout", "--signal=KILL", "60", HELPER]).args(arguments);
        feed(&mut command, stdin.as_ref())
    }

    /// The same, where a variable has another value.
    pub fn in_time_with(&self, variable: (&str, &str), arguments: &[&str], stdin: impl AsRef<[u8]>) -> Done {
        let mut command = self.command(Path::new("/usr/bin/setsid"));
        command.args(["--wait", "/usr/bin/timeout", "--signal=KILL", "60", HELPER]).args(arguments);
        feed(command.env(variable.0, variable.1), stdin.as_ref())
    }

    /// Runs something with two seconds for each answer of a server.
    pub fn in_a_hurry<T>(&self, run: impl FnOnce() -> T) -> T {
        let path = self.home().join(".gitconfig");
        let before = fs::read_to_string(&path).expect("a git config");
        self.configure("[bitbucket]\n\ttimeout = 2\n");
        let outcome = run();
        fs::write(&path, before).expect("as it was");
        outcome
    }

    /// The same in another folder than home.
    pub fn helper_in(&self, folder: &Path, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Done {
        feed_watched(self.apart(Path::new(HELPER)).current_dir(folder).args(arguments), stdin.as_ref())
    }

    /// Starts the helper without waiting for it; its input ends after `stdin`.
    pub fn starts(&self, arguments: &[&str], stdin: &str) -> Child {
        let mut child = self.command(Path::new(HELPER)).args(arguments).spawn().expect("the helper is there");
        child.stdin.take().expect("piped").write_all(stdin.as_bytes()).expect("it reads");
        child
    }

    /// Runs the helper by the path that somebody calls it by.
    pub fn run(&self, program: &Path, arguments: &[&str]) -> Done {
        feed_watched(self.apart(program).args(arguments), b"")
    }

    /// Runs git with nobody at the terminal.
    pub fn git(&self, arguments: &[&str]) -> Done {
        self.git_hears(arguments, "")
    }

    /// The same with a text on stdin.
    pub fn git_hears(&self, arguments: &[&str], stdin: &str) -> Done {
        feed_watched(self.apart(&self.git).args(arguments), stdin.as_bytes())
    }

    /// Runs a line as a person types it, where git finds this program.
    pub fn types(&self, line: &str) -> Done {
        let git = self.git.parent().and_then(Path::to_str).unwrap_or_default();
        let own = Path::new(HELPER).parent().and_then(Path::to_str).unwrap_or_default();
        let path = format!("{git}:{own}:/usr/bin:/bin");
        feed_watched(self.apart(Path::new("/bin/sh")).env("PATH", path).args(["-c", line]), b"")
    }

    /// The same with a text on stdin.
    pub fn git_with(&self, arguments: &[&str], stdin: &str) -> Done {
        feed_watched(self.apart(&self.git).args(arguments), stdin.as_bytes())
    }

    /// Starts git without waiting for it.
    pub fn starts_git(&self, arguments: &[&str], stdin: &str) -> Child {
        let mut child = self.command(&self.git).args(arguments).spawn().expect("git is there");
        child.stdin.take().expect("piped").write_all(stdin.as_bytes()).expect("it reads");
        child
    }

    /// Runs a shell script that stops at the first failure, as a step of a build does.
    pub fn shell(&self, script: &str) -> Done {
        feed_watched(self.apart(Path::new("/bin/sh")).args(["-e", "-c", script]), b"")
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
        write_program(&path, &script);
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

    /// Signs in with the browser, as whoever is signed in there.
    pub fn signs_in_by_browser(&self, browser: &Browser, sandbox: &Sandbox, site: &str) {
        let (login, page) = browser.consents(sandbox, || self.helper(&["login", site, "--web"], ""));
        login.succeeds();
        assert_eq!(page.status, 200, "{}", page.body);
    }

    /// What `get` answers to these lines.
    pub fn get(&self, lines: impl AsRef<[u8]>) -> Done {
        self.in_time(&["get"], lines)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            children::none_was_told(self.notes.path());
            canaries::none_kept(self);
        }
    }
}

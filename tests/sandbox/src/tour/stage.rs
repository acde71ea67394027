//! The stage of the tour: a sandbox, Alice and her empty home, a real git whose helper is overheard. Its moves run one
//! command each, show it, and give back the scene for a chapter to insist on something.

use super::Outcome;
use super::ear::{ANSWERS, NOTES, PERSON, WAY};
use super::scene::Scene;
use super::screen::{Screen, masked};
use crate::{Sandbox, seeds};
use serde_json::json;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The variables by which cargo describes the package that it runs (doc.rust-lang.org/cargo, "Environment Variables").
const PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// Everything a chapter needs.
pub struct Stage {
    pub sandbox: Sandbox,
    pub screen: Screen,
    home: tempfile::TempDir,
    helper: PathBuf,
    somebody: bool,
    steps: usize,
}

impl Stage {
    /// Builds the helper and raises the curtain.
    pub fn new(screen: Screen) -> Outcome<Self> {
        let helper = build_helper()?;
        let sandbox = Sandbox::try_start()?;
        let home = tempfile::tempdir()?;
        let stage = Self { sandbox, screen, home, helper, somebody: true, steps: 0 };
        stage.configure(&format!(
            "[credential]\n\thelper = {}\n[bitbucket]\n\tstorage = file\n[user]\n\tname = Alice\n\temail = {}\n{}",
            stage.overheard()?,
            seeds::ALICE_EMAIL,
            stage.sandbox.git_config()
        ))?;
        let way = json!({"proxy": stage.sandbox.proxy_url(), "ca": stage.sandbox.ca_file()});
        fs::write(stage.home.path().join(WAY), way.to_string())?;
        stage.alice_knows(&[])?;
        Ok(stage)
    }

    /// What happens next, and why.
    pub fn step(&mut self, text: &str) {
        self.steps += 1;
        self.screen.step(self.steps, text);
    }

    /// Adds lines to her git config.
    pub fn configure(&self, text: &str) -> Outcome<()> {
        let path = self.home.path().join(".gitconfig");
        let before = fs::read_to_string(&path).unwrap_or_default();
        Ok(fs::write(path, before + text)?)
    }

    /// From now on she answers a question with this word in it so, and declines all others.
    pub fn alice_knows(&self, answers: &[(&str, &str)]) -> Outcome<()> {
        Ok(fs::write(self.home.path().join(ANSWERS), json!(answers).to_string())?)
    }

    /// Whether she sits there to be asked; she does at first.
    pub fn alice_is_there(&mut self, there: bool) {
        self.somebody = there;
    }

    /// Runs git and shows who says what to whom. Fails if git does.
    pub fn git(&self, arguments: &[&str]) -> Outcome<Scene> {
        let scene = self.git_whatever_comes(arguments)?;
        self.worked(scene)
    }

    /// The same, also where git is meant to fail.
    pub fn git_whatever_comes(&self, arguments: &[&str]) -> Outcome<Scene> {
        self.screen.command(&format!("git {}", quoted(arguments)));
        let scene = self.scene(Path::new("git"), arguments, "")?;
        self.screen.conversation(&scene, &self.sandbox.secrets());
        self.screen.said(&self.masked(&scene.err));
        Ok(scene)
    }

    /// Runs git and shows the command only. Fails if git does.
    pub fn git_in_short(&self, arguments: &[&str]) -> Outcome<Scene> {
        self.screen.command(&format!("git {}", quoted(arguments)));
        let scene = self.scene(Path::new("git"), arguments, "")?;
        self.worked(scene)
    }

    /// Runs a command of the helper as a person would, with a text on stdin if it has one. Fails if the helper does.
    pub fn helper(&self, arguments: &[&str], stdin: &str) -> Outcome<Scene> {
        let scene = self.helper_whatever_comes(arguments, stdin)?;
        self.worked(scene)
    }

    /// The same, also where it is meant to fail.
    pub fn helper_whatever_comes(&self, arguments: &[&str], stdin: &str) -> Outcome<Scene> {
        let from = if stdin.is_empty() { "" } else { " < secret" };
        self.screen.command(&format!("git credential-bitbucket {}{from}", quoted(arguments)));
        let scene = self.scene(&self.helper, arguments, stdin)?;
        self.screen.conversation(&scene, &self.sandbox.secrets());
        self.screen.said(&self.masked(&format!("{}{}", scene.out, scene.err)));
        Ok(scene)
    }

    /// Major and minor version of the git on the stage.
    pub fn git_version(&self) -> Outcome<(u32, u32)> {
        let said = self.run(Path::new("git"), &["--version"], "")?.stdout;
        let said = String::from_utf8_lossy(&said).into_owned();
        let mut numbers = said.split_whitespace().nth(2).unwrap_or_default().split('.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor)),
            _ => Err("git does not tell its version".into()),
        }
    }

    /// Shows that something holds, or ends the tour.
    pub fn insist(&self, what: &str, holds: bool) -> Outcome<()> {
        match holds {
            true => {
                self.screen.holds(what);
                Ok(())
            }
            false => Err(format!("step {}: not true that {what}", self.steps).into()),
        }
    }

    /// The promise of every day: nobody is asked, and no API is called.
    pub fn insist_on_silence(&self, scene: &Scene) -> Outcome<()> {
        let count = scene.requests().count();
        let silent = scene.questions() == 0 && scene.api_calls() == 0;
        self.insist(&format!("no question, {count} requests to git's own address, none to the API"), silent)
    }

    fn scene(&self, program: &Path, arguments: &[&str], stdin: &str) -> Outcome<Scene> {
        let notes = self.home.path().join(NOTES);
        fs::write(&notes, "")?;
        self.sandbox.clear_log();
        let output = self.run(program, arguments, stdin)?;
        Ok(Scene::new(&fs::read_to_string(&notes)?, self.sandbox.requests(), &output))
    }

    fn run(&self, program: &Path, arguments: &[&str], stdin: &str) -> Outcome<Output> {
        let input = self.home.path().join("stdin");
        fs::write(&input, stdin)?;
        let output = self.command(program)?.args(arguments).stdin(fs::File::open(&input)?).output();
        fs::remove_file(&input)?;
        Ok(output?)
    }

    /// An empty environment: what the machine has set would beat git config.
    fn command(&self, program: &Path) -> Outcome<Command> {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C.UTF-8").current_dir(self.home.path());
        match self.somebody {
            true => {
                let person = std::env::current_exe()?;
                command.env("BROWSER", format!("{} browse", person.display()));
                command.env("GIT_ASKPASS", person).env(PERSON, self.home.path())
            }
            false => command.env("GIT_TERMINAL_PROMPT", "0"),
        };
        Ok(command)
    }

    /// Git runs it with the shell, and appends the operation (gitcredentials, "helper").
    fn overheard(&self) -> Outcome<String> {
        let [ear, folder, helper] = [&std::env::current_exe()?, self.home.path(), &self.helper]
            .map(|path| path.to_string_lossy().replace('\\', "/"));
        Ok(format!("\"!'{ear}' overhear '{folder}' '{helper}'\""))
    }

    fn worked(&self, scene: Scene) -> Outcome<Scene> {
        match scene.succeeded {
            true => Ok(scene),
            false => Err(format!("step {}:\n{}", self.steps, self.masked(&scene.err)).into()),
        }
    }

    fn masked(&self, text: &str) -> String {
        masked(text, &self.sandbox.secrets())
    }
}

/// Builds the helper from this checkout and tells where it is; cargo speaks to a person only.
pub(crate) fn build_helper() -> Outcome<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--bin", "git-credential-bitbucket"]).current_dir(&root).stdout(Stdio::null());
    if !io::stderr().is_terminal() {
        build.arg("--quiet");
    }
    // what `cargo run` says of this package makes build scripts of others run again
    let of_this_package =
        |name: &OsString| name.to_str().is_some_and(|name| PACKAGE.iter().any(|one| name.starts_with(one)));
    for (name, _) in std::env::vars_os().filter(|(name, _)| of_this_package(name)) {
        build.env_remove(name);
    }
    if !build.status()?.success() {
        return Err("the helper does not build".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("debug").join(format!("git-credential-bitbucket{}", std::env::consts::EXE_SUFFIX)))
}

fn quoted(arguments: &[&str]) -> String {
    let quoted = |word: &&str| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() };
    arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

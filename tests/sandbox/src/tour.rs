//! The product's main job, shown on the sandbox step by step with a real git: sign in once, then clone, push and clone
//! again without a question. It builds the helper itself, and ends well only if all of it worked.

use crate::{Sandbox, seeds};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

type Outcome<T> = Result<T, Box<dyn Error>>;

const APP: &str = "https://bitbucket.org/acme/app.git";

struct Tour {
    sandbox: Sandbox,
    home: tempfile::TempDir,
    helper: PathBuf,
    step: usize,
}

/// Walks through all of it; an error names the step that failed.
pub fn run() -> Outcome<()> {
    let mut tour = Tour::begin()?;
    tour.cloud()?;
    tour.data_center()?;
    println!("\nAll of it worked. For real:\n");
    println!("  cargo install --path .");
    println!("  git config --global credential.https://bitbucket.org.helper bitbucket");
    println!("  git clone https://bitbucket.org/YOUR-WORKSPACE/YOUR-REPOSITORY.git\n");
    Ok(())
}

impl Tour {
    fn begin() -> Outcome<Self> {
        println!("Building the helper …");
        let helper = build()?;
        let sandbox = Sandbox::try_start()?;
        let home = tempfile::tempdir()?;
        let config = format!(
            "[credential]\n\thelper = {}\n[bitbucket]\n\tstorage = file\n[user]\n\tname = Alice\n\temail = {}\n{}",
            helper.display(),
            seeds::ALICE_EMAIL,
            sandbox.git_config()
        );
        fs::write(home.path().join(".gitconfig"), config)?;
        println!(
            "A Bitbucket of our own is up: bitbucket.org and a company's Data Center, behind a proxy with its own CA."
        );
        Ok(Self { sandbox, home, helper, step: 0 })
    }

    fn cloud(&mut self) -> Outcome<()> {
        self.says("Alice signs in to bitbucket.org with an API token. It is checked once.");
        self.signs_in(&["bitbucket.org", "--username", seeds::ALICE_EMAIL], seeds::API_TOKEN)?;
        self.says("She clones a private repository. Git asks, the helper answers from its storage.");
        self.answers("protocol=https\nhost=bitbucket.org\n")?;
        self.quietly(&["clone", "-q", APP, "app"])?;
        self.says("She pushes.");
        self.git(&["-C", "app", "commit", "-q", "--allow-empty", "-m", "a change"])?;
        self.quietly(&["-C", "app", "push", "-q"])?;
        self.says("She clones once more.");
        self.quietly(&["clone", "-q", APP, "again"])
    }

    fn data_center(&mut self) -> Outcome<()> {
        self.says("At work there is a Data Center under a context path. An HTTP access token opens it, and tells whose it is.");
        self.signs_in(&[seeds::CODE], seeds::HTTP_TOKEN)?;
        self.says("Clone and push there.");
        let address = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
        self.quietly(&["clone", "-q", &address, "work"])?;
        self.git(&["-C", "work", "commit", "-q", "--allow-empty", "-m", "a change"])?;
        self.quietly(&["-C", "work", "push", "-q"])?;
        self.says("Who is signed in?");
        let accounts = self.ask(&["accounts"], "")?;
        print!("{}", indented(&String::from_utf8_lossy(&accounts.stdout)));
        Ok(())
    }

    fn says(&mut self, text: &str) {
        self.step += 1;
        println!("\n{}. {text}", self.step);
    }

    fn signs_in(&self, arguments: &[&str], secret: &str) -> Outcome<()> {
        let all: Vec<&str> = ["login", "--with-token"].iter().chain(arguments).copied().collect();
        println!("   $ git credential-bitbucket {}", all.join(" "));
        let done = self.ask(&all, secret)?;
        print!("{}", indented(&String::from_utf8_lossy(&done.stderr)));
        worked(&done)
    }

    /// Shows one question of Git and the answer, without the secret.
    fn answers(&self, request: &str) -> Outcome<()> {
        let answer = self.ask(&["get"], request)?;
        let text = self.masked(&String::from_utf8_lossy(&answer.stdout));
        print!("   git asks:\n{}   the helper answers:\n{}", indented(request), indented(&text));
        worked(&answer)
    }

    fn masked(&self, text: &str) -> String {
        self.sandbox.secrets().iter().fold(text.to_owned(), |text, secret| text.replace(secret, "••••••••"))
    }

    /// Runs git, and insists that nobody was asked and no API was called.
    fn quietly(&self, arguments: &[&str]) -> Outcome<()> {
        self.sandbox.clear_log();
        self.git(arguments)?;
        let calls = self.sandbox.api_requests().len();
        println!("   no question, {} requests to git's own address, {calls} to the API", self.sandbox.requests().len());
        if calls == 0 { Ok(()) } else { Err("the API was called".into()) }
    }

    fn git(&self, arguments: &[&str]) -> Outcome<()> {
        println!("   $ git {}", arguments.join(" "));
        worked(&self.command(Path::new("git")).args(arguments).output()?)
    }

    fn ask(&self, arguments: &[&str], stdin: &str) -> Outcome<Output> {
        let input = self.home.path().join("stdin");
        fs::write(&input, stdin)?;
        let output = self.command(&self.helper).args(arguments).stdin(fs::File::open(&input)?).output();
        fs::remove_file(&input)?;
        Ok(output?)
    }

    /// An empty environment: what the machine has set would beat git config.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0").current_dir(self.home.path());
        command
    }
}

fn build() -> Outcome<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    worked(
        &Command::new(cargo).args(["build", "-q", "--bin", "git-credential-bitbucket"]).current_dir(&root).output()?,
    )?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("debug").join(format!("git-credential-bitbucket{}", std::env::consts::EXE_SUFFIX)))
}

fn worked(output: &Output) -> Outcome<()> {
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("     {line}\n")).collect()
}

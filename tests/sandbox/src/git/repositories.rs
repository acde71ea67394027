//! Bare repositories on the disk, made when first touched so that a sandbox starts fast.
//! Their first commits are always the same, down to the hash.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

/// What a repository holds besides its README.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Submodules to commit.
    pub submodules: Vec<Submodule>,
}

/// A submodule of the first commit.
#[derive(Debug, Clone)]
pub struct Submodule {
    /// Where it is checked out.
    pub path: String,
    /// What `.gitmodules` says.
    pub url: String,
    /// The repository it points to, as a `Call` has it.
    pub key: String,
}

/// The folder of all repositories.
pub struct Repositories {
    root: PathBuf,
    made: Mutex<HashSet<String>>,
}

impl Repositories {
    /// Keeps repositories under this folder.
    pub fn new(root: PathBuf) -> Self {
        let made = Mutex::default();
        Self { root, made }
    }

    /// The folder, for `GIT_PROJECT_ROOT`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository's folder.
    pub fn folder(&self, key: &str) -> PathBuf {
        // a port's colon is not allowed in names on Windows
        self.root.join(format!("{}.git", key.replace(':', "_")))
    }

    /// Makes the repository if nobody has touched it yet.
    pub fn ensure(&self, key: &str, content: &Content) -> io::Result<()> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        self.ensure_in(&mut made, key, content)
    }

    fn ensure_in(&self, made: &mut HashSet<String>, key: &str, content: &Content) -> io::Result<()> {
        if made.contains(key) {
            return Ok(());
        }
        let mut links = Vec::new();
        for submodule in &content.submodules {
            self.ensure_in(made, &submodule.key, &Content::default())?;
            links.push((submodule, self.head(&submodule.key)?));
        }
        self.make(key, &links)?;
        made.insert(key.to_owned());
        Ok(())
    }

    fn make(&self, key: &str, links: &[(&Submodule, String)]) -> io::Result<()> {
        let folder = self.folder(key);
        let init = ["init", "--quiet", "--bare", "--template=", "--initial-branch=main"];
        self.git(Path::new("."), &[&init[..], &[&folder.to_string_lossy()]].concat(), b"")?;
        self.git(&folder, &["config", "http.receivepack", "true"], b"")?;
        let stream = first_commit(key, links);
        self.git(&folder, &["fast-import", "--quiet"], stream.as_bytes())?;
        Ok(())
    }

    /// The commit at the end of `main`.
    pub fn head(&self, key: &str) -> io::Result<String> {
        self.rev_parse(key, "refs/heads/main")
    }

    /// The object a name stands for.
    pub fn rev_parse(&self, key: &str, name: &str) -> io::Result<String> {
        let answer = self.git(&self.folder(key), &["rev-parse", "--verify", name], b"")?;
        Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    }

    fn git(&self, folder: &Path, args: &[&str], input: &[u8]) -> io::Result<Output> {
        let mut command = Command::new("git");
        bare_environment(&mut command, &self.root);
        command.arg("-C").arg(folder).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input)?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(output);
        }
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// Git's children see nothing of the machine's settings.
pub fn bare_environment(command: &mut Command, home: &Path) {
    command.env_clear();
    for name in ["PATH", "SystemRoot"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("HOME", home);
    command.env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("GIT_CONFIG_GLOBAL", null_device());
}

fn null_device() -> &'static str {
    if cfg!(windows) { "NUL" } else { "/dev/null" }
}

/// A stream for `git fast-import`; the date is fixed so that the hash is, too.
fn first_commit(key: &str, links: &[(&Submodule, String)]) -> String {
    let mut stream = String::from(
        "commit refs/heads/main\n\
         committer Sandbox <sandbox@acme.example> 1767225600 +0000\n\
         data 12\nfirst commit\n",
    );
    stream += &file("README.md", &format!("# {key}\n"));
    let mut modules = String::new();
    for (Submodule { path, url, .. }, head) in links {
        stream += &format!("M 160000 {head} {path}\n");
        modules += &format!("[submodule \"{path}\"]\n\tpath = {path}\n\turl = {url}\n");
    }
    if !modules.is_empty() {
        stream += &file(".gitmodules", &modules);
    }
    stream + "\ndone\n"
}

fn file(path: &str, text: &str) -> String {
    format!("M 100644 inline {path}\ndata {}\n{text}", text.len())
}

//! Real git against the sandbox, without the product: by a header, and by git's own plain store.

use bitbucket_sandbox::cloud::API_TOKEN_AUTH;
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A home with the sandbox's git config, and nothing else from the machine.
struct Home(tempfile::TempDir);

impl Home {
    fn new(sandbox: &Sandbox) -> Self {
        let home = tempfile::tempdir().expect("a home");
        let config = format!("[user]\n\tname = A\n\temail = a@b.example\n{}", sandbox.git_config());
        fs::write(home.path().join(".gitconfig"), config).expect("a git config");
        Self(home)
    }

    /// Credentials for `git credential-store`, one an address.
    fn stores(self, addresses: &[String]) -> Self {
        fs::write(self.0.path().join(".git-credentials"), addresses.join("\n") + "\n").expect("credentials");
        self.git(&["config", "--global", "credential.helper", "store"]);
        self
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut git = Command::new("git");
        git.env_clear().env("HOME", self.0.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0").current_dir(self.0.path());
        git.args(arguments).output().expect("git runs")
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit_and_push(&self, folder: &str) -> String {
        self.git(&["-C", folder, "commit", "-q", "--allow-empty", "-m", "more"]);
        self.git(&["-C", folder, "push", "-q"]);
        self.git(&["-C", folder, "rev-parse", "HEAD"])
    }
}

/// A secret as it stands in an address.
fn escaped(secret: &str) -> String {
    url::form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}

#[test]
fn a_header_opens_both_products() {
    let sandbox = Sandbox::start();
    let home = Home::new(&sandbox);
    let now = sandbox.now();
    let (oauth, _) = sandbox.cloud(|cloud| cloud.oauth.grant(seeds::CONSUMER_ID, "alice", &["repository:write"], now));
    for (address, secret) in [
        ("https://bitbucket.org/acme/app.git".to_owned(), oauth),
        (format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP), seeds::HTTP_TOKEN.to_owned()),
        (format!("{}/scm/{}.git", seeds::CORP, seeds::DC_NOTES), seeds::HTTP_TOKEN.to_owned()),
        (format!("{}/scm/{}.git", sandbox.loopback_site(), seeds::DC_APP), seeds::DC_PROJECT_TOKEN.to_owned()),
    ] {
        let header = format!("http.extraHeader=Authorization: Bearer {secret}");
        fs::remove_dir_all(home.0.path().join("copy")).ok();
        home.git(&["-c", &header, "clone", "-q", &address, "copy"]);
        home.git(&["-C", "copy", "commit", "-q", "--allow-empty", "-m", "more"]);
        home.git(&["-C", "copy", "-c", &header, "push", "-q"]);
        let pushed = home.git(&["-C", "copy", "rev-parse", "HEAD"]);
        assert_eq!(sandbox.head_of(&address).expect("pushed"), pushed);
    }
}

#[test]
fn gits_own_store_opens_both_products() {
    let sandbox = Sandbox::start();
    let home = Home::new(&sandbox).stores(&[
        format!("https://{API_TOKEN_AUTH}:{}@bitbucket.org", escaped(seeds::API_TOKEN)),
        format!("https://alice:{}@git.corp.example", escaped(seeds::DC_ALICE_PASSWORD)),
    ]);
    let corp = format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP);
    for (address, folder) in [("https://bitbucket.org/acme/app.git", "cloud"), (&corp, "corp")] {
        home.git(&["clone", "-q", address, folder]);
        let pushed = home.commit_and_push(folder);
        assert_eq!(sandbox.head_of(address).expect("pushed"), pushed);
    }
    assert!(sandbox.api_requests().is_empty());
}

#[test]
fn submodules_of_two_workspaces_are_real() {
    let sandbox = Sandbox::start();
    let home =
        Home::new(&sandbox).stores(&[format!("https://{API_TOKEN_AUTH}:{}@bitbucket.org", escaped(seeds::API_TOKEN))]);
    home.git(&["clone", "-q", "--recurse-submodules", "https://bitbucket.org/acme/with-submodules.git", "all"]);
    for part in ["lib", "site"] {
        assert!(home.0.path().join("all").join(part).join("README.md").exists(), "{part}");
    }
}

#[test]
fn git_shows_the_words_and_erases_on_401_only() {
    let sandbox = Sandbox::start();
    let stored = |home: &Home| fs::read_to_string(home.0.path().join(".git-credentials")).unwrap_or_default();
    for (user, secret, words, kept) in [
        ("alice", seeds::APP_PASSWORD, "App passwords are deprecated", true),
        ("alice", seeds::API_TOKEN_EXPIRED, "Authentication failed", false),
    ] {
        let home = Home::new(&sandbox).stores(&[format!("https://{user}:{}@bitbucket.org", escaped(secret))]);
        let output = home.run(&["clone", "https://bitbucket.org/acme/app.git", "x"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(words), "{told}");
        assert_eq!(stored(&home).contains("bitbucket.org"), kept, "{told}");
    }
}

#[test]
fn a_repository_is_made_when_it_is_touched_and_always_the_same() {
    let (one, other) = (Sandbox::start(), Sandbox::start());
    let url = "https://bitbucket.org/acme/app.git";
    assert!(one.head_of(url).is_err());
    let heads = [&one, &other].map(|sandbox| {
        let home = Home::new(sandbox)
            .stores(&[format!("https://{API_TOKEN_AUTH}:{}@bitbucket.org", escaped(seeds::API_TOKEN))]);
        home.git(&["clone", "-q", url, "x"]);
        sandbox.head_of(url).expect("made")
    });
    assert_eq!(heads[0], heads[1]);
}

#[test]
fn what_the_sandbox_made_goes_when_it_goes() {
    let sandbox = Sandbox::start();
    let folder = sandbox.folder().to_owned();
    assert!(folder.exists() && sandbox.ca_file().exists());
    drop(sandbox);
    assert!(!Path::new(&folder).exists());
}

//! Moving in: what other helpers keep is shown, judged, taken over and, on request, removed; and moving house between our own
//! storages. Real parts: gnome-keyring, pass with GnuPG, `git credential-store`, and git-credential-libsecret built from Debian's
//! sources. Git Credential Manager itself cannot be had here: its items and files are written as its source writes them.

use crate::stage::{Bus, Desk, Done, are_installed, gits};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

const APP: &str = "https://bitbucket.org/acme/app.git";
const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const STORE: &str = "/usr/bin/secret-tool";

/// A desk that knows the company's Data Center.
fn desk(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CORP));
    desk
}

fn credentials(desk: &Desk, lines: &[String]) -> PathBuf {
    let file = desk.home().join(".git-credentials");
    fs::write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("written");
    file
}

fn failed_logins(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|seen| seen.authorization.is_some() && seen.status == 401).count()
}

/// No secret of the sandbox is shown to anybody.
#[track_caller]
fn is_discreet(done: Done) -> Done {
    assert!(!done.out.contains("canary") && !done.err.contains("canary"), "{done:#?}");
    done
}

/// An item as `SecretServiceCollection.cs` of GCM 2.9.1 makes it: schema, `service` with the namespace, `account` if there is one.
fn gcm_item(bus: &Bus, service: &str, account: Option<&str>, secret: &str) {
    let service = format!("git:{service}");
    let mut arguments = vec!["store", "--label", &service, "xdg:schema", "com.microsoft.GitCredentialManager"];
    arguments.extend(["service", &service]);
    arguments.extend(account.iter().flat_map(|account| ["account", account]));
    bus.runs(Path::new(STORE), &arguments, secret).succeeds();
}

fn gcm_has(bus: &Bus, service: &str) -> bool {
    !bus.runs(Path::new(STORE), &["lookup", "service", &format!("git:{service}")], "").out.is_empty()
}

/// A keyring session, and a desk in it that keeps secrets in that keyring.
fn session(sandbox: &Sandbox) -> Option<(Bus, Desk)> {
    if !are_installed(&["secret-tool"]) {
        return None;
    }
    let bus = Bus::start()?.with_keyring();
    let desk = bus.reached_from(desk(sandbox)).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    Some((bus, desk))
}

#[test]
fn what_gcm_keeps_in_the_keyring_is_shown_then_taken_and_git_clones_with_it() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some(seeds::ALICE_EMAIL), seeds::API_TOKEN);
    gcm_item(&bus, "https://bitbucket.org", Some("bob"), seeds::APP_PASSWORD);
    gcm_item(&bus, "https://git.corp.example", Some("alice"), seeds::DC_ALICE_PASSWORD);
    gcm_item(&bus, "https://github.com", Some("alice"), "canary-of-another-site");
    let shown = is_discreet(desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds());
    assert!(shown.out.contains("bitbucket.org  alice  API token, in the keyring: works"), "{}", shown.out);
    assert!(shown.out.contains("bob  app password") && shown.err.contains("id.atlassian.com"), "{shown:#?}");
    assert!(shown.out.contains("git.corp.example  alice  password, in the keyring: works"), "{}", shown.out);
    assert_eq!(shown.out.lines().count(), 3, "{}", shown.out);
    assert!(desk.helper(&["accounts"], "").out.is_empty(), "only shown");
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds());
    assert!(taken.err.contains("Took over alice at bitbucket.org (API token); kept in the keyring"), "{}", taken.err);
    assert!(!sandbox.requests().iter().any(|seen| seen.carries(seeds::APP_PASSWORD)), "the dead are never sent");
    assert!(!taken.err.contains("configure"), "git asks us already: {}", taken.err);
    let mut desk = desk;
    for (git, [one, two]) in gits().iter().zip([["a", "b"], ["c", "d"]]) {
        desk = desk.with_git(git);
        desk.git(&["clone", APP, one]).succeeds();
        desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), two]).succeeds();
    }
    assert!(gcm_has(&bus, "https://bitbucket.org") && gcm_has(&bus, "https://git.corp.example"), "kept by default");
}

#[test]
fn what_was_taken_over_is_removed_only_when_told_and_nothing_else_with_it() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some(seeds::ALICE_EMAIL), seeds::API_TOKEN);
    gcm_item(&bus, "https://git.corp.example", Some("alice"), "canary-a-wrong-password");
    gcm_item(&bus, "https://github.com", Some("alice"), "canary-of-another-site");
    let taken = desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds();
    assert!(taken.err.contains("Removed alice at bitbucket.org"), "{}", taken.err);
    assert!(!gcm_has(&bus, "https://bitbucket.org"));
    assert!(gcm_has(&bus, "https://git.corp.example"), "it was refused, and is not ours");
    assert!(gcm_has(&bus, "https://github.com"));
    assert_eq!(failed_logins(&sandbox), 1);
    desk.git(&["clone", APP, "one"]).succeeds();
}

/// GCM signed alice in with the browser, through a client of her own.
fn gcm_browser_sign_in(sandbox: &Sandbox, bus: &Bus, desk: &Desk) -> String {
    let now = sandbox.now();
    let scopes = ["account", "repository:write"];
    let (access, refresh) =
        sandbox.cloud(|cloud| cloud.oauth.grant(seeds::FIXED_CONSUMER_ID, seeds::ALICE, &scopes, now));
    gcm_item(bus, "https://bitbucket.org", Some("alice"), &access);
    gcm_item(bus, "https://bitbucket.org/refresh_token", Some("alice"), &refresh);
    desk.configure(&format!(
        "[credential]\n\tcloudOAuthClientId = {}\n\tcloudOAuthClientSecret = {}\n",
        seeds::FIXED_CONSUMER_ID,
        seeds::FIXED_CONSUMER_SECRET
    ));
    refresh
}

#[test]
fn a_browser_sign_in_of_gcm_lives_on_with_its_client_and_that_ones_secret_in_the_keyring() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let spent = gcm_browser_sign_in(&sandbox, &bus, &desk);
    let shown = is_discreet(desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds());
    assert!(shown.out.contains("alice  browser sign-in, in the keyring: to be renewed"), "{}", shown.out);
    assert!(shown.out.contains(&format!("OAuth client {}, in git config", seeds::FIXED_CONSUMER_ID)), "{}", shown.out);
    assert!(sandbox.requests().is_empty(), "looking spends nothing");
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(taken.err.contains("Took over alice at bitbucket.org (browser sign-in)"), "{}", taken.err);
    assert_eq!(sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE).refreshes), 1);
    let settings = desk.git(&["config", "--global", "--get-regexp", "^bitbucket"]).succeeds().out;
    assert!(settings.contains(&format!("oauthclientid {}", seeds::FIXED_CONSUMER_ID)), "{settings}");
    assert!(
        settings.contains("oauthredirecturi http://localhost:34106/") && !settings.contains("Secret"),
        "{settings}"
    );
    assert!(!gcm_has(&bus, "https://bitbucket.org") && !gcm_has(&bus, "https://bitbucket.org/refresh_token"));
    // without GCM's own settings, ours alone renew it
    desk.git(&["config", "--global", "--remove-section", "credential"]).succeeds();
    desk.configure(&format!("[credential]\n\thelper = {}\n", crate::stage::HELPER));
    sandbox.cloud(|cloud| cloud.oauth.revoke(&spent));
    sandbox.advance(Duration::from_secs(3 * 3600));
    let desk = desk.with_git(gits().last().expect("a git"));
    desk.git(&["clone", APP, "one"]).succeeds();
    assert_eq!(sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE).refreshes), 2);
}

#[test]
fn the_refresh_token_that_gcm_filed_under_nobody_is_the_one_that_counts() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let stale = gcm_browser_sign_in(&sandbox, &bus, &desk);
    let now = sandbox.now();
    let (_, newest) = sandbox.cloud(|cloud| {
        cloud.oauth.revoke(&stale);
        cloud.oauth.grant(seeds::FIXED_CONSUMER_ID, seeds::ALICE, &["account", "repository:write"], now)
    });
    gcm_item(&bus, "https://bitbucket.org/refresh_token", None, &newest);
    let taken = desk.helper(&["import", "--from", "gcm", "--yes"], "");
    assert!(taken.err.contains("Took over alice at bitbucket.org (browser sign-in)"), "{}", taken.err);
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert_eq!(accounts.lines().count(), 2, "{accounts}");
    desk.git(&["clone", APP, "one"]).succeeds();
}

/// GCM's settings for the incoming link of a Data Center, for all of them at once.
fn gcm_link(desk: &Desk) {
    desk.configure(&format!(
        "[credential]\n\tbitbucketDataCenterOAuthClientId = {}\n\tbitbucketDataCenterOAuthClientSecret = {}\n\t\
         bitbucketDataCenterOauthRedirectUri = {}\n",
        seeds::LINK_ID,
        seeds::LINK_SECRET,
        seeds::LINK_REDIRECT
    ));
}

#[test]
fn at_a_data_center_the_server_says_whose_gcms_nameless_sign_in_is() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let now = sandbox.now();
    let (access, refresh) = sandbox.data_center(seeds::CORP, |corp| {
        corp.directory.oauth.grant(seeds::LINK_ID, seeds::ALICE, &["REPO_READ", "REPO_WRITE"], now)
    });
    gcm_item(&bus, "https://git.corp.example", Some("OAUTH_USERNAME"), &access);
    gcm_item(&bus, "https://git.corp.example/refresh_token", Some("OAUTH_USERNAME"), &refresh);
    gcm_link(&desk);
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(taken.err.contains("Took over alice at git.corp.example (browser sign-in)"), "{}", taken.err);
    assert!(taken.err.contains("--name-only"), "the way to GCM's copy of the secret: {}", taken.err);
    assert!(!gcm_has(&bus, "https://git.corp.example") && !gcm_has(&bus, "https://git.corp.example/refresh_token"));
    let redirect = ["config", &format!("bitbucket.{}.oauthRedirectUri", seeds::CORP)];
    assert_eq!(desk.git(&redirect).out.trim(), seeds::LINK_REDIRECT);
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("alice") && !accounts.contains("OAUTH_USERNAME"), "{accounts}");
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "one"]).succeeds();
}

#[test]
fn a_client_for_every_data_center_is_not_shown_to_several() {
    let sandbox = Sandbox::start();
    let Some((_bus, desk)) = session(&sandbox) else { return };
    gcm_link(&desk);
    let one = desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds();
    assert_eq!(one.out, format!("git.corp.example  OAuth client {}, in git config\n", seeds::LINK_ID));
    desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CODE));
    let several = desk.helper(&["import", "--from", "gcm", "--dry-run"], "").succeeds();
    assert_eq!(several.out, "");
    let named = desk.helper(&["import", "--from", "gcm", "--yes", seeds::CODE], "").succeeds();
    assert!(named.err.contains("OAuth client of code.corp.example/bitbucket is set up here"), "{}", named.err);
}

#[test]
fn tokens_of_the_client_that_gcm_brings_along_cannot_be_renewed_by_anybody_else() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some("alice"), "canary-access");
    gcm_item(&bus, "https://bitbucket.org/refresh_token", Some("alice"), "canary-refresh");
    let done = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds());
    assert!(done.out.contains("the other program's OAuth client: sign in again"), "{}", done.out);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_host_that_gcm_noted_as_a_bitbucket_is_asked_for_its_context_path_and_no_other_is_asked_anything() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://code.corp.example", Some("alice"), seeds::HTTP_TOKEN);
    gcm_item(&bus, "https://stash.corp.example", Some("alice"), "canary-unknown-host");
    desk.configure("[credential \"https://code.corp.example\"]\n\tprovider = bitbucket\n");
    let taken = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds());
    assert!(taken.err.contains(&format!("Took over alice at {}", &seeds::CODE["https://".len()..])), "{}", taken.err);
    assert!(taken.err.contains("Left alone: stash.corp.example"), "{}", taken.err);
    assert!(sandbox.requests_to("stash.corp.example").is_empty());
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP), "one"]).succeeds();
}

#[test]
fn a_locked_keyring_is_called_locked_and_the_rest_is_taken_all_the_same() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_item(&bus, "https://bitbucket.org", Some("alice"), seeds::API_TOKEN);
    gcm_file(&desk, "https://git.corp.example", "alice", seeds::HTTP_TOKEN);
    bus.lock();
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "file");
    let done = desk.helper(&["--no-input", "import", "--from", "gcm", "--yes", "--remove"], "").fails();
    assert!(done.err.contains("the keyring is locked"), "{}", done.err);
    assert!(done.err.contains("Took over alice at git.corp.example"), "{}", done.err);
    let libsecret = desk.helper(&["--no-input", "import", "--from", "libsecret", "--yes"], "").succeeds();
    assert!(libsecret.err.contains("Nothing for Bitbucket"), "none of these is locked: {}", libsecret.err);
}

/// Writes a file as GCM's `PlaintextCredentialStore.cs` does.
fn gcm_file(desk: &Desk, url: &str, account: &str, secret: &str) -> PathBuf {
    let folder = desk.home().join(".gcm/store/git").join(url.replace("://", "/"));
    fs::create_dir_all(&folder).expect("made");
    let file = folder.join(format!("{account}.credential"));
    fs::write(&file, format!("{secret}\nservice={url}\naccount={account}\n")).expect("written");
    file
}

#[test]
fn gcms_plaintext_store_is_read_and_its_files_go_when_told() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let cloud = gcm_file(&desk, "https://bitbucket.org", seeds::ALICE_EMAIL, seeds::API_TOKEN);
    let repository = gcm_file(&desk, "https://bitbucket.org/acme/app.git", "x-token-auth", seeds::REPO_TOKEN);
    let other = gcm_file(&desk, "https://github.com", "alice", "canary-other");
    let wrong = gcm_file(&desk, "https://bitbucket.org", "mallory", "x");
    fs::write(&wrong, format!("{}\nservice=https://evil.example\naccount=mallory\n", seeds::API_TOKEN_BOB))
        .expect("written");
    let done = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("alice at bitbucket.org (API token)"), "{}", done.err);
    assert!(done.err.contains("x-token-auth:acme/app at bitbucket.org (access token)"), "{}", done.err);
    assert!(!cloud.exists() && !repository.exists() && other.exists() && wrong.exists());
    assert!(!sandbox.requests().iter().any(|seen| seen.carries(seeds::API_TOKEN_BOB)));
}

/// A GnuPG key without a passphrase and a password store for it; its agent ends with it.
struct Passwords(tempfile::TempDir);

impl Passwords {
    fn new(desk: &Desk) -> Option<Self> {
        if !are_installed(&["pass", "gpg", "gpgconf"]) {
            return None;
        }
        // short, because the agent's socket lies in it and has at most 107 characters
        let home = tempfile::Builder::new().prefix("gi").tempdir_in("/tmp").expect("a folder");
        fs::set_permissions(home.path(), PermissionsExt::from_mode(0o700)).expect("changed");
        let passwords = Self(home);
        passwords.gpg(&[
            "--batch",
            "--passphrase",
            "",
            "--quick-gen-key",
            "t@example.com",
            "default",
            "default",
            "never",
        ]);
        let store = desk.home().join(".password-store");
        fs::create_dir_all(&store).expect("made");
        fs::write(store.join(".gpg-id"), "t@example.com\n").expect("written");
        Some(passwords)
    }

    fn gpg(&self, arguments: &[&str]) {
        let mut command = Command::new("/usr/bin/gpg");
        command.args(arguments).env("GNUPGHOME", self.0.path()).stdin(Stdio::null()).stderr(Stdio::null());
        assert!(command.status().expect("runs").success(), "{arguments:?}");
    }

    /// Encrypts a file as GCM's `GpgPassCredentialStore.cs` does.
    fn gcm_file(&self, desk: &Desk, url: &str, account: &str, secret: &str) -> PathBuf {
        let folder = desk.home().join(".password-store/git").join(url.replace("://", "/"));
        fs::create_dir_all(&folder).expect("made");
        let (plain, file) = (self.0.path().join("plain"), folder.join(format!("{account}.gpg")));
        fs::write(&plain, format!("{secret}\nservice={url}\naccount={account}\n")).expect("written");
        let (from, to) = (plain.to_str().expect("text"), file.to_str().expect("text"));
        self.gpg(&["--batch", "--yes", "--trust-model", "always", "-r", "t@example.com", "-o", to, "--encrypt", from]);
        file
    }

    fn used_by(&self, desk: Desk) -> Desk {
        desk.with("GNUPGHOME", self.0.path().to_str().expect("text"))
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        let _ = Command::new("/usr/bin/gpgconf").args(["--kill", "all"]).env("GNUPGHOME", self.0.path()).status();
    }
}

#[test]
fn gcms_gpg_store_is_read_through_pass_the_file_without_an_account_too() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let Some(passwords) = Passwords::new(&desk) else { return };
    let now = sandbox.now();
    let (access, refresh) = sandbox
        .cloud(|cloud| cloud.oauth.grant(seeds::FIXED_CONSUMER_ID, seeds::BOB, &["account", "repository:write"], now));
    let token = passwords.gcm_file(&desk, "https://git.corp.example", "alice", seeds::HTTP_TOKEN);
    passwords.gcm_file(&desk, "https://bitbucket.org", "bob", &access);
    let nobody = passwords.gcm_file(&desk, "https://bitbucket.org/refresh_token", "", &refresh);
    let other = passwords.gcm_file(&desk, "https://github.com", "alice", "canary-other");
    desk.configure(&format!(
        "[credential]\n\tcloudOAuthClientId = {}\n\tcloudOAuthClientSecret = {}\n",
        seeds::FIXED_CONSUMER_ID,
        seeds::FIXED_CONSUMER_SECRET
    ));
    let desk = passwords.used_by(desk);
    let done = is_discreet(desk.helper(&["import", "--from", "gcm", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("alice at git.corp.example (HTTP access token)"), "{}", done.err);
    assert!(done.err.contains("bob at bitbucket.org (browser sign-in)"), "{}", done.err);
    assert!(!token.exists() && !nobody.exists() && other.exists());
    desk.git(&["clone", APP, "one"]).succeeds();
}

/// git-credential-libsecret, built once from the sources that Debian's git brings along.
fn libsecret() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        if !are_installed(&["gcc", "pkg-config", "secret-tool"]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("git-credential-libsecret");
        let script = "gcc -o \"$1\" /usr/share/doc/git/contrib/credential/libsecret/git-credential-libsecret.c \
                      $(pkg-config --cflags --libs libsecret-1 glib-2.0)";
        let built = Command::new("/bin/sh").args(["-c", script, "sh"]).arg(&program).output().expect("a shell");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Some((folder, program))
    });
    built.as_ref().map(|(_, program)| program.as_path())
}

#[test]
fn what_git_credential_libsecret_keeps_is_taken_over_and_removed_when_told() {
    let sandbox = Sandbox::start();
    let Some(libsecret) = libsecret() else { return };
    let Some((bus, desk)) = session(&sandbox) else { return };
    let email = seeds::ALICE_EMAIL;
    let keep = |lines: &str| drop(bus.runs(libsecret, &["store"], lines).succeeds());
    let cloud = format!("{CLOUD}username={email}\n");
    let github = "protocol=https\nhost=github.com\nusername=alice\n";
    keep(&format!("{cloud}password={}\n", seeds::API_TOKEN));
    keep(&format!("{CLOUD}path=acme/app.git\nusername=x-token-auth\npassword={}\n", seeds::REPO_TOKEN));
    keep(&format!("protocol=https\nhost=git.corp.example\nusername=bob\npassword={}\n", seeds::DC_BOB_PASSWORD));
    keep(&format!("{github}password=canary-other\n"));
    let done = is_discreet(desk.helper(&["import", "--from", "libsecret", "--yes"], "").succeeds());
    for taken in
        ["alice at bitbucket.org (API token)", "x-token-auth:acme/app at", "bob at git.corp.example (password)"]
    {
        assert!(done.err.contains(taken), "{}", done.err);
    }
    assert!(bus.runs(libsecret, &["get"], &cloud).out.contains(seeds::API_TOKEN), "kept by default");
    let before = sandbox.requests().len();
    let again = desk.helper(&["import", "--from", "libsecret", "--yes", "--remove"], "").succeeds();
    assert!(again.out.contains("is here already"), "{}", again.out);
    assert_eq!(sandbox.requests().len(), before, "what is ours needs no check");
    assert!(!bus.runs(libsecret, &["get"], CLOUD).out.contains("password"));
    assert!(bus.runs(libsecret, &["get"], github).out.contains("canary-other"));
    desk.git(&["clone", APP, "one"]).succeeds();
}

#[test]
fn a_refresh_token_that_newer_gits_keep_there_is_renewed_by_our_own_client() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let desk = desk.with_clients(&sandbox);
    let now = sandbox.now();
    let scopes = ["account", "repository:write"];
    let (access, refresh) = sandbox.cloud(|cloud| cloud.oauth.grant("storyClient", seeds::ALICE, &scopes, now));
    // as the git-credential-libsecret of git 2.43 and later writes it, which Debian's sources here are too old for
    let attributes =
        ["xdg:schema", "org.git.Password", "user", "alice", "protocol", "https", "server", "bitbucket.org"];
    let arguments = [&["store", "--label", "Git: https://bitbucket.org/"], &attributes[..]].concat();
    let secret = format!("{access}\npassword_expiry_utc=1700000000\noauth_refresh_token={refresh}");
    bus.runs(Path::new(STORE), &arguments, &secret).succeeds();
    let done = is_discreet(desk.helper(&["import", "--from", "libsecret", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("Took over alice at bitbucket.org (browser sign-in)"), "{}", done.err);
    assert!(bus.runs(Path::new(STORE), &["lookup", "server", "bitbucket.org"], "").out.is_empty());
    desk.git(&["clone", APP, "one"]).succeeds();
}

#[test]
fn what_git_credential_store_keeps_is_taken_over_and_only_those_lines_go() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk(&sandbox).with_git(&git);
        let file = desk.home().join("secrets");
        desk.configure(&format!("[credential]\n\thelper = store --file {}\n", file.display()));
        let keep = |lines: String| {
            drop(desk.git_hears(&["credential-store", "--file", "secrets", "store"], &lines).succeeds());
        };
        let email = seeds::ALICE_EMAIL;
        keep("protocol=https\nhost=github.com\nusername=alice\npassword=other\n".to_owned());
        keep(format!("protocol=https\nhost=bitbucket.org\nusername={email}\npassword={}\n", seeds::API_TOKEN));
        keep(format!("protocol=https\nhost=bitbucket.org\npath=acme/app.git\nusername={email}\npassword=kept\n"));
        keep(format!("protocol=https\nhost=git.corp.example\nusername=alice\npassword={}\n", seeds::HTTP_TOKEN));
        let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").succeeds());
        assert!(done.err.contains("alice at bitbucket.org (API token)"), "{}", done.err);
        assert!(done.err.contains("alice at git.corp.example (HTTP access token)"), "{}", done.err);
        let left = fs::read_to_string(&file).expect("there");
        let hosts: Vec<_> = left.lines().filter_map(|line| line.rsplit('@').next()).collect();
        assert_eq!(hosts, ["bitbucket.org/acme/app.git", "github.com"], "git writes the newest first");
        desk.git(&["clone", APP, "one"]).succeeds();
    }
}

#[test]
fn a_netrc_is_read_and_the_rest_of_it_stays_as_it_is() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let (file, rest) = (desk.home().join(".netrc"), "# mine\nmachine ftp.example login a password b\n");
    let (email, api, http) = (seeds::ALICE_EMAIL, seeds::API_TOKEN, seeds::HTTP_TOKEN);
    let ours =
        format!("machine bitbucket.org login {email} password {api}\nmachine git.corp.example\n  password {http}\n");
    fs::write(&file, ours + rest).expect("written");
    desk.configure("[credential]\n\thelper =\n\thelper = cache\n");
    let done = is_discreet(desk.helper(&["import", "--from", "netrc", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("alice at bitbucket.org (API token)"), "{}", done.err);
    assert!(done.err.contains("alice at git.corp.example (HTTP access token)"), "{}", done.err);
    assert_eq!(fs::read_to_string(&file).expect("there"), rest);
    assert!(done.err.contains("git credential-bitbucket configure"), "git asks another helper: {}", done.err);
}

#[test]
fn a_look_alike_host_is_not_asked_and_its_secrets_stay() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let token = seeds::API_TOKEN;
    let hosts = ["bitbucket.org.evil.example", "evilbitbucket.org", "bitbucket.org:8443"];
    let lines = hosts.map(|host| format!("https://alice%40acme.example:{token}@{host}"));
    let http = format!("http://alice%40acme.example:{token}@bitbucket.org");
    let file = credentials(&desk, &[&lines[..], &[http]].concat());
    let before = fs::read_to_string(&file).expect("there");
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").fails());
    assert!(done.err.contains("plain http") && done.err.contains("Left alone: evilbitbucket.org"), "{}", done.err);
    assert!(sandbox.requests().is_empty());
    assert_eq!(fs::read_to_string(&file).expect("there"), before);
}

#[test]
fn a_secret_that_is_kept_many_times_costs_one_failed_login() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let wrong = "https://alice:canary-wrong@git.corp.example".to_owned();
    credentials(&desk, &[wrong.clone(), format!("{wrong}/scm/prj/app.git"), format!("{wrong}/scm/prj/lib.git")]);
    let folder = desk.home().join(".config/git");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("credentials"), format!("{wrong}\n")).expect("written");
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes"], "").succeeds());
    assert!(done.out.contains("does not accept this username and password"), "{}", done.out);
    assert_eq!((done.out.lines().count(), failed_logins(&sandbox)), (1, 1), "{}", done.out);
}

#[test]
fn a_server_that_asks_for_a_captcha_is_sent_no_second_password() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let line = |name: &str, password: &str| format!("https://{name}:{password}@git.corp.example");
    sandbox.fault(
        Fault::at("git.corp.example", "/").status(403).header("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE"),
    );
    credentials(&desk, &[line("alice", "one"), line("bob", "two"), line("carol", "three")]);
    let done = desk.helper(&["import", "--from", "store", "--dry-run"], "").succeeds();
    assert!(done.out.contains("CAPTCHA") && done.out.contains("wants to be left alone"), "{}", done.out);
    assert_eq!(sandbox.requests().iter().filter(|seen| seen.authorization.is_some()).count(), 1);
    let taken = desk.helper(&["import", "--from", "store", "--yes"], "").succeeds();
    assert!(taken.err.contains("sign in once in the browser") && !taken.err.contains("Took over"), "{}", taken.err);
}

#[test]
fn offline_everything_that_may_be_good_is_taken_unchecked_and_that_is_said() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    sandbox.fault(Fault::at("api.bitbucket.org", "/").status(503));
    sandbox.fault(Fault::at("git.corp.example", "/").status(503));
    let token = format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN);
    credentials(&desk, &[token, format!("https://alice:{}@git.corp.example", seeds::DC_ALICE_PASSWORD)]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes"], "").succeeds());
    assert_eq!(done.out.matches("not checked: ").count(), 2, "{}", done.out);
    sandbox.clear_faults();
    desk.git(&["clone", APP, "one"]).succeeds();
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "two"]).succeeds();
}

#[test]
fn a_sign_in_of_ours_is_not_replaced_by_an_older_one() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let file =
        credentials(&desk, &[format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN_READ_ONLY)]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").succeeds());
    assert!(done.out.contains("alice is signed in here already, in another way"), "{}", done.out);
    assert_eq!(desk.get(CLOUD).value("password"), Some(seeds::API_TOKEN));
    assert!(fs::read_to_string(&file).expect("there").contains(seeds::API_TOKEN_READ_ONLY));
}

#[test]
fn what_no_longer_works_on_the_cloud_is_named_without_a_question() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let now = sandbox.now();
    let (access, _) = sandbox.cloud(|cloud| cloud.oauth.grant(seeds::CONSUMER_ID, seeds::ALICE, &["account"], now));
    let line = |name: &str, secret: &str| format!("https://{name}:{secret}@bitbucket.org");
    let password = line(seeds::BOB, seeds::BOB_PASSWORD);
    credentials(&desk, &[line("x-token-auth", &access), line("alice", seeds::APP_PASSWORD), password]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes"], "").succeeds());
    for word in ["lasts two hours at most", "does not accept app passwords", "Bitbucket Cloud takes nothing else"] {
        assert!(done.out.contains(word), "{}", done.out);
    }
    assert!(sandbox.requests().is_empty() && desk.helper(&["accounts"], "").out.is_empty());
}

#[test]
fn what_cannot_be_kept_stays_where_it_is() {
    let sandbox = Sandbox::start();
    // a keyring is wanted, and none is there
    let desk = desk(&sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    let file = credentials(&desk, &[format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN)]);
    let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").fails());
    assert!(done.err.contains("Not taken over: alice") && done.err.contains("no keyring is running"), "{}", done.err);
    assert!(fs::read_to_string(&file).expect("there").contains(seeds::API_TOKEN));
}

#[test]
fn a_person_is_asked_before_anything_is_taken_and_before_anything_goes() {
    let sandbox = Sandbox::start();
    let line = format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN);
    let answers = [("n", "", true, false), ("y", "", true, true), ("y", "y", false, true)];
    for (take, remove, stays, ours) in answers {
        let desk = desk(&sandbox).person_says(&[("Take it over", take), ("Remove what is ours now from", remove)]);
        let file = credentials(&desk, std::slice::from_ref(&line));
        desk.helper(&["import", "--from", "store"], "").succeeds();
        assert_eq!(fs::read_to_string(&file).expect("there").contains(&line), stays);
        assert_eq!(desk.helper(&["accounts"], "").out.contains("alice"), ours);
    }
    let desk = desk(&sandbox);
    credentials(&desk, &[line]);
    let alone = desk.helper(&["import", "--from", "store"], "");
    assert!(alone.code == 2 && alone.err.contains("--yes"), "{alone:?}");
}

#[test]
fn one_site_can_be_named_that_nobody_knew() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let corp = format!("https://alice:{}@git.corp.example", seeds::HTTP_TOKEN.replace('/', "%2f"));
    credentials(&desk, &[corp, format!("https://alice%40acme.example:{}@bitbucket.org", seeds::API_TOKEN)]);
    let done = desk.helper(&["import", "--from", "store", "--yes", seeds::CORP], "").succeeds();
    assert!(done.err.contains("alice at git.corp.example") && !done.err.contains("bitbucket.org"), "{}", done.err);
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "one"]).succeeds();
}

/// Everybody signed in to the file storage, with an OAuth client whose secret rests there, too.
fn signed_in(desk: &Desk) {
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.signs_in("bitbucket.org", &["--for", "acme/app"], seeds::REPO_TOKEN).succeeds();
    desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
}

fn storages(desk: &Desk) -> Vec<String> {
    let json = desk.helper(&["accounts", "--json"], "").succeeds().out;
    json.lines()
        .filter_map(|line| line.trim().strip_prefix("\"storage\": \""))
        .map(|word| word.trim_end_matches("\",").into())
        .collect()
}

#[test]
fn our_own_move_from_storage_to_storage_and_nobody_signs_in_again() {
    let sandbox = Sandbox::start();
    if !are_installed(&["pass", "gpg"]) {
        return;
    }
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    // short, because the socket of git's cache lies in it
    let cache = tempfile::Builder::new().prefix("gm").tempdir_in("/tmp").expect("a folder");
    fs::set_permissions(cache.path(), PermissionsExt::from_mode(0o700)).expect("changed");
    let desk = bus.reached_from(desk(&sandbox)).with("XDG_CACHE_HOME", cache.path().to_str().expect("text"));
    let Some(passwords) = Passwords::new(&desk) else { return };
    let desk = passwords.used_by(desk);
    signed_in(&desk);
    sandbox.clear_log();
    for (from, to) in [("file", "keyring"), ("keyring", "pass"), ("pass", "cache"), ("cache", "file")] {
        let moved = is_discreet(desk.helper(&["import", "--from-storage", from, "--to", to], "").succeeds());
        assert_eq!(moved.err.matches("Moved ").count(), 3, "{}", moved.err);
        assert_eq!(storages(&desk), [to; 3], "{from} to {to}");
        assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some(seeds::API_TOKEN), "{to}");
        let empty = desk.helper(&["import", "--from-storage", from, "--to", to], "").succeeds();
        assert!(empty.err.contains("nothing of ours"), "{}", empty.err);
    }
    assert!(sandbox.requests().is_empty(), "no server heard of it");
    desk.git(&["clone", APP, "one"]).succeeds();
    desk.git(&["credential-cache", "exit"]);
}

#[test]
fn whoever_asks_during_a_move_gets_an_answer() {
    let sandbox = Sandbox::start();
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.reached_from(desk(&sandbox));
    signed_in(&desk);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let answer = desk.get(format!("{CLOUD}username=alice\n"));
                    assert_eq!(answer.value("password"), Some(seeds::API_TOKEN), "{answer:#?}");
                }
            });
        }
        for (from, to) in [("file", "keyring"), ("keyring", "file"), ("file", "keyring")] {
            desk.helper(&["import", "--from-storage", from, "--to", to], "").succeeds();
        }
    });
}

#[test]
fn a_move_that_fails_leaves_everything_where_it_was() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    signed_in(&desk);
    let failed = is_discreet(desk.helper(&["import", "--from-storage", "file", "--to", "keyring"], "").fails());
    assert!(
        failed.err.contains("Stays in a file only you can read: alice at") && failed.err.contains("no keyring"),
        "{}",
        failed.err
    );
    assert_eq!(storages(&desk), ["file"; 3]);
    assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some(seeds::API_TOKEN));
    let full = desk.on_a_full_disk(&["import", "--from-storage", "file", "--to", "cache"], "");
    assert_ne!(full.code, 0);
    assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some(seeds::API_TOKEN));
    for (from, to) in [("file", "file"), ("file", "none"), ("nowhere", "file")] {
        assert_eq!(desk.helper(&["import", "--from-storage", from, "--to", to], "").code, 2);
    }
}

#[test]
fn the_secret_of_an_oauth_client_goes_only_where_the_settings_look_for_it() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_browser_sign_in(&sandbox, &bus, &desk);
    desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds();
    let stays = desk.helper(&["import", "--from-storage", "keyring", "--to", "file"], "").succeeds();
    assert!(
        stays.err.contains("oauth client") && stays.err.contains("where `bitbucket.storage` looks for it"),
        "{}",
        stays.err
    );
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "file");
    let moved = is_discreet(desk.helper(&["import", "--from-storage", "keyring", "--to", "file"], "").succeeds());
    assert!(moved.err.contains("Moved oauth client"), "{}", moved.err);
    sandbox.advance(Duration::from_secs(3 * 3600));
    let desk = desk.with_git(gits().last().expect("a git"));
    desk.git(&["clone", APP, "one"]).succeeds();
}

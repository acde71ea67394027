//! Moving in: what other helpers keep is shown, judged, taken over and, on request, removed; and moving house between our own
//! storages. Real parts: gnome-keyring, pass with GnuPG, `git credential-store`, and git-credential-libsecret built from Debian's
//! sources. Git Credential Manager itself cannot be had here: its items and files are written as its source writes them.

mod gcm;
mod judging;
mod moves;
mod others;
pub mod passwords;

use crate::stage::{Bus, Desk, Done, are_installed};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::{Path, PathBuf};

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

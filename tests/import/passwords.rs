//! A real `pass` with a GnuPG key of its own.

use crate::stage::{Desk, are_installed};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A GnuPG key without a passphrase and a password store for it; its agent ends with it.
pub struct Passwords(tempfile::TempDir);

impl Passwords {
    pub fn new(desk: &Desk) -> Option<Self> {
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

    pub fn gpg(&self, arguments: &[&str]) {
        let mut command = Command::new("/usr/bin/gpg");
        command.args(arguments).env("GNUPGHOME", self.0.path()).stdin(Stdio::null()).stderr(Stdio::null());
        assert!(command.status().expect("runs").success(), "{arguments:?}");
    }

    /// Encrypts a file as GCM's `GpgPassCredentialStore.cs` does.
    pub fn gcm_file(&self, desk: &Desk, url: &str, account: &str, secret: &str) -> PathBuf {
        let folder = desk.home().join(".password-store/git").join(url.replace("://", "/"));
        fs::create_dir_all(&folder).expect("made");
        let (plain, file) = (self.0.path().join("plain"), folder.join(format!("{account}.gpg")));
        fs::write(&plain, format!("{secret}\nservice={url}\naccount={account}\n")).expect("written");
        let (from, to) = (plain.to_str().expect("text"), file.to_str().expect("text"));
        self.gpg(&["--batch", "--yes", "--trust-model", "always", "-r", "t@example.com", "-o", to, "--encrypt", from]);
        file
    }

    pub fn used_by(&self, desk: Desk) -> Desk {
        desk.with("GNUPGHOME", self.0.path().to_str().expect("text"))
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        let _ = Command::new("/usr/bin/gpgconf").args(["--kill", "all"]).env("GNUPGHOME", self.0.path()).status();
    }
}

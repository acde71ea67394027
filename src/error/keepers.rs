//! The words for whoever keeps the machine: its keyring, its files, its settings, its programs and its ports.

use super::Error;
use std::io::ErrorKind;

/// What happened; `None` where it is for somebody else.
pub fn said(error: &Error) -> Option<String> {
    Some(match error {
        Error::NoHome => "there is no home folder to keep anything in".into(),
        Error::KeyringAbsent => "no keyring is running here".into(),
        Error::KeyringLocked => "the keyring is locked".into(),
        Error::KeyringWithoutCollection => "the keyring has no collection to keep secrets in".into(),
        Error::KeyringSilent { seconds } => format!("the keyring did not answer within {seconds} s"),
        Error::KeyringFailed { what } => format!("the keyring failed to {what}"),
        Error::KeyringOutOfReach { system } => format!("{system} keeps its keyring closed to a session over SSH"),
        Error::File { action, path, why } => format!("cannot {action} {}: {why}", path.display()),
        Error::UnsafeFile { path, why } => format!("{} is not safe to use: {why}", path.display()),
        Error::IndexUnreadable { path, .. } => format!("the list of accounts in {} cannot be read", path.display()),
        Error::IndexBusy => "another process does not finish changing the list of accounts".into(),
        Error::GitConfig { file, said } => format!("git could not change {file}: {said}"),
        Error::NoPathToSelf => "the path of this program cannot be put into git config".into(),
        Error::RecordUnreadable => "what the storage holds for this account cannot be read".into(),
        Error::UnfitSecret { site, account } => {
            format!("what is kept for {account} at {site} is empty or has a line end in it, so git cannot take it")
        }
        Error::UnreadableSecret { site, account } => format!("what is kept for {account} at {site} cannot be read"),
        Error::NotStored { storage } => format!("the {storage} storage did not keep what it was given"),
        Error::Setting { key, expected } => format!("`{key}` in your git config is not {expected}"),
        Error::Program { name, why } => format!("`{name}` {why}"),
        Error::BadProxy { origin } => format!("`{origin}` is not the address of a proxy"),
        Error::ProxyMethod { method } => {
            format!("`http.proxyAuthMethod` is {method}, which this program does not speak")
        }
        Error::Pem { path, why } => format!("{} cannot be used: {}", path.display(), why.said()),
        Error::PortBusy { port } => format!("port {port} of this machine is taken by another program"),
        Error::PortRefused { port } => format!("this machine does not let us listen on port {port}"),
        _ => return None,
    })
}

/// What to do about it.
pub fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::NoHome => "set `HOME`, or `GIT_CREDENTIAL_BITBUCKET_HOME` to a folder of yours".into(),
        Error::KeyringAbsent => {
            "choose where to keep secrets: `git config --global bitbucket.storage file` (only you can read it), `pass` or `cache`".into()
        }
        Error::KeyringLocked => "unlock it in your desktop session, then try again".into(),
        Error::KeyringWithoutCollection => {
            "make one in your desktop's password program, or `git config --global bitbucket.storage file`".into()
        }
        Error::KeyringSilent { .. } => hint_for_silence(std::env::consts::OS).into(),
        Error::KeyringOutOfReach { system: "macOS" } => {
            "run `security unlock-keychain` first, or `git config --global bitbucket.storage file`".into()
        }
        Error::KeyringOutOfReach { .. } => {
            "sign in at its own desktop, or `git config --global bitbucket.storage file`".into()
        }
        Error::BadProxy { .. } => {
            "write it like `http://user:password@proxy.example:3128`, and an `@` in the password as `%40`".into()
        }
        Error::ProxyMethod { .. } => {
            "put a proxy that does on this machine, such as px or cntlm, and name it in `http.proxy`".into()
        }
        Error::Pem { why, .. } => why.remedy().into(),
        // a lock of git's kind stays where its holder is killed (git's own helpers leave it as well)
        Error::File { action: "lock", path, why: ErrorKind::AlreadyExists } => {
            format!("end the git that is at work there; if none is, one was killed: `rm {}`", path.display())
        }
        Error::File { why, .. } => hint_for_file(*why).into(),
        Error::Program { name, .. } => hint_for_program(name)?.into(),
        Error::UnsafeFile { path, .. } => format!("look who made it; `chmod go= {}` if it is yours", path.display()),
        Error::IndexUnreadable { kept: Some(kept), .. } => {
            format!(
                "a copy is in {}; make the list anew: `git credential-bitbucket accounts --rebuild`",
                kept.display()
            )
        }
        Error::IndexUnreadable { kept: None, .. } => "a newer version may have written it: update this program".into(),
        Error::IndexBusy => "try again; nothing was changed".into(),
        Error::NoPathToSelf => "put it into a folder of your `PATH`, then try again".into(),
        Error::UnfitSecret { site, account } | Error::UnreadableSecret { site, account } => {
            format!("sign in again: {}", super::login(site, Some(account)))
        }
        Error::RecordUnreadable => "sign in again: `git credential-bitbucket login`".into(),
        Error::PortBusy { port } => format!("{}; end it, or another sign-in that still waits", who_has(*port)),
        Error::PortRefused { .. } => {
            "register a port above 1023 and set `bitbucket.oauthRedirectUri` to that address".into()
        }
        Error::Setting { key, .. } => format!("see it with `git config --show-origin --get-all {key}`"),
        _ => return None,
    })
}

/// The command that names the program behind a port.
fn who_has(port: u16) -> String {
    match std::env::consts::OS {
        "linux" => format!("see which one: `ss -ltnp 'sport = :{port}'`"),
        "windows" => format!("see which one: `netstat -ano | findstr :{port}`"),
        _ => format!("see which one: `lsof -nP -iTCP:{port} -sTCP:LISTEN`"),
    }
}

fn hint_for_file(why: ErrorKind) -> &'static str {
    match why {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room on that disk, then try again; nothing was forgotten"
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            "make it yours to use; what we keep can be in another folder: `GIT_CREDENTIAL_BITBUCKET_HOME`"
        }
        ErrorKind::NotFound => "look whether the path is right",
        _ => "look at that file and its folder, then try again; nothing was forgotten",
    }
}

/// For the programs that keep secrets; of others the message itself says what to do.
fn hint_for_program(name: &str) -> Option<&'static str> {
    match name {
        "pass" => Some(
            "look what it says on a terminal: `pass show git-credential-bitbucket`; or keep secrets elsewhere: `git config --global bitbucket.storage file`",
        ),
        "git credential-cache" => {
            Some("try again, or keep secrets elsewhere: `git config --global bitbucket.storage file`")
        }
        _ => None,
    }
}

/// macOS asks whether a program may read an entry, and asks anew about each build that nobody signed; meanwhile it is silent.
fn hint_for_silence(system: &str) -> &'static str {
    match system {
        "macos" => {
            "answer the keychain's question with \"Always Allow\"; a program that nobody signed is asked about after each update"
        }
        _ => "restart your desktop's keyring, or `git config --global bitbucket.storage file`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_keychain_waits_for_an_answer_and_a_silent_keyring_hangs() {
        assert!(hint_for_silence("macos").contains("Always Allow"));
        assert!(hint_for_silence("linux").contains("restart"));
    }
}

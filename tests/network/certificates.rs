//! Whom to trust, and as whom to come: a company's CA, and a certificate that the server wants.

use super::{APP, alice_at, alice_signs_in, corp_app, is_told};
use crate::stage::{Desk, are_installed, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn a_company_ca_is_found_in_a_file_a_folder_or_the_environment_and_its_lack_is_named() {
    let sandbox = Sandbox::start();
    let desk = || {
        let desk = Desk::alone();
        desk.configure(&format!("[http]\n\tproxy = {}\n", sandbox.proxy_url()));
        desk
    };
    is_told(&desk(), &["the certificate of api.bitbucket.org is not trusted", "http.sslCAInfo"]);
    let folder = desk();
    let cas = folder.home().join("cas");
    fs::create_dir(&cas).expect("a folder");
    fs::copy(sandbox.ca_file(), cas.join("0.pem")).expect("copied");
    fs::write(cas.join("README"), "no certificate, and no harm").expect("written");
    folder.configure(&format!("[http]\n\tsslCAPath = {}\n", cas.display()));
    alice_signs_in(&folder).succeeds();
    let variable = desk().with("GIT_SSL_CAINFO", sandbox.ca_file().to_str().expect("text"));
    variable.configure("[http]\n\tsslCAInfo = /nowhere\n");
    alice_signs_in(&variable).succeeds();
    assert_eq!(sandbox.api_requests().len(), 2);
    variable.git(&["clone", APP, "one"]).succeeds();
}

#[test]
fn a_ca_file_that_holds_none_is_an_error() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let broken = desk.home().join("ca.pem");
    for text in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        fs::write(&broken, text).expect("written");
        desk.configure(&format!("[http]\n\tsslCAInfo = {}\n", broken.display()));
        let login = alice_signs_in(&desk).fails();
        assert!(login.err.contains("ca.pem cannot be used: it holds no certificate"), "{}", login.err);
    }
    desk.configure("[http]\n\tsslCAInfo = /nowhere/ca.pem\n");
    let login = alice_signs_in(&desk).fails();
    assert!(login.err.contains("cannot read /nowhere/ca.pem"), "{}", login.err);
}

#[test]
fn a_machine_without_any_ca_is_told_which_package_it_lacks() {
    let sandbox = Sandbox::start();
    // where OpenSSL, and we, look for them (rustls-native-certs)
    let bare = || Desk::alone().with("SSL_CERT_FILE", "/nowhere").with("SSL_CERT_DIR", "/nowhere");
    let login = alice_signs_in(&bare()).fails();
    assert!(login.err.contains("no CA certificates (package `ca-certificates`)"), "{}", login.err);
    let desk = bare();
    desk.configure(&sandbox.git_config());
    alice_signs_in(&desk).succeeds();
    alice_at(&desk, &sandbox.loopback_site()).succeeds();
}

#[test]
fn who_trusts_anybody_is_told_so_loudly() {
    let sandbox = Sandbox::start();
    for by_variable in [false, true] {
        let desk = Desk::alone();
        desk.configure(&format!("[http]\n\tproxy = {}\n", sandbox.proxy_url()));
        let desk = if by_variable { desk.with("GIT_SSL_NO_VERIFY", "1") } else { desk };
        if !by_variable {
            desk.configure("[http]\n\tsslVerify = false\n");
        }
        let login = alice_signs_in(&desk).succeeds();
        let loud = login.err.lines().filter(|line| line.contains("WARNING: ")).count();
        assert_eq!(loud, 1, "{}", login.err);
        assert!(login.err.contains("as alice"), "{}", login.err);
        let clone = desk.git(&["clone", APP, "one"]).succeeds();
        // it reads what is stored, and so goes no way at all
        assert!(!clone.err.contains("WARNING"), "{}", clone.err);
    }
}

/// A desk before a Data Center that wants a certificate.
fn desk_with_certificate(sandbox: &Sandbox, certificate: &Path, key: &Path) -> Desk {
    desk_with_certificate_at(seeds::CORP, sandbox, certificate, key)
}

fn desk_with_certificate_at(site: &str, sandbox: &Sandbox, certificate: &Path, key: &Path) -> Desk {
    let desk = Desk::at(sandbox);
    let (certificate, key) = (certificate.display(), key.display());
    desk.configure(&format!("[http \"{site}\"]\n\tsslCert = {certificate}\n\tsslKey = {key}\n"));
    desk
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("/usr/bin/openssl").args(arguments).output().expect("openssl starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The key again, written otherwise by openssl; `None` where there is no openssl.
fn rewritten(desk: &Desk, key: &Path, how: &[&str]) -> Option<PathBuf> {
    let copy = desk.home().join("rewritten.key");
    let paths = ["-in", key.to_str().expect("text"), "-out", copy.to_str().expect("text")];
    are_installed(&["openssl"]).then(|| openssl(&[how, &paths].concat()))?;
    Some(copy)
}

#[test]
fn a_certificate_that_the_server_wants_is_shown_as_git_shows_it() {
    for git in gits() {
        let sandbox = Sandbox::start();
        sandbox.data_center(seeds::CORP, |corp| corp.switches.client_certificate = true);
        let (certificate, key) = sandbox.client_certificate();
        let desk = desk_with_certificate(&sandbox, &certificate, &key).with_git(&git);
        let login = alice_at(&desk, seeds::CORP).succeeds();
        assert!(login.err.contains("as alice"), "{}", login.err);
        desk.git(&["clone", &corp_app(), "one"]).succeeds();
        // both in one file, and no `sslKey`
        let both = desk.home().join("both.pem");
        fs::write(&both, [fs::read(&certificate).expect("read"), fs::read(&key).expect("read")].concat())
            .expect("written");
        let single = Desk::at(&sandbox).with("GIT_SSL_CERT", both.to_str().expect("text")).with_git(&git);
        alice_at(&single, seeds::CORP).succeeds();
        single.git(&["clone", &corp_app(), "one"]).succeeds();
    }
}

#[test]
fn a_server_that_wants_a_certificate_and_gets_none_or_a_strangers_is_named() {
    let sandbox = Sandbox::start();
    let strangers = Sandbox::start();
    sandbox.data_center(seeds::CORP, |corp| corp.switches.client_certificate = true);
    let (certificate, key) = strangers.client_certificate();
    for desk in [Desk::at(&sandbox), desk_with_certificate(&sandbox, &certificate, &key)] {
        let login = alice_at(&desk, seeds::CORP);
        assert!(login.err.contains("git.corp.example wants a certificate of yours"), "{}", login.err);
        assert!(login.err.contains("`http.sslCert`"), "{}", login.err);
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_key_in_its_older_form_is_as_good() {
    let sandbox = Sandbox::start();
    sandbox.data_center(seeds::CORP, |corp| corp.switches.client_certificate = true);
    let (certificate, key) = sandbox.client_certificate();
    let desk = Desk::at(&sandbox);
    let Some(older) = rewritten(&desk, &key, &["ec"]) else { return };
    assert!(fs::read_to_string(&older).expect("read").contains("BEGIN EC PRIVATE KEY"));
    let desk = desk_with_certificate(&sandbox, &certificate, &older);
    alice_at(&desk, seeds::CORP).succeeds();
    let (rsa, own) = (desk.home().join("rsa.pem"), desk.home().join("rsa.key"));
    let paths = ["-keyout", own.to_str().expect("text"), "-out", rsa.to_str().expect("text"), "-subj", "/CN=alice"];
    openssl(&[&["req", "-x509", "-newkey", "rsa:2048", "-nodes"][..], &paths].concat());
    let pkcs1 = rewritten(&desk, &own, &["rsa", "-traditional"]).expect("openssl is there");
    assert!(fs::read_to_string(&pkcs1).expect("read").contains("BEGIN RSA PRIVATE KEY"));
    // a server that wants no certificate sees none, and the key has been understood
    let login = alice_signs_in(&desk_with_certificate_at("https://bitbucket.org", &sandbox, &rsa, &pkcs1)).succeeds();
    assert!(login.err.contains("as alice"), "{}", login.err);
}

#[test]
fn a_key_with_a_password_is_named_with_the_way_out_while_git_asks_for_it() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (certificate, key) = sandbox.client_certificate();
        let place = Desk::at(&sandbox);
        let how = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:canary-of-the-key"];
        let Some(locked) = rewritten(&place, &key, &how) else { return };
        let desk = desk_with_certificate(&sandbox, &certificate, &locked).with_git(&git);
        // signed in before the server wanted it
        let open = Desk::at(&sandbox);
        alice_at(&open, seeds::CORP).succeeds();
        sandbox.data_center(seeds::CORP, |corp| corp.switches.client_certificate = true);
        let login = alice_at(&desk, seeds::CORP).fails();
        assert!(login.err.contains("rewritten.key cannot be used: its key has a password"), "{}", login.err);
        assert!(login.err.contains("openssl pkey"), "{}", login.err);
        let older = rewritten(&place, &key, &["ec", "-aes256", "-passout", "pass:canary-of-the-key"]).expect("openssl");
        assert!(fs::read_to_string(older).expect("read").contains("Proc-Type: 4,ENCRYPTED"));
        assert_eq!(alice_at(&desk, seeds::CORP).fails().err, login.err);
        rewritten(&place, &key, &how).expect("openssl is there");
        let open = open
            .with_git(&git)
            .person_says(&[("rtificate", "canary-of-the-key"), ("Password for", "canary-of-the-key")]);
        open.configure(&format!(
            "[http \"{}\"]\n\tsslCert = {}\n\tsslKey = {}\n\tsslCertPasswordProtected = true\n",
            seeds::CORP,
            certificate.display(),
            locked.display()
        ));
        let clone = open.git(&["clone", &corp_app(), "one"]).succeeds();
        assert!(!clone.err.contains("git-credential-bitbucket"), "{}", clone.err);
    }
}

#[test]
fn files_that_are_no_certificate_or_no_key_are_named() {
    let sandbox = Sandbox::start();
    let (certificate, key) = sandbox.client_certificate();
    let strangers = Sandbox::start();
    for (certificate, key, words) in [
        (&key, &key, "client.key cannot be used: it holds no certificate"),
        (&certificate, &certificate, "client.pem cannot be used: it holds no key"),
        (
            &certificate,
            &strangers.client_certificate().1,
            "client.pem cannot be used: its key is not the one of the certificate",
        ),
    ] {
        let desk = desk_with_certificate(&sandbox, certificate, key);
        let login = alice_at(&desk, seeds::CORP).fails();
        assert!(login.err.contains(words), "{}", login.err);
    }
}

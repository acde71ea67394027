//! The way to the server is Git's way: its proxies, its exceptions, its certificates. What is in the way is named, and no
//! secret takes another way.

use crate::stage::{Desk, Done, Socks, Tinyproxy, are_installed, closed_port, gits, tells_a_secret};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const APP: &str = "https://bitbucket.org/acme/app.git";

/// The sandbox's CA, and no way to it.
fn desk_with_ca(sandbox: &Sandbox) -> Desk {
    let desk = Desk::alone();
    desk.configure(&format!("[http]\n\tsslCAInfo = {}\n", sandbox.ca_file().display()));
    desk
}

fn alice_signs_in(desk: &Desk) -> Done {
    let done = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN);
    assert!(!tells_a_secret(&done.err), "{}", done.err);
    done
}

/// Signs in, and says what was wrong with the way: nothing was checked then.
#[track_caller]
fn is_told(desk: &Desk, words: &[&str]) {
    let login = alice_signs_in(desk);
    assert!(words.iter().all(|words| login.err.contains(words)), "{}", login.err);
    assert!(login.err.contains("not checked"), "{}", login.err);
}

/// The same at the Data Center.
fn alice_at(desk: &Desk, site: &str) -> Done {
    desk.signs_in(site, &["--username", "alice"], seeds::HTTP_TOKEN)
}

fn corp_app() -> String {
    format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP)
}

#[test]
fn a_proxy_with_a_password_is_passed_as_git_passes_it() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let Some(proxy) = Tinyproxy::before(&sandbox) else { return };
        // one letter of each is percent-encoded
        let login = format!("%61lice:{}", Tinyproxy::PASSWORD.replacen('c', "%63", 1));
        let desk = desk_with_ca(&sandbox).with_git(&git);
        desk.configure(&format!("[http]\n\tproxy = {}\n", proxy.url(&login)));
        let signed_in = alice_signs_in(&desk).succeeds();
        assert!(signed_in.err.contains("as alice"), "{}", signed_in.err);
        assert!(proxy.asked_for("api.bitbucket.org"));
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
        desk.git(&["-C", "one", "push"]).succeeds();
    }
}

#[test]
fn a_proxy_of_the_environment_is_passed_too_and_an_empty_setting_beats_it() {
    let sandbox = Sandbox::start();
    let Some(proxy) = Tinyproxy::before(&sandbox) else { return };
    let login = format!("{}:{}", Tinyproxy::USER, Tinyproxy::PASSWORD);
    let desk = desk_with_ca(&sandbox).with("https_proxy", &proxy.url(&login)).with("HTTPS_PROXY", "http://127.0.0.1:1");
    alice_signs_in(&desk).succeeds();
    desk.git(&["clone", APP, "one"]).succeeds();
    assert!(proxy.asked_for("api.bitbucket.org"));
    desk.configure("[http \"https://bitbucket.org\"]\n\tproxy =\n");
    is_told(&desk, &["cannot reach api.bitbucket.org"]);
    desk.git(&["ls-remote", APP]).fails();
}

#[test]
fn a_proxy_that_does_not_know_us_is_named_as_what_is_in_the_way() {
    let sandbox = Sandbox::start();
    let Some(proxy) = Tinyproxy::before(&sandbox) else { return };
    let nobody = desk_with_ca(&sandbox);
    nobody.configure(&format!("[http]\n\tproxy = {}\n", proxy.url("").replace('@', "")));
    is_told(
        &nobody,
        &["the proxy on the way to api.bitbucket.org wants another username and password", "`http.proxy`"],
    );
    let wrong = desk_with_ca(&sandbox);
    wrong.configure(&format!("[http]\n\tproxy = {}\n", proxy.url("alice:wrong")));
    is_told(&wrong, &["the proxy does not reach api.bitbucket.org", "password in `http.proxy`"]);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_proxy_that_is_gone_and_one_that_goes_nowhere_are_told_apart() {
    let sandbox = Sandbox::start();
    let gone = desk_with_ca(&sandbox);
    gone.configure(&format!("[http]\n\tproxy = http://127.0.0.1:{}\n", closed_port()));
    is_told(&gone, &["the proxy on the way to api.bitbucket.org cannot be reached"]);
    let desk = Desk::at(&sandbox);
    let login = desk.signs_in("https://down.example", &["--username", "alice"], "canary");
    assert!(login.err.contains("the proxy does not reach down.example"), "{}", login.err);
}

#[test]
fn a_proxy_that_makes_no_sense_stops_us_and_is_not_passed_by() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.configure("[http \"https://bitbucket.org\"]\n\tproxy = ftp://proxy.example:1\n");
    let login = alice_signs_in(&desk).fails();
    assert!(login.err.contains("`http.proxy` is not the address of a proxy"), "{}", login.err);
    let variable = desk_with_ca(&sandbox).with("ALL_PROXY", "http://:::");
    let login = alice_signs_in(&variable).fails();
    assert!(login.err.contains("`ALL_PROXY` is not the address of a proxy"), "{}", login.err);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_password_is_not_shown_to_a_proxy_that_is_to_ask_a_riddle() {
    let sandbox = Sandbox::start();
    let desk = desk_with_ca(&sandbox).with("GIT_HTTP_PROXY_AUTHMETHOD", "negotiate");
    let proxy = sandbox.proxy_url().replace("http://", "http://alice:canary@");
    desk.configure(&format!("[http]\n\tproxy = {proxy}\n"));
    let login = alice_signs_in(&desk).fails();
    assert!(login.err.contains("negotiate, which this program does not speak"), "{}", login.err);
    assert!(sandbox.requests().is_empty());
}

/// Git's and our own way to one place, under the same settings: whether each went by the proxy.
fn ways(sandbox: &Sandbox, desk: &Desk, repository: &str, login: impl Fn(&Desk) -> Done) -> (bool, bool) {
    sandbox.clear_log();
    desk.git(&["ls-remote", repository]);
    let gits = !sandbox.requests().is_empty();
    sandbox.clear_log();
    login(desk);
    (gits, !sandbox.requests().is_empty())
}

#[test]
fn no_proxy_means_to_us_what_it_means_to_git() {
    let sandbox = Sandbox::start();
    for list in [
        "",
        "*",
        "*,x",
        "git.corp.example",
        ".corp.example",
        "corp.example",
        "CORP.EXAMPLE",
        "corp.example.",
        "orp.example",
        "example",
        "*.corp.example",
        "git.corp.example:443",
        "x, corp.example",
        "x,corp.example,y",
        ",,corp.example",
        "x corp.example",
        "git.corp.example.evil",
        "http://git.corp.example",
        "127.0.0.1/8,::1",
    ] {
        for name in ["no_proxy", "NO_PROXY"] {
            let desk = Desk::at(&sandbox).with(name, list).with("GIT_TERMINAL_PROMPT", "0");
            let (gits, ours) = ways(&sandbox, &desk, &corp_app(), |desk| alice_at(desk, seeds::CORP));
            assert_eq!(gits, ours, "{name}={list}: git goes by the proxy: {gits}");
        }
    }
}

#[test]
fn addresses_in_no_proxy_mean_to_us_what_they_mean_to_git() {
    let sandbox = Sandbox::start();
    let (ipv4, ipv6) = (sandbox.loopback_site(), sandbox.ipv6_site());
    for site in [Some(ipv4), ipv6].into_iter().flatten() {
        // networks of IPv6 are left out: before 8.15, libcurl took such an address for a name
        for list in ["127.0.0.1", "::1", "[::1]", "127.0.0.0/8", "127.0.0.1/32", "128.0.0.0/1", "127.0.0", "localhost"]
        {
            let desk = Desk::alone().with("no_proxy", list).with("GIT_TERMINAL_PROMPT", "0");
            desk.configure(&format!("[http]\n\tproxy = {}\n", sandbox.proxy_url()));
            let repository = format!("{site}/scm/{}.git", seeds::DC_APP);
            // the sandbox's proxy leads to no address, so that whatever arrives came straight
            let (gits, ours) = ways(&sandbox, &desk, &repository, |desk| alice_at(desk, &site));
            assert_eq!(gits, ours, "{site} with {list}: git goes straight: {gits}");
        }
    }
}

#[test]
fn the_variables_count_for_us_in_the_order_in_which_they_count_for_git() {
    let sandbox = Sandbox::start();
    let good = sandbox.proxy_url();
    let bad = format!("http://127.0.0.1:{}", closed_port());
    for variables in [
        vec![("https_proxy", good.as_str()), ("HTTPS_PROXY", &bad)],
        vec![("https_proxy", &bad), ("HTTPS_PROXY", &good)],
        vec![("HTTPS_PROXY", &good), ("ALL_PROXY", &bad)],
        vec![("https_proxy", ""), ("HTTPS_PROXY", &good)],
        vec![("HTTPS_PROXY", ""), ("ALL_PROXY", &good)],
        vec![("all_proxy", &good), ("ALL_PROXY", &bad)],
        vec![("ALL_PROXY", &good)],
        vec![("http_proxy", &good)],
        vec![("HTTP_PROXY", &good)],
        vec![("https_proxy", good.trim_start_matches("http://"))],
        vec![("https_proxy", &good), ("NO_PROXY", "corp.example"), ("no_proxy", "")],
        vec![("https_proxy", &good), ("NO_PROXY", ""), ("no_proxy", "corp.example")],
    ] {
        let desk = desk_with_ca(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
        let desk = variables.iter().fold(desk, |desk, (name, value)| desk.with(name, value));
        let (gits, ours) = ways(&sandbox, &desk, &corp_app(), |desk| alice_at(desk, seeds::CORP));
        assert_eq!(gits, ours, "{variables:?}: git arrives: {gits}");
    }
}

#[test]
fn socks_proxies_are_passed_and_the_h_decides_who_resolves_names() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let socks = Socks::before(&sandbox);
        let desk = desk_with_ca(&sandbox).with_git(&git);
        desk.configure(&format!("[http]\n\tproxy = socks5h://{}\n", socks.address()));
        alice_signs_in(&desk).succeeds();
        desk.git(&["clone", APP, "one"]).succeeds();
        let (names, addresses) = socks.served();
        assert!(names >= 2 && addresses == 0, "{names} {addresses}");
        let near = Desk::alone().with_git(&git);
        near.configure(&format!("[http]\n\tproxy = socks5://{}\n", socks.address()));
        alice_at(&near, &sandbox.loopback_site()).succeeds();
        near.git(&["clone", &format!("{}/scm/{}.git", sandbox.loopback_site(), seeds::DC_APP), "one"]).succeeds();
        assert!(socks.served().1 >= 2 && socks.served().0 == names, "{:?}", socks.served());
    }
}

#[test]
fn a_proxy_behind_tls_is_passed_by_its_own_ca() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk_with_ca(&sandbox).with_git(&git);
        desk.configure(&format!(
            "[http]\n\tproxy = {}\n\tproxySSLCAInfo = {}\n",
            sandbox.proxy_url_by_tls(),
            sandbox.ca_file().display()
        ));
        alice_signs_in(&desk).succeeds();
        desk.git(&["clone", APP, "one"]).succeeds();
    }
}

#[test]
fn the_proxy_of_a_remote_is_taken_where_its_word_counts() {
    let sandbox = Sandbox::start();
    let desk = desk_with_ca(&sandbox);
    let remote = |proxy: &str| format!("[remote \"up\"]\n\turl = {APP}\n\tproxy = {proxy}\n");
    desk.configure(&format!("[http]\n\tproxy = http://127.0.0.1:{}\n{}", closed_port(), remote(&sandbox.proxy_url())));
    alice_signs_in(&desk).succeeds();
    assert_eq!(sandbox.api_requests().len(), 1);
}

#[test]
fn what_a_repository_says_of_the_way_is_told_and_not_followed() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.git(&["init", "-q", "."]).succeeds();
    desk.git(&["config", "http.proxy", "http://127.0.0.1:1"]).succeeds();
    desk.git(&["config", "http.sslVerify", "false"]).succeeds();
    let login = alice_signs_in(&desk).succeeds();
    assert!(login.err.contains("`http.proxy` in this repository's own config is ignored"), "{}", login.err);
    assert!(login.err.contains("`http.sslverify` in this repository's own config is ignored"), "{}", login.err);
    assert!(login.err.contains("as alice"), "{}", login.err);
}

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

#[test]
fn an_ipv6_address_is_a_site_like_any_other() {
    let sandbox = Sandbox::start();
    let Some(site) = sandbox.ipv6_site() else {
        eprintln!("skipped: this machine has no IPv6");
        return;
    };
    for git in gits() {
        let desk = Desk::alone().with_git(&git);
        alice_at(&desk, &site).succeeds();
        desk.git(&["clone", &format!("{site}/scm/{}.git", seeds::DC_APP), "one"]).succeeds();
        desk.git(&["-C", "one", "fetch"]).succeeds();
        let accounts = desk.helper(&["accounts"], "").succeeds();
        assert!(accounts.out.contains("http://[::1]:"), "{}", accounts.out);
    }
}

#[test]
fn a_front_door_is_named_and_not_one_byte_of_a_secret_goes_through_it() {
    let sandbox = Sandbox::start();
    for host in ["git.corp.example", "api.bitbucket.org"] {
        sandbox.fault(Fault::at(host, "/").redirect("https://sso.corp.example/login?return=1"));
    }
    let login = Desk::at(&sandbox).signs_in(seeds::CORP, &["--username", "alice"], seeds::DC_ALICE_PASSWORD).fails();
    assert!(login.err.contains("sends us on to sso.corp.example; no secret is sent there"), "{}", login.err);
    alice_signs_in(&Desk::at(&sandbox));
    assert!(sandbox.requests_to("sso.corp.example").is_empty());
}

//! The way to the server is Git's way: its proxies, its exceptions, its certificates. What is in the way is named, and no
//! secret takes another way.

mod certificates;
mod like_git;
mod proxies;

use crate::stage::{Desk, Done, gits, tells_a_secret};
use bitbucket_sandbox::{Fault, Sandbox, seeds};

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
    let login = alice_signs_in(&Desk::at(&sandbox));
    assert!(login.err.contains("sends us on to sso.corp.example; no secret is sent there"), "{}", login.err);
    assert!(sandbox.requests_to("sso.corp.example").is_empty());
}

//! Not one byte of a secret goes where it does not belong: the sandbox's log of every host shows it.

use crate::stage::{Desk, gits};
use bitbucket_sandbox::cloud::Repo;
use bitbucket_sandbox::{Content, Fault, Sandbox, Submodule, seeds};

const APP: &str = "https://bitbucket.org/acme/app.git";

/// Alice is signed in to the Cloud and to both Data Centers, and would answer any question of ours.
fn signed_in(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    for site in [seeds::CORP, seeds::CODE] {
        desk.signs_in(site, &[], seeds::HTTP_TOKEN).succeeds();
    }
    sandbox.clear_log();
    desk.person_says(&[("oken", seeds::HTTP_TOKEN), ("E-mail", seeds::ALICE_EMAIL)])
}

/// No secret of the sandbox, and no `Authorization` at all, came to these hosts; and something did come.
#[track_caller]
fn hears_nothing(sandbox: &Sandbox, is_theirs: impl Fn(&str) -> bool) {
    let secrets = sandbox.secrets();
    let heard: Vec<_> = sandbox.requests().into_iter().filter(|seen| is_theirs(&seen.host)).collect();
    assert!(!heard.is_empty(), "nobody came");
    for seen in heard {
        assert!(seen.authorization.is_none(), "{seen}");
        assert!(secrets.iter().all(|secret| !seen.carries(secret)), "{seen}");
    }
}

#[test]
fn a_look_alike_host_hears_nothing() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(&sandbox).with_git(&git);
        for host in [
            "bitbucket.org.evil.example",
            "evilbitbucket.org",
            "bitbucket.org:8443",
            "api.bitbucket.org.evil.example",
            "xn--btbucket-b1a.org",
            "git.corp.example.evil.example",
            "git.corp.example:8443",
        ] {
            sandbox.clear_log();
            desk.git(&["clone", &format!("https://{host}/acme/app.git"), "x"]).fails();
            hears_nothing(&sandbox, |_| true);
        }
    }
}

#[test]
fn plain_http_hears_nothing_whoever_is_named() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(&sandbox).with_git(&git);
        for address in ["http://bitbucket.org/acme/app.git", "http://git.corp.example/scm/prj/app.git"] {
            sandbox.clear_log();
            desk.git(&["clone", address, "x"]).fails();
            hears_nothing(&sandbox, |_| true);
        }
        let clone = desk.git(&["clone", "http://bitbucket.org/acme/app.git", "x"]).fails();
        assert!(clone.err.contains("plain http"), "{}", clone.err);
    }
}

#[test]
fn plain_http_that_is_permitted_is_another_site_than_the_one_with_tls() {
    let sandbox = Sandbox::start();
    let desk = signed_in(&sandbox);
    desk.configure("[bitbucket]\n\tallowHttp = true\n");
    for address in ["http://bitbucket.org/acme/app.git", "http://git.corp.example/scm/prj/app.git"] {
        sandbox.clear_log();
        desk.git(&["clone", address, "x"]).fails();
        hears_nothing(&sandbox, |_| true);
    }
}

#[test]
fn nobody_signs_in_over_plain_http() {
    let sandbox = Sandbox::start();
    for site in ["http://bitbucket.org", "http://git.corp.example"] {
        let login = Desk::at(&sandbox).signs_in(site, &["--username", "alice"], seeds::HTTP_TOKEN).fails();
        assert!(login.err.contains("plain http"), "{}", login.err);
    }
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_host_that_git_is_redirected_to_hears_nothing() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(&sandbox).with_git(&git);
        let there = "https://evil.example/acme/app.git/info/refs?service=git-upload-pack";
        sandbox.fault(Fault::at("bitbucket.org", "/acme/app.git/info/refs").redirect(there));
        desk.git(&["clone", APP, "x"]).fails();
        hears_nothing(&sandbox, |host| host == "evil.example");
    }
}

#[test]
fn a_host_that_the_api_redirects_to_hears_nothing() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at("api.bitbucket.org", "/").redirect("https://evil.example/2.0/user"));
    Desk::at(&sandbox).signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    assert!(sandbox.requests_to("evil.example").is_empty());
}

#[test]
fn a_submodule_on_another_host_hears_nothing() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = signed_in(&sandbox).with_git(&git);
        let trap = Submodule {
            path: "trap".into(),
            url: "https://bitbucket.org.evil.example/acme/app.git".into(),
            key: "bitbucket.org/acme/app".into(),
        };
        let content = Content { submodules: vec![trap] };
        sandbox.cloud(|cloud| cloud.add_repo(Repo { content, ..Repo::new("acme", "trapped") }));
        desk.git(&["clone", "--recurse-submodules", "https://bitbucket.org/acme/trapped.git", "x"]).fails();
        hears_nothing(&sandbox, |host| host.contains("evil"));
    }
}

#[test]
fn the_other_site_of_the_same_person_hears_nothing_of_the_first() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CODE, &["--username", "alice"], seeds::DC_ALICE_PASSWORD).succeeds();
    sandbox.clear_log();
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "x"]).fails();
    hears_nothing(&sandbox, |_| true);
}

#[test]
fn the_trace_of_everything_holds_no_secret() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with("GIT_TRACE_BITBUCKET", "1");
    let mut told = String::new();
    let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    assert!(login.err.contains("GET https://api.bitbucket.org/2.0/user"), "it does trace: {}", login.err);
    told += &login.err;
    told += &desk.signs_in(seeds::CODE, &["--username", "alice"], seeds::DC_ALICE_PASSWORD).succeeds().err;
    told += &desk.signs_in(seeds::CORP, &[], "BBDC-canary-wrong").fails().err;
    told += &desk.git(&["clone", APP, "x"]).succeeds().err;
    sandbox.revoke(seeds::API_TOKEN);
    told += &desk.git(&["-C", "x", "fetch"]).fails().err;
    for command in [&["status"][..], &["accounts"], &["accounts", "--json"], &["logout", seeds::CODE, "--all"]] {
        let done = desk.helper(command, "");
        told += &(done.out + &done.err);
    }
    assert!(!told.contains("canary"), "{told}");
}

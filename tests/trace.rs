//! What `GIT_TRACE_BITBUCKET` tells: each decision, request, storage and child; and what it never tells, in any story of the
//! house, for every desk looks its traces through at its end.

use crate::stage::{Browser, Desk, gits, tells_a_secret};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const APP: &str = "https://bitbucket.org/acme/app.git";
const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

fn alice_signs_in(desk: &Desk) {
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
}

/// Whether some line holds all of these, in this order.
#[track_caller]
fn says(trace: &str, parts: &[&str]) {
    let holds = |line: &str| {
        let mut rest = line;
        parts.iter().all(|part| match rest.split_once(part) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    };
    assert!(trace.lines().any(holds), "{parts:?} is not in\n{trace}");
}

#[test]
fn each_decision_each_request_each_storage_and_each_child_leaves_a_line() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    alice_signs_in(&desk);
    says(&desk.trace(), &["GET https://api.bitbucket.org/2.0/user: 200, ", " ms"]);
    says(&desk.trace(), &["storage file: write alice at https://bitbucket.org: kept, ", " ms"]);
    says(&desk.trace(), &["settings: ", " lines from git's own files"]);
    // with settings in the environment git is asked instead
    desk.git(&["-c", "x.y=z", "ls-remote", APP]).succeeds();
    says(&desk.trace(), &["child git config: ", " ms"]);
    desk.git(&["clone", APP, "one"]).succeeds();
    says(&desk.trace(), &["https://bitbucket.org is https://bitbucket.org, Bitbucket Cloud"]);
    says(&desk.trace(), &["account alice (the only one)"]);
    says(&desk.trace(), &["storage file: read alice at https://bitbucket.org: found, ", " ms"]);
    says(&desk.trace(), &["answered from storage"]);
    says(&desk.trace(), &["it works: our own answer for alice"]);
}

#[test]
fn the_rule_that_chose_an_account_is_named() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    alice_signs_in(&desk);
    desk.signs_in("bitbucket.org", &["--username", seeds::BOB_EMAIL], seeds::API_TOKEN_BOB).succeeds();
    desk.helper(&["switch", "bitbucket.org", "bob", "--for", "acme"], "").succeeds();
    desk.get(format!("{CLOUD}path=acme/app.git\n"));
    says(&desk.trace(), &["Bitbucket Cloud, for acme/app"]);
    says(&desk.trace(), &["account bob (", "acme"]);
    desk.get("protocol=https\nhost=github.com\n").misses_in_silence();
    says(&desk.trace(), &["https://github.com is no Bitbucket that is known here"]);
}

#[test]
fn what_went_wrong_on_the_way_is_in_the_trace_with_its_time() {
    let sandbox = Sandbox::start();
    let desk = Desk::alone();
    desk.configure(&format!("[http]\n\tproxy = {}\n", sandbox.proxy_url()));
    alice_signs_in(&desk);
    says(
        &desk.trace(),
        &["GET https://api.bitbucket.org/2.0/user: the certificate of api.bitbucket.org is not trusted, ", " ms"],
    );
}

/// A whole life: in by the browser, clone, push, refreshed, refused, asked again, erased, out.
#[test]
fn a_whole_life_leaves_no_secret_in_any_trace() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, browser) = Browser::of(Desk::at(&sandbox).with_git(&git).with_clients(&sandbox));
        desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
        desk.git(&["-C", "one", "push"]).succeeds();
        sandbox.revoke_all_access_tokens(seeds::ALICE);
        // an older git fails once, and both erase
        desk.git(&["-C", "one", "fetch"]);
        desk.git(&["-C", "one", "fetch"]).succeeds();
        alice_signs_in(&desk);
        desk.signs_in(seeds::CORP, &["--username", "alice"], seeds::DC_ALICE_PASSWORD).succeeds();
        desk.signs_in(seeds::CORP, &["--username", "alice"], "canary-wrong").fails();
        desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP), "two"]).succeeds();
        sandbox.fault(Fault::at("api.bitbucket.org", "/").html(502));
        desk.helper(&["status"], "");
        desk.helper(&["erase"], format!("{CLOUD}username=alice\npassword={}\n", seeds::API_TOKEN));
        desk.helper(&["logout", "--all"], "").succeeds();
        let trace = desk.trace();
        says(&trace, &["POST https://bitbucket.org/site/oauth2/access_token: 200, "]);
        says(&trace, &["refused: "]);
        says(&trace, &["storage file: delete "]);
        for secret in sandbox.secrets() {
            assert!(!trace.contains(&secret), "a secret of the sandbox is in the trace");
        }
        assert!(!trace.contains("code=") && !trace.contains("state=") && !trace.contains('?'), "{trace}");
    }
}

#[test]
fn a_token_in_the_place_of_the_username_is_hidden() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    alice_signs_in(&desk);
    desk.get(format!("{CLOUD}username={}\n", seeds::REPO_TOKEN));
    says(&desk.trace(), &["account [token] is not signed in"]);
}

#[test]
fn on_stderr_it_goes_beside_the_answer_and_a_switch_does_the_same() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    alice_signs_in(&desk);
    for value in ["1", "2", "true"] {
        let desk = Desk::at(&sandbox).with("GIT_TRACE_BITBUCKET", value);
        alice_signs_in(&desk);
        let answer = desk.get(CLOUD).succeeds();
        says(&answer.err, &["bitbucket: account alice"]);
        assert!(answer.out.lines().all(|line| line.contains('=')), "{}", answer.out);
        assert!(!tells_a_secret(&answer.err), "{}", answer.err);
        let clone = desk.git(&["clone", APP, "one"]).succeeds();
        says(&clone.err, &["bitbucket: account alice"]);
    }
    let desk = Desk::at(&sandbox).with("GIT_TRACE_BITBUCKET", "0");
    alice_signs_in(&desk);
    assert_eq!(desk.get(CLOUD).err, "");
    says(&desk.helper(&["-v", "get"], CLOUD).err, &["bitbucket: account alice"]);
}

#[test]
fn a_trace_that_cannot_be_written_is_told_once_and_stops_nothing() {
    let sandbox = Sandbox::start();
    for bad in ["trace.log", "/nowhere/trace", "/"] {
        let desk = Desk::at(&sandbox).with("GIT_TRACE_BITBUCKET", bad);
        alice_signs_in(&desk);
        let answer = desk.get(CLOUD).succeeds();
        assert_eq!(answer.value("password"), Some(seeds::API_TOKEN));
        assert_eq!((answer.err.lines().count(), answer.err.contains("no trace: ")), (1, true), "{}", answer.err);
    }
}

#[test]
fn the_file_of_a_trace_is_for_its_owner_alone_and_no_link_is_followed() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let (file, link) = (desk.home().join("own.trace"), desk.home().join("link.trace"));
    std::os::unix::fs::symlink(desk.home().join("victim"), &link).expect("a link");
    let desk = desk.with("GIT_TRACE_BITBUCKET", file.to_str().expect("text"));
    alice_signs_in(&desk);
    assert_eq!(fs::metadata(&file).expect("written").permissions().mode() & 0o777, 0o600);
    assert!(!tells_a_secret(&fs::read_to_string(&file).expect("read")));
    let desk = desk.with("GIT_TRACE_BITBUCKET", link.to_str().expect("text"));
    let answer = desk.get(CLOUD).succeeds();
    assert!(answer.err.contains("symbolic link") && !desk.home().join("victim").exists(), "{}", answer.err);
}

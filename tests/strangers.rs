//! A host that nobody has signed in to: it must prove to be a Bitbucket before anybody is asked for anything.

use crate::stage::{Desk, gits_since};
use bitbucket_sandbox::{Fault, Sandbox, Seen, seeds};

/// Git 2.41 is the first to tell helpers what the server said.
const WWWAUTH: u32 = 41;
const REALM: &str = "wwwauth[]=Basic realm=\"Atlassian Bitbucket\"\n";
const CODE: &str = "protocol=https\nhost=code.corp.example\n";

/// Alice, who has an HTTP access token for whoever asks properly.
fn alice(sandbox: &Sandbox) -> Desk {
    Desk::at(sandbox).person_says(&[("HTTP access token or password for https://", seeds::HTTP_TOKEN)])
}

fn clone_address() -> String {
    format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP)
}

/// The requests that only find out whether there is a Bitbucket.
fn looks(sandbox: &Sandbox) -> Vec<Seen> {
    let mut all = sandbox.api_requests();
    all.retain(|seen| seen.authorization.is_none() && seen.target.ends_with("application-properties"));
    all
}

#[test]
fn where_gits_path_tells_the_context_it_is_looked_at_once_and_remembered() {
    for git in gits_since(WWWAUTH) {
        let sandbox = Sandbox::start();
        let desk = alice(&sandbox).with_git(&git);
        desk.configure("[credential \"https://code.corp.example\"]\n\tuseHttpPath = true\n");
        desk.git(&["clone", &clone_address(), "one"]).succeeds();
        let looked: Vec<String> = looks(&sandbox).into_iter().map(|seen| seen.target).collect();
        assert_eq!(looked, ["/bitbucket/rest/api/latest/application-properties"]);
        sandbox.clear_log();
        desk.git(&["clone", &clone_address(), "two"]).succeeds();
        assert!(sandbox.api_requests().is_empty());
        assert_eq!(desk.asked().len(), 1, "{:?}", desk.asked());
    }
}

#[test]
fn where_git_tells_no_path_the_usual_ones_are_looked_at() {
    for git in gits_since(WWWAUTH) {
        let sandbox = Sandbox::start();
        let desk = alice(&sandbox).with_git(&git);
        desk.git(&["clone", &clone_address(), "one"]).succeeds();
        assert!(desk.asked()[0].contains(seeds::CODE), "{:?}", desk.asked());
        assert_eq!(looks(&sandbox).len(), 2, "the root, then /bitbucket");
    }
}

#[test]
fn a_path_that_leads_to_no_bitbucket_is_said_and_nobody_is_asked() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    let answer = desk.get(format!("{CODE}path=elsewhere/scm/prj/app.git\n{REALM}"));
    answer.misses_saying("https://code.corp.example/elsewhere calls itself Bitbucket, but no Bitbucket answers there");
    assert!(desk.asked().is_empty());
}

#[test]
fn a_host_that_only_claims_to_be_a_bitbucket_hears_no_secret_and_its_name_is_said() {
    for git in gits_since(WWWAUTH) {
        let sandbox = Sandbox::start();
        let desk = alice(&sandbox).with_git(&git);
        let clone = desk.git(&["clone", "https://evil.example/scm/prj/app.git", "x"]).fails();
        assert!(clone.err.contains("https://evil.example calls itself Bitbucket"), "{}", clone.err);
        // what git itself asks is git's
        assert!(desk.asked().iter().all(|question| question.contains("'https://evil.example'")), "{:?}", desk.asked());
        assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
    }
}

#[test]
fn an_outage_or_a_gateway_before_a_stranger_is_said_and_nobody_is_asked() {
    for (fault, words) in [
        ((|fault| fault.status(503)) as fn(Fault) -> Fault, "answered 503"),
        (|fault| fault.redirect("https://sso.corp.example/"), "sends us on to sso.corp.example"),
    ] {
        let sandbox = Sandbox::start();
        let desk = alice(&sandbox);
        sandbox.fault(fault(Fault::at("code.corp.example", "/")));
        desk.get(format!("{CODE}{REALM}")).misses_saying(words);
        assert!(desk.asked().is_empty());
    }
}

#[test]
fn where_nobody_can_be_asked_a_stranger_is_not_even_looked_at() {
    let sandbox = Sandbox::start();
    Desk::at(&sandbox).get(format!("{CODE}{REALM}")).misses_in_silence();
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_site_that_is_configured_is_not_looked_at() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CODE));
    desk.git(&["clone", &clone_address(), "one"]).succeeds();
    assert!(looks(&sandbox).is_empty());
}

#[test]
fn several_gits_at_once_lead_to_one_question() {
    let sandbox = Sandbox::start();
    let desk = alice(&sandbox);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let answer = desk.get(format!("{CODE}{REALM}"));
                assert_eq!(answer.value("password"), Some(seeds::HTTP_TOKEN), "{answer:?}");
            });
        }
    });
    assert_eq!(desk.asked().len(), 1, "{:?}", desk.asked());
}

#[test]
fn a_person_need_not_know_the_path() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let login = desk.signs_in("https://code.corp.example", &[], seeds::HTTP_TOKEN).succeeds();
    assert!(login.err.contains("Signed in to code.corp.example/bitbucket as alice"), "{}", login.err);
    let again = desk.signs_in("https://code.corp.example/bitbucket/scm/prj/app.git", &[], seeds::HTTP_TOKEN).succeeds();
    assert!(again.err.contains("Signed in to code.corp.example/bitbucket as alice"), "{}", again.err);
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert_eq!(accounts.out.matches("alice").count(), 1, "{}", accounts.out);
}

#[test]
fn a_person_who_names_what_is_no_bitbucket_is_told_before_a_secret_is_sent() {
    let sandbox = Sandbox::start();
    for address in ["https://evil.example", "https://code.corp.example/elsewhere"] {
        let login = Desk::at(&sandbox).signs_in(address, &[], seeds::HTTP_TOKEN).fails();
        assert!(login.err.contains(&format!("no Bitbucket answers at {address}")), "{}", login.err);
    }
    assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
}

//! Servers from 5.5 to 10, and where they stand: plain http, ports, context paths, certificates of the company's own.

use super::people::Person;
use super::{
    Bill, HOST, NOTHING, ONE_FAILURE, by_password, can_bearer, corp, desk, fetches, keeps_to_its_paths, signs_in, works,
};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

#[test]
fn servers_of_every_age_let_tokens_in_and_passwords_where_they_do() {
    for git in gits() {
        for version in ["5.5.0", "6.10.17", "7.12.1", "7.20.0", "8.9.22", "9.4.6", "10.0.1"] {
            let sandbox = corp(|site| site.age(version));
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            let takes_passwords = !version.starts_with("10.");
            let failure = if takes_passwords { ONE_FAILURE } else { NOTHING };
            by_password(&desk, "wrong").fails();
            bill.is(failure);
            let login = by_password(&desk, seeds::DC_ALICE_PASSWORD);
            assert_eq!(login.code == 0, takes_passwords, "{version}: {}", login.err);
            signs_in(&desk, &[], seeds::HTTP_TOKEN_LEGACY).succeeds();
            bill.is(NOTHING);
            if takes_passwords || can_bearer(&git) {
                works(&desk);
                sandbox.revoke(seeds::HTTP_TOKEN_LEGACY);
                fetches(&desk).fails();
                bill.is(failure);
                fetches(&desk).fails();
                bill.is(NOTHING);
            }
            keeps_to_its_paths(&sandbox);
        }
    }
}

#[test]
fn a_server_of_each_age_makes_a_token_of_its_own_shape() {
    for (version, start) in [("5.5.0", "M"), ("9.4.6", "BBDC-")] {
        let sandbox = corp(|site| site.age(version));
        let desk = Desk::at(&sandbox);
        let person = Person::signs_in(&desk, &["--username", seeds::ALICE]);
        let person = person.answers("of alice at", seeds::DC_ALICE_PASSWORD).answers("and forget", "");
        person.answers("When shall it end?", "30").ends().succeeds();
        let answer = desk.get(HOST);
        assert!(answer.value("password").is_some_and(|token| token.starts_with(start)), "{version}: {answer:?}");
    }
}

#[test]
fn plain_http_on_a_port_and_under_a_path_works_by_permission_and_not_without() {
    const OLD: &str = "http://old.corp.example:7990/stash";
    for git in gits() {
        let sandbox = Sandbox::start();
        sandbox.opens(OLD);
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        let address = format!("{OLD}/scm/{}.git", seeds::DC_APP);
        let login = desk.signs_in(OLD, &[], seeds::HTTP_TOKEN).fails();
        assert!(login.err.contains("is plain http, so no secret is sent there"), "{}", login.err);
        assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
        desk.configure(&format!("[bitbucket \"{OLD}\"]\n\tallowHttp = true\n"));
        desk.signs_in(OLD, &[], seeds::HTTP_TOKEN).succeeds();
        desk.git(&["clone", "-q", &address, "app"]).succeeds();
        fetches(&desk).succeeds();
        super::pushes(&desk).succeeds();
        // another port is another server
        desk.git(&["ls-remote", &address.replace("7990", "7991")]).fails();
        let told = sandbox.requests().into_iter().filter(|seen| seen.authorization.is_some());
        assert!(told.into_iter().all(|seen| seen.host == "old.corp.example:7990"));
    }
}

#[test]
fn a_server_that_wants_the_companys_certificate_gets_gits_own() {
    for git in gits() {
        let sandbox = corp(|site| site.switches.client_certificate = true);
        let desk = desk(&sandbox, &git);
        let login = signs_in(&desk, &["--username", seeds::ALICE], seeds::HTTP_TOKEN).succeeds();
        assert!(login.err.contains("not checked"), "{}", login.err);
        let (certificate, key) = sandbox.client_certificate();
        let (certificate, key) = (certificate.display(), key.display());
        let lines = format!("[http \"{}\"]\n\tsslCert = {certificate}\n\tsslKey = {key}\n", seeds::CORP);
        desk.configure(&lines);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        works(&desk);
        Bill::of(&sandbox).is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn a_ca_of_the_companys_own_is_trusted_by_gits_own_setting_alone() {
    let sandbox = corp(|_| {});
    let desk = Desk::alone();
    desk.configure(&format!("[http]\n\tproxy = {}\n", sandbox.proxy_url()));
    desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CORP));
    let login = signs_in(&desk, &["--username", seeds::ALICE], seeds::HTTP_TOKEN);
    assert!(login.err.contains("the certificate of git.corp.example is not trusted"), "{}", login.err);
    assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
    desk.configure(&format!("[http \"{}\"]\n\tsslCAInfo = {}\n", seeds::CORP, sandbox.ca_file().display()));
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
    works(&desk);
}

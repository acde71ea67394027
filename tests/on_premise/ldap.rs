//! Passwords judged by a real LDAP directory: whatever the names look like, however slow it is, whoever is renamed.

use super::people::alice;
use super::{
    Bill, Cost, HOST, NOTHING, ONE_FAILURE, app, by_password, clones, corp, desk, fetches, keeps_to_its_paths,
    signs_in, works,
};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::data_center::LdapDirectory;
use bitbucket_sandbox::ldap::{Entry, Slapd};
use bitbucket_sandbox::{Sandbox, seeds};
use std::time::Duration;

const ACCOUNT: &str = "sAMAccountName";
const PRINCIPAL: &str = "userPrincipalName";
const MARRIED: Entry<'static> =
    Entry { cn: "Alice Brown", account: "alice.brown", principal: "alice.brown@corp.example" };

/// A company whose names come from this attribute; none where there is no slapd.
fn connected(attribute: &str, change: impl FnOnce(&mut LdapDirectory)) -> Option<(Sandbox, Slapd)> {
    let slapd = Slapd::start()?;
    let mut ldap = LdapDirectory::new(slapd.server(), attribute);
    change(&mut ldap);
    let sandbox = corp(|site| site.connect(ldap).expect("slapd answers"));
    Some((sandbox, slapd))
}

fn as_user(desk: &Desk, user: &str, password: &str) -> crate::stage::Done {
    signs_in(desk, &["--username", user], password)
}

#[test]
fn names_of_every_kind_sign_in_and_are_kept_as_the_server_writes_them() {
    let carol = seeds::LDAP_CAROL;
    for git in gits() {
        for (attribute, typed, name) in [
            ("cn", "carol clark", carol.cn),
            (ACCOUNT, "CAROL.C", carol.account),
            (PRINCIPAL, "Carol@Corp.Example", carol.principal),
        ] {
            let Some((sandbox, _slapd)) = connected(attribute, |_| {}) else { return };
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            as_user(&desk, typed, "wrong").fails();
            as_user(&desk, name, "wrong").fails();
            bill.is(ONE_FAILURE);
            let login = as_user(&desk, typed, seeds::LDAP_CAROL_PASSWORD).succeeds();
            assert!(login.err.contains(&format!("as {name}; kept")), "{}", login.err);
            assert_eq!(desk.get(HOST).value("username"), Some(name));
            works(&desk);
            bill.is(NOTHING);
            keeps_to_its_paths(&sandbox);
        }
    }
}

#[test]
fn a_password_that_was_changed_in_the_directory_costs_one_failure() {
    for git in gits() {
        let Some((sandbox, _slapd)) = connected(ACCOUNT, |_| {}) else { return };
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        by_password(&desk, seeds::LDAP_ALICE_PASSWORD).succeeds();
        clones(&desk).succeeds();
        // what she had before the company got its directory
        by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
        by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
        bill.is(ONE_FAILURE);
        fetches(&desk).succeeds();
        bill.is(NOTHING);
    }
}

#[test]
fn a_name_with_an_at_sign_works_in_an_address_and_git_itself_fails_once_with_nothing() {
    for git in gits() {
        let Some((sandbox, _slapd)) = connected(PRINCIPAL, |_| {}) else { return };
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        as_user(&desk, seeds::LDAP_CAROL.principal, seeds::LDAP_CAROL_PASSWORD).succeeds();
        as_user(&desk, seeds::LDAP_ALICE.principal, seeds::LDAP_ALICE_PASSWORD).succeeds();
        bill.is(NOTHING);
        let address = app().replace("https://", "https://carol%40corp.example@");
        desk.git(&["clone", "-q", &address, "named"]).succeeds();
        bill.is(Cost { empty: 1, ..NOTHING });
        let who = sandbox.requests_to("git.corp.example").pop().and_then(|seen| seen.user);
        assert_eq!(who.as_deref(), Some(seeds::LDAP_CAROL.principal));
        // without the percent sign git looks for another host, which is not ours to answer
        let broken = app().replace("https://", "https://carol@corp.example@");
        desk.git(&["clone", "-q", &broken, "broken"]).fails();
        bill.is(NOTHING);
    }
}

#[test]
fn a_slow_directory_is_waited_for_and_a_silent_one_refuses_nobody() {
    for git in gits() {
        let Some((sandbox, slapd)) = connected(ACCOUNT, |ldap| ldap.server.limit = Duration::from_secs(2)) else {
            return;
        };
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        slapd.delay(Duration::from_millis(500));
        by_password(&desk, seeds::LDAP_ALICE_PASSWORD).succeeds();
        clones(&desk).succeeds();
        bill.is(NOTHING);
        slapd.delay(Duration::from_secs(30));
        let login = by_password(&desk, seeds::LDAP_ALICE_PASSWORD).succeeds();
        assert!(login.err.contains("not checked: git.corp.example says: The remote user directory"), "{}", login.err);
        slapd.delay(Duration::ZERO);
        by_password(&desk, seeds::LDAP_ALICE_PASSWORD).succeeds();
        fetches(&desk).succeeds();
    }
}

#[test]
fn an_answer_that_takes_longer_than_we_wait_refuses_nobody_either() {
    let Some((sandbox, slapd)) = connected(ACCOUNT, |_| {}) else { return };
    let desk = Desk::at(&sandbox);
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\ttimeout = 1\n");
    slapd.delay(Duration::from_secs(5));
    let login = by_password(&desk, seeds::LDAP_ALICE_PASSWORD).succeeds();
    assert!(login.err.contains("not checked: git.corp.example did not answer within 1 s"), "{}", login.err);
    assert_eq!(desk.get(HOST).value("password"), Some(seeds::LDAP_ALICE_PASSWORD));
    Bill::of(&sandbox).is(NOTHING);
}

#[test]
fn a_renamed_persons_token_goes_on_under_the_new_name() {
    for git in gits() {
        let Some((sandbox, slapd)) = connected(ACCOUNT, |_| {}) else { return };
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        clones(&desk).succeeds();
        slapd.rename(&seeds::LDAP_ALICE, &MARRIED);
        as_user(&Desk::at(&sandbox), MARRIED.account, seeds::LDAP_ALICE_PASSWORD).succeeds();
        bill.is(NOTHING);
        let mut fetch = fetches(&desk);
        if fetch.code != 0 {
            // before git 2.46 a refusal ends the command; the next one knows
            fetch = fetches(&desk);
        }
        assert!(fetch.err.contains("knows alice as alice.brown now"), "{}", fetch.err);
        fetch.succeeds();
        bill.is(ONE_FAILURE);
        fetches(&desk).succeeds();
        bill.is(NOTHING);
    }
}

#[test]
fn a_renamed_persons_password_leads_to_a_sign_in_that_explains_itself() {
    for git in gits() {
        for unique_id in [true, false] {
            let Some((sandbox, slapd)) = connected(ACCOUNT, |ldap| ldap.unique_id = unique_id) else { return };
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            by_password(&desk, seeds::LDAP_ALICE_PASSWORD).succeeds();
            clones(&desk).succeeds();
            slapd.rename(&seeds::LDAP_ALICE, &MARRIED);
            fetches(&desk).fails();
            bill.is(ONE_FAILURE);
            let again = alice(&desk, seeds::LDAP_ALICE_PASSWORD).answers("Send it once more?", "n");
            let said = again.answers("of alice at", "\x04").ends().fails().err;
            assert!(said.contains("has refused this password before"), "{said}");
            let wrong = by_password(&desk, "another").fails();
            assert!(wrong.err.contains("whoever was renamed needs the new name"), "{}", wrong.err);
            bill.is(ONE_FAILURE);
            as_user(&desk, MARRIED.account, seeds::LDAP_ALICE_PASSWORD).succeeds();
            if unique_id {
                fetches(&desk).succeeds();
            }
            bill.is(NOTHING);
        }
    }
}

//! Users whose passwords a real slapd judges: the names they go by, slowness, renaming.

use super::client::{Answer, Ask};
use super::desk::{self, Desk};
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::data_center::{LdapDirectory, Reason};
use bitbucket_sandbox::ldap::{Entry, Slapd};
use bitbucket_sandbox::{Sandbox, seeds};
use std::time::Duration;

const ACCOUNT: &str = "sAMAccountName";
const PRINCIPAL: &str = "userPrincipalName";
const MARRIED: Entry<'static> =
    Entry { cn: "Alice Brown", account: "alice.brown", principal: "alice.brown@corp.example" };

/// A Data Center connected to a slapd, names from this attribute; none where there is no slapd.
fn connected(attribute: &str, change: impl FnOnce(&mut LdapDirectory)) -> Option<(Sandbox, Slapd)> {
    let slapd = Slapd::start()?;
    let mut ldap = LdapDirectory::new(slapd.server(), attribute);
    change(&mut ldap);
    let sandbox = corp(|site| site.connect(ldap).expect("slapd answers"));
    Some((sandbox, slapd))
}

fn ask(sandbox: &Sandbox, user: &str, secret: &str) -> Answer {
    Ask::get(sandbox, PROPERTIES).basic(user, secret).sent()
}

fn alice(sandbox: &Sandbox, user: &str) -> Answer {
    ask(sandbox, user, seeds::LDAP_ALICE_PASSWORD)
}

#[test]
fn the_username_is_whichever_attribute_the_administrator_has_chosen() {
    for (attribute, name) in [("cn", "Alice+Archer"), (ACCOUNT, "alice"), (PRINCIPAL, "alice%40corp.example")] {
        let Some((sandbox, _slapd)) = connected(attribute, |_| {}) else { return };
        for user in [seeds::LDAP_ALICE.cn, seeds::LDAP_ALICE.account, seeds::LDAP_ALICE.principal] {
            let answer = alice(&sandbox, user);
            let right = name.replace("%40", "@").replace('+', " ") == user;
            assert_eq!((answer.status, answer.user()), if right { (200, Some(name)) } else { (401, None) });
        }
    }
}

#[test]
fn the_server_spells_the_name_as_the_directory_does() {
    let Some((sandbox, _slapd)) = connected(ACCOUNT, |_| {}) else { return };
    for user in ["Carol.C", "carol.c", "CAROL.C"] {
        assert_eq!(ask(&sandbox, user, seeds::LDAP_CAROL_PASSWORD).user(), Some("Carol.C"));
    }
}

#[test]
fn only_the_directorys_password_opens_and_a_wrong_one_costs_one_failure() {
    let Some((sandbox, _slapd)) = connected(ACCOUNT, |_| {}) else { return };
    assert_eq!(ask(&sandbox, seeds::ALICE, seeds::DC_ALICE_PASSWORD).status, 401, "that was the server's own");
    assert_eq!(alice_failed(&sandbox), 1);
    assert_eq!(ask(&sandbox, seeds::ALICE, "").status, 401, "an empty one is no anonymous bind");
    assert_eq!(ask(&sandbox, "nobody", "x").status, 401);
    assert_eq!(
        ask(&sandbox, seeds::ADMIN, seeds::DC_ADMIN_PASSWORD).user(),
        Some(seeds::ADMIN),
        "not in the directory"
    );
    for _ in 0..3 {
        ask(&sandbox, seeds::ALICE, "wrong");
    }
    assert_eq!(alice(&sandbox, seeds::ALICE).exception(), "CaptchaRequiredAuthenticationException");
}

#[test]
fn git_clones_with_an_at_sign_in_the_name() {
    for git in desk::gits() {
        let Some((sandbox, _slapd)) = connected(PRINCIPAL, |_| {}) else { return };
        let desk = Desk::of(&sandbox, &git, seeds::LDAP_ALICE.principal, seeds::LDAP_ALICE_PASSWORD);
        desk.clones().succeeds();
        let address = "https://alice%40corp.example@git.corp.example/scm/prj/app.git";
        desk.git(&["clone", "-q", address, "named"]).succeeds();
    }
}

#[test]
fn tokens_and_rights_stay_with_whoever_had_them_before() {
    let Some((sandbox, _slapd)) = connected(PRINCIPAL, |_| {}) else { return };
    let answer = Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN).sent();
    assert_eq!(answer.user(), Some("alice%40corp.example"));
}

#[test]
fn a_slow_directory_is_awaited_and_nobody_else_waits_for_it() {
    let Some((sandbox, slapd)) = connected(ACCOUNT, |_| {}) else { return };
    slapd.delay(Duration::from_millis(700));
    let slow = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::LDAP_ALICE_PASSWORD);
    let asking = std::thread::spawn(move || slow.sent());
    let mut others = 0;
    while !asking.is_finished() {
        assert_eq!(Ask::get(&sandbox, PROPERTIES).sent().status, 200);
        others += 1;
    }
    assert_eq!(asking.join().expect("an answer").user(), Some(seeds::ALICE));
    // the directory answers three times: had each other request waited for one of them, there were three
    assert!(others > 10, "others are served while the directory thinks: {others}");
}

#[test]
fn a_directory_that_is_too_slow_is_not_a_wrong_password_but_may_look_like_one() {
    for (silent, exception) in
        [(None, "AuthenticationSystemException"), (Some(Reason::Incorrect), "IncorrectPasswordAuthenticationException")]
    {
        let Some((sandbox, slapd)) = connected(ACCOUNT, |ldap| {
            ldap.server.limit = Duration::from_secs(1);
            if let Some(reason) = silent {
                ldap.silent = reason;
            }
        }) else {
            return;
        };
        assert_eq!(alice(&sandbox, seeds::ALICE).status, 200);
        slapd.delay(Duration::from_secs(20));
        let answer = alice(&sandbox, seeds::ALICE);
        assert_eq!((answer.status, answer.exception().as_str()), (401, exception));
    }
}

#[test]
fn a_renamed_user_keeps_everything_where_the_unique_id_is_set() {
    let Some((sandbox, slapd)) = connected(ACCOUNT, |_| {}) else { return };
    slapd.rename(&seeds::LDAP_ALICE, &MARRIED);
    assert_eq!(alice(&sandbox, seeds::ALICE).status, 401, "the directory does not know the old name");
    assert_eq!(alice(&sandbox, MARRIED.account).user(), Some(MARRIED.account));
    let by_token = Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN).sent();
    assert_eq!(by_token.user(), Some(MARRIED.account), "the token is hers under the new name");
    Desk::of(&sandbox, &desk::git(), seeds::ALICE, seeds::HTTP_TOKEN).clones().fails_saying("Authentication failed");
    Desk::of(&sandbox, &desk::git(), MARRIED.account, seeds::HTTP_TOKEN).clones().succeeds();
}

#[test]
fn a_renamed_user_is_a_new_one_where_it_is_not() {
    let Some((sandbox, slapd)) = connected(ACCOUNT, |ldap| ldap.unique_id = false) else { return };
    slapd.rename(&seeds::LDAP_ALICE, &MARRIED);
    assert_eq!(alice(&sandbox, MARRIED.account).user(), Some(MARRIED.account));
    let desk = Desk::of(&sandbox, &desk::git(), MARRIED.account, seeds::LDAP_ALICE_PASSWORD);
    desk.clones().fails_saying("Repository not found");
    let mut ldap = LdapDirectory::new(slapd.server(), ACCOUNT);
    ldap.unique_id = false;
    sandbox.data_center(seeds::CORP, |site| site.directory.follow(&ldap).expect("slapd answers"));
    let by_token = Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN).sent();
    assert_eq!(by_token.status, 401, "the next synchronisation deletes the old one, tokens and all");
}

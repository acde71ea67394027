//! What signs somebody in whatever the password says, or keeps the password from the server: gateways, proxies,
//! container authentication, cookies.

use super::client::{Answer, Ask};
use super::desk::{self, Desk};
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::data_center::plugins::Container;
use bitbucket_sandbox::data_center::{Cookie, GATEWAY_COOKIE, Gateway};
use bitbucket_sandbox::{Sandbox, seeds};

const SSO: &str = "https://sso.corp.example/login";

fn with_password(sandbox: &Sandbox, secret: &str) -> Answer {
    Ask::get(sandbox, PROPERTIES).basic(seeds::ALICE, secret).sent()
}

/// The `name=value` of the cookie that an answer sets.
fn cookie_of(answer: &Answer) -> String {
    let set = answer.header("Set-Cookie").expect("a cookie");
    set.split(';').next().expect("its beginning").to_owned()
}

fn gateway(passes_authorization: bool) -> Option<Gateway> {
    Some(Gateway { to: SSO.to_owned(), passes_authorization })
}

#[test]
fn a_gateway_redirects_everybody_who_has_not_signed_in_there() {
    let sandbox = corp(|site| site.front_door.gateway = gateway(false));
    let anonymous = Ask::get(&sandbox, PROPERTIES).sent();
    for answer in [anonymous, with_password(&sandbox, seeds::DC_ALICE_PASSWORD)] {
        assert_eq!((answer.status, answer.header("Location")), (302, Some(SSO)));
        assert_eq!(answer.header("X-AREQUESTID"), None, "Bitbucket itself has not seen it");
    }
    let inside = Ask::get(&sandbox, PROPERTIES).header("Cookie", &format!("a=b; {GATEWAY_COOKIE}=1"));
    assert_eq!(inside.bearer(seeds::HTTP_TOKEN).sent().user(), Some(seeds::ALICE));
    let desk = Desk::of(&sandbox, &desk::git(), seeds::ALICE, seeds::DC_ALICE_PASSWORD);
    assert!(!desk.clones().well);
    let told = sandbox.requests_to("sso.corp.example");
    assert!(told.iter().all(|seen| seen.authorization.is_none()), "{told:?}");
}

#[test]
fn another_gateway_lets_pass_what_carries_a_secret() {
    let sandbox = corp(|site| site.front_door.gateway = gateway(true));
    assert_eq!(Ask::get(&sandbox, PROPERTIES).sent().status, 302);
    assert_eq!(Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN).sent().user(), Some(seeds::ALICE));
}

#[test]
fn a_proxy_that_keeps_the_secret_makes_a_200_that_knows_nobody() {
    let sandbox = corp(|site| site.front_door.drops_authorization = true);
    for secret in [seeds::DC_ALICE_PASSWORD, "wrong"] {
        let answer = with_password(&sandbox, secret);
        assert_eq!((answer.status, answer.user()), (200, None));
    }
    assert_eq!(alice_failed(&sandbox), 0);
}

#[test]
fn container_authentication_makes_everybody_somebody_else_whatever_the_password_says() {
    let sandbox = corp(|site| {
        site.front_door.adds = vec![("X-Forwarded-User".to_owned(), seeds::BOB.to_owned())];
        site.chain.add(Box::new(Container { header: "X-Forwarded-User".to_owned() }));
    });
    for secret in [seeds::DC_ALICE_PASSWORD, "wrong", seeds::HTTP_TOKEN] {
        assert_eq!(with_password(&sandbox, secret).user(), Some(seeds::BOB));
    }
    assert_eq!(alice_failed(&sandbox), 0);
    Desk::of(&sandbox, &desk::git(), seeds::ALICE, "wrong").clones().succeeds();
}

#[test]
fn a_session_cookie_beats_the_password() {
    let sandbox = corp(|site| {
        site.chain.add(Box::new(Cookie::session()));
        site.chain.on_success(Box::new(Cookie::session()));
    });
    let bob = Ask::get(&sandbox, PROPERTIES).basic(seeds::BOB, seeds::DC_BOB_PASSWORD).sent();
    let cookie = cookie_of(&bob);
    let ask = |secret| Ask::get(&sandbox, PROPERTIES).header("Cookie", &cookie).basic(seeds::ALICE, secret).sent();
    assert_eq!(ask("wrong").user(), Some(seeds::BOB), "whoever keeps cookies believes a wrong password");
    assert_eq!(ask("wrong").header("Set-Cookie"), None);
    assert_eq!(with_password(&sandbox, "wrong").status, 401, "whoever keeps none does not");
    assert!(sandbox.secrets().iter().any(|secret| cookie.ends_with(secret)), "a cookie is a secret");
}

#[test]
fn remember_me_comes_last_unless_set_before() {
    let sandbox = corp(|site| {
        site.chain.add(Box::new(Cookie::remember_me()));
        site.chain.on_success(Box::new(Cookie::remember_me()));
    });
    let cookie = cookie_of(&with_password(&sandbox, seeds::DC_ALICE_PASSWORD));
    let ask = || Ask::get(&sandbox, PROPERTIES).header("Cookie", &cookie);
    assert_eq!(ask().sent().user(), Some(seeds::ALICE));
    assert_eq!(ask().basic(seeds::BOB, "wrong").sent().status, 401);
    sandbox.data_center(seeds::CORP, |site| site.chain.add(Box::new(Cookie::remember_me().at(40))));
    assert_eq!(ask().basic(seeds::BOB, "wrong").sent().user(), Some(seeds::ALICE));
}

#[test]
fn crowds_single_sign_on_is_asked_first() {
    let sandbox = corp(|site| {
        site.chain.add(Box::new(Cookie::crowd_sso()));
        site.directory.cookies.insert("from-crowd".to_owned(), seeds::BOB.to_owned());
    });
    let ask = Ask::get(&sandbox, PROPERTIES).header("Cookie", "crowd.token_key=from-crowd");
    assert_eq!(ask.basic(seeds::ALICE, "wrong").sent().user(), Some(seeds::BOB));
}

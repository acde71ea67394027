//! A token plug-in: tokens as the password or as Bearer, limited by time, method and address.

use super::client::Ask;
use super::desk::{self, Desk};
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::data_center::plugins::{NoPasswords, PluginToken, Range, TokenPlugin};
use bitbucket_sandbox::data_center::{DataCenter, Reason, Refusal};
use bitbucket_sandbox::{Sandbox, seeds};
use std::time::Duration;

const TOKEN: &str = "canary-plugin-token-of-alice";
const OFFICE: &str = "10.1.2.3";

fn install(site: &mut DataCenter, plugin: TokenPlugin, token: PluginToken) {
    site.chain.add(Box::new(plugin));
    site.directory.plugin_tokens.push(token);
}

fn alices() -> PluginToken {
    PluginToken::new(TOKEN, seeds::ALICE)
}

fn read_only() -> PluginToken {
    PluginToken { read_only: true, ..alices() }
}

fn from_the_office() -> PluginToken {
    PluginToken { ranges: vec![Range::parse("10.0.0.0/8").expect("a range")], ..alices() }
}

fn status(sandbox: &Sandbox) -> u16 {
    Ask::get(sandbox, PROPERTIES).basic(seeds::ALICE, TOKEN).sent().status
}

fn come_from(sandbox: &Sandbox, address: &str) {
    sandbox.come_from(address.parse().expect("an address"));
}

#[test]
fn a_token_goes_as_the_password_or_as_bearer_and_only_its_owner_may_use_it() {
    let sandbox = corp(|site| install(site, TokenPlugin::default(), alices()));
    assert_eq!(Ask::get(&sandbox, PROPERTIES).bearer(TOKEN).sent().user(), Some(seeds::ALICE));
    assert_eq!(status(&sandbox), 200);
    assert_eq!(Ask::get(&sandbox, PROPERTIES).basic(seeds::BOB, TOKEN).sent().status, 401);
    assert!(sandbox.secrets().contains(&TOKEN.to_owned()));
    assert!(sandbox.revoke(TOKEN));
    assert_eq!(status(&sandbox), 401);
}

#[test]
fn the_servers_own_tokens_and_passwords_work_beside_it() {
    let sandbox = corp(|site| install(site, TokenPlugin::default(), alices()));
    for secret in [seeds::HTTP_TOKEN, seeds::DC_ALICE_PASSWORD] {
        let answer = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, secret).sent();
        assert_eq!(answer.user(), Some(seeds::ALICE));
    }
}

#[test]
fn one_of_the_two_ways_can_be_closed() {
    let plugin = TokenPlugin { bearer: false, ..TokenPlugin::default() };
    let sandbox = corp(|site| install(site, plugin, alices()));
    assert_eq!((status(&sandbox), Ask::get(&sandbox, PROPERTIES).bearer(TOKEN).sent().status), (200, 401));
    let plugin = TokenPlugin { basic: false, ..TokenPlugin::default() };
    let sandbox = corp(|site| install(site, plugin, alices()));
    assert_eq!((status(&sandbox), Ask::get(&sandbox, PROPERTIES).bearer(TOKEN).sent().status), (401, 200));
}

#[test]
fn a_token_that_has_ended_is_refused_and_counts_if_the_plugin_counts() {
    for counts in [true, false] {
        let plugin = TokenPlugin { counts, ..TokenPlugin::default() };
        let sandbox = corp(|site| install(site, plugin, alices()));
        let end = sandbox.now() + 3600;
        sandbox.data_center(seeds::CORP, |site| site.directory.plugin_tokens[0].expires = Some(end));
        assert_eq!(status(&sandbox), 200);
        sandbox.advance(Duration::from_secs(3601));
        assert_eq!((status(&sandbox), alice_failed(&sandbox)), (401, u32::from(counts)));
    }
}

#[test]
fn a_read_only_token_clones_and_its_push_is_refused_after_a_good_beginning() {
    for git in desk::gits() {
        let sandbox = corp(|site| install(site, TokenPlugin::default(), read_only()));
        let desk = Desk::of(&sandbox, &git, seeds::ALICE, TOKEN);
        desk.clones().succeeds();
        desk.commits();
        desk.pushes().fails_saying("403");
        assert!(desk.still_knows());
        let seen = sandbox.requests();
        let begun = seen.iter().find(|seen| seen.target.contains("service=git-receive-pack") && seen.user.is_some());
        assert_eq!(begun.map(|seen| seen.status), Some(200), "the beginning of a push is a GET");
    }
}

#[test]
fn where_the_post_of_a_fetch_counts_as_writing_a_good_check_proves_nothing() {
    let plugin = TokenPlugin { fetch_posts: false, ..TokenPlugin::default() };
    let sandbox = corp(|site| install(site, plugin, read_only()));
    assert_eq!(status(&sandbox), 200);
    Desk::of(&sandbox, &desk::git(), seeds::ALICE, TOKEN).clones().fails_saying("403");
}

#[test]
fn a_token_from_the_wrong_address_looks_wrong() {
    let sandbox = corp(|site| install(site, TokenPlugin::default(), from_the_office()));
    assert_eq!(status(&sandbox), 401);
    come_from(&sandbox, OFFICE);
    assert_eq!(status(&sandbox), 200);
    come_from(&sandbox, "203.0.113.9");
    let answer = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, TOKEN).sent();
    assert_eq!(answer.exception(), "IncorrectPasswordAuthenticationException");
}

#[test]
fn or_the_plugin_says_what_is_wrong_with_the_address() {
    let elsewhere: Reason = Refusal::new(403, "Not from this address.").into();
    let plugin = TokenPlugin { elsewhere, ..TokenPlugin::default() };
    let sandbox = corp(|site| install(site, plugin, from_the_office()));
    let desk = Desk::of(&sandbox, &desk::git(), seeds::ALICE, TOKEN);
    desk.clones().fails_saying("Not from this address");
    assert!(desk.still_knows());
}

#[test]
fn behind_a_proxy_the_clients_address_is_in_a_header_that_must_be_set_up() {
    for (client_header, expected) in [(None, 401), (Some("X-Forwarded-For".to_owned()), 200)] {
        let plugin = TokenPlugin { client_header, ..TokenPlugin::default() };
        let sandbox = corp(|site| {
            install(site, plugin, from_the_office());
            site.front_door.address = Some([192, 168, 0, 1].into());
        });
        come_from(&sandbox, OFFICE);
        assert_eq!(status(&sandbox), expected);
        come_from(&sandbox, "203.0.113.9");
        let liar = Ask::get(&sandbox, PROPERTIES).header("X-Forwarded-For", OFFICE).basic(seeds::ALICE, TOKEN);
        assert_eq!(liar.sent().status, 401, "the proxy's word comes last");
    }
}

#[test]
fn with_password_sign_in_off_only_tokens_of_either_kind_open_the_api() {
    let sandbox = corp(|site| {
        install(site, TokenPlugin::default(), alices());
        site.chain.add(Box::new(NoPasswords::default()));
    });
    let ask = |secret| Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, secret).sent();
    assert_eq!([ask(TOKEN).status, ask(seeds::HTTP_TOKEN).status], [200, 200]);
    let refused = ask(seeds::DC_ALICE_PASSWORD);
    assert_eq!(refused.status, 401);
    assert!(refused.body.contains("Passwords are not accepted here"));
    assert_eq!(alice_failed(&sandbox), 0);
    let desk = Desk::of(&sandbox, &desk::git(), seeds::ALICE, seeds::DC_ALICE_PASSWORD);
    desk.clones().fails_saying("Passwords are not accepted here");
}

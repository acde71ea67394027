//! A token plug-in: its tokens work like the server's own, those that only read are told apart, an address is no reason to
//! forget anything, and passwords may be switched off beside it.

use super::people::{Person, alice};
use super::{
    Bill, HOST, NOTHING, ONE_FAILURE, by_password, clones, corp, desk, fetches, keeps_to_its_paths, pushes, signs_in,
    works,
};
use crate::stage::{Desk, Done, gits};
use bitbucket_sandbox::data_center::plugins::{NoPasswords, PluginToken, Range, TokenPlugin};
use bitbucket_sandbox::data_center::{Reason, Refusal};
use bitbucket_sandbox::{Sandbox, seeds};

const TOKEN: &str = "canary-plugin-token-of-alice";
const OFFICE: [u8; 4] = [10, 1, 2, 3];
const HOTEL: [u8; 4] = [203, 0, 113, 9];

fn installed(plugin: TokenPlugin, token: PluginToken) -> Sandbox {
    corp(|site| {
        site.chain.add(Box::new(plugin));
        site.directory.plugin_tokens.push(token);
    })
}

fn alices() -> PluginToken {
    PluginToken::new(TOKEN, seeds::ALICE)
}

fn by_token(desk: &Desk) -> Done {
    signs_in(desk, &["--token"], TOKEN)
}

#[test]
fn its_tokens_work_in_either_way_and_end_at_the_price_of_one_failure() {
    for git in gits() {
        // whether the plug-in counts its refusals or the server those of an unknown password
        for counts in [true, false] {
            let plugin = TokenPlugin { counts, ..TokenPlugin::default() };
            let sandbox = installed(plugin, alices());
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            signs_in(&desk, &["--token"], "wrong").fails();
            by_token(&desk).succeeds();
            works(&desk);
            bill.is(NOTHING);
            sandbox.revoke(TOKEN);
            fetches(&desk).fails();
            bill.is(ONE_FAILURE);
            fetches(&desk).fails();
            bill.is(NOTHING);
            keeps_to_its_paths(&sandbox);
        }
    }
}

#[test]
fn a_way_that_is_closed_is_found_out_at_the_sign_in() {
    for git in gits() {
        let sandbox = installed(TokenPlugin { basic: false, ..TokenPlugin::default() }, alices());
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        by_token(&desk).succeeds();
        // the question was taken for a wrong password; afterwards it is known
        bill.is(ONE_FAILURE);
        match super::can_bearer(&git) {
            true => works(&desk),
            false => drop(clones(&desk).fails()),
        }
        bill.is(NOTHING);
        let sandbox = installed(TokenPlugin { bearer: false, ..TokenPlugin::default() }, alices());
        let desk = super::desk(&sandbox, &git);
        by_token(&desk).fails();
        by_password(&desk, TOKEN).succeeds();
        works(&desk);
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn a_token_that_was_given_as_a_password_is_no_reason_to_make_another() {
    let sandbox = installed(TokenPlugin::default(), alices());
    let desk = Desk::at(&sandbox);
    let person = alice(&desk, TOKEN).answers("and forget the password?", "").answers("When shall it end?", "");
    person.answers("Expires", "").ends().succeeds();
    assert_eq!(desk.get(HOST).value("password"), Some(TOKEN));
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("alice  HTTP access token"), "{accounts}");
    Bill::of(&sandbox).is(NOTHING);
}

#[test]
fn a_token_that_only_reads_is_told_apart_at_the_sign_in_and_survives_the_push_that_fails() {
    for git in gits() {
        for (fetch_posts, cannot) in [(true, "cannot push to prj/app"), (false, "cannot clone prj/app")] {
            let plugin = TokenPlugin { fetch_posts, ..TokenPlugin::default() };
            let sandbox = installed(plugin, PluginToken { read_only: true, ..alices() });
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            let login = signs_in(&desk, &["--token", "--for", "prj/app"], TOKEN).succeeds();
            assert!(login.err.contains(cannot), "{}", login.err);
            bill.is(NOTHING);
            let refused = match fetch_posts {
                true => {
                    clones(&desk).succeeds();
                    fetches(&desk).succeeds();
                    bill.is(NOTHING);
                    pushes(&desk).fails()
                }
                false => clones(&desk).fails(),
            };
            assert!(refused.err.contains("403"), "{}", refused.err);
            // the plug-in counts what it refuses, whatever it is
            bill.is(ONE_FAILURE);
            assert_eq!(desk.get(HOST).value("password"), Some(TOKEN));
        }
        // the server's own tokens are told apart the same way
        let sandbox = corp(|_| {});
        let desk = desk(&sandbox, &git);
        for (token, warned) in [(seeds::HTTP_TOKEN, false), (seeds::HTTP_TOKEN_READ_ONLY, true)] {
            let login = signs_in(&desk, &["--for", "prj/app"], token).succeeds();
            assert_eq!(login.err.contains("cannot push to prj/app"), warned, "{}", login.err);
        }
    }
}

#[test]
fn a_refusal_for_the_address_deletes_nothing_in_whatever_words_it_comes() {
    let words: [(Reason, bool); 3] = [
        (Reason::Incorrect, false),
        (Refusal::new(401, "Not from this address.").into(), true),
        (Refusal::new(403, "Not from this address.").into(), true),
    ];
    for git in gits() {
        for (elsewhere, clear) in words.clone() {
            let ranges = vec![Range::parse("10.0.0.0/8").expect("a range")];
            let plugin = TokenPlugin { elsewhere, ..TokenPlugin::default() };
            let sandbox = installed(plugin, PluginToken { ranges, ..alices() });
            sandbox.come_from(OFFICE.into());
            let desk = desk(&sandbox, &git);
            by_token(&desk).succeeds();
            clones(&desk).succeeds();
            sandbox.come_from(HOTEL.into());
            let mut bill = Bill::of(&sandbox);
            fetches(&desk).fails();
            // the plug-in counts what it refuses, whatever it is
            bill.is(ONE_FAILURE);
            let second = fetches(&desk).fails();
            assert_eq!(second.err.contains("Not from this address"), clear, "{}", second.err);
            assert!(desk.helper(&["accounts"], "").succeeds().out.contains("alice  HTTP access token"));
            sandbox.come_from(OFFICE.into());
            if !clear {
                desk.helper(&["status", seeds::CORP], "").succeeds();
            }
            fetches(&desk).succeeds();
            keeps_to_its_paths(&sandbox);
        }
    }
}

#[test]
fn with_passwords_off_the_servers_words_are_shown_and_tokens_of_either_kind_work() {
    for git in gits() {
        let sandbox = installed(TokenPlugin::default(), alices());
        sandbox.data_center(seeds::CORP, |site| site.chain.add(Box::new(NoPasswords::default())));
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        let login = by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        let words = "git.corp.example says: Passwords are not accepted here. Use an API token";
        assert!(login.err.contains(words), "{}", login.err);
        let clone = clones(&desk).fails();
        // from 2.46 on git leaves the words to us
        let words =
            if super::can_bearer(&git) { "does not accept this username" } else { "Passwords are not accepted" };
        assert!(clone.err.contains(words), "{}", clone.err);
        for (arguments, token) in [(&["--token"][..], TOKEN), (&[][..], seeds::HTTP_TOKEN)] {
            signs_in(&desk, arguments, token).succeeds();
            desk.git(&["ls-remote", &super::app()]).succeeds();
        }
        works(&desk);
        bill.is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn a_person_at_the_terminal_gives_it_as_a_token() {
    let sandbox = installed(TokenPlugin::default(), alices());
    let desk = Desk::at(&sandbox);
    let person = Person::signs_in(&desk, &["--token"]);
    let person = person.answers("HTTP access token for https://git.corp.example: ", TOKEN);
    person.answers("Expires", "30").ends().succeeds();
    assert_eq!(desk.get(HOST).value("username"), Some(seeds::ALICE));
}

//! Handlers in the order of their weights; what success and failure handlers hear.

use super::client::Ask;
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::data_center::plugins::{Container, NoPasswords, TokenPlugin};
use bitbucket_sandbox::data_center::{
    Attempt, Cookie, Directory, FailureHandler, Handler, Principal, Reason, Refusal, SuccessHandler, TwoStep, Verdict,
};
use bitbucket_sandbox::{Reply, seeds};

/// Refuses everybody who offers anything.
struct Bouncer {
    weight: u32,
    counts: bool,
}

impl Handler for Bouncer {
    fn weight(&self) -> u32 {
        self.weight
    }

    fn name(&self) -> &'static str {
        "bouncer"
    }

    fn captcha_support(&self) -> bool {
        self.counts
    }

    fn authenticate(&mut self, _: &Attempt<'_>, _: &mut Directory) -> Verdict {
        Verdict::Failed(Refusal::new(401, "Not tonight.").named("auth.Bounced").into())
    }
}

/// Objects to Alice.
struct Objector;

impl SuccessHandler for Objector {
    fn name(&self) -> &'static str {
        "objector"
    }

    fn confirm(&mut self, _: &Attempt<'_>, principal: &Principal, _: &mut Directory) -> Verdict {
        match principal.name.as_str() {
            seeds::ALICE => Verdict::Failed(Refusal::new(403, "Not Alice.").into()),
            _ => Verdict::NotMine,
        }
    }
}

/// Leaves a mark on refusals.
struct Marker;

impl FailureHandler for Marker {
    fn name(&self) -> &'static str {
        "marker"
    }

    fn dress(&mut self, _: &Attempt<'_>, reason: &Reason, reply: Reply) -> Reply {
        reply.header("X-Mark", if *reason == Reason::Incorrect { "incorrect" } else { "other" })
    }
}

#[test]
fn handlers_are_asked_in_the_order_of_their_weights() {
    let sandbox = corp(|site| {
        site.chain.add(Box::new(Cookie::remember_me()));
        site.chain.add(Box::new(NoPasswords::default()));
        site.chain.add(Box::new(TwoStep::default()));
        site.chain.add(Box::new(TokenPlugin::default()));
        site.chain.add(Box::new(Container { header: "X-Forwarded-User".into() }));
        site.chain.add(Box::new(Cookie::crowd_sso()));
    });
    let names = sandbox.data_center(seeds::CORP, |site| site.chain.names());
    let plugins = ["crowd-sso", "token-plugin", "container"];
    let servers = ["access-tokens", "oauth", "two-step", "no-passwords", "embedded", "remember-me"];
    assert_eq!(names, [&plugins[..], &servers[..]].concat());
}

#[test]
fn a_failure_ends_the_chain_and_one_who_passes_on_does_not() {
    let sandbox = corp(|site| site.chain.add(Box::new(Bouncer { weight: 110, counts: true })));
    let ask = || Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent();
    assert_eq!(ask().user(), Some(seeds::ALICE), "the embedded handler comes before");
    sandbox.data_center(seeds::CORP, |site| site.chain.add(Box::new(Bouncer { weight: 50, counts: true })));
    assert_eq!((ask().status, ask().exception().as_str()), (401, "Bounced"));
    sandbox.data_center(seeds::CORP, |site| site.chain.remove("bouncer"));
    assert_eq!(ask().user(), Some(seeds::ALICE));
}

#[test]
fn failures_of_a_handler_without_captcha_support_do_not_count() {
    for (counts, expected) in [(true, 6), (false, 0)] {
        let sandbox = corp(|site| site.chain.add(Box::new(Bouncer { weight: 50, counts })));
        for _ in 0..6 {
            Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, "wrong").sent();
        }
        assert_eq!(alice_failed(&sandbox), expected);
        sandbox.data_center(seeds::CORP, |site| site.chain.remove("bouncer"));
        let answer = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent();
        assert_eq!(answer.status, if counts { 401 } else { 200 });
    }
}

#[test]
fn a_success_handler_may_object() {
    let sandbox = corp(|site| site.chain.on_success(Box::new(Objector)));
    let ask = |user, secret| Ask::get(&sandbox, PROPERTIES).basic(user, secret).sent();
    assert_eq!(ask(seeds::ALICE, seeds::DC_ALICE_PASSWORD).status, 403);
    assert_eq!(ask(seeds::BOB, seeds::DC_BOB_PASSWORD).user(), Some(seeds::BOB));
    assert_eq!(ask(seeds::ALICE, "wrong").status, 401, "it hears of successes only");
    assert_eq!(Ask::get(&sandbox, PROPERTIES).sent().status, 200);
}

#[test]
fn a_failure_handler_hears_of_every_refusal() {
    let sandbox = corp(|site| site.chain.on_failure(Box::new(Marker)));
    let wrong = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, "wrong").sent();
    assert_eq!(wrong.header("X-Mark"), Some("incorrect"));
    let right = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent();
    assert_eq!(right.header("X-Mark"), None);
}

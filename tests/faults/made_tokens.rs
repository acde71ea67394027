//! HTTP access tokens that are made with a password: at a sign-in, in the place of the one before, and that one deleted.

use super::Kind::{Reset, S401, S404, Slow, Stall};
use super::sign_in::{CODE_TOKEN, DOUBTS, beside_bob, bob};
use super::{CODE, Ends, FAILS, Row, Scene, corp_desk, ends, scene};
use crate::on_premise::people::Person;
use bitbucket_sandbox::{Sandbox, seeds};

const MAKES_NONE: &str = "code.corp.example/bitbucket does not let a program make HTTP access tokens";
const TOKENS: &str = "/bitbucket/rest/access-tokens/latest/users/";

#[test]
fn a_token_that_is_made_with_a_password() {
    const ROW: Row = Row {
        path: TOKENS,
        method: Some("PUT"),
        late: true,
        run: |scene| {
            let person = Person::signs_in_at(&scene.desk, seeds::CODE, &["--username", seeds::ALICE]);
            let person = person.answers("of alice at https://code.corp.example/bitbucket: ", seeds::DC_ALICE_PASSWORD);
            person.answers("and forget the password?", "y").answers("When shall it end?", "30").ends()
        },
        // the password works, and is kept
        holds: |scene| beside_bob(scene, seeds::DC_ALICE_PASSWORD),
        mostly: DOUBTS,
        but: &[(&[S401, S404], DOUBTS.says(MAKES_NONE))],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

/// Alice, with a token that was made here.
fn with_a_token_of_ours(sandbox: &Sandbox) -> Scene<'_> {
    let scene = bob(sandbox);
    let person = Person::signs_in_at(&scene.desk, seeds::CODE, &["--username", seeds::ALICE]);
    let person = person.answers("of alice at https://code.corp.example/bitbucket: ", seeds::DC_ALICE_PASSWORD);
    person.answers("and forget the password?", "y").answers("When shall it end?", "30").ends().succeeds();
    scene
}

/// Whether the token is kept that is the newest one at the server, and good.
fn newest(scene: &Scene<'_>) -> bool {
    let newest = |token: &bitbucket_sandbox::data_center::HttpToken| token.secret.clone();
    let newest = scene.sandbox.data_center(seeds::CODE, |site| site.directory.tokens.last().map(newest));
    beside_bob(scene, &newest.expect("one"))
}

const RENEWAL: Row = Row {
    path: TOKENS,
    method: Some("PUT"),
    scene: with_a_token_of_ours,
    run: |scene| {
        let arguments = ["login", seeds::CODE, "--renew", "--with-token", "--username", "alice"];
        scene.desk.in_time(&arguments, seeds::DC_ALICE_PASSWORD)
    },
    // the one before; where the answer got lost, the server has a newer one besides
    holds: |scene| scene.gives_some(&format!("{CODE}username=alice\n")),
    mostly: FAILS,
    but: &[
        (&[S401], FAILS.says("code.corp.example/bitbucket does not accept this username and password")),
        (&[S404], FAILS.says(MAKES_NONE)),
    ],
    ..CODE_TOKEN
};

#[test]
fn a_token_that_is_renewed() {
    RENEWAL.holds_under_every_fault();
}

#[test]
fn the_token_before_that_is_deleted() {
    const ROW: Row = Row {
        method: Some("DELETE"),
        late: true,
        holds: newest,
        mostly: DOUBTS,
        but: &[
            (
                &[S401],
                DOUBTS.says("the token before could not be deleted: code.corp.example/bitbucket does not accept"),
            ),
            // it is gone already; and an answer without a body cannot break off in it
            (&[S404, Reset, Stall, Slow], ends(Ends::Done)),
        ],
        ..RENEWAL
    };
    ROW.holds_under_every_fault();
}

#[test]
fn what_a_server_calls_somebody_whose_name_has_an_at_sign() {
    const ROW: Row = Row {
        path: "/bitbucket/rest/api/latest/users",
        method: None,
        late: false,
        scene: |sandbox| {
            let desk = corp_desk(sandbox);
            desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN_CAROL).succeeds();
            scene(sandbox, desk)
        },
        run: |scene| {
            let arguments = ["login", seeds::CODE, "--renew", "--with-token"];
            scene.desk.in_time(&arguments, seeds::DC_CAROL_PASSWORD)
        },
        holds: |scene| scene.gives(CODE, seeds::HTTP_TOKEN_CAROL),
        ..RENEWAL
    };
    ROW.holds_under_every_fault();
}

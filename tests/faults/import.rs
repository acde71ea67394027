//! What another helper kept is judged before it is taken over; what cannot be used stays where it was.

use super::Kind::{Elsewhere, S401, S404};
use super::sign_in::{API_TOKEN, CODE_TOKEN, alice_at_home, beside_bob, bob};
use super::{Cell, Ends, Row, ends};
use bitbucket_sandbox::seeds;

const LEAVES: Cell = ends(Ends::Reports(0)).loses();

#[test]
fn what_another_helper_kept_is_judged() {
    const ROW: Row = Row {
        scene: |sandbox| {
            let scene = alice_at_home(sandbox);
            let line = format!("https://alice%40acme.example:{}@bitbucket.org\n", seeds::API_TOKEN);
            std::fs::write(scene.desk.home().join(".git-credentials"), line).expect("written");
            scene
        },
        run: |scene| scene.desk.in_time(&["import", "--from", "store", "--yes"], ""),
        mostly: ends(Ends::Reports(0)),
        but: &[(&[S401], LEAVES.says("does not accept this API token with this e-mail"))],
        ..API_TOKEN
    };
    ROW.holds_under_every_fault();
}

#[test]
fn what_another_helper_kept_for_a_company_is_judged() {
    const ROW: Row = Row {
        scene: |sandbox| {
            let scene = bob(sandbox);
            let line = format!("https://alice:{}@code.corp.example\n", seeds::DC_ALICE_PASSWORD);
            std::fs::write(scene.desk.home().join(".git-credentials"), line).expect("written");
            scene
        },
        run: |scene| scene.desk.in_time(&["import", "--from", "store", "--yes"], ""),
        holds: |scene| beside_bob(scene, seeds::DC_ALICE_PASSWORD),
        mostly: ends(Ends::Reports(0)),
        but: &[
            (&[S401], LEAVES.says("does not accept this username and password")),
            (&[S404], LEAVES.says("no Bitbucket answers at https://code.corp.example/bitbucket")),
            (&[Elsewhere], LEAVES),
        ],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

//! What is asked of bitbucket.org about a credential that is kept already.

use super::Kind::S401;
use super::{CLOUD, Ends, GIT_MISSES, Row, SIGNS_OUT, Scene, doubted, ends, scene};
use crate::stage::Desk;
use bitbucket_sandbox::{Sandbox, seeds};

const APP: &str = "protocol=https\nhost=bitbucket.org\npath=acme/app.git\n";

fn alice(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk
}

/// An API token that git was refused with is asked about before it is used again.
const API_TOKEN_IN_GET: Row = Row {
    host: "api.bitbucket.org",
    path: "/2.0/user",
    method: None,
    after: 0,
    most: 1,
    late: false,
    scene: |sandbox| scene(sandbox, doubted(alice(sandbox), CLOUD, seeds::API_TOKEN)),
    run: |scene| scene.desk.in_time(&["get"], CLOUD),
    holds: |scene| scene.gives(CLOUD, seeds::API_TOKEN),
    mostly: GIT_MISSES,
    but: &[(&[S401], SIGNS_OUT.says("bitbucket.org does not accept this API token with this e-mail"))],
};

#[test]
fn an_api_token_that_is_asked_about_in_get() {
    API_TOKEN_IN_GET.holds_under_every_fault();
}

#[test]
fn an_api_token_that_status_asks_about() {
    const ROW: Row = Row {
        scene: |sandbox| scene(sandbox, alice(sandbox)),
        run: |scene| scene.desk.in_time(&["status"], ""),
        mostly: ends(Ends::Reports(0)),
        but: &[(&[S401], ends(Ends::Reports(1)).says("refused by the server"))],
        ..API_TOKEN_IN_GET
    };
    ROW.holds_under_every_fault();
}

fn repository_token(sandbox: &Sandbox) -> Scene<'_> {
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--for", "acme/app"], seeds::REPO_TOKEN).succeeds();
    scene(sandbox, doubted(desk, APP, seeds::REPO_TOKEN))
}

#[test]
fn an_access_token_that_is_tried_on_its_repository_in_get() {
    const ROW: Row = Row {
        host: "bitbucket.org",
        path: "/acme/app.git/info/refs",
        scene: repository_token,
        run: |scene| scene.desk.in_time(&["get"], APP),
        holds: |scene| scene.gives(APP, seeds::REPO_TOKEN),
        but: &[(&[S401], SIGNS_OUT.says("bitbucket.org does not accept this access token"))],
        ..API_TOKEN_IN_GET
    };
    ROW.holds_under_every_fault();
}

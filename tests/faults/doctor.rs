//! What `doctor` asks. It changes nothing, its report comes whatever happens, and what is out of order is a line of it.

use super::Kind::{Elsewhere, Page502, S401, S404, S429, S429After, S500};
use super::{AT_THE_DOOR, CLOUD, CODE, Ends, Row, corp_desk, ends, scene};
use crate::stage::Desk;
use bitbucket_sandbox::{Sandbox, seeds};

const REPORTS: super::Cell = ends(Ends::Reports(1));

fn alice(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk
}

/// The first look at git's own host.
const CLOUD_LOOK: Row = Row {
    host: "bitbucket.org",
    path: "/site/oauth2/access_token",
    method: None,
    after: 0,
    late: false,
    scene: |sandbox| scene(sandbox, alice(sandbox)),
    run: |scene| scene.desk.in_time(&["doctor", "bitbucket.org"], ""),
    holds: |scene| scene.gives(CLOUD, seeds::API_TOKEN),
    mostly: REPORTS,
    but: &[],
};

#[test]
fn a_look_at_the_cloud() {
    CLOUD_LOOK.holds_under_every_fault();
}

#[test]
fn a_look_at_the_clouds_api() {
    const ROW: Row = Row { host: "api.bitbucket.org", path: "/2.0/user", ..CLOUD_LOOK };
    ROW.holds_under_every_fault();
}

#[test]
fn a_credential_that_is_asked_about() {
    const ROW: Row = Row { host: "api.bitbucket.org", path: "/2.0/user", after: 1, ..CLOUD_LOOK };
    ROW.holds_under_every_fault();
}

/// Alice at the company's server.
const CODE_LOOK: Row = Row {
    host: "code.corp.example",
    path: "/bitbucket/rest/api/latest/application-properties",
    scene: |sandbox| {
        let desk = corp_desk(sandbox);
        desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
        scene(sandbox, desk)
    },
    run: |scene| scene.desk.in_time(&["doctor", "https://code.corp.example/bitbucket/scm/prj/app.git"], ""),
    holds: |scene| scene.gives(CODE, seeds::HTTP_TOKEN),
    ..CLOUD_LOOK
};

#[test]
fn a_look_at_a_companys_server() {
    CODE_LOOK.holds_under_every_fault();
}

#[test]
fn a_token_that_is_asked_about() {
    const ROW: Row = Row { after: 1, late: true, ..CODE_LOOK };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_a_token_may_push() {
    const ROW: Row = Row { path: "/bitbucket/scm/prj/app.git/git-", method: Some("POST"), late: true, ..CODE_LOOK };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_there_is_a_login_form() {
    const ROW: Row = Row { path: "/bitbucket/rest/authconfig/", late: true, ..CODE_LOOK };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_there_is_oauth() {
    const ROW: Row = Row { path: "/bitbucket/rest/oauth2/1.0/client", late: true, ..CODE_LOOK };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_lfs_is_told_to_sign_in() {
    const ROW: Row = Row { path: "/bitbucket/scm/prj/app.git/info/lfs/", method: Some("POST"), late: true, ..CODE_LOOK };
    ROW.holds_under_every_fault();
}

//! What `doctor` asks. It changes nothing, its report comes whatever happens, and what is out of order is a line of it.

use super::Kind::{Elsewhere, Page200, S401, S403, S404, S410, WrongJson};
use super::{CLOUD, CODE, Cell, Ends, Row, corp_desk, ends, scene};
use crate::stage::Desk;
use bitbucket_sandbox::{Sandbox, seeds};

/// Something is bad.
const BLAMES: Cell = ends(Ends::Reports(1));
/// Something could not be found out.
const WARNS: Cell = ends(Ends::Reports(0));
/// What was not told is not missed.
const IS_WELL: Cell = WARNS.says(" looks at https://");

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
    most: 1,
    late: false,
    scene: |sandbox| scene(sandbox, alice(sandbox)),
    run: |scene| scene.desk.in_time(&["doctor", "bitbucket.org"], ""),
    holds: |scene| scene.gives(CLOUD, seeds::API_TOKEN),
    mostly: BLAMES,
    // something answers there; what it says to nobody matters little
    but: &[(&[S401, S403, S404, S410, Page200, WrongJson], IS_WELL)],
};

#[test]
fn a_look_at_the_cloud() {
    CLOUD_LOOK.holds_under_every_fault();
}

#[test]
fn a_look_at_the_clouds_api() {
    const ROW: Row = Row {
        host: "api.bitbucket.org",
        path: "/2.0/user",
        most: 2,
        but: &[
            (&[S401], BLAMES.says("bitbucket.org does not accept this API token with this e-mail")),
            (&[S403, S404, S410, Page200, WrongJson], WARNS),
        ],
        ..CLOUD_LOOK
    };
    ROW.holds_under_every_fault();
}

#[test]
fn a_credential_that_is_asked_about() {
    const ROW: Row = Row {
        host: "api.bitbucket.org",
        path: "/2.0/user",
        after: 1,
        late: true,
        mostly: WARNS,
        but: &[(&[S401], BLAMES.says("bitbucket.org does not accept this API token with this e-mail"))],
        ..CLOUD_LOOK
    };
    ROW.holds_under_every_fault();
}

/// Alice at the company's server.
const CODE_LOOK: Row = Row {
    host: "code.corp.example",
    path: "/bitbucket/rest/api/latest/application-properties",
    // looked at, asked about the token, and looked for at the usual places
    most: 4,
    scene: |sandbox| {
        let desk = corp_desk(sandbox);
        desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
        scene(sandbox, desk)
    },
    run: |scene| scene.desk.in_time(&["doctor", "https://code.corp.example/bitbucket/scm/prj/app.git"], ""),
    holds: |scene| scene.gives(CODE, seeds::HTTP_TOKEN),
    but: &[
        (&[S401], BLAMES.says("code.corp.example/bitbucket does not accept this HTTP access token")),
        (&[S404], BLAMES.says("no Bitbucket answers at https://code.corp.example/bitbucket")),
    ],
    ..CLOUD_LOOK
};

#[test]
fn a_look_at_a_companys_server() {
    CODE_LOOK.holds_under_every_fault();
}

#[test]
fn a_token_that_is_asked_about() {
    const ROW: Row = Row {
        after: 1,
        late: true,
        mostly: WARNS,
        but: &[
            (&[S401], BLAMES.says("code.corp.example/bitbucket does not accept this HTTP access token")),
            (&[S404], BLAMES.says("no Bitbucket answers at https://code.corp.example/bitbucket")),
            (&[Elsewhere], BLAMES),
        ],
        ..CODE_LOOK
    };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_a_token_may_push() {
    const ROW: Row = Row {
        path: "/bitbucket/scm/prj/app.git/git-",
        method: Some("POST"),
        late: true,
        mostly: IS_WELL,
        but: &[(&[S403], WARNS.says("it may not push to this repository"))],
        ..CODE_LOOK
    };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_there_is_a_login_form() {
    const ROW: Row = Row { path: "/bitbucket/rest/authconfig/", late: true, mostly: IS_WELL, but: &[], ..CODE_LOOK };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_there_is_oauth() {
    const ROW: Row =
        Row { path: "/bitbucket/rest/oauth2/1.0/client", late: true, mostly: IS_WELL, but: &[], ..CODE_LOOK };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_lfs_is_told_to_sign_in() {
    const ROW: Row = Row {
        path: "/bitbucket/scm/prj/app.git/info/lfs/",
        method: Some("POST"),
        late: true,
        scene: |sandbox| {
            let scene = (CODE_LOOK.scene)(sandbox);
            let remote = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
            scene.desk.git(&["init", "-q", "."]).succeeds();
            scene.desk.git(&["remote", "add", "origin", &remote]).succeeds();
            std::fs::write(scene.desk.home().join(".gitattributes"), "*.bin filter=lfs\n").expect("written");
            scene
        },
        run: |scene| scene.desk.in_time(&["doctor"], ""),
        mostly: IS_WELL,
        but: &[(&[S403], BLAMES.says("the server says 403 to Git LFS"))],
        ..CODE_LOOK
    };
    ROW.holds_under_every_fault();
}

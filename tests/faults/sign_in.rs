//! What is asked when somebody signs in. Whoever is signed in already stays so, whatever happens.

use super::Kind::{Elsewhere, Page200, S401, S403, S404, S410, WrongJson};
use super::{AT_THE_DOOR, CLOUD, CODE, Cell, Ends, FAILS, Row, Scene, corp_desk, ends, scene};
use crate::stage::Desk;
use bitbucket_sandbox::{Fault, Reply, Sandbox, seeds};

const APP: &str = "protocol=https\nhost=bitbucket.org\npath=acme/app.git\n";

pub const DOUBTS: Cell = ends(Ends::Doubts);
const REFUSES: Cell = FAILS.loses();

/// Alice is at home here, and signs in with her account at work besides.
pub fn alice_at_home(sandbox: &Sandbox) -> Scene<'_> {
    let desk = Desk::at(sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_HOME_EMAIL], seeds::API_TOKEN_HOME).succeeds();
    scene(sandbox, desk)
}

/// Whether the new one is kept; the one before is in any case.
fn besides(scene: &Scene<'_>, name: &str, secret: &str) -> bool {
    assert!(scene.gives(&format!("{CLOUD}username=alice-home\n"), seeds::API_TOKEN_HOME));
    scene.gives(&format!("{CLOUD}username={name}\n"), secret)
}

pub const API_TOKEN: Row = Row {
    host: "api.bitbucket.org",
    path: "/2.0/user",
    method: None,
    after: 0,
    most: 1,
    late: false,
    scene: alice_at_home,
    run: |scene| {
        let arguments = ["login", "--with-token", "--username", seeds::ALICE_EMAIL];
        scene.desk.in_time(&arguments, seeds::API_TOKEN)
    },
    holds: |scene| besides(scene, seeds::ALICE_EMAIL, seeds::API_TOKEN),
    mostly: DOUBTS,
    but: &[(&[S401], REFUSES.says("bitbucket.org does not accept this API token with this e-mail"))],
};

#[test]
fn an_api_token_at_a_sign_in() {
    API_TOKEN.holds_under_every_fault();
}

#[test]
fn an_access_token_that_is_tried_on_its_repository() {
    const ROW: Row = Row {
        host: "bitbucket.org",
        path: "/acme/app.git/info/refs",
        run: |scene| scene.desk.in_time(&["login", "--with-token", "--for", "acme/app"], seeds::REPO_TOKEN),
        holds: |scene| {
            let home = format!("{CLOUD}username=alice-home\n");
            scene.gives(&home, seeds::API_TOKEN_HOME) && scene.gives(APP, seeds::REPO_TOKEN)
        },
        but: &[(&[S401], REFUSES.says("bitbucket.org does not accept this access token"))],
        ..API_TOKEN
    };
    ROW.holds_under_every_fault();
}

/// Bob is signed in at the company's server, and so will Alice be.
pub fn bob(sandbox: &Sandbox) -> Scene<'_> {
    let desk = corp_desk(sandbox);
    desk.signs_in(seeds::CODE, &["--username", seeds::BOB], seeds::DC_BOB_PASSWORD).succeeds();
    scene(sandbox, desk)
}

pub fn beside_bob(scene: &Scene<'_>, secret: &str) -> bool {
    assert!(scene.gives(&format!("{CODE}username=bob\n"), seeds::DC_BOB_PASSWORD));
    scene.gives(&format!("{CODE}username=alice\n"), secret)
}

pub const CODE_TOKEN: Row = Row {
    host: "code.corp.example",
    path: "/bitbucket/rest/api/latest/application-properties",
    scene: bob,
    run: |scene| {
        let arguments = ["login", seeds::CODE, "--with-token", "--username", "alice"];
        scene.desk.in_time(&arguments, seeds::HTTP_TOKEN)
    },
    holds: |scene| beside_bob(scene, seeds::HTTP_TOKEN),
    but: &[
        (&[S401], REFUSES.says("code.corp.example/bitbucket does not accept this HTTP access token")),
        (&[S404], REFUSES.says("no Bitbucket answers at https://code.corp.example/bitbucket")),
        (&[Elsewhere], REFUSES),
    ],
    ..API_TOKEN
};

#[test]
fn an_http_access_token_at_a_sign_in() {
    CODE_TOKEN.holds_under_every_fault();
}

#[test]
fn a_password_at_a_sign_in() {
    const ROW: Row = Row {
        run: |scene| {
            let arguments = ["login", seeds::CODE, "--with-token", "--username", "alice"];
            scene.desk.in_time(&arguments, seeds::DC_ALICE_PASSWORD)
        },
        holds: |scene| beside_bob(scene, seeds::DC_ALICE_PASSWORD),
        but: &[
            (&[S401], REFUSES.says("code.corp.example/bitbucket does not accept this username and password")),
            (&[S404], REFUSES.says("no Bitbucket answers at https://code.corp.example/bitbucket")),
            (&[Elsewhere], REFUSES),
        ],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

/// What is good as Bearer is shown once more, as Basic.
#[test]
fn whether_a_server_takes_a_token_as_basic() {
    const ROW: Row = Row {
        after: 1,
        late: true,
        mostly: ends(Ends::Done),
        // its clear word: it goes as Bearer, and not to a git that cannot send that
        but: &[(&[S401], ends(Ends::Done).loses())],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

/// A server that answers and names nobody leaves the verdict to git's own door, where a refusal says no more.
#[test]
fn a_token_that_is_tried_on_a_repository_where_the_server_names_nobody() {
    const ROW: Row = Row {
        path: "/bitbucket/scm/prj/app.git/info/refs",
        late: true,
        scene: |sandbox| {
            let scene = bob(sandbox);
            let nobody = r#"{"displayName":"Bitbucket","version":"9.4.6"}"#;
            let reply = Reply::typed(200, "application/json", nobody);
            sandbox.fault(Fault::at(CODE_TOKEN.host, CODE_TOKEN.path).instead(reply));
            scene
        },
        run: |scene| {
            let arguments = ["login", seeds::CODE, "--with-token", "--username", "alice", "--for", "prj/app"];
            scene.desk.in_time(&arguments, seeds::HTTP_TOKEN)
        },
        mostly: DOUBTS.says("code.corp.example answered without saying whom it knows"),
        but: &[],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

#[test]
fn whether_a_token_may_read_and_write_a_repository() {
    const ROW: Row = Row {
        path: "/bitbucket/scm/prj/app.git/git-",
        most: 2,
        method: Some("POST"),
        late: true,
        run: |scene| {
            let arguments = ["login", seeds::CODE, "--with-token", "--username", "alice", "--for", "prj/app"];
            scene.desk.in_time(&arguments, seeds::HTTP_TOKEN)
        },
        mostly: ends(Ends::Done),
        but: &[(&[S403], ends(Ends::Done).says("this token cannot clone prj/app"))],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

#[test]
fn who_is_known_there_without_any_secret() {
    const ROW: Row = Row {
        after: 1,
        late: true,
        run: |scene| {
            let arguments = ["login", seeds::CODE, "--with-token", "--username", "carol@corp.example"];
            scene.desk.in_time(&arguments, seeds::HTTP_TOKEN)
        },
        mostly: REFUSES.says("code.corp.example/bitbucket knows this as alice, not as carol@corp.example"),
        but: &[],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

fn a_new_server(sandbox: &Sandbox) -> Scene<'_> {
    scene(sandbox, Desk::at(sandbox))
}

#[test]
fn a_server_that_a_person_names_and_nobody_knows_yet() {
    const ROW: Row = Row {
        path: "/",
        // at the root, at two usual places, and with the token
        most: 4,
        scene: a_new_server,
        run: |scene| {
            let arguments = ["login", "code.corp.example", "--with-token", "--username", "alice"];
            scene.desk.in_time(&arguments, seeds::HTTP_TOKEN)
        },
        holds: |scene| scene.gives(CODE, seeds::HTTP_TOKEN),
        but: &[
            (
                &[S401, S403, S404, S410, Page200, WrongJson],
                REFUSES.says("no Bitbucket answers at https://code.corp.example"),
            ),
            (&[Elsewhere], REFUSES),
        ],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

#[test]
fn the_ways_of_signing_in_that_a_server_offers() {
    const ROW: Row = Row {
        path: "/bitbucket/rest/authconfig/1.0/login-options",
        scene: |sandbox| {
            let answers = [("HTTP access token", seeds::HTTP_TOKEN), ("Username", "alice")];
            let Scene { desk, .. } = bob(sandbox);
            scene(sandbox, desk.person_says(&answers))
        },
        run: |scene| scene.desk.in_time(&["login", seeds::CODE], ""),
        mostly: ends(Ends::Done),
        but: &[(&AT_THE_DOOR, DOUBTS)],
        ..CODE_TOKEN
    };
    ROW.holds_under_every_fault();
}

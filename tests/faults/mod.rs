//! What goes wrong outside, as tables: every request that we make under every fault that a server, or the way to it, can have
//! (`kinds`); and every call of a storage in every state that one can be in (`storages`). No row loses a living secret, none
//! hangs, and each ends in two lines that say what happened and what to do.
//!
//! | request | made by | rows |
//! |---|---|---|
//! | `api.bitbucket.org/2.0/user` | get, status, login, the browser's way, import, doctor | `cloud`, `sign_in`, `oauth`, `import`, `doctor` |
//! | `….git/info/refs`, both products | get, login | `cloud`, `sign_in` |
//! | the token endpoints | get, token, status, login by browser and for a client, a helper in front | `oauth` |
//! | `application-properties` with a secret, as Bearer and as Basic | get, status, login, import, doctor | `data_center`, `sign_in`, `import`, `doctor` |
//! | the same without one | a new server in login and in get, whom it knows, doctor | `data_center`, `sign_in`, `doctor` |
//! | `login-options`, `oauth2/1.0/client`, LFS' batch | login, doctor | `sign_in`, `doctor` |
//! | `git-upload-pack`, `git-receive-pack` | login, doctor | `sign_in`, `doctor` |
//! | `access-tokens` (PUT, DELETE), `users` | login, login --renew | `made_tokens` |

mod cell;
mod cloud;
mod data_center;
mod doctor;
mod import;
mod kinds;
mod made_tokens;
mod oauth;
mod sign_in;
mod storages;

use crate::stage::Desk;
use bitbucket_sandbox::Sandbox;
use cell::{Cell, Ends, Row, Scene, ends};
use kinds::{AT_THE_DOOR, Kind};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const CODE: &str = "protocol=https\nhost=code.corp.example\n";

const GIT_MISSES: Cell = ends(Ends::Misses);
const SIGNS_OUT: Cell = ends(Ends::SignsOut).loses();
const GIT_ANSWERS: Cell = ends(Ends::Answers);
const FAILS: Cell = ends(Ends::Fails(1));

fn scene(sandbox: &Sandbox, desk: Desk) -> Scene<'_> {
    Scene { sandbox, desk, browser: None }
}

/// A desk that knows the company's server.
fn corp_desk(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    desk.configure("[bitbucket \"https://code.corp.example/bitbucket\"]\n\tproduct = datacenter\n");
    desk
}

/// What git refuses is doubted.
fn doubted(desk: Desk, lines: &str, secret: &str) -> Desk {
    assert_eq!(desk.get(lines).value("password"), Some(secret));
    desk.helper(&["erase"], format!("{lines}password={secret}\n")).succeeds();
    desk
}

impl Scene<'_> {
    /// Whether Git is given any.
    fn gives_some(&self, lines: &str) -> bool {
        self.desk.get(lines).value("password").is_some()
    }

    /// Whether Git is given this secret, and nobody asked.
    fn gives(&self, lines: &str, secret: &str) -> bool {
        self.desk.get(lines).value("password") == Some(secret)
    }
}

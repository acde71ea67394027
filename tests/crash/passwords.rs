//! The same on `pass`, which goes on alone when we die: what it was given is all of it, or nothing.

use super::{Deed, alices, lines, with_bob};
use crate::import::passwords::Passwords;
use crate::stage::{Desk, are_installed};

const OLD: &str = "canary-old";
const NEW: &str = "canary-new";

#[test]
fn a_store_whose_pass_outlives_it() {
    let Some(desk) = are_installed(&["strace"]).then(|| with_bob(Desk::alone())) else { return };
    let Some(passwords) = Passwords::new(&desk) else { return };
    let desk = passwords.used_by(desk).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "pass");
    let (old, new) = (lines("alice", OLD), lines("alice", NEW));
    let store = Deed { desk: &desk, arguments: &["store"], stdin: &new };
    let holds = || {
        let has = alices(&desk);
        assert!([Some(OLD), Some(NEW)].contains(&has.as_deref()), "{has:?}");
        desk.helper(&["store"], &new).misses_in_silence();
        assert_eq!(alices(&desk).as_deref(), Some(NEW));
    };
    let deaths = store.dies_hesitating(|| desk.helper(&["store"], &old).misses_in_silence(), holds);
    assert!(deaths >= 1, "{deaths}");
}

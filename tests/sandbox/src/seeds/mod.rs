//! What a fresh sandbox holds. Knows which name goes where; the names and secrets themselves are in
//! `names`, and are the same in every sandbox.

mod cloud;
mod corp;
mod names;

pub use names::*;

use crate::state::State;

/// One more Data Center.
pub(crate) fn data_center(base: &str) -> crate::data_center::DataCenter {
    corp::data_center(base, "more")
}

/// A fresh sandbox, whose Data Center in plain http has this address.
pub(crate) fn state(loopback: &str) -> State {
    State {
        cloud: cloud::cloud(),
        data_centers: vec![
            corp::data_center(CORP, "corp"),
            corp::data_center(CODE, "code"),
            corp::data_center(loopback, "loopback"),
        ],
        ..State::default()
    }
}

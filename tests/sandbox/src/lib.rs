//! A Bitbucket for tests and tours: Bitbucket Cloud and Data Centers behind a proxy and a throwaway CA.
//! `sandbox` is the way in; `seeds` names everybody and everything; the product under test sees only
//! the true names, through `http.proxy` and `http.sslCAInfo`.

mod ca;
mod clock;
pub mod cloud;
pub mod data_center;
mod exchange;
mod failures;
mod faults;
mod front;
mod git;
mod guide;
pub mod ldap;
mod lfs;
mod log;
mod mint;
pub mod oauth;
mod permission;
pub mod person;
mod proxy;
mod sandbox;
pub mod seeds;
pub mod serve;
mod state;
pub mod tour;

pub use ca::Certificate;
pub use clock::Moment;
pub use exchange::{Authorization, Reply, Request};
pub use failures::FailedLogins;
pub use faults::Fault;
pub use git::{Content, Submodule};
pub use log::Seen;
pub use permission::Permission;
pub use sandbox::Sandbox;

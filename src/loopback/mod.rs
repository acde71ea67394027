//! A guarded web server on this very machine, for a browser that comes back with an answer or fills in a form. It hears one
//! path, from a browser of this machine that went there on purpose; to all else it says no, and goes on listening. It
//! knows no OAuth, no account and no setting.
//!
//! It stands on std's sockets, because tiny_http 0.12 was tried and fails five of its guards: one request with a large
//! `Content-Length` ends the program (dropping it allocates that many bytes), a line has no limit, an answer waits for a
//! body that never comes, `Connection: close` cannot be sent, and a dropped server keeps its port for a while.

mod crowd;
mod fields;
mod guard;
mod listener;
mod markup;
mod page;
mod redirect;
mod reply;
mod request;
mod visit;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod endurance;
#[cfg(test)]
mod seen;

pub use fields::Fields;
pub use listener::Listener;
pub use markup::{code, escape, link, sentence};
pub use page::Page;
pub use redirect::Redirect;
pub use visit::Visit;

//! A guarded web server on this very machine, for a browser that comes back with an answer or fills in a form. It hears one
//! path, from a browser of this machine that went there on purpose; to all else it says no, and goes on listening. It
//! knows no OAuth, no account and no setting.

mod fields;
mod listener;
mod page;
mod redirect;
mod visit;

pub use fields::Fields;
pub use listener::Listener;
pub use page::Page;
pub use redirect::Redirect;
pub use visit::Visit;

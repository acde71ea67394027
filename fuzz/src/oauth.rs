//! The files of the OAuth room that read what comes from outside. The rest of it needs the network, so the client stands here
//! as far as they look at it.

#[path = "../../src/oauth/flow.rs"]
mod flow;
#[path = "../../src/oauth/reply.rs"]
mod reply;

pub use flow::{Flow, Heard};
pub use reply::{Reply, Tokens};

pub struct App {
    pub client: String,
    pub scope: String,
    pub endpoints: Endpoints,
}

pub struct Endpoints {
    pub authorize: String,
    pub issuer: String,
}

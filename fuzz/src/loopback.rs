//! The loopback room, file by file, so that a request can be brought to its door without a port.

#[path = "../../src/loopback/crowd.rs"]
mod crowd;
#[path = "../../src/loopback/fields.rs"]
mod fields;
#[path = "../../src/loopback/guard.rs"]
mod guard;
#[path = "../../src/loopback/listener.rs"]
mod listener;
#[path = "../../src/loopback/markup.rs"]
mod markup;
#[path = "../../src/loopback/page.rs"]
mod page;
#[path = "../../src/loopback/redirect.rs"]
mod redirect;
#[path = "../../src/loopback/reply.rs"]
mod reply;
#[path = "../../src/loopback/request.rs"]
mod request;
#[path = "../../src/loopback/visit.rs"]
mod visit;

pub use fields::Fields;
pub use listener::Listener;
pub use page::Page;
pub use redirect::Redirect;
pub use visit::Visit;

use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

/// What a listener at this address makes of a connection on which these bytes come and nothing more, and what it has answered.
/// The connection is a pair of sockets without an address: ports would run out.
pub fn visit(at: &Redirect, port: u16, forms: bool, bytes: &[u8]) -> (Option<Visit>, String) {
    use std::io::{Read, Write};
    let (mut browser, ours) = UnixStream::pair().expect("a pair of sockets");
    browser.write_all(bytes).expect("it fits into the socket");
    browser.shutdown(Shutdown::Write).expect("connected");
    let visit = Visit::receive(TcpStream::from(OwnedFd::from(ours)), &guard::Guard::new(at, port, forms));
    let mut answer = Vec::new();
    if visit.is_none() {
        browser.read_to_end(&mut answer).expect("an answer, or its absence");
    }
    (visit, String::from_utf8(answer).expect("our own words"))
}

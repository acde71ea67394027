//! Between hyper and the sites: reads a request whole, meets its fault, has it answered, logs it.
//! Knows no site; `state` finds the one that answers.

use http_body_util::channel::{Channel, Sender};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Response, header};
use socket2::{SockRef, Socket};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

use crate::ca::Authority;
use crate::exchange::{Answer, Reply, Request};
use crate::faults::{Ending, Fault};
use crate::git::{self, Repositories};
use crate::log::Seen;
use crate::state::State;

/// A body that may break off.
pub type Body = BoxBody<Bytes, io::Error>;

/// What all connections share.
pub struct Shared {
    /// Everything remembered.
    pub state: Mutex<State>,
    /// The repositories on the disk.
    pub repositories: Repositories,
    /// The certificate authority.
    pub authority: Authority,
}

impl Shared {
    /// The state, also after a panic elsewhere.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By which way a request came, which decides what its host is.
#[derive(Clone)]
pub struct Origin {
    /// `https` or `http`.
    pub scheme: &'static str,
    /// The host, with a port that is not the scheme's own.
    pub host: String,
    /// The connection itself.
    pub wire: Wire,
}

/// A second hand on a connection, to break it with.
pub type Wire = Option<Arc<Socket>>;

/// A second hand on this connection.
pub fn wire(stream: &TcpStream) -> Wire {
    SockRef::from(stream).try_clone().ok().map(Arc::new)
}

/// Answers one request from start to end; an error ends the connection in the place of an answer.
pub async fn serve(
    shared: Arc<Shared>,
    origin: Origin,
    request: hyper::Request<Incoming>,
) -> io::Result<Response<Body>> {
    let client = shared.state().client.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let wire = origin.wire.clone();
    let request = match read(origin, client, request).await {
        Ok(request) => request,
        Err(error) => return Ok(plain(&Reply::text(400, error.to_string()))),
    };
    let fault = shared.state().faults.take(&request);
    if let Some(delay) = fault.as_ref().and_then(|fault| fault.delay) {
        tokio::time::sleep(delay).await;
    }
    let reply = match fault.as_ref().and_then(|fault| fault.reply.clone()) {
        Some(reply) => reply,
        None => answer(&shared, &request).await,
    };
    let date = shared.state().clock.http_date();
    let reply = reply.header("Date", &date);
    shared.state().note(Seen::new(&request, &reply));
    match fault {
        Some(fault) if fault.closed => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(fault) => Ok(spoilt(&fault, &reply, wire)),
        None => Ok(plain(&reply)),
    }
}

async fn answer(shared: &Shared, request: &Request) -> Reply {
    let mut settled = None;
    loop {
        // an answer of its own, so that the lock is not kept while something is awaited
        let answer = shared.state().answer(request, settled.take());
        match answer {
            Answer::Reply(reply) => return reply,
            Answer::Git(call) => return git::run(&shared.repositories, &call, request).await,
            Answer::Held(held) => settled = Some(held.settle().await),
        }
    }
}

async fn read(origin: Origin, client: IpAddr, request: hyper::Request<Incoming>) -> Result<Request, hyper::Error> {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Ok(Request {
        scheme: origin.scheme.to_owned(),
        host: origin.host,
        method: parts.method.to_string(),
        target: target.to_owned(),
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
        client,
    })
}

/// The reply as it is.
pub fn plain(reply: &Reply) -> Response<Body> {
    let body = Full::new(reply.body.clone()).map_err(|never| match never {});
    dressed(reply, body.boxed())
}

fn dressed(reply: &Reply, body: Body) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    response
        .body(body)
        .unwrap_or_else(|error| plain(&Reply::text(500, format!("the sandbox built a wrong reply: {error}"))))
}

fn spoilt(fault: &Fault, reply: &Reply, wire: Wire) -> Response<Body> {
    if fault.cut.is_none() && !fault.slow {
        return plain(reply);
    }
    let (sender, channel) = Channel::<Bytes, io::Error>::new(1);
    tokio::spawn(trickle(sender, reply.body.clone(), fault.cut, fault.slow, wire));
    let mut response = dressed(reply, channel.boxed());
    response.headers_mut().insert(header::CONTENT_LENGTH, promised(fault, reply).into());
    response
}

/// What breaks off has promised more than it sent.
fn promised(fault: &Fault, reply: &Reply) -> usize {
    fault.cut.map_or(0, |(bytes, _)| bytes + 1).max(reply.body.len())
}

async fn trickle(
    mut sender: Sender<Bytes, io::Error>,
    body: Bytes,
    cut: Option<(usize, Ending)>,
    slow: bool,
    wire: Wire,
) {
    let end = cut.map_or(body.len(), |(bytes, _)| bytes.min(body.len()));
    let step = if slow { 1 } else { end.max(1) };
    for start in (0..end).step_by(step) {
        let piece = body.slice(start..(start + step).min(end));
        if sender.send(Frame::data(piece)).await.is_err() {
            return;
        }
        if slow {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    match cut {
        None => return,
        Some((_, Ending::Fin)) => {}
        // closed without waiting, which resets it (socket(7), SO_LINGER)
        Some((_, Ending::Reset)) => drop(wire.map(|wire| wire.set_linger(Some(Duration::ZERO)))),
        Some((_, Ending::Silence)) => std::future::pending().await,
    }
    sender.abort(io::ErrorKind::ConnectionReset.into());
}

//! The two listeners: the proxy, which opens TLS tunnels with certificates of its own, and the plain
//! http site on the loopback. Knows connections; requests are `front`'s.

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::ca::Certificate;
use crate::exchange::Reply;
use crate::faults::Door;
use crate::front::{Body, Origin, Shared, Wire, plain, serve, wire};
use crate::log::Seen;

/// The next connection, whose answers wait for no acknowledgement.
async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true).ok();
    Ok(stream)
}

/// Accepts proxy connections for ever.
pub async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok(stream) = accept(&listener).await {
        let wire = wire(&stream);
        tokio::spawn(mediate(stream, wire, shared.clone()));
    }
}

/// The same behind TLS.
pub async fn listen_by_tls(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok(stream) = accept(&listener).await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let config = shared.authority.config_for("localhost", false, Certificate::Right);
            let (acceptor, wire) = (TlsAcceptor::from(config.ok()?), wire(&stream));
            mediate(acceptor.accept(stream).await.ok()?, wire, shared).await;
            Some(())
        });
    }
}

async fn mediate<S>(stream: S, wire: Wire, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| proxied(shared.clone(), wire.clone(), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    connection.with_upgrades().await.ok();
}

/// Accepts connections to the plain http site for ever.
pub async fn listen_plain(listener: TcpListener, host: String, shared: Arc<Shared>) {
    while let Ok(stream) = accept(&listener).await {
        let origin = Origin { scheme: "http", host: host.clone(), wire: wire(&stream) };
        tokio::spawn(converse(stream, origin, shared.clone()));
    }
}

async fn proxied(shared: Arc<Shared>, wire: Wire, request: Request<Incoming>) -> io::Result<Response<Body>> {
    Ok(match (request.method(), request.uri().authority()) {
        (&Method::CONNECT, Some(to)) => {
            let to = to.as_str().to_ascii_lowercase();
            connect(shared, wire, &to, request)
        }
        (_, Some(to)) => {
            let host = to.as_str().to_ascii_lowercase().trim_end_matches(":80").to_owned();
            match unreachable(&host) {
                true => plain(&Reply::text(502, "the sandbox's proxy does not reach this host")),
                false => serve(shared, Origin { scheme: "http", host, wire }, request).await?,
            }
        }
        _ => plain(&Reply::text(400, "this is a proxy")),
    })
}

fn connect(shared: Arc<Shared>, wire: Wire, to: &str, request: Request<Incoming>) -> Response<Body> {
    let host = to.trim_end_matches(":443").to_owned();
    let mut state = shared.state();
    let (refused, shows) = match state.faults.at_door(&host) {
        Some(Door::Refused) => (true, Certificate::Right),
        Some(Door::Shows(certificate)) => (false, certificate),
        None => (unreachable(&host), Certificate::Right),
    };
    let status = if refused { 502 } else { 200 };
    if !state.knows(&host) {
        state.note(Seen::tunnel(to, request.headers(), status));
    }
    drop(state);
    if status == 200 {
        let origin = Origin { scheme: "https", host, wire };
        tokio::spawn(async move { tunnel(shared, origin, shows, request).await.ok() });
    }
    plain(&Reply::status(status))
}

/// Addresses on this machine are not for a proxy, and `down.example` is for tests of the unreachable.
fn unreachable(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_matches(['[', ']']);
    name.parse::<IpAddr>().is_ok() || ["localhost", "down.example"].contains(&name)
}

type Trouble = Box<dyn Error + Send + Sync>;

async fn tunnel(
    shared: Arc<Shared>,
    origin: Origin,
    shows: Certificate,
    request: Request<Incoming>,
) -> Result<(), Trouble> {
    let stream = hyper::upgrade::on(request).await?;
    let host = origin.host.as_str();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let demands = shared.state().demands_certificate(host);
    let acceptor = TlsAcceptor::from(shared.authority.config_for(name, demands, shows)?);
    let stream = acceptor.accept(TokioIo::new(stream)).await?;
    converse(stream, origin, shared).await;
    Ok(())
}

async fn converse<S>(stream: S, origin: Origin, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| {
        let (shared, origin) = (shared.clone(), origin.clone());
        async move { serve(shared, origin, request).await }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    connection.await.ok();
}

//! The one client: proxy, certificates, limits. No cookies, no redirects, no compression, and nothing that waits for ever.
//! It knows no Bitbucket; what an answer means is for its caller.

mod certificates;
mod wire;
mod witness;

use crate::config::{Network, Proxy};
use crate::error::{Error, Result, Unclear, Wire};
use crate::secret::Secret;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use std::io::Read;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// A client that is ready to send. Opening one reads certificates, so it is opened when a request goes out.
#[derive(Debug)]
pub struct Http(Client);

/// What goes into the `Authorization` header (RFC 7617, RFC 6750).
#[derive(Debug, Clone)]
pub enum Authorization {
    Basic { username: String, secret: Secret },
    Bearer(Secret),
}

/// One request.
#[derive(Debug)]
pub struct Request {
    url: String,
    limit: Duration,
    authorization: Option<HeaderValue>,
    method: Method,
    /// Its content type and itself.
    body: Option<(&'static str, Secret)>,
    over_http: bool,
}

/// One answer; its body is at most 1 MiB.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub body: Zeroizing<Vec<u8>>,
    headers: HeaderMap,
    origin: String,
}

const BODY_LIMIT: u64 = 1 << 20;
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

impl Request {
    /// A GET that is given up after `limit`.
    pub fn get(url: String, limit: Duration) -> Self {
        Self { url, limit, authorization: None, method: Method::GET, body: None, over_http: false }
    }

    /// A POST of a form (`application/x-www-form-urlencoded`) that holds secrets.
    pub fn post(url: String, form: Secret, limit: Duration) -> Self {
        Self::post_as(url, "application/x-www-form-urlencoded", form, limit)
    }

    /// A POST of any content type.
    pub fn post_as(url: String, media: &'static str, body: Secret, limit: Duration) -> Self {
        Self { method: Method::POST, body: Some((media, body)), ..Self::get(url, limit) }
    }

    /// A PUT of JSON.
    pub fn put(url: String, json: String, limit: Duration) -> Self {
        Self { method: Method::PUT, body: Some(("application/json", Secret::new(json))), ..Self::get(url, limit) }
    }

    /// A DELETE.
    pub fn delete(url: String, limit: Duration) -> Self {
        Self { method: Method::DELETE, ..Self::get(url, limit) }
    }

    /// With a secret. It goes to this URL and, as no redirect is followed, nowhere else.
    pub fn with(mut self, authorization: &Authorization) -> Self {
        self.authorization = authorization.header();
        self
    }

    /// With an `Authorization` header that somebody else has written.
    pub fn with_header(mut self, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.authorization = Some(value);
        self
    }

    /// Lets a secret go over plain http, for a site that the user permitted.
    pub fn over_http_if(mut self, permitted: bool) -> Self {
        self.over_http = permitted;
        self
    }

    fn carries_secrets(&self) -> bool {
        self.authorization.is_some() || self.body.is_some()
    }

    fn host(&self) -> String {
        origin(&self.url).map_or(String::new(), |origin| origin.split_once("://").unwrap_or_default().1.to_owned())
    }

    /// Without the query, which may hold what nobody else should read.
    fn shown(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }
}

impl Authorization {
    /// The whole line, for a script; `None` for a secret that no header can carry.
    pub fn line(&self) -> Option<Secret> {
        self.header().map(|value| Secret::new([b"Authorization: ", value.as_bytes()].concat()))
    }

    /// `None` for a secret that no header can carry.
    fn header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(match self {
            Self::Bearer(secret) => [b"Bearer ", secret.expose()].concat(),
            Self::Basic { username, secret } => {
                let pair = Zeroizing::new([username.as_bytes(), b":", secret.expose()].concat());
                [b"Basic ", base64(&pair).as_bytes()].concat()
            }
        });
        let mut value = HeaderValue::from_bytes(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl Response {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The seconds of `Retry-After`; a date there says nothing to us (RFC 9110, 10.2.3).
    pub fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")?.trim().parse().ok()
    }

    /// Why this answer, which is none that its caller knows, leaves a question open.
    pub fn leaves_open(&self, host: String) -> Error {
        match (self.status, self.leads_to()) {
            (_, Some(to)) => Error::Redirected { host, to },
            (200..300, _) => Error::Unclear { host, why: Unclear::Gibberish },
            (429, _) => Error::TooMany { host, wait: self.retry_after() },
            (status, _) => Error::Unexpected { host, status },
        }
    }

    /// The other host that a redirect leads to; `None` for one that stays, and for any other answer.
    pub fn leads_to(&self) -> Option<String> {
        let to = (300..400).contains(&self.status).then(|| self.headers.get(LOCATION)?.to_str().ok()).flatten()?;
        // an address without a protocol keeps the one it had (RFC 3986, 4.2)
        let whole = if to.starts_with("//") { format!("https:{to}") } else { to.to_owned() };
        let there = origin(&whole).filter(|there| *there != self.origin)?;
        Some(crate::error::shown(there.strip_prefix("https://").unwrap_or(&there)))
    }
}

/// Protocol, host and port of an address, without whoever it names; `None` for a path.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    Some(format!("{scheme}://{host}").to_ascii_lowercase())
}

impl Http {
    /// Makes a client; fails where a certificate file makes no sense.
    pub fn open(network: &Network) -> Result<Self> {
        // fails if it is already installed, which is just as well
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .user_agent(concat!("git-credential-bitbucket/", env!("CARGO_PKG_VERSION")))
            .danger_accept_invalid_certs(network.trust_anybody)
            .no_proxy();
        let builder = match &network.proxy {
            Some(proxy) => builder.proxy(through(proxy)),
            None => builder,
        };
        let builder = certificates::add(builder, network)?;
        builder.build().map(Self).map_err(|error| certificates::refused(&error, network))
    }

    /// Sends, and reads the answer to its end.
    pub fn send(&self, request: Request) -> Result<Response> {
        let host = request.host();
        if request.carries_secrets() && !request.over_http && !request.url.starts_with("https://") {
            return Err(Error::HttpNotAllowed { site: format!("http://{host}") });
        }
        let begun = Instant::now();
        let outcome = self.exchanged(&request, begun).map_err(|why| Error::Offline { host, why });
        let said = match &outcome {
            Ok(response) => response.status.to_string(),
            Err(error) => error.to_string(),
        };
        log::debug!("{} {}: {said}, {} ms", request.method, request.shown(), begun.elapsed().as_millis());
        outcome
    }

    fn exchanged(&self, request: &Request, begun: Instant) -> Result<Response, Wire> {
        let answer = self.prepared(request).send().map_err(|error| wire::meaning(&error, begun.elapsed()))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut body = Zeroizing::new(Vec::new());
        let read = answer.take(BODY_LIMIT + 1).read_to_end(&mut body);
        read.map_err(|error| wire::meaning_of_broken(&error, begun.elapsed()))?;
        match (status, body.len() as u64 > BODY_LIMIT) {
            // only a proxy says so (RFC 9110, 15.5.8)
            (407, _) => Err(Wire::ProxyPassword),
            (_, true) => Err(Wire::TooLong),
            (_, false) => Ok(Response { status, body, headers, origin: origin(&request.url).unwrap_or_default() }),
        }
    }

    fn prepared(&self, request: &Request) -> RequestBuilder {
        let mut builder = self
            .0
            .request(request.method.clone(), &request.url)
            .timeout(request.limit)
            .header(ACCEPT, "application/json, text/plain;q=0.9, */*;q=0.5");
        if let Some((media, body)) = &request.body {
            builder = builder.header(CONTENT_TYPE, *media).body(body.expose().to_vec());
        }
        match &request.authorization {
            Some(value) => builder.header(AUTHORIZATION, value.clone()),
            None => builder,
        }
    }
}

/// Asked for each request, since the API's host may be reached another way than the site's.
fn through(proxy: &Proxy) -> reqwest::Proxy {
    let proxy = proxy.clone();
    reqwest::Proxy::custom(move |url| {
        let way = proxy.on_the_way_to(url.host_str().unwrap_or_default())?;
        way.expose_text().map(str::to_owned)
    })
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> Zeroizing<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for letter in 0..4 {
            let index = (bits >> (18 - 6 * letter)) as usize & 63;
            text.push(if letter <= three.len() { LETTERS[index].into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_one_of_the_rfc() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(*base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_secret_does_not_show_in_a_request() {
        let secret = Authorization::Basic { username: "alice".into(), secret: Secret::new("hunter2") };
        let request = Request::get("https://h/".into(), CONNECT_LIMIT).with(&secret);
        let shown = format!("{request:?} {secret:?}");
        assert!(!shown.contains("hunter2") && !shown.contains(&*base64(b"alice:hunter2")), "{shown}");
    }

    #[test]
    fn a_secret_never_goes_over_plain_http_unasked() {
        let http = Http::open(&Network::default()).expect("a client");
        let bearer = Authorization::Bearer(Secret::new("t"));
        let request = Request::get("http://127.0.0.1:9/".into(), CONNECT_LIMIT).with(&bearer);
        assert!(matches!(http.send(request), Err(Error::HttpNotAllowed { .. })));
    }
}

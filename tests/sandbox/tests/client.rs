//! A small HTTP client that goes through the sandbox's proxy and trusts its CA; it follows nothing and keeps nothing.

use base64::{Engine, engine::general_purpose::STANDARD};
use bitbucket_sandbox::Sandbox;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// One request, to be sent.
pub struct Ask<'a> {
    sandbox: &'a Sandbox,
    method: &'static str,
    url: String,
    headers: Vec<String>,
    body: String,
    patience: Duration,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
    /// Whether the connection ended before the promised end of the body.
    pub broken: bool,
    /// What it ended of, unless it was closed in peace.
    pub end: Option<io::ErrorKind>,
}

pub fn get<'a>(sandbox: &'a Sandbox, url: &str) -> Ask<'a> {
    let patience = Duration::from_secs(60);
    Ask { sandbox, method: "GET", url: url.to_owned(), headers: Vec::new(), body: String::new(), patience }
}

pub fn post<'a>(sandbox: &'a Sandbox, url: &str, form: &[(&str, &str)]) -> Ask<'a> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = vec!["Content-Type: application/x-www-form-urlencoded".to_owned()];
    Ask { method: "POST", headers, body, ..get(sandbox, url) }
}

impl Ask<'_> {
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub fn json(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub fn basic(mut self, user: &str, secret: &str) -> Self {
        self.headers.push(format!("Authorization: Basic {}", STANDARD.encode(format!("{user}:{secret}"))));
        self
    }

    pub fn bearer(mut self, secret: &str) -> Self {
        self.headers.push(format!("Authorization: Bearer {secret}"));
        self
    }

    pub fn send(self) -> Answer {
        self.try_send().expect("an answer")
    }

    /// Waits no longer than this for the next byte.
    pub fn patient_for(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// `Err` where no tunnel comes about, or no answer.
    pub fn try_send(self) -> io::Result<Answer> {
        let url = Url::parse(&self.url).expect("a test asks a proper address");
        let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let headers: String = self.headers.iter().map(|header| format!("{header}\r\n")).collect();
        let target = match url.scheme() {
            "http" if !authority.starts_with("127.") => url.as_str(),
            _ => &url[url::Position::BeforePath..url::Position::AfterQuery],
        };
        let request = format!(
            "{} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{}",
            self.method,
            self.body.len(),
            self.body
        );
        let proxy = self.sandbox.proxy_url().trim_start_matches("http://").to_owned();
        let connect = |to: &str| connect(to, self.patience);
        match url.scheme() {
            "http" if authority.starts_with("127.") => converse(connect(authority)?, &request),
            "http" => converse(connect(&proxy)?, &request),
            _ => converse(tls(self.sandbox, connect(&proxy)?, &url)?, &request),
        }
    }
}

impl Answer {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

fn connect(authority: &str, patience: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(patience))?;
    Ok(stream)
}

fn tls(sandbox: &Sandbox, mut stream: TcpStream, url: &Url) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let host = url.host_str().expect("a host");
    let to = format!("{host}:{}", url.port_or_known_default().expect("a port"));
    write!(stream, "CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n")?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if !head.starts_with(b"HTTP/1.1 200") {
        return Err(io::Error::other(String::from_utf8_lossy(&head).into_owned()));
    }
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(sandbox.ca_file()).expect("the CA")).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).expect("a name");
    let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(session, stream))
}

fn converse(mut stream: impl Read + Write, request: &str) -> io::Result<Answer> {
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut bytes = Vec::new();
    // the length tells whether it ended too early
    let end = stream.read_to_end(&mut bytes).err().map(|error| error.kind());
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| no_answer(end))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let answer = Answer { status, head: head.to_owned(), body: body.to_owned(), broken: false, end };
    let promised: usize = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    Ok(Answer { broken: answer.body.len() < promised, ..answer })
}

fn no_answer(end: Option<io::ErrorKind>) -> io::Error {
    io::Error::new(end.unwrap_or(io::ErrorKind::Other), "no answer")
}

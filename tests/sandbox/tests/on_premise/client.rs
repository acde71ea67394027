//! The smallest HTTP client that goes the way git goes: through the sandbox's proxy, with its CA, and with a client
//! certificate if there is one. Follows nothing, keeps nothing.

use base64::{Engine, engine::general_purpose::STANDARD};
use bitbucket_sandbox::{Sandbox, seeds};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request to `git.corp.example`, not sent yet.
pub struct Ask {
    proxy: String,
    ca: PathBuf,
    certificate: Option<(PathBuf, PathBuf)>,
    line: String,
    headers: Vec<String>,
    body: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Ask {
    pub fn new(sandbox: &Sandbox, method: &str, path: &str) -> Self {
        Self {
            proxy: sandbox.proxy_url().trim_start_matches("http://").to_owned(),
            ca: sandbox.ca_file(),
            certificate: None,
            line: format!("{method} {path} HTTP/1.1"),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub fn get(sandbox: &Sandbox, path: &str) -> Self {
        Self::new(sandbox, "GET", path)
    }

    pub fn basic(self, user: &str, secret: &str) -> Self {
        self.header("Authorization", &format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))))
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(format!("{name}: {value}\r\n"));
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self.header("Content-Type", "application/json")
    }

    pub fn certificate(mut self, files: (PathBuf, PathBuf)) -> Self {
        self.certificate = Some(files);
        self
    }

    pub fn sent(self) -> Answer {
        self.try_send().expect("an answer")
    }

    pub fn try_send(self) -> io::Result<Answer> {
        let (mut stream, mut bytes) = (self.begun()?, Vec::new());
        match stream.read_to_end(&mut bytes) {
            Err(error) if bytes.is_empty() => Err(error),
            _ => Answer::read(&bytes).ok_or_else(|| io::Error::other("no HTTP")),
        }
    }

    /// Sent, and no answer read yet; dropped, the connection ends.
    pub fn begun(self) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let host = seeds::CORP.trim_start_matches("https://");
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::new(self.tls()), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, self.tunnel(host)?);
        write!(
            stream,
            "{}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{}\r\n{}",
            self.line,
            self.body.len(),
            self.headers.concat(),
            self.body
        )?;
        stream.flush()?;
        Ok(stream)
    }

    fn tls(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.ca).expect("a root")).expect("a root");
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let Some((certificate, key)) = &self.certificate else {
            return builder.with_no_client_auth();
        };
        let certificate = CertificateDer::from_pem_file(certificate).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(key).expect("its key");
        builder.with_client_auth_cert(vec![certificate], key).expect("they fit")
    }

    fn tunnel(&self, host: &str) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.proxy)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n")?;
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        Ok(stream)
    }
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Some(Self { status, headers, body: body.to_owned() })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Whom the site took the caller for.
    pub fn user(&self) -> Option<&str> {
        self.header("X-AUSERNAME")
    }

    /// The last word of the exception's name.
    pub fn exception(&self) -> String {
        let name = self.json()["errors"][0]["exceptionName"].as_str().unwrap_or_default().to_owned();
        name.rsplit('.').next().unwrap_or_default().to_owned()
    }
}

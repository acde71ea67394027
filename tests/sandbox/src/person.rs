//! A person at a browser, without a screen: opens an address through the proxy, reads the consent page,
//! clicks, and follows the way back to the program that waits on the loopback.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

use crate::Sandbox;
use crate::ca::provider;

/// What went wrong on the way.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// How far a browser follows redirections.
const HOPS: usize = 8;

/// Nothing that a person waits for takes longer here.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the browser shows at last.
#[derive(Debug, Clone)]
pub struct Page {
    /// The address it came from.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// All of the page.
    pub body: String,
    location: Option<String>,
}

/// Signs in: allows what the page at this address asks for, and follows the way back.
pub fn consents(sandbox: &Sandbox, authorize_url: &str) -> Result<Page, Trouble> {
    Browser::of(sandbox)?.decides(authorize_url, "allow")
}

/// Refuses what the page at this address asks for, and follows the way back.
pub fn denies(sandbox: &Sandbox, authorize_url: &str) -> Result<Page, Trouble> {
    Browser::of(sandbox)?.decides(authorize_url, "deny")
}

/// Allows what the page at this address asks for, in a browser on another machine: the address at which it ends up, and
/// cannot open there.
pub fn consents_elsewhere(sandbox: &Sandbox, authorize_url: &str) -> Result<String, Trouble> {
    Browser::of(sandbox)?.is_sent_to(authorize_url, "allow")
}

/// Opens an address, follows redirections, and clicks nothing.
pub fn opens(sandbox: &Sandbox, url: &str) -> Result<Page, Trouble> {
    Browser::of(sandbox)?.follow("GET", url, "")
}

/// A browser that trusts the sandbox's CA and goes through its proxy.
pub struct Browser {
    proxy: String,
    tls: Arc<ClientConfig>,
}

impl Browser {
    /// The browser of a person in this sandbox.
    pub fn of(sandbox: &Sandbox) -> Result<Self, Trouble> {
        Self::new(&sandbox.proxy_url(), &sandbox.ca_file())
    }

    /// A browser with this proxy and this CA.
    pub fn new(proxy: &str, ca: &Path) -> Result<Self, Trouble> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca)?)?;
        let tls = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { proxy: proxy.trim_start_matches("http://").trim_end_matches('/').to_owned(), tls: Arc::new(tls) })
    }

    /// Opens a consent page and presses the button with this value; a page without a form is the end.
    pub fn decides(&self, url: &str, decision: &str) -> Result<Page, Trouble> {
        let page = self.follow("GET", url, "")?;
        let Some(action) = form_action(&page.body) else {
            return Ok(page);
        };
        let to = Url::parse(&page.url)?.join(&action)?;
        self.follow("POST", to.as_str(), &format!("decision={decision}"))
    }

    fn is_sent_to(&self, url: &str, decision: &str) -> Result<String, Trouble> {
        let page = self.follow("GET", url, "")?;
        let action = form_action(&page.body).ok_or("a page without a form")?;
        let to = Url::parse(&page.url)?.join(&action)?;
        let answer = self.fetch("POST", &to, &format!("decision={decision}"))?;
        answer.location.ok_or_else(|| "not sent back".into())
    }

    fn follow(&self, method: &str, url: &str, form: &str) -> Result<Page, Trouble> {
        let mut page = self.fetch(method, &Url::parse(url)?, form)?;
        for _ in 0..HOPS {
            let Some(location) = page.location.take() else {
                return Ok(page);
            };
            let next = Url::parse(&page.url)?.join(&location)?;
            page = self.fetch("GET", &next, "")?;
        }
        Err("redirected without end".into())
    }

    fn fetch(&self, method: &str, url: &Url, form: &str) -> Result<Page, Trouble> {
        let host = url.host_str().ok_or("an address without a host")?;
        let authority = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let answer = match url.scheme() {
            "http" => converse(connect(&authority)?, &request)?,
            _ => {
                let tunnel = self.tunnel(host, url.port_or_known_default().unwrap_or(443))?;
                let name = ServerName::try_from(host.to_owned())?;
                let session = ClientConnection::new(self.tls.clone(), name)?;
                converse(StreamOwned::new(session, tunnel), &request)?
            }
        };
        read(url, &answer)
    }

    fn tunnel(&self, host: &str, port: u16) -> Result<TcpStream, Trouble> {
        let mut stream = connect(&self.proxy)?;
        write!(stream, "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n")?;
        let mut reader = BufReader::with_capacity(1, stream);
        let (mut status, mut line) = (String::new(), String::new());
        reader.read_line(&mut status)?;
        while reader.read_line(&mut line)? > 2 {
            line.clear();
        }
        match status.contains(" 200 ") {
            true => Ok(reader.into_inner()),
            false => Err(format!("the proxy says {}", status.trim()).into()),
        }
    }
}

fn connect(authority: &str) -> Result<TcpStream, Trouble> {
    let stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn converse(mut stream: impl Read + Write, request: &str) -> Result<Vec<u8>, Trouble> {
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // a server may close without TLS's goodbye, or with a reset, once all is said
        Err(error) if answer.is_empty() || error.kind() == io::ErrorKind::WouldBlock => Err(error.into()),
        _ => Ok(answer),
    }
}

fn read(url: &Url, answer: &[u8]) -> Result<Page, Trouble> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or("an answer without an end of headers")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let header = |wanted: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let chunked = header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    Ok(Page {
        url: url.to_string(),
        status: status.ok_or("an answer without a status")?,
        body: if chunked { dechunked(body) } else { body.to_owned() },
        location: header("location"),
    })
}

/// RFC 9112, 7.1; tolerant, for a page is only looked at.
fn dechunked(mut rest: &str) -> String {
    let mut whole = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16);
        match (size, after) {
            (Ok(size), after) if size > 0 && after.is_char_boundary(size) && size <= after.len() => {
                whole.push_str(&after[..size]);
                rest = after[size..].trim_start_matches("\r\n");
            }
            _ => break,
        }
    }
    whole
}

fn form_action(page: &str) -> Option<String> {
    let (_, after) = page.split_once("<form method=\"post\" action=\"")?;
    let (action, _) = after.split_once('"')?;
    Some(action.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

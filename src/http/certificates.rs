//! Whom to trust, and as whom to come: Git's CA files and client certificates, read when a client is made.
//! A file that does not help is an error, since going on without it would be another way than Git's.

use super::wire;
use crate::config::{Network, Proxy};
use crate::error::{Error, Pem, Result, Wire};
use reqwest::blocking::ClientBuilder;
use reqwest::{Certificate, Identity};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A client with these settings' certificates.
pub fn add(builder: ClientBuilder, network: &Network) -> Result<ClientBuilder> {
    let builder = trusting(builder, network)?;
    Ok(match &network.client_certificate {
        Some(certificate) if !network.plain => builder.identity(identity(certificate, network)?),
        _ => builder,
    })
}

/// Git's CA file and folder take the system's place; the proxy's stands beside. Where no TLS is spoken, the system's roots
/// would be read for nothing.
fn trusting(builder: ClientBuilder, network: &Network) -> Result<ClientBuilder> {
    let by_tls = network.proxy.as_ref().is_some_and(Proxy::speaks_tls);
    if network.plain && !by_tls {
        return Ok(builder.tls_certs_only([]));
    }
    let proxys = match network.proxy_ca_file.as_ref().filter(|_| by_tls) {
        Some(file) => of_file(file)?,
        None => Vec::new(),
    };
    let own = roots(network)?;
    Ok(match (own.is_empty(), proxys.is_empty()) {
        (true, true) => builder,
        (true, false) => builder.tls_certs_merge(proxys),
        (false, _) => builder.tls_certs_only(own.into_iter().chain(proxys)),
    })
}

/// Why a client could not be made of them.
pub fn refused(error: &reqwest::Error, network: &Network) -> Error {
    let words = wire::words(error);
    let pem = |path: &Option<PathBuf>, why| path.clone().map(|path| Error::Pem { path, why });
    let about = match () {
        () if words.contains("keymismatch") || words.contains("private key") => {
            pem(&network.client_certificate, Pem::AnothersKey)
        }
        () if words.contains("no ca certificates") => None,
        () => pem(&network.ca_file, Pem::NoCertificate).or_else(|| pem(&network.ca_folder, Pem::NoCertificate)),
    };
    about.unwrap_or(Error::Offline { host: String::new(), why: Wire::NoRoots })
}

fn roots(network: &Network) -> Result<Vec<Certificate>> {
    let mut roots = Vec::new();
    if let Some(file) = &network.ca_file {
        roots.extend(of_file(file)?);
    }
    if let Some(folder) = &network.ca_folder {
        // a folder may hold other things besides
        let found = files_in(folder)?.into_iter().filter_map(|file| certificates(&read(&file).ok()?));
        roots.extend(some_of(folder, found.flatten().collect())?);
    }
    Ok(roots)
}

fn of_file(file: &Path) -> Result<Vec<Certificate>> {
    some_of(file, certificates(&read(file)?).unwrap_or_default())
}

fn certificates(pem: &[u8]) -> Option<Vec<Certificate>> {
    Certificate::from_pem_bundle(pem).ok()
}

fn some_of(path: &Path, found: Vec<Certificate>) -> Result<Vec<Certificate>> {
    match found.is_empty() {
        true => Err(Error::Pem { path: path.to_owned(), why: Pem::NoCertificate }),
        false => Ok(found),
    }
}

/// A certificate and its key, which may stand in one file (git-config, `http.sslKey`).
fn identity(certificate: &Path, network: &Network) -> Result<Identity> {
    let mut pem = Zeroizing::new(read(certificate)?);
    let file = network.client_key.as_deref().unwrap_or(certificate);
    let key = Zeroizing::new(read(file)?);
    let problem = |why| Err(Error::Pem { path: file.to_owned(), why });
    if !holds(&pem, "CERTIFICATE-----") {
        return Err(Error::Pem { path: certificate.to_owned(), why: Pem::NoCertificate });
    }
    if holds(&key, "ENCRYPTED") {
        return problem(Pem::LockedKey);
    }
    if file != certificate {
        pem.push(b'\n');
        pem.extend_from_slice(&key);
    }
    Identity::from_pem(&pem).or_else(|_| problem(Pem::NoKey))
}

/// `-----BEGIN ENCRYPTED PRIVATE KEY-----` (RFC 7468), or `Proc-Type: 4,ENCRYPTED` (RFC 1421).
fn holds(pem: &[u8], word: &str) -> bool {
    pem.windows(word.len()).any(|part| part == word.as_bytes())
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| Error::File { action: "read", path: folder.to_owned(), why: error.kind() };
    let files = std::fs::read_dir(folder).map_err(failed)?.flatten().map(|file| file.path());
    Ok(files.filter(|path| path.is_file()).collect())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::File { action: "read", path: path.to_owned(), why: error.kind() })
}

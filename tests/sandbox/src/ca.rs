//! A certificate authority made at start and thrown away at the end, and a certificate for every
//! host that is asked for. Knows names, and nothing of what is served under them.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// The throwaway authority.
pub struct Authority {
    issuer: Issuer,
    clients: Issuer,
    made: Mutex<HashMap<Wanted, Arc<ServerConfig>>>,
}

/// Which certificate a host shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Certificate {
    /// Its own, from the throwaway authority.
    #[default]
    Right,
    /// One that nobody but itself speaks for.
    SelfSigned,
    /// Another host's.
    OtherName,
    /// Its own, that has ended.
    Expired,
}

/// A host, whether it lets in only who has a client's certificate, and what it shows.
type Wanted = (String, bool, Certificate);

type Issuer = CertifiedIssuer<'static, KeyPair>;
type Trouble = Box<dyn Error + Send + Sync>;

impl Authority {
    /// Makes new keys and root certificates: of the sites, and of their clients.
    pub fn new() -> Result<Self, rcgen::Error> {
        let issuer = root("bitbucket-sandbox throwaway CA")?;
        let clients = root("bitbucket-sandbox throwaway CA of clients")?;
        let made = Mutex::default();
        Ok(Self { issuer, clients, made })
    }

    /// The root certificate, for `http.sslCAInfo`.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A client's certificate and its key, as PEM.
    pub fn client(&self) -> Result<(String, String), rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "a person's machine");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Ok((params.signed_by(&key, &self.clients)?.pem(), key.serialize_pem()))
    }

    /// TLS for one host, made once; `demands` lets in only who has a client's certificate.
    pub fn config_for(&self, host: &str, demands: bool, shows: Certificate) -> Result<Arc<ServerConfig>, Trouble> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = (host.to_owned(), demands, shows);
        if let Some(config) = made.get(&wanted) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.make(host, demands, shows)?);
        made.insert(wanted, config.clone());
        Ok(config)
    }

    fn make(&self, host: &str, demands: bool, shows: Certificate) -> Result<ServerConfig, Trouble> {
        let key = KeyPair::generate()?;
        let leaf = self.leaf(host, &key, shows)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(self.verifier(demands)?)
            .with_single_cert(vec![leaf], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn leaf(&self, host: &str, key: &KeyPair, shows: Certificate) -> Result<CertificateDer<'static>, rcgen::Error> {
        let name = if shows == Certificate::OtherName { "other.example" } else { host };
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        if shows == Certificate::Expired {
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        Ok(match shows {
            Certificate::SelfSigned => params.self_signed(key)?.into(),
            _ => params.signed_by(key, &self.issuer)?.into(),
        })
    }

    fn verifier(&self, demands: bool) -> Result<Arc<dyn ClientCertVerifier>, Trouble> {
        if !demands {
            return Ok(WebPkiClientVerifier::no_client_auth());
        }
        let mut roots = RootCertStore::empty();
        roots.add(self.clients.der().clone())?;
        Ok(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build()?)
    }
}

fn root(name: &str) -> Result<Issuer, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// The crypto provider, named so that no process-wide default is needed.
pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

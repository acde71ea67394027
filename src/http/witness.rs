//! A look at the certificate that a server shows, through whatever proxy leads there, so that its CA can be named. The
//! handshake is broken off as soon as it is seen: nobody is trusted here, and nothing is sent.

use super::{Http, through};
use crate::config::Network;
use reqwest::blocking::Client;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Keeps the certificate, and refuses it.
#[derive(Debug, Default)]
struct Witness(Mutex<Option<Vec<u8>>>);

impl Http {
    /// The certificate (X.509, DER) that whoever answers for this `https` address shows; `None` if nobody comes so far.
    pub fn certificate_of(network: &Network, url: &str, limit: Duration) -> Option<Vec<u8>> {
        let witness = Arc::new(Witness::default());
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_no_client_auth();
        let builder = Client::builder().tls_backend_preconfigured(config).no_proxy().timeout(limit);
        let builder = match &network.proxy {
            Some(proxy) => builder.proxy(through(proxy)),
            None => builder,
        };
        // that it fails is how it ends
        let _ = builder.build().ok()?.get(url).send();
        witness.0.lock().ok()?.take()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut seen) = self.0.lock() {
            *seen = Some(shown.to_vec());
        }
        Err(Error::General("seen".into()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("seen".into()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("seen".into()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

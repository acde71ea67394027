//! Where on the way to a server it ended. reqwest's own text is left out, since it quotes the address with its query; its
//! causes tell in words only.

use crate::error::Wire;
use std::error::Error;
use std::time::Duration;

/// Signs in the words of a cause, the more telling first (rustls 0.23, hyper-util 0.1, reqwest 0.13).
const SIGNS: [(&str, Wire); 18] = [
    ("alert: certificaterequired", Wire::ClientCertificate),
    ("alert: unknownca", Wire::ClientCertificate),
    ("alert: badcertificate", Wire::ClientCertificate),
    ("alert: certificateunknown", Wire::ClientCertificate),
    ("alert: handshakefailure", Wire::ClientCertificate),
    ("alert: decrypterror", Wire::ClientCertificate),
    ("not valid for name", Wire::OtherName),
    ("notvalidforname", Wire::OtherName),
    ("expired", Wire::OutOfDate),
    ("not valid yet", Wire::OutOfDate),
    ("notvalidyet", Wire::OutOfDate),
    ("certificate", Wire::Tls),
    ("proxy authorization required", Wire::ProxyPassword),
    ("tunnel error: failed to create", Wire::ProxyGone),
    ("socks error: failed to create", Wire::ProxyGone),
    ("tunnel error", Wire::Tunnel),
    ("socks", Wire::Tunnel),
    ("proxy", Wire::Tunnel),
];

/// What a request that failed died of, after `spent`.
pub fn meaning(error: &reqwest::Error, spent: Duration) -> Wire {
    match sign_in(&words(error)) {
        _ if error.is_timeout() => Wire::Timeout(spent.as_secs().max(1)),
        Some(wire) => wire,
        None if error.is_connect() => Wire::Connect,
        None => Wire::Broken,
    }
}

/// The same while the answer was read; reqwest's error is inside.
pub fn meaning_of_broken(error: &std::io::Error, spent: Duration) -> Wire {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    match error.kind() == std::io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout) {
        true => Wire::Timeout(spent.as_secs().max(1)),
        false => Wire::Broken,
    }
}

fn sign_in(words: &str) -> Option<Wire> {
    SIGNS.into_iter().find(|(sign, _)| words.contains(sign)).map(|(_, wire)| wire)
}

/// All causes in lower case.
pub fn words(error: &reqwest::Error) -> String {
    let (mut words, mut cause) = (String::new(), error.source());
    while let Some(inner) = cause {
        words.push_str(&format!("{inner}; ").to_ascii_lowercase());
        cause = inner.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{AlertDescription, CertificateError, Error};

    #[test]
    fn what_tls_says_is_told_apart() {
        let certificate = |error| Error::InvalidCertificate(error);
        for (error, wire) in [
            (certificate(CertificateError::UnknownIssuer), Wire::Tls),
            (certificate(CertificateError::Expired), Wire::OutOfDate),
            (certificate(CertificateError::NotValidYet), Wire::OutOfDate),
            (certificate(CertificateError::NotValidForName), Wire::OtherName),
            (Error::AlertReceived(AlertDescription::CertificateRequired), Wire::ClientCertificate),
            (Error::AlertReceived(AlertDescription::HandshakeFailure), Wire::ClientCertificate),
        ] {
            assert_eq!(sign_in(&error.to_string().to_ascii_lowercase()), Some(wire), "{error}");
        }
        assert_eq!(sign_in("connection refused; "), None);
    }
}

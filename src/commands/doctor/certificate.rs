//! Who issued a certificate: just enough of X.509 to read one name (RFC 5280, section 4.1; DER, X.690). It judges nothing:
//! whether a certificate is to be trusted is decided in the TLS library alone.

use crate::error::shown;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OID: u8 = 0x06;
/// `[0]`, the version.
const VERSION: u8 = 0xa0;
/// `id-at-commonName` and `id-at-organizationName`.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];

/// The issuer of a certificate, "R3 (Let's Encrypt)"; `None` for bytes that are none.
pub fn issuer(der: &[u8]) -> Option<String> {
    let (certificate, _) = expect(SEQUENCE, der)?;
    let (inner, _) = expect(SEQUENCE, certificate)?;
    let inner = expect(VERSION, inner).map_or(inner, |(_, rest)| rest);
    let (_serial, inner) = expect(INTEGER, inner)?;
    let (_algorithm, inner) = expect(SEQUENCE, inner)?;
    let (name, _) = expect(SEQUENCE, inner)?;
    match (part(name, COMMON_NAME), part(name, ORGANIZATION)) {
        (Some(name), Some(organization)) => Some(format!("{name} ({organization})")),
        (name, organization) => name.or(organization),
    }
}

fn part(name: &[u8], wanted: &[u8]) -> Option<String> {
    let mut rest = name;
    while let Some((set, after)) = expect(SET, rest) {
        let (pair, _) = expect(SEQUENCE, set)?;
        let (oid, value) = expect(OID, pair)?;
        if oid == wanted {
            let (_, text, _) = element(value)?;
            return Some(shown(&String::from_utf8_lossy(text)));
        }
        rest = after;
    }
    None
}

/// What is in an element of this kind, and what follows it.
fn expect(kind: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, inside, rest) = element(bytes)?;
    (found == kind).then_some((inside, rest))
}

fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        short @ 0..0x80 => (usize::from(*short), rest),
        long => {
            let (digits, rest) =
                rest.split_at_checked(usize::from(long & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
    };
    let (inside, rest) = rest.split_at_checked(length)?;
    Some((*kind, inside, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(kind: u8, inside: &[&[u8]]) -> Vec<u8> {
        let inside = inside.concat();
        let length = u8::try_from(inside.len()).expect("short");
        let head = if length < 0x80 { vec![kind, length] } else { vec![kind, 0x81, length] };
        [head, inside].concat()
    }

    fn name(oid: &[u8], text: &str) -> Vec<u8> {
        der(SET, &[&der(SEQUENCE, &[&der(OID, &[oid]), &der(0x0c, &[text.as_bytes()])])])
    }

    fn certificate(names: &[&[u8]]) -> Vec<u8> {
        let version = der(VERSION, &[&der(INTEGER, &[&[2]])]);
        let serial = der(INTEGER, &[&[7; 20]]);
        let algorithm = der(SEQUENCE, &[&der(OID, &[&[42, 134, 72]])]);
        let issuer = der(SEQUENCE, names);
        der(SEQUENCE, &[&der(SEQUENCE, &[&version, &serial, &algorithm, &issuer])])
    }

    #[test]
    fn the_issuer_is_read_by_name_and_organisation() {
        let (country, organization) = (name(&[0x55, 4, 6], "US"), name(ORGANIZATION, "Acme \u{202e}Corp"));
        let common = name(COMMON_NAME, "Acme Root");
        let both = issuer(&certificate(&[&country, &organization, &common]));
        assert_eq!(both.as_deref(), Some("Acme Root (Acme \\u{202e}Corp)"));
        assert_eq!(issuer(&certificate(&[&common])).as_deref(), Some("Acme Root"));
        assert_eq!(issuer(&certificate(&[&country])), None);
    }

    #[test]
    fn what_is_no_certificate_is_none_and_breaks_nothing() {
        let whole = certificate(&[&name(COMMON_NAME, "Acme Root")]);
        for end in 0..whole.len() {
            assert_eq!(issuer(&whole[..end]), None, "{end}");
        }
        for bytes in [&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..], &[0x30, 0xff], b"-----BEGIN"] {
            assert_eq!(issuer(bytes), None);
        }
    }
}

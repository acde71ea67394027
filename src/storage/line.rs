//! Secrets as text: one line for media that know only text, with the key beside it where a name alone could mislead.
//! It does not know where the line goes.

use super::Key;
use crate::error::{Error, Result};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Marks a secret that is no line of text and follows in hexadecimal.
const BYTES: &str = "bytes:";

#[derive(Serialize, Deserialize)]
struct Line {
    site: String,
    account: String,
    secret: Zeroizing<String>,
}

/// The secret itself where it is one line of text (a sealed record always is), else `bytes:` and hexadecimal.
pub fn encode(secret: &Secret) -> Zeroizing<String> {
    let plain = secret.expose_text().filter(|text| secret.fits_a_line() && !text.starts_with(BYTES));
    Zeroizing::new(plain.map_or_else(|| hexadecimal(secret.expose()), str::to_owned))
}

/// What `encode` was given; an error for a broken hexadecimal part.
pub fn decode(text: &[u8]) -> Result<Secret> {
    match text.strip_prefix(BYTES.as_bytes()) {
        Some(digits) => from_hexadecimal(digits).ok_or(Error::RecordUnreadable),
        None => Ok(Secret::new(text)),
    }
}

/// One line of JSON with site, account and secret, without a line end.
pub fn write(key: &Key, secret: &Secret) -> Zeroizing<String> {
    let line = Line { site: key.site.clone(), account: key.account.clone(), secret: encode(secret) };
    Zeroizing::new(serde_json::to_string(&line).expect("a line is plain data"))
}

/// Takes apart what `write` made; the error carries nothing of it.
pub fn read(text: &[u8]) -> Result<(Key, Secret)> {
    let line: Line = serde_json::from_slice(text.trim_ascii_end()).map_err(|_| Error::RecordUnreadable)?;
    let secret = decode(line.secret.as_bytes())?;
    Ok((Key { site: line.site, account: line.account }, secret))
}

/// The secret in a line, if the line is of this key: two keys of one name must never get each other's secret.
pub fn read_for(key: &Key, text: &[u8]) -> Result<Option<Secret>> {
    let (found, secret) = read(text)?;
    Ok((found == *key).then_some(secret))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(BYTES.len() + bytes.len() * 2);
    text.push_str(BYTES);
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}

fn from_hexadecimal(digits: &[u8]) -> Option<Secret> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let byte = |pair: &[u8]| u8::try_from(value(pair[0])? << 4 | value(*pair.get(1)?)?).ok();
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks(2) {
        bytes.push(byte(pair)?);
    }
    Some(Secret::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_becomes_one_line_and_comes_back() {
        for secret in [&b"tok"[..], b"", b"a\nb", b"\0\xff", b"bytes:00", b"bytes:", "\u{e9}\u{202e}".as_bytes()] {
            let secret = Secret::new(secret);
            let text = encode(&secret);
            assert!(!text.contains(['\n', '\0']));
            assert_eq!(decode(text.as_bytes()), Ok(secret.clone()));
            let key = Key::new("https://h", "a\nb\"");
            let line = write(&key, &secret);
            assert!(!line.contains('\n'));
            assert_eq!(read(line.as_bytes()), Ok((key, secret)));
        }
    }

    #[test]
    fn a_line_of_another_account_is_a_miss() {
        let line = write(&Key::new("https://evil.example", "x"), &Secret::new("s"));
        assert_eq!(read_for(&Key::new("https://bitbucket.org", "alice"), line.as_bytes()), Ok(None));
    }

    #[test]
    fn a_broken_line_is_an_error_without_its_content() {
        for text in ["", "hunter2", "{\"site\":\"s\",\"account\":\"a\",\"secret\":\"bytes:0\"}", "bytes:0g"] {
            assert_eq!(read(text.as_bytes()).err(), Some(Error::RecordUnreadable), "{text}");
        }
    }
}

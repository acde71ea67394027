//! BER as LDAP uses it (RFC 4511, 5.1): definite lengths, one-byte tags. Bytes only.

use std::io::{self, Read};

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const STRING: u8 = 0x04;
pub const ENUMERATED: u8 = 0x0a;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

/// One value with its tag and length.
pub fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut all = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => all.push(short),
        _ => {
            all.push(0x84);
            all.extend((length as u32).to_be_bytes());
        }
    }
    all.extend(content);
    all
}

/// Values within one.
pub fn group(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    value(tag, &parts.concat())
}

/// A text.
pub fn string(text: &str) -> Vec<u8> {
    value(STRING, text.as_bytes())
}

/// Takes the first value off: its tag and its content.
pub fn take<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, after) = rest.split_first()?;
    let (&first, after) = after.split_first()?;
    let (length, after) = match first {
        short if short < 0x80 => (usize::from(short), after),
        long => {
            let (bytes, after) = after.split_at_checked(usize::from(long & 0x7f))?;
            (number(bytes), after)
        }
    };
    let (content, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((tag, content))
}

/// An integer without a sign.
pub fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

/// Reads one whole value, tag and length included.
pub fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; 2];
    from.read_exact(&mut head)?;
    let mut length = usize::from(head[1]);
    if length >= 0x80 {
        let mut bytes = vec![0; (length & 0x7f).min(4)];
        from.read_exact(&mut bytes)?;
        length = number(&bytes);
        head.extend(bytes);
    }
    let mut content = Vec::new();
    from.take(length as u64).read_to_end(&mut content)?;
    match content.len() == length {
        true => Ok([head, content].concat()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_short_and_long() {
        for length in [0, 1, 127, 128, 70_000] {
            let content = vec![7; length];
            let written = value(STRING, &content);
            assert_eq!(read(&mut written.as_slice()).expect("whole"), written);
            let mut rest = written.as_slice();
            assert_eq!(take(&mut rest), Some((STRING, content.as_slice())));
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn what_breaks_off_is_no_value() {
        let mut broken = &[STRING, 5, 1, 2][..];
        assert_eq!(take(&mut broken), None);
        assert!(read(&mut broken).is_err());
    }
}

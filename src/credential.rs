//! What opens the door: the kinds of credential, what their shape tells, and the sealed text a record becomes.
//! It knows neither where a record rests nor which server it is for.

use crate::error::{Error, Result};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The five kinds of DESIGN section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Password,
    ApiToken,
    AccessToken,
    HttpToken,
    Oauth,
}

/// Everything kept for one account. Times are Unix seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub kind: Kind,
    /// The name Git sends beside the secret.
    pub username: String,
    #[serde(with = "sealed")]
    pub secret: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "sealed_option")]
    pub refresh: Option<Secret>,
    /// The refresh token that the last refresh replaced; good for about ten minutes more.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "sealed_option")]
    pub previous_refresh: Option<Secret>,
    /// The e-mail that REST wants where Git wants the username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_login: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The OAuth client that the tokens were granted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The client signed in for itself, so that it needs no refresh token to get new tokens (RFC 6749, section 4.4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub itself: bool,
    /// The number by which the server knows a token that we made there, to delete it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// Names this very record in `state[]`: random, new with each new secret, and no secret itself.
    pub mark: String,
    /// Somebody said that the secret no longer works; it is asked about before it is used again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubtful: bool,
    /// When this secret took the place of a refused one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healed: Option<u64>,
}

/// Seconds before its expiry from which a token counts as expired, so that it lasts through the command at hand.
pub const EARLY: u64 = 300;

impl Kind {
    /// The word of DESIGN, also used in the index.
    pub fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ApiToken => "api-token",
            Self::AccessToken => "access-token",
            Self::HttpToken => "http-token",
            Self::Oauth => "oauth",
        }
    }

    /// The kind that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Password, Self::ApiToken, Self::AccessToken, Self::HttpToken, Self::Oauth]
            .into_iter()
            .find(|kind| kind.word().eq_ignore_ascii_case(word))
    }

    /// The name people see.
    pub fn title(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ApiToken => "API token",
            Self::AccessToken => "access token",
            Self::HttpToken => "HTTP access token",
            Self::Oauth => "browser sign-in",
        }
    }

    /// Whether a person had to make it by hand and would have to again.
    pub fn is_made_by_hand(self) -> bool {
        matches!(self, Self::ApiToken | Self::AccessToken | Self::HttpToken)
    }
}

/// What a pasted secret looks like; a hint only, since Atlassian promises no shape but the prefixes
/// (community.atlassian.com, "Can we confirm BitBucket's token prefixes", 2025-08-25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    ApiToken,
    AccessToken,
    AppPassword,
    HttpToken,
    /// A JSON Web Token, as OAuth grants them (bitbucket-auth A3).
    Jwt,
    Unknown,
}

impl Shape {
    /// Looks at the prefix, and for old Data Center tokens at the Base64 of `number:random`.
    pub fn of(secret: &Secret) -> Self {
        match secret.expose() {
            bytes if bytes.starts_with(b"ATATT") => Self::ApiToken,
            bytes if bytes.starts_with(b"ATCTT") => Self::AccessToken,
            bytes if bytes.starts_with(b"ATBB") && bytes.len() == 36 => Self::AppPassword,
            bytes if bytes.starts_with(b"BBDC-") => Self::HttpToken,
            bytes if is_old_http_token(bytes) => Self::HttpToken,
            bytes if is_jwt(bytes) => Self::Jwt,
            _ => Self::Unknown,
        }
    }
}

/// Three parts of Base64, of which the first begins with `{"` (RFC 7515, section 3.1).
fn is_jwt(bytes: &[u8]) -> bool {
    let part =
        |part: &[u8]| !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    bytes.starts_with(b"eyJ")
        && bytes.split(|byte| *byte == b'.').count() == 3
        && bytes.split(|byte| *byte == b'.').all(part)
}

/// 44 characters of Base64 whose plain text starts with digits: the first character can only be M, N or O,
/// because `0`–`9` all begin with the bits 0011.
fn is_old_http_token(bytes: &[u8]) -> bool {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    bytes.len() == 44 && b"MNO".contains(&bytes[0]) && bytes.iter().take(43).all(base64) && has_digits_and_colon(bytes)
}

/// Decodes the first characters by hand: enough to see `digits:`, in which neither `+` nor `/` has a part.
fn has_digits_and_colon(bytes: &[u8]) -> bool {
    let plain = decode_base64(&bytes[..20]);
    let digits = plain.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits >= 1 && plain.get(digits) == Some(&b':')
}

fn decode_base64(bytes: &[u8]) -> Vec<u8> {
    let value = |byte: &u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        _ => 63,
    };
    let group = |four: &[u8]| four.iter().fold(0, |bits, byte| (bits << 6) + value(byte)).to_be_bytes();
    bytes.chunks_exact(4).flat_map(|four| group(four).into_iter().skip(1)).collect()
}

impl Record {
    /// A record for a secret that was given just now; everything else is unknown.
    pub fn new(kind: Kind, username: impl Into<String>, secret: Secret) -> Self {
        Self {
            kind,
            username: username.into(),
            secret,
            expires: None,
            refresh: None,
            previous_refresh: None,
            rest_login: None,
            scopes: Vec::new(),
            client: None,
            itself: false,
            token_id: None,
            mark: String::new(),
            doubtful: false,
            healed: None,
        }
    }

    /// Whether it can be handed out at `now` without asking anybody.
    pub fn is_fresh(&self, now: u64) -> bool {
        let early = if self.can_be_refreshed() { EARLY } else { 0 };
        !self.doubtful && !self.secret.is_empty() && self.expires.is_none_or(|end| end > now + early)
    }

    /// Whether new tokens can be had for it without a person.
    pub fn can_be_refreshed(&self) -> bool {
        self.refresh.is_some() || self.itself
    }

    /// One line of JSON, since gnome-keyring can lose a collection over a newline.
    pub fn seal(&self) -> Secret {
        let line = Zeroizing::new(serde_json::to_string(self).expect("a record is plain data"));
        Secret::new(line.as_bytes())
    }

    /// Reads a sealed record back; a text that is none is an error without its content.
    pub fn open(sealed: &Secret) -> Result<Self> {
        serde_json::from_slice(sealed.expose()).map_err(|_| Error::RecordUnreadable)
    }
}

/// Text where it is text, a list of numbers where it is not, so that every byte comes back.
pub mod sealed {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Sealed {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub fn serialize<S: serde::Serializer>(secret: &Secret, to: S) -> std::result::Result<S::Ok, S::Error> {
        match secret.expose_text() {
            Some(text) => to.serialize_str(text),
            None => to.collect_seq(secret.expose()),
        }
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Secret, D::Error> {
        Ok(match Sealed::deserialize(from)? {
            Sealed::Text(text) => Secret::new(text),
            Sealed::Bytes(bytes) => Secret::new(bytes),
        })
    }
}

/// The same for what may be missing.
pub mod sealed_option {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct One(#[serde(with = "sealed")] Secret);

    pub fn serialize<S: serde::Serializer>(secret: &Option<Secret>, to: S) -> std::result::Result<S::Ok, S::Error> {
        secret.clone().map(One).serialize(to)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Option<Secret>, D::Error> {
        Ok(Option::<One>::deserialize(from)?.map(|one| one.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sealed_record_is_one_line_and_comes_back_whole() {
        let mut record = Record::new(Kind::Oauth, "alice", Secret::new("tok\u{e9}n \"x\"\nline"));
        record.refresh = Some(Secret::new(vec![0xff, 0x00, 0x0a]));
        record.expires = Some(1_800_000_000);
        record.scopes = vec!["repository:write".into()];
        let sealed = record.seal();
        assert!(sealed.fits_a_line());
        let opened = Record::open(&sealed).expect("just sealed");
        assert_eq!(opened.secret, record.secret);
        assert_eq!(opened.refresh, record.refresh);
        assert_eq!((opened.expires, opened.scopes), (record.expires, record.scopes));
    }

    #[test]
    fn a_text_that_is_no_record_is_refused_without_being_quoted() {
        let error = Record::open(&Secret::new("hunter2")).expect_err("no record");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }

    #[test]
    fn the_shape_of_a_pasted_secret_is_recognised() {
        let app_password = format!("ATBB{}", "x".repeat(32));
        let cases = [
            ("ATATT3xFfGF0abc=1234ABCD", Shape::ApiToken),
            ("ATCTT3xFfGN0abc=1234ABCD", Shape::AccessToken),
            (app_password.as_str(), Shape::AppPassword),
            ("ATBB is how my passphrase begins", Shape::Unknown),
            ("BBDC-MTIzNDU2Nzg5MDEyOrandom", Shape::HttpToken),
            ("MTIzNDU2Nzg5MDEyOnJhbmRvbXJhbmRvbXJhbmRvbQAA", Shape::HttpToken),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_", Shape::Jwt),
            ("MTIzNDU2Nzg5MDE6cmFuZG9tcmFuZG9tcmFuZG9tcmFu", Shape::HttpToken),
            ("eyJhbGciOiJIUzI1NiJ9.", Shape::Unknown),
            ("eyJhbGciOiJIUzI1NiJ9..", Shape::Unknown),
            ("eyJhbGciOiJIUzI1NiJ9.of course.it is", Shape::Unknown),
            ("NotATokenButFortyFourLettersLongOfBase64Text", Shape::Unknown),
            ("correct horse battery staple", Shape::Unknown),
        ];
        for (secret, shape) in cases {
            assert_eq!(Shape::of(&Secret::new(secret)), shape, "{secret}");
        }
    }

    #[test]
    fn only_a_token_that_can_be_refreshed_expires_early() {
        let mut record = Record::new(Kind::ApiToken, "alice", Secret::new("t"));
        record.expires = Some(1_000);
        assert!(record.is_fresh(999));
        assert!(!record.is_fresh(1_000));
        record.refresh = Some(Secret::new("r"));
        assert!(!record.is_fresh(1_000 - EARLY));
        assert!(record.is_fresh(999 - EARLY));
    }

    fn any_record() -> impl Strategy<Value = Record> {
        let secret = || proptest::collection::vec(any::<u8>(), 0..80).prop_map(Secret::new);
        let more = (any::<Option<String>>(), any::<Vec<String>>(), any::<String>(), any::<bool>());
        let secrets = (secret(), proptest::option::of(secret()), proptest::option::of(secret()));
        (secrets, any::<String>(), any::<Option<u64>>(), more).prop_map(|(secrets, name, expires, more)| Record {
            expires,
            refresh: secrets.1,
            previous_refresh: secrets.2,
            rest_login: more.0,
            scopes: more.1,
            mark: more.2,
            doubtful: more.3,
            ..Record::new(Kind::Oauth, name, secrets.0)
        })
    }

    proptest! {
        #[test]
        fn every_record_comes_back_whole_and_no_part_of_one_is_one(record in any_record(), cut in any::<prop::sample::Index>()) {
            let sealed = record.seal();
            prop_assert!(sealed.fits_a_line());
            prop_assert_eq!(Record::open(&sealed).expect("just sealed").seal(), sealed.clone());
            let bytes = sealed.expose();
            prop_assert!(Record::open(&Secret::new(&bytes[..cut.index(bytes.len())])).is_err());
        }

        #[test]
        fn no_bytes_make_a_record_panic(bytes in any::<Vec<u8>>(), text in "[\\[\\]{}\",:a-z0-9]{0,80}") {
            let _ = (Record::open(&Secret::new(bytes.clone())), Record::open(&Secret::new(text)), Shape::of(&Secret::new(bytes)));
        }

        #[test]
        fn what_a_later_version_adds_to_a_record_is_no_obstacle(record in any_record(), value in any::<u32>()) {
            let text = record.seal().expose_text().expect("JSON").replacen('{', &format!("{{\"later\":{value},"), 1);
            prop_assert_eq!(Record::open(&Secret::new(text)).expect("a record").seal(), record.seal());
        }
    }
}

//! What a query or a form says: names and values (`application/x-www-form-urlencoded`, URL Standard section 5).

use crate::secret::Secret;

/// Names and values, in the order they came. Values are secrets: a code, a state, a typed password.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, Secret)>);

impl Fields {
    /// Reads a query or a form; `None` where a name or a value is not written as it should be.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        pairs.map(pair).collect::<Option<_>>().map(Self)
    }

    /// The value under this name; `None` if there is none, or more than one.
    pub fn only(&self, name: &str) -> Option<&Secret> {
        let mut found = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        found.next().filter(|_| found.next().is_none())
    }

    /// All names and values.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is any value under this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

fn pair(bytes: &[u8]) -> Option<(String, Secret)> {
    let equals = bytes.iter().position(|byte| *byte == b'=').unwrap_or(bytes.len());
    let value = bytes.get(equals + 1..).unwrap_or_default();
    Some((decode(&bytes[..equals])?.expose_text()?.to_owned(), decode(value)?))
}

fn decode(bytes: &[u8]) -> Option<Secret> {
    // never longer than it was, so no half of it is left behind where a vector grew
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let byte;
        (byte, rest) = match first {
            b'%' => (hex(*after.first()?)? << 4 | hex(*after.get(1)?)?, &after[2..]),
            b'+' => (b' ', after),
            byte => (*byte, after),
        };
        plain.push(byte);
    }
    Some(Secret::new(plain))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn only(text: &str, name: &str) -> Option<String> {
        Fields::parse(text.as_bytes())?.only(name)?.expose_text().map(str::to_owned)
    }

    #[test]
    fn values_arrive_as_they_were_typed() {
        let text = "code=a%2Bb%3D%3d&state=x+y&user=zo%C3%AB&empty=&bare";
        assert_eq!(only(text, "code").as_deref(), Some("a+b=="));
        assert_eq!(only(text, "state").as_deref(), Some("x y"));
        assert_eq!(only(text, "user").as_deref(), Some("zoë"));
        assert_eq!(only(text, "empty").as_deref(), Some(""));
        assert_eq!(only(text, "bare").as_deref(), Some(""));
        assert_eq!(only(text, "other"), None);
    }

    #[test]
    fn a_doubled_name_has_no_value() {
        let fields = Fields::parse(b"state=a&code=c&st%61te=b").expect("fields");
        assert!(fields.has("state") && fields.only("state").is_none());
        assert!(fields.only("code").is_some());
    }

    #[test]
    fn a_broken_escape_is_no_field() {
        for text in ["a=%", "a=%2", "a=%zz", "%ff=1"] {
            assert!(Fields::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn no_value_shows_in_debug_output() {
        let shown = format!("{:?}", Fields::parse(b"code=canary"));
        assert!(!shown.contains("canary"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic_and_every_value_comes_back(bytes in any::<Vec<u8>>(), value in any::<Vec<u8>>()) {
            let _ = Fields::parse(&bytes);
            let escaped: String = value.iter().map(|byte| format!("%{byte:02x}")).collect();
            let fields = Fields::parse(format!("a=b&code={escaped}").as_bytes()).expect("fields");
            prop_assert_eq!(fields.only("code").map(Secret::expose), Some(value.as_slice()));
        }
    }
}

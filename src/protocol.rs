//! Git's `key=value` lines, in and out (git-credential, "INPUT/OUTPUT FORMAT"). A strict reader of bytes, since paths
//! and names need not be UTF-8, and the only writer of answers. It knows no site and no account.

use crate::error::{Error, Result};
use crate::secret::Secret;
use std::io::{BufRead, BufReader, Read};
use zeroize::Zeroizing;

/// More than this is no request: Git's own lines end at 65,535 bytes, a server's header may double that.
const LIMIT: u64 = 1 << 20;

/// What Git said, as it said it. Absent and empty are different things.
#[derive(Debug, Default)]
pub struct Request {
    pub protocol: Option<Vec<u8>>,
    pub host: Option<Vec<u8>>,
    pub path: Option<Vec<u8>>,
    pub username: Option<Vec<u8>>,
    pub password: Option<Secret>,
    pub authtype: Option<Vec<u8>>,
    pub credential: Option<Secret>,
    pub refresh: Option<Secret>,
    /// Unix seconds; `None` where it is missing or no positive number, which Git reads as "never".
    pub expires: Option<u64>,
    pub ephemeral: bool,
    pub challenges: Vec<Vec<u8>>,
    pub state: Vec<Vec<u8>>,
    pub knows_authtype: bool,
    pub knows_state: bool,
}

impl Request {
    /// Reads up to a blank line or the end; an error names the rule that was broken, never the text.
    pub fn read(from: impl Read) -> Result<Self> {
        let mut lines = BufReader::new(from.take(LIMIT + 1));
        let mut request = Self::default();
        let mut total = 0;
        loop {
            let mut line = Zeroizing::new(Vec::new());
            total += lines.read_until(b'\n', &mut line).map_err(|_| Error::Protocol("it broke off"))? as u64;
            if total > LIMIT {
                return Err(Error::Protocol("it is longer than 1 MiB"));
            }
            match without_line_end(&line) {
                [] => return Ok(request),
                line => request.take_line(line)?,
            }
        }
    }

    /// Protocol and host, which `get` cannot do without (CVE-2020-11008).
    pub fn place(&self) -> Result<(&[u8], &[u8])> {
        let protocol = self.protocol.as_deref().ok_or(Error::Protocol("it names no protocol"))?;
        let host = self.host.as_deref().filter(|host| !host.is_empty());
        Ok((protocol, host.ok_or(Error::Protocol("it names no host"))?))
    }

    /// Whether Git asks for the password of a client certificate's key, which no host goes with (http.c, `cert_auth`).
    pub fn is_for_a_key(&self) -> bool {
        self.protocol.as_deref() == Some(b"cert")
    }

    /// The username as text; an empty one counts as none, and one that is not UTF-8 is nobody's.
    pub fn username(&self) -> Option<String> {
        let name = self.username.as_deref().filter(|name| !name.is_empty())?;
        Some(String::from_utf8_lossy(name).into_owned())
    }

    /// Our own words in `state[]`, without the prefix; those of other helpers are not ours to read.
    pub fn own_state(&self) -> impl Iterator<Item = &str> {
        self.state.iter().filter_map(|state| std::str::from_utf8(state).ok()?.strip_prefix("bitbucket:"))
    }

    /// Whether the server's challenge names Data Center's realm.
    pub fn has_data_center_realm(&self) -> bool {
        const REALM: &[u8] = b"realm=\"atlassian bitbucket\"";
        let names = |challenge: &[u8]| challenge.to_ascii_lowercase().windows(REALM.len()).any(|part| part == REALM);
        self.challenges.iter().any(|challenge| names(challenge))
    }

    fn take_line(&mut self, line: &[u8]) -> Result<()> {
        if line.contains(&0) {
            return Err(Error::Protocol("a value holds a NUL"));
        }
        let equals = line.iter().position(|byte| *byte == b'=').ok_or(Error::Protocol("a line has no `=`"))?;
        self.take(&line[..equals], &line[equals + 1..])
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        match key {
            b"protocol" => once(&mut self.protocol, plain(value)?)?,
            b"host" => once(&mut self.host, plain(value)?)?,
            b"path" => once(&mut self.path, plain(value)?)?,
            b"username" => once(&mut self.username, plain(value)?)?,
            b"password" => once(&mut self.password, Secret::new(value))?,
            b"url" => *self = Self::from_url(value)?,
            b"authtype" => self.authtype = Some(value.to_vec()),
            b"credential" => self.credential = Some(Secret::new(value)),
            b"oauth_refresh_token" => self.refresh = Some(Secret::new(value)),
            b"password_expiry_utc" => self.expires = expiry(value),
            b"ephemeral" => self.ephemeral = is_true(value),
            b"wwwauth[]" => self.challenges.push(value.to_vec()),
            b"state[]" => self.state.push(value.to_vec()),
            b"capability[]" => self.take_capability(value),
            _ => {}
        }
        Ok(())
    }

    fn take_capability(&mut self, name: &[u8]) {
        match name {
            b"authtype" => self.knows_authtype = true,
            b"state" => self.knows_state = true,
            b"" => (self.knows_authtype, self.knows_state) = (false, false),
            _ => {}
        }
    }

    /// An address in place of its parts; like Git (`credential_from_url`) it replaces all that was read before.
    fn from_url(url: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(url).map_err(|_| Error::Protocol("the url is not text"))?;
        let (protocol, rest) = text.split_once("://").ok_or(Error::Protocol("the url has no protocol"))?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host) = authority.split_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let mut request = Self::default();
        request.take(b"protocol", protocol.as_bytes())?;
        request.take(b"host", &decoded(host))?;
        request.place()?;
        request.take_user(user)?;
        if !path.trim_matches('/').is_empty() {
            request.take(b"path", &decoded(path.trim_matches('/')))?;
        }
        Ok(request)
    }

    fn take_user(&mut self, user: Option<&str>) -> Result<()> {
        let Some(user) = user else { return Ok(()) };
        let (name, password) = user.split_once(':').map_or((user, None), |(name, password)| (name, Some(password)));
        self.take(b"username", &decoded(name))?;
        match password.map(decoded) {
            Some(password) => self.take(b"password", &plain(&password)?),
            None => Ok(()),
        }
    }
}

/// One answer to `get`. Its fields are all the keys that ever leave us (P9 of the security checklist).
#[derive(Debug, Default)]
pub struct Answer {
    pub username: Option<Vec<u8>>,
    pub password: Option<Secret>,
    pub authtype: Option<Vec<u8>>,
    pub credential: Option<Secret>,
    pub refresh: Option<Secret>,
    pub expires: Option<u64>,
    pub ephemeral: bool,
    pub state: Option<String>,
    /// `continue=1`: if the server refuses this, ask once more (git 2.46).
    pub resume: bool,
    pub quit: bool,
}

impl Answer {
    /// The answer that makes Git stop asking, helpers and people alike.
    pub fn quit() -> Self {
        Self { quit: true, ..Self::default() }
    }

    /// All lines, checked; an error means that nothing may be written at all.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let Self { username, password, authtype, credential, refresh, expires, ephemeral, state, resume, quit } = self;
        let mut lines = Lines(Zeroizing::new(Vec::new()));
        lines.flag(b"capability[]", authtype.is_some() || *ephemeral, b"authtype")?;
        lines.flag(b"capability[]", state.is_some() || *resume, b"state")?;
        lines.put(b"authtype", authtype.as_deref())?;
        lines.put(b"credential", credential.as_ref().map(Secret::expose))?;
        lines.flag(b"ephemeral", *ephemeral, b"1")?;
        lines.put(b"username", username.as_deref())?;
        lines.put(b"password", password.as_ref().map(Secret::expose))?;
        lines.put(b"oauth_refresh_token", refresh.as_ref().map(Secret::expose))?;
        lines.put(b"password_expiry_utc", expires.map(|end| end.to_string()).as_deref().map(str::as_bytes))?;
        lines
            .put(b"state[]", state.as_ref().map(|state| format!("bitbucket:{state}")).as_deref().map(str::as_bytes))?;
        lines.flag(b"continue", *resume, b"1")?;
        lines.flag(b"quit", *quit, b"1")?;
        Ok(lines.0)
    }
}

/// What `capability` prints (git-credential, "CAPABILITY INPUT/OUTPUT FORMAT").
pub const CAPABILITIES: &[u8] = b"version 0\ncapability authtype\ncapability state\n";

struct Lines(Zeroizing<Vec<u8>>);

impl Lines {
    fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        if value.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
            return Err(Error::Protocol("a stored value has a line end in it, so it is not given to git"));
        }
        for part in [key, b"=", value, b"\n"] {
            self.0.extend_from_slice(part);
        }
        Ok(())
    }

    fn flag(&mut self, key: &[u8], on: bool, value: &[u8]) -> Result<()> {
        self.put(key, on.then_some(value))
    }
}

/// One LF and one CR directly before it; any other CR is data, and refused where it matters (CVE-2024-50338).
fn without_line_end(line: &[u8]) -> &[u8] {
    let Some(line) = line.strip_suffix(b"\n") else { return line };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A value that chooses whose secret is given must not hold control characters; a tab makes no line anywhere.
fn plain(value: &[u8]) -> Result<Vec<u8>> {
    let control = |byte: &u8| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f;
    match value.iter().any(control) {
        true => Err(Error::Protocol("a value holds a control character")),
        false => Ok(value.to_vec()),
    }
}

/// Two different values for one key are somebody's smuggling (CVE-2020-5260).
fn once<T: PartialEq>(slot: &mut Option<T>, value: T) -> Result<()> {
    match slot.replace(value) {
        Some(before) if Some(&before) != slot.as_ref() => Err(Error::Protocol("it says one thing twice, differently")),
        _ => Ok(()),
    }
}

fn expiry(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok().filter(|end| *end > 0)
}

/// Git's spellings of true (git-config, "boolean").
fn is_true(value: &[u8]) -> bool {
    [&b"1"[..], b"true", b"yes", b"on"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}

/// Percent-decoding as Git does it: what is no escape stays as it is.
fn decoded(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut out = Vec::with_capacity(text.len());
    while let [byte, tail @ ..] = rest {
        let escape = (*byte == b'%').then(|| tail.get(..2)).flatten().and_then(hex);
        rest = if escape.is_some() { &tail[2..] } else { tail };
        out.push(escape.unwrap_or(*byte));
    }
    out
}

/// Percent-decoded text, as servers write names into headers; `None` where it is not UTF-8.
pub fn percent_decoded(text: &str) -> Option<String> {
    String::from_utf8(decoded(text)).ok()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let all = digits.iter().all(u8::is_ascii_hexdigit);
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8]) -> Result<Request> {
        Request::read(text)
    }

    #[test]
    fn an_answer_announces_a_capability_before_it_uses_it() {
        let answer = Answer {
            authtype: Some(b"Bearer".to_vec()),
            credential: Some(Secret::new("t")),
            state: Some("1:abc".into()),
            resume: true,
            ..Answer::default()
        };
        let expected = "capability[]=authtype\ncapability[]=state\nauthtype=Bearer\ncredential=t\nstate[]=bitbucket:1:abc\ncontinue=1\n";
        assert_eq!(answer.to_bytes().expect("clean").as_slice(), expected.as_bytes());
    }

    #[test]
    fn an_address_replaces_what_was_said_before() {
        let request =
            read(b"username=bob\ncapability[]=state\nurl=https://al%40x@bitbucket.org/ws/r.git/\n").expect("fine");
        assert_eq!(request.username().as_deref(), Some("al@x"));
        assert_eq!(request.path.as_deref(), Some(&b"ws/r.git"[..]));
        assert!(!request.knows_state);
    }

    #[test]
    fn a_line_separator_of_unicode_is_no_line_end() {
        let request = read("username=a\u{2028}host=evil.com\nhost=bitbucket.org\n".as_bytes()).expect("fine");
        assert_eq!(request.host.as_deref(), Some(&b"bitbucket.org"[..]));
    }

    #[test]
    fn what_chooses_an_account_holds_no_control_character_but_a_tab() {
        for key in ["protocol", "host", "path", "username"] {
            assert!(read(format!("{key}=a\tb\n").as_bytes()).is_ok(), "{key}");
            for control in ['\u{1}', '\r', '\u{1b}', '\u{1f}', '\u{7f}'] {
                assert!(read(format!("{key}=a{control}b\n").as_bytes()).is_err(), "{key} with {control:?}");
            }
        }
        assert!(read(b"password=a\x1bb\n").is_ok());
    }

    #[test]
    fn only_a_spelling_of_true_makes_an_answer_ephemeral() {
        let is_ephemeral = |word: &str| read(format!("ephemeral={word}\n").as_bytes()).expect("fine").ephemeral;
        for word in ["1", "true", "yes", "on", "ON"] {
            assert!(is_ephemeral(word), "{word}");
        }
        for word in ["", "0", "false", "no", "off"] {
            assert!(!is_ephemeral(word), "{word}");
        }
    }

    #[test]
    fn a_server_is_a_data_center_by_its_own_realm_only() {
        let says = |challenge: &str| {
            read(format!("wwwauth[]={challenge}\n").as_bytes()).expect("fine").has_data_center_realm()
        };
        assert!(
            says("Basic realm=\"Atlassian Bitbucket\"") && says("Bearer, basic REALM=\"atlassian bitbucket\", x=y")
        );
        for other in
            ["Basic realm=\"GitLab at a place with a name that is long\"", "Basic realm=\"Atlassian Bitbucket Two\""]
        {
            assert!(!says(other), "{other}");
        }
    }

    #[test]
    fn a_mebibyte_is_read_and_a_byte_more_is_refused() {
        let padded = |length: u64| {
            let text = b"host=bitbucket.org\nx=".to_vec();
            let rest = usize::try_from(length).expect("small") - text.len();
            [text, vec![b'y'; rest]].concat()
        };
        assert_eq!(read(&padded(LIMIT)).expect("fine").host.as_deref(), Some(&b"bitbucket.org"[..]));
        assert_eq!(read(&padded(LIMIT + 1)).err(), Some(Error::Protocol("it is longer than 1 MiB")));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_answer_has_more_lines_than_keys(name in any::<Vec<u8>>(), secret in any::<Vec<u8>>(), state in any::<String>()) {
            let answer = Answer {
                username: Some(name), password: Some(Secret::new(secret)), state: Some(state), ..Answer::default()
            };
            if let Ok(bytes) = answer.to_bytes() {
                prop_assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 4);
                prop_assert!(!bytes.contains(&0) && !bytes.contains(&b'\r'));
            }
        }

        #[test]
        fn what_we_write_git_reads_back_unchanged(secret in "[^\r\n\0]{0,60}", name in "[^\\p{Cc}]{1,20}") {
            let answer = Answer { username: Some(name.clone().into()), password: Some(Secret::new(secret.clone())), ..Answer::default() };
            let request = read(&answer.to_bytes().expect("clean")).expect("clean");
            prop_assert_eq!(request.username(), Some(name));
            prop_assert_eq!(request.password, Some(Secret::new(secret)));
        }
    }
}

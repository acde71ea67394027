//! What the two products write into JSON and headers: whose a credential is, what it may do, and a token that was just made.
//! Bytes in, names out: it asks nobody and knows no status.

use crate::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

/// A new token. `expires` is in Unix seconds; `None` if it has no end.
#[derive(Debug)]
pub struct Made {
    pub id: String,
    pub secret: Secret,
    pub expires: Option<u64>,
}

/// The username in the Cloud's profile (`/2.0/user`).
pub fn username(profile: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct User {
        username: String,
    }
    clean_name(&serde_json::from_slice::<User>(profile).ok()?.username)
}

/// What the Cloud says a credential may do that lacks something; `None` for a refusal without such a list.
pub fn granted(refusal: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Body {
        error: Lack,
    }
    #[derive(Deserialize)]
    struct Lack {
        detail: Detail,
    }
    #[derive(Deserialize)]
    struct Detail {
        #[serde(default)]
        granted: Vec<String>,
    }
    Some(serde_json::from_slice::<Body>(refusal).ok()?.error.detail.granted)
}

/// The names in the Cloud's `X-OAuth-Scopes`.
pub fn scopes(header: &str) -> Vec<String> {
    header.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// The username in a Data Center's `X-AUSERNAME`, written as Java's `URLEncoder` does: `user%40dom`, `Alice+Archer`
/// (eclipse-che pull 796).
pub fn encoded_username(header: &str) -> Option<String> {
    clean_name(&crate::protocol::percent_decoded(&header.replace('+', " "))?)
}

/// The token that a Data Center just made; `None` where it has no number or could not stand in a header.
pub fn made(token: &[u8]) -> Option<Made> {
    let body: Value = serde_json::from_slice(token).ok()?;
    let id = body["id"].as_str().map(str::to_owned).or(body["id"].as_u64().map(|id| id.to_string()))?;
    let secret = body["token"].as_str().map(Secret::new).filter(Secret::fits_a_header)?;
    let expires = body["expiryDate"].as_u64().map(|milliseconds| milliseconds / 1000);
    Some(Made { id, secret, expires })
}

/// A name that a server sent: text on one line that can stand in an answer to Git.
fn clean_name(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty() && name.len() <= 255 && !name.chars().any(char::is_control)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_name_is_read_as_each_product_writes_it() {
        assert_eq!(username(br#"{"username":" alice ","uuid":"{1}"}"#).as_deref(), Some("alice"));
        for (header, name) in [("carol%40corp.example", "carol@corp.example"), ("Alice+Archer", "Alice Archer")] {
            assert_eq!(encoded_username(header).as_deref(), Some(name));
        }
        for forged in ["alice%0Ahost=evil.example", "%00", "%FF", "", "+", &"a".repeat(256)] {
            assert_eq!(encoded_username(forged), None, "{forged}");
        }
        for gibberish in
            ["", "null", "[]", "<html>", r#"{"username":7}"#, r#"{"username":"a\nb"}"#, r#"{"nickname":"a"}"#]
        {
            assert_eq!(username(gibberish.as_bytes()), None, "{gibberish}");
        }
    }

    #[test]
    fn what_a_refusal_says_of_scopes_is_told_from_any_other_refusal() {
        let listed =
            br#"{"type":"error","error":{"message":"no","detail":{"required":["account"],"granted":["pullrequest"]}}}"#;
        assert_eq!(granted(listed), Some(vec!["pullrequest".to_owned()]));
        assert_eq!(granted(br#"{"error":{"detail":{}}}"#), Some(Vec::new()));
        assert_eq!(granted(br#"{"error":{"message":"no","detail":"your account is locked"}}"#), None);
        assert_eq!(scopes("account, repository:write"), ["account", "repository:write"]);
    }

    #[test]
    fn a_made_token_that_no_header_can_carry_is_none() {
        let found = made(br#"{"id":"7","token":"BBDC-canary","expiryDate":1800000000999}"#).expect("a token");
        assert_eq!((found.id.as_str(), found.expires), ("7", Some(1_800_000_000)));
        for token in ["", "a b", "a\\nb", "a\\u0001", "\u{e4}"] {
            assert!(made(format!(r#"{{"id":7,"token":"{token}"}}"#).as_bytes()).is_none(), "{token}");
        }
        assert!(made(br#"{"token":"BBDC-canary"}"#).is_none(), "a token without a number cannot be deleted");
    }

    /// Whether it can stand in an answer to Git and on a line of its own.
    fn is_clean(name: &str) -> bool {
        !name.is_empty() && name.len() <= 255 && name == name.trim() && !name.chars().any(char::is_control)
    }

    proptest! {
        #[test]
        fn no_answer_makes_a_reader_panic_and_no_name_could_forge_a_line(name in any::<String>(), junk in any::<Vec<u8>>(), end in any::<i64>()) {
            let _ = (granted(&junk), made(&junk), encoded_username(&String::from_utf8_lossy(&junk)));
            let escaped: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let profile = json!({"username": name, "links": [name]}).to_string();
            let found = [username(&junk), username(profile.as_bytes()), encoded_username(&name), encoded_username(&escaped)];
            prop_assert_eq!(&found[1], &found[3]);
            prop_assert_eq!(found[1].is_some(), is_clean(name.trim()));
            prop_assert!(found.into_iter().flatten().all(|name| is_clean(&name)));
            let token = json!({"id": end, "token": name, "expiryDate": end}).to_string();
            if let Some(made) = made(token.as_bytes()) {
                prop_assert_eq!(made.secret.expose(), name.as_bytes());
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_graphic()) && end >= 0);
                prop_assert_eq!(made.expires, u64::try_from(end).ok().map(|end| end / 1000));
            }
        }

        #[test]
        fn no_part_of_a_profile_is_one(cut in 0..50usize) {
            let whole = br#"{"username":"alice","uuid":"{0123}","scope":[1.5]}"#;
            prop_assert!(username(whole).is_some() && username(&whole[..cut]).is_none());
        }
    }
}

//! What a token endpoint says (RFC 6749, section 5.1), as the two products have said it over the years: `scope` or `scopes`,
//! a text or a list; lifetimes as numbers or texts; no `token_type`. Nothing but the access token is insisted on.

use crate::secret::Secret;
use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Tokens that a server granted.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: Secret,
    /// `None` where the server gave none: the one that was used stays good.
    pub refresh: Option<Secret>,
    /// Seconds from the moment of the request; `None` where the server did not say.
    pub lifetime: Option<u64>,
    pub scopes: Vec<String>,
}

impl Tokens {
    /// The end of the access token that was asked for at `begun`; one that no clock can tell is as good as unsaid.
    pub fn ends(&self, begun: u64) -> Option<u64> {
        begun.checked_add(self.lifetime?)
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    access_token: AccessToken,
    #[serde(default = "bearer")]
    token_type: BasicTokenType,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default)]
    expires_in: Option<Lifetime>,
    #[serde(default)]
    scope: Option<Names>,
    #[serde(default)]
    scopes: Option<Names>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Lifetime {
    Seconds(u64),
    Text(String),
    /// Negative, broken, whatever: as if it had not been said.
    Other(serde_json::Value),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Names {
    Text(String),
    List(Vec<String>),
    Other(serde_json::Value),
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

impl Lifetime {
    fn seconds(&self) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(*seconds),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Other(_) => None,
        }
    }
}

impl Names {
    fn list(&self) -> Vec<String> {
        match self {
            Self::Text(text) => text.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            Self::List(names) => names.clone(),
            Self::Other(_) => Vec::new(),
        }
    }
}

impl Reply {
    /// Takes the tokens out; `None` if one of them could not stand in a header or in an answer to Git (RFC 6750, 2.1).
    pub fn into_tokens(self) -> Option<Tokens> {
        let scopes = self.scope.or(self.scopes).map(|names| names.list()).unwrap_or_default();
        let lifetime = self.expires_in.as_ref().and_then(Lifetime::seconds);
        let access = token(self.access_token.into_secret())?;
        let refresh = self.refresh_token.map(RefreshToken::into_secret).filter(|text| !text.is_empty());
        let refresh = refresh.map(|text| token(text).ok_or(())).transpose().ok()?;
        Some(Tokens { access, refresh, lifetime, scopes })
    }
}

fn token(text: String) -> Option<Secret> {
    Some(Secret::new(text)).filter(Secret::fits_a_header)
}

impl TokenResponse for Reply {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.as_ref().and_then(Lifetime::seconds).map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(json: &str) -> Option<Tokens> {
        serde_json::from_str::<Reply>(json).ok()?.into_tokens()
    }

    #[test]
    fn scopes_are_understood_in_every_form_that_was_ever_sent() {
        for scopes in [
            r#","scope":"account repository:write""#,
            r#","scopes":"account repository:write","token_type":"bearer""#,
            r#","scopes":["account","repository:write"]"#,
            r#","scope":"account,repository:write","scopes":7"#,
        ] {
            let json = format!(r#"{{"access_token":"t"{scopes}}}"#);
            assert_eq!(tokens(&json).expect("tokens").scopes, ["account", "repository:write"], "{json}");
        }
        assert!(tokens(r#"{"access_token":"t","scope":null}"#).expect("tokens").scopes.is_empty());
    }

    #[test]
    fn a_lifetime_that_is_no_number_is_as_if_it_had_not_been_said() {
        for (said, understood) in
            [("7200", Some(7200)), (r#""3600""#, Some(3600)), ("-1", None), (r#""soon""#, None), ("null", None)]
        {
            let json = format!(r#"{{"access_token":"t","expires_in":{said}}}"#);
            assert_eq!(tokens(&json).expect("tokens").lifetime, understood, "{json}");
        }
    }

    #[test]
    fn a_lifetime_beyond_every_clock_is_as_if_it_had_not_been_said() {
        let ends = |seconds: u64| {
            tokens(&format!(r#"{{"access_token":"t","expires_in":{seconds}}}"#)).expect("tokens").ends(100)
        };
        assert_eq!((ends(7200), ends(0), ends(u64::MAX)), (Some(7300), Some(100), None));
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_none() {
        for json in [
            r#"{}"#,
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\nb"}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"t","refresh_token":"r\r"}"#,
            r#"{"access_token":7}"#,
        ] {
            assert!(tokens(json).is_none(), "{json}");
        }
        assert!(tokens(r#"{"access_token":"t","refresh_token":""}"#).expect("tokens").refresh.is_none());
    }

    proptest! {
        #[test]
        fn no_reply_makes_the_reader_panic_and_no_token_could_forge_a_line(
            access in any::<String>(), refresh in any::<Option<String>>(), lifetime in any::<i64>(), junk in ".{0,200}"
        ) {
            let _ = tokens(&junk);
            let reply = serde_json::json!({"access_token": access, "refresh_token": refresh, "expires_in": lifetime, "scope": junk});
            if let Some(tokens) = tokens(&reply.to_string()) {
                prop_assert_eq!(tokens.access.expose(), access.as_bytes());
                for secret in [Some(tokens.access), tokens.refresh].into_iter().flatten() {
                    prop_assert!(secret.expose().iter().all(u8::is_ascii_graphic));
                }
                prop_assert_eq!(tokens.lifetime, u64::try_from(lifetime).ok());
            }
        }

        #[test]
        fn no_part_of_a_reply_is_one(cut in 0..100usize) {
            let whole = r#"{"access_token":"abc","refresh_token":"def","expires_in":"7200","scopes":["account","repository:write"]}"#;
            prop_assert!(tokens(whole).is_some() && tokens(&whole[..cut]).is_none());
        }
    }
}

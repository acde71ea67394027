//! One sign-in in the browser: what it is opened with, and which of the answers that reach this machine is the true one
//! (RFC 6749, section 4.1; RFC 7636; RFC 8252; RFC 9207). It listens to nobody and opens nothing.

use super::App;
use crate::error::{Error, Result, shown};
use crate::loopback::Fields;
use crate::secret::Secret;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};

/// A sign-in under way. Its state and its verifier leave only where the protocol sends them.
pub struct Flow {
    url: String,
    redirect: String,
    issuer: String,
    state: Secret,
    verifier: Secret,
}

/// What a visit to the redirect address means.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// Ours: the code to exchange.
    Code(Secret),
    /// Ours: the person or the server said no, in these words of the server.
    Denied(String),
    /// Nobody's business here: the sign-in goes on.
    Foreign,
}

/// 256 bits, so that no page and no process can guess it (O1 of the security checklist).
const STATE_BYTES: u32 = 32;

impl Flow {
    /// Begins a sign-in that ends at `redirect`; an error where the addresses make no sense.
    pub fn begin(app: &App, redirect: &str) -> Result<Self> {
        let client = oauth2::basic::BasicClient::new(ClientId::new(app.client.clone()))
            .set_auth_uri(AuthUrl::new(app.endpoints.authorize.clone()).map_err(|_| Error::NotASite)?)
            .set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(|_| unusable())?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = app.scope.split_whitespace().map(|scope| Scope::new(scope.to_owned()));
        let request = client.authorize_url(|| CsrfToken::new_random_len(STATE_BYTES));
        let (url, state) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        Ok(Self {
            // a `+` for a space is read as a plus by some that open addresses
            url: url.as_str().replace('+', "%20"),
            redirect: redirect.to_owned(),
            issuer: app.endpoints.issuer.clone(),
            state: Secret::new(state.into_secret()),
            verifier: Secret::new(verifier.into_secret()),
        })
    }

    /// The address to open in the browser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The redirect address, as the server must see it again when the code is exchanged.
    pub fn redirect(&self) -> &str {
        &self.redirect
    }

    /// What only the program that began this can know (RFC 7636, section 4.5).
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// Judges what came to the redirect address. The state comes before all else, `error` included.
    pub fn hear(&self, said: &Fields) -> Heard {
        if said.only("state") != Some(&self.state) {
            return Heard::Foreign;
        }
        let text = |name: &str| said.only(name).and_then(Secret::expose_text).filter(|text| !text.is_empty());
        if said.has("iss") && text("iss").map(|issuer| issuer.trim_end_matches('/')) != Some(&self.issuer) {
            return Heard::Denied("another server has answered".into());
        }
        match (text("code"), text("error")) {
            (Some(code), None) => Heard::Code(Secret::new(code)),
            (_, Some(error)) => Heard::Denied(shown(text("error_description").unwrap_or(error))),
            (None, None) => Heard::Foreign,
        }
    }
}

fn unusable() -> Error {
    Error::Setting { key: "bitbucket.oauthRedirectUri".into(), expected: "an address on this machine" }
}

#[cfg(test)]
mod tests {
    use super::super::tests::app;
    use super::*;
    use std::collections::BTreeMap;
    use url::Url;

    const REDIRECT: &str = "http://127.0.0.1:4711/cloud";

    fn flow() -> (Flow, BTreeMap<String, String>) {
        let flow = Flow::begin(&app(), REDIRECT).expect("begun");
        let url = Url::parse(flow.url()).expect("an address");
        let parameters = url.query_pairs().into_owned().collect();
        (flow, parameters)
    }

    fn said(query: &str) -> Fields {
        Fields::parse(query.as_bytes()).expect("a query")
    }

    #[test]
    fn the_address_asks_for_a_code_with_s256_and_a_state_that_nobody_guesses() {
        let (flow, asked) = flow();
        assert!(flow.url().starts_with("https://bitbucket.org/site/oauth2/authorize?"));
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["redirect_uri"], REDIRECT);
        assert_eq!(asked["scope"], "account repository:write");
        assert_eq!(asked["state"].len(), 43, "256 bits in Base64");
        assert!(!flow.url().contains('+') && !flow.url().contains(flow.verifier().expose_text().expect("text")));
        let (_, other) = self::flow();
        assert_ne!((&asked["state"], &asked["code_challenge"]), (&other["state"], &other["code_challenge"]));
    }

    #[test]
    fn only_the_right_state_ends_a_sign_in_and_errors_are_no_exception() {
        let (flow, asked) = flow();
        let state = &asked["state"];
        for foreign in [
            String::new(),
            "code=evil".into(),
            "error=access_denied".into(),
            "code=evil&state=".into(),
            format!("code=evil&state={state}x"),
            format!("code=evil&state={state}&state={state}"),
            format!("code=evil&state=other&state={state}"),
            format!("state={state}"),
            format!("code=&state={state}"),
        ] {
            assert_eq!(flow.hear(&said(&foreign)), Heard::Foreign, "{foreign}");
        }
        assert_eq!(flow.hear(&said(&format!("code=c%2B1&state={state}"))), Heard::Code(Secret::new("c+1")));
        assert_eq!(
            flow.hear(&said(&format!("error=access_denied&state={state}"))),
            Heard::Denied("access_denied".into())
        );
    }

    #[test]
    fn an_answer_in_the_name_of_another_server_gives_no_code() {
        let (flow, asked) = flow();
        let state = &asked["state"];
        let heard = flow.hear(&said(&format!("code=c&state={state}&iss=https%3A%2F%2Fevil.example")));
        assert!(matches!(heard, Heard::Denied(_)), "{heard:?}");
        let heard = flow.hear(&said(&format!("code=c&state={state}&iss=https%3A%2F%2Fbitbucket.org%2F")));
        assert_eq!(heard, Heard::Code(Secret::new("c")));
    }
}

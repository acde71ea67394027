//! OAuth 2.0 as both products speak it (RFC 6749, RFC 7636): tokens for a code, for a refresh token, for a client itself.
//! It knows no account and keeps nothing; when to refresh and what to keep is decided elsewhere.

mod flow;
mod reply;

pub use flow::{Flow, Heard};
pub use reply::Tokens;

use crate::error::{Error, Result, Unclear};
use crate::http::{Http, Request, Response};
use crate::secret::Secret;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, StandardRevocableToken, TokenUrl,
};
use reply::Reply;
use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

/// Where a site's OAuth lives and what a Git client asks for there.
#[derive(Debug, Clone)]
pub struct Endpoints {
    pub authorize: String,
    pub token: String,
    /// The site itself, as an `iss` of it would read (RFC 9207).
    pub issuer: String,
    /// The redirect address where no setting gives one; without a port, any free one will do.
    pub redirect: String,
    /// Scopes, divided by spaces: for cloning alone, and for pushing too.
    pub reading: &'static str,
    pub writing: &'static str,
    /// Whether the client's secret is shown in a header or in the form (RFC 6749, section 2.3.1 allows both).
    pub secret_in_header: bool,
}

/// A registered client: a consumer on the Cloud, an incoming link on a Data Center.
#[derive(Debug, Clone)]
pub struct App {
    pub endpoints: Endpoints,
    pub client: String,
    /// `None` for a public client, which PKCE alone protects.
    pub secret: Option<Secret>,
    pub redirect: String,
    /// Divided by spaces.
    pub scope: String,
}

/// The way to a token endpoint.
pub struct Line<'a> {
    pub http: &'a Http,
    pub limit: Duration,
    /// Whether the user permits plain http to this site.
    pub over_http: bool,
}

type Client = oauth2::Client<
    BasicErrorResponse,
    Reply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type Outcome = std::result::Result<Reply, RequestTokenError<Error, BasicErrorResponse>>;

impl App {
    /// Tokens for the code that a browser brought; `None` if the server does not take it.
    pub fn exchange(&self, line: &Line<'_>, flow: &Flow, code: &Secret) -> Result<Option<Tokens>> {
        let redirect = RedirectUrl::new(flow.redirect().to_owned()).map_err(|_| Error::NotASite)?;
        let (client, call) = (self.client()?, Call::new(line));
        let request = client
            .exchange_code(AuthorizationCode::new(text(code)))
            .set_pkce_verifier(PkceCodeVerifier::new(text(flow.verifier())))
            .set_redirect_uri(Cow::Owned(redirect));
        let outcome = request.request(&|request| call.make(request));
        call.understood(outcome)
    }

    /// Fresh tokens for a refresh token; `None` if the server's clear word is that it has ended.
    pub fn refresh(&self, line: &Line<'_>, refresh: &Secret) -> Result<Option<Tokens>> {
        let (client, call) = (self.client()?, Call::new(line));
        let token = RefreshToken::new(text(refresh));
        let outcome = client.exchange_refresh_token(&token).request(&|request| call.make(request));
        call.understood(outcome)
    }

    /// Tokens for the client itself (RFC 6749, section 4.4); `None` if the server grants it none. No refresh token comes.
    pub fn for_itself(&self, line: &Line<'_>) -> Result<Option<Tokens>> {
        let (client, call) = (self.client()?, Call::new(line));
        let outcome = client.exchange_client_credentials().request(&|request| call.make(request));
        call.understood(outcome)
    }

    fn client(&self) -> Result<Client> {
        let token = TokenUrl::new(self.endpoints.token.clone()).map_err(|_| Error::NotASite)?;
        let in_header = if self.endpoints.secret_in_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        let client =
            oauth2::Client::new(ClientId::new(self.client.clone())).set_token_uri(token).set_auth_type(in_header);
        Ok(match &self.secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(text(secret))),
            None => client,
        })
    }
}

fn text(secret: &Secret) -> String {
    String::from_utf8_lossy(secret.expose()).into_owned()
}

/// One request by our own client. The library forgets the answer that it cannot read, so what is to be said of it is kept here.
struct Call<'a> {
    line: &'a Line<'a>,
    host: Cell<String>,
    status: Cell<u16>,
    open: Cell<Option<Error>>,
}

impl<'a> Call<'a> {
    fn new(line: &'a Line<'a>) -> Self {
        Self { line, host: Cell::default(), status: Cell::default(), open: Cell::default() }
    }

    fn make(&self, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse> {
        let (parts, body) = request.into_parts();
        let host = parts.uri.authority().map(ToString::to_string).unwrap_or_default();
        self.host.set(host.clone());
        let mut post = Request::post(parts.uri.to_string(), Secret::new(body), self.line.limit);
        if let Some(value) = parts.headers.get(http::header::AUTHORIZATION) {
            post = post.with_header(value.clone());
        }
        let response = self.line.http.send(post.over_http_if(self.line.over_http))?;
        self.status.set(response.status);
        self.open.set(Some(response.leaves_open(host)));
        Ok(as_the_library_wants_it(response))
    }

    fn understood(&self, outcome: Outcome) -> Result<Option<Tokens>> {
        let host = self.host.take();
        let gibberish = || Error::Unclear { host: host.clone(), why: Unclear::Gibberish };
        let open = self.open.take().unwrap_or_else(gibberish);
        match outcome {
            Ok(reply) => reply.into_tokens().map(Some).ok_or(open),
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(RequestTokenError::ServerResponse(said)) if self.is_final() && has_ended(&said) => Ok(None),
            Err(RequestTokenError::ServerResponse(said)) if self.is_final() && is_about_the_client(&said) => {
                Err(Error::OauthClientRefused { host })
            }
            Err(_) => Err(open),
        }
    }

    /// RFC 6749, section 5.2: a refusal comes as 400 or 401; the same words under a 5xx are an outage.
    fn is_final(&self) -> bool {
        matches!(self.status.get(), 400 | 401)
    }
}

/// A dead refresh token comes as `invalid_grant`, and on the Cloud also as `invalid_request` (readthedocs.org issue 2992).
fn has_ended(said: &BasicErrorResponse) -> bool {
    let about_refresh = || said.error_description().is_some_and(|text| text.to_lowercase().contains("refresh_token"));
    match said.error() {
        BasicErrorResponseType::InvalidGrant => true,
        BasicErrorResponseType::InvalidRequest => about_refresh(),
        _ => false,
    }
}

fn is_about_the_client(said: &BasicErrorResponse) -> bool {
    matches!(said.error(), BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient)
}

fn as_the_library_wants_it(response: Response) -> oauth2::HttpResponse {
    let mut builder = http::Response::builder().status(response.status);
    if let Some(kind) = response.header("content-type") {
        builder = builder.header(http::header::CONTENT_TYPE, kind);
    }
    builder.body(response.body.to_vec()).expect("a status and a header that were received")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Cloud with a consumer of its own.
    pub fn app() -> App {
        let endpoints = Endpoints {
            authorize: "https://bitbucket.org/site/oauth2/authorize".into(),
            token: "https://bitbucket.org/site/oauth2/access_token".into(),
            issuer: "https://bitbucket.org".into(),
            redirect: "http://127.0.0.1/cloud".into(),
            reading: "account repository",
            writing: "account repository:write",
            secret_in_header: true,
        };
        let (client, secret) = ("consumer".into(), Some(Secret::new("canary")));
        App { redirect: endpoints.redirect.clone(), scope: endpoints.writing.into(), endpoints, client, secret }
    }

    fn said(json: &str) -> BasicErrorResponse {
        serde_json::from_str(json).expect("an error of RFC 6749")
    }

    #[test]
    fn only_the_servers_clear_word_ends_a_refresh_token() {
        for json in [
            r#"{"error":"invalid_grant"}"#,
            r#"{"error":"invalid_request","error_description":"Invalid refresh_token"}"#,
        ] {
            assert!(has_ended(&said(json)), "{json}");
        }
        for json in [
            r#"{"error":"invalid_request"}"#,
            r#"{"error":"invalid_request","error_description":"try later"}"#,
            r#"{"error":"unauthorized_client"}"#,
            r#"{"error":"server_error"}"#,
            r#"{"error":"temporarily_unavailable","error_description":"no refresh_token service"}"#,
        ] {
            assert!(!has_ended(&said(json)), "{json}");
        }
    }

    #[test]
    fn no_secret_shows_in_what_is_printed_of_a_client() {
        assert!(!format!("{:?}", app()).contains("canary"));
    }
}

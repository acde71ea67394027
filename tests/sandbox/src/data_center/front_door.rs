//! What stands before the server: a reverse proxy, or a gateway with a sign-in of its own. It sees each request
//! first, answers it itself or passes it on, changed; the server knows nothing of it.

use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use std::net::IpAddr;

use crate::exchange::{Reply, Request};

/// The cookie of somebody who has signed in at the gateway.
pub const GATEWAY_COOKIE: &str = "SSO_SESSION";

/// What stands before one site; nothing by default.
#[derive(Debug, Clone, Default)]
pub struct FrontDoor {
    /// A gateway that wants its own sign-in.
    pub gateway: Option<Gateway>,
    /// Keeps `Authorization` to itself, so that the server sees nobody.
    pub drops_authorization: bool,
    /// Headers it adds, such as the name of a user whom it has authenticated itself.
    pub adds: Vec<(String, String)>,
    /// Its own address: all that the server sees, with the client's in `X-Forwarded-For`.
    pub address: Option<IpAddr>,
}

/// A gateway that redirects whoever has not signed in there.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Where it redirects to.
    pub to: String,
    /// Whether it lets pass whatever carries an `Authorization` header.
    pub passes_authorization: bool,
}

impl FrontDoor {
    /// Passes the request on, or answers it.
    pub fn pass(&self, request: &Request) -> Result<Request, Reply> {
        if let Some(gateway) = self.gateway.as_ref().filter(|gateway| !gateway.knows(request)) {
            return Err(Reply::redirect(302, &gateway.to));
        }
        let mut passed = request.clone();
        if self.drops_authorization {
            passed.headers.remove(AUTHORIZATION);
        }
        for (name, value) in &self.adds {
            set(&mut passed, name, value);
        }
        if let Some(address) = self.address {
            let before = request.header("x-forwarded-for").map(|list| format!("{list}, ")).unwrap_or_default();
            set(&mut passed, "x-forwarded-for", &format!("{before}{}", request.client));
            passed.client = address;
        }
        Ok(passed)
    }
}

impl Gateway {
    fn knows(&self, request: &Request) -> bool {
        let cookies = request.headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed_in = cookies.split(';').any(|pair| pair.trim().starts_with(&format!("{GATEWAY_COOKIE}=")));
        signed_in || self.passes_authorization && request.headers.contains_key(AUTHORIZATION)
    }
}

fn set(request: &mut Request, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        request.headers.insert(name, value);
    }
}

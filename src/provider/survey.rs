//! What a server tells anybody of itself: its product and version, its ways of signing in, its clock.
//! No secret is ever sent from here.

use super::data_center::PROPERTIES;
use super::doors::has_login_form;
use crate::error::Result;
use crate::http::{Http, Request, Response};
use crate::site::{Product, Site};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// What was found; `None` where the server did not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Whether a Bitbucket answers at this very address.
    pub is_bitbucket: bool,
    /// "9.4.6"; a Data Center's.
    pub version: Option<String>,
    /// Whether passwords can be typed at its own login form, or only single sign-on lets people in.
    pub login_form: Option<bool>,
    /// Whether it offers OAuth 2.0.
    pub oauth: Option<bool>,
    /// Its `Date` header.
    pub date: Option<String>,
}

/// Looks at a site within `limit` altogether; an error where it cannot be reached or something else answers.
pub fn survey(http: &Http, site: &Site, product: Product, limit: Duration) -> Result<Survey> {
    let looker = Looker { http, end: Instant::now() + limit };
    match product {
        Product::Cloud => cloud(&looker, site),
        Product::DataCenter => data_center(&looker, site),
    }
}

/// Whether git-lfs learns from this repository's server that it must sign in. It asks helpers only after 401, and a 403 in
/// its place was seen (git-lfs issue 2658); `None` where neither came.
pub fn asks_for_lfs(http: &Http, endpoint: &str, limit: Duration) -> Option<bool> {
    let body = crate::secret::Secret::new(r#"{"operation":"download","objects":[]}"#);
    let url = format!("{endpoint}/objects/batch");
    match http.send(Request::post(url, body, limit)).ok()?.status {
        401 => Some(true),
        403 => Some(false),
        _ => None,
    }
}

struct Looker<'a> {
    http: &'a Http,
    end: Instant,
}

impl Looker<'_> {
    fn get(&self, url: String) -> Result<Response> {
        self.http.send(Request::get(url, self.left()).over_http_if(true))
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now()).max(Duration::from_secs(1))
    }
}

/// Git's own host and the API's must both answer; what they say to nobody matters little.
fn cloud(looker: &Looker<'_>, site: &Site) -> Result<Survey> {
    let web = looker.get(format!("{site}/site/oauth2/access_token"))?;
    let api = looker.get(super::cloud::PROFILE.to_owned())?;
    for (response, host) in [(&web, site.authority()), (&api, "api.bitbucket.org".to_owned())] {
        stop_unless_served(response, host)?;
    }
    Ok(Survey { is_bitbucket: true, oauth: Some(true), ..seen(&web) })
}

fn data_center(looker: &Looker<'_>, site: &Site) -> Result<Survey> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Properties {
        version: Option<String>,
        display_name: String,
    }
    let response = looker.get(format!("{site}{PROPERTIES}"))?;
    stop_unless_served(&response, site.authority())?;
    let known: Option<Properties> = serde_json::from_slice(&response.body).ok();
    let Some(known) = known.filter(|known| known.display_name.contains("Bitbucket")) else {
        return Ok(seen(&response));
    };
    Ok(Survey {
        is_bitbucket: true,
        version: known.version,
        login_form: has_login_form(looker.http, site, looker.left()),
        oauth: oauth(looker, site),
        ..seen(&response)
    })
}

fn seen(response: &Response) -> Survey {
    Survey { date: response.header("date").map(str::to_owned), ..Survey::default() }
}

fn stop_unless_served(response: &Response, host: String) -> Result<()> {
    match response.leads_to().is_some() || is_in_trouble(response.status) {
        true => Err(response.leaves_open(host)),
        false => Ok(()),
    }
}

/// Whether nothing can be concluded from what else it says.
pub(super) fn is_in_trouble(status: u16) -> bool {
    status == 429 || status >= 500
}

/// 401 to nobody means that there is one, 404 that there is none (bitbucket-auth B2).
fn oauth(looker: &Looker<'_>, site: &Site) -> Option<bool> {
    match looker.get(format!("{site}/rest/oauth2/1.0/client")).ok()?.status {
        200 | 401 | 403 => Some(true),
        404 => Some(false),
        _ => None,
    }
}

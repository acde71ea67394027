//! What is looked at: the site that was named, or this repository's, or the only one that is known here.

use crate::accounts::place_in;
use crate::config::{self, Settings};
use crate::error::Result;
use crate::protocol::Request;
use crate::site::Site;
use crate::world::World;

/// A site, and what Git would ask about it here.
pub struct Target {
    pub site: Site,
    /// What settings are matched against: the repository's address, or the site's.
    pub url: String,
    /// As Git would put it to us.
    pub request: Request,
    /// Workspace or project, and repository.
    pub place: Option<String>,
    /// The remote that it was taken from.
    pub remote: Option<Remote>,
}

/// What the address of a remote gives away.
pub struct Remote {
    pub name: String,
    /// Its address without a user.
    pub bare: String,
    pub has_user: bool,
    pub has_secret: bool,
}

impl Target {
    /// `typed` may be a site or a repository's address.
    pub fn find(world: &World, typed: Option<&str>, here: Option<&config::Remote>) -> Result<Self> {
        let settings = world.settings()?;
        let (site, address, name) = match (typed, here) {
            (Some(typed), _) => (Site::parse(typed)?, typed.to_owned(), None),
            (None, Some(remote)) if is_ours(world, settings, &remote.url) => {
                (Site::parse(&remote.url)?, remote.url.clone(), Some(&remote.name))
            }
            (None, _) => {
                let site = usual_site(world, settings);
                (site.clone(), site.to_string(), None)
            }
        };
        let asked = asked(&site, &address);
        let path = asked.path.as_deref().map(|path| String::from_utf8_lossy(path).into_owned());
        let origin = format!("{}://{}", site.protocol(), site.authority());
        let url = path.as_ref().map_or(origin.clone(), |path| format!("{origin}/{path}"));
        let remote = name.map(|name| Remote {
            name: name.clone(),
            bare: url.clone(),
            has_user: asked.username.is_some(),
            has_secret: asked.password.as_ref().is_some_and(|secret| !secret.is_empty()),
        });
        let place = path.and_then(|path| place_in(&site, path.as_bytes())).filter(|place| *place != site.context());
        let request = as_git_asks(asked, settings, &url);
        Ok(Self { site, url, request, place, remote })
    }

    /// What is typed after one of our commands to mean this site; nothing for the Cloud.
    pub fn argument(&self) -> String {
        if self.site.is_cloud() { String::new() } else { format!(" {}", self.site) }
    }
}

/// Whether a remote's address can be meant: a Bitbucket by its host, by a setting, or by a sign-in.
fn is_ours(world: &World, settings: &Settings, url: &str) -> bool {
    let Ok(site) = Site::parse(url) else { return false };
    let known = || known_sites(world, settings).iter().any(|known| known.same_origin(&site));
    // an ssh address is no business of ours, whatever its host
    url.starts_with("http") && (site.is_cloud() || known())
}

fn known_sites(world: &World, settings: &Settings) -> Vec<Site> {
    // a list that cannot be read is told of elsewhere
    let index = world.index().unwrap_or_default();
    let mut all: Vec<Site> = index.sites().map(|(site, _)| site).chain(settings.configured_sites()).collect();
    all.sort();
    all.dedup();
    all
}

/// The only site that is known here, else the Cloud.
fn usual_site(world: &World, settings: &Settings) -> Site {
    match known_sites(world, settings).as_slice() {
        [only] => only.clone(),
        _ => Site::cloud(),
    }
}

/// The address taken apart as Git does it; one that it would not take is asked about by its host alone.
fn asked(site: &Site, address: &str) -> Request {
    let whole = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let read = |text: String| Request::read(format!("{text}\n").as_bytes());
    let bare = format!("protocol={}\nhost={}", site.protocol(), site.authority());
    read(format!("url={whole}")).or_else(|_| read(bare)).unwrap_or_default()
}

/// The path only where Git sends it, and the username that Git adds (gitcredentials, "username", "useHttpPath").
fn as_git_asks(mut asked: Request, settings: &Settings, url: &str) -> Request {
    asked.password = None;
    asked.path.take_if(|_| !settings.sends_path(url));
    asked.username = asked.username.or_else(|| settings.username(url).map(|name| name.as_bytes().to_vec()));
    asked
}

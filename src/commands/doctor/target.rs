//! What is looked at: the site that was named, or this repository's, or the only one that is known here.

use crate::accounts::{Index, place_in};
use crate::config::{Line, Repository, git_boolean};
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
    pub fn find(world: &World, typed: Option<&str>, here: Option<&Repository>, lines: &[Line]) -> Result<Self> {
        let remote = here.and_then(|here| here.remote.as_ref());
        let (site, address, name) = match (typed, remote) {
            (Some(typed), _) => (Site::parse(typed)?, typed.to_owned(), None),
            (None, Some((name, url))) if is_ours(world, lines, url) => (Site::parse(url)?, url.clone(), Some(name)),
            (None, _) => {
                let site = usual_site(world)?;
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
        let request = as_git_asks(asked, lines, &url);
        Ok(Self { site, url, request, place, remote })
    }

    /// What is typed after one of our commands to mean this site; nothing for the Cloud.
    pub fn argument(&self) -> String {
        if self.site.is_cloud() { String::new() } else { format!(" {}", self.site) }
    }
}

/// Whether a remote's address can be meant: a Bitbucket by its host, by a setting, or by a sign-in.
fn is_ours(world: &World, lines: &[Line], url: &str) -> bool {
    let Ok(site) = Site::parse(url) else { return false };
    let settled = lines.iter().any(|line| {
        line.entry.section == "bitbucket" && line.entry.is_trusted() && line.entry.url.is_some() && line.applies_to(url)
    });
    site.is_cloud() || settled || known_sites(world).iter().any(|known| known.same_origin(&site))
}

fn known_sites(world: &World) -> Vec<Site> {
    let signed_in = world.folder().and_then(|folder| Index::read(&folder));
    let signed_in: Vec<Site> = signed_in.map(|index| index.sites().map(|(site, _)| site).collect()).unwrap_or_default();
    let configured = world.settings().map(|settings| settings.configured_sites().collect::<Vec<_>>());
    let mut all: Vec<Site> = signed_in.into_iter().chain(configured.unwrap_or_default()).collect();
    all.sort();
    all.dedup();
    all
}

/// The only site that is known here, else the Cloud.
fn usual_site(world: &World) -> Result<Site> {
    match known_sites(world).as_slice() {
        [only] => Ok(only.clone()),
        _ => Ok(Site::cloud()),
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
fn as_git_asks(mut asked: Request, lines: &[Line], url: &str) -> Request {
    let last = |key: &str| super::chain::last(lines, key, url).map(|line| line.entry.value.clone());
    asked.password = None;
    if last("useHttpPath").as_deref().and_then(git_boolean) != Some(true) {
        asked.path = None;
    }
    asked.username = asked.username.or_else(|| last("username").map(String::into_bytes));
    asked
}

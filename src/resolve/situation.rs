//! What a request is about: which site, of which product, for which repository. Understood from the request, the settings
//! and the index; nobody is asked and nothing is sent.

use super::injected::{self, Injected};
use crate::accounts::{Choice, Entry, Index, Wanted, check_place, is_straight, place_in};
use crate::config::SignIn;
use crate::credential::Record;
use crate::error::{Error, Result};
use crate::protocol::Request;
use crate::site::{Product, Site};
use crate::storage::Name;
use crate::world::World;

/// Whose a request is.
pub enum Whereabouts<'a> {
    /// Not ours: silence.
    Strange,
    /// A site that we only keep things for (`signIn = never`).
    Plain(Site),
    /// A token was handed in for it.
    Injected(Injected<'a>),
    Ours(Situation<'a>),
}

/// A request for a Bitbucket.
#[derive(Clone)]
pub struct Situation<'a> {
    pub world: &'a World,
    pub request: &'a Request,
    pub site: Site,
    pub product: Product,
    /// Workspace or project, and repository.
    pub place: Option<String>,
    /// Known by settings or index; a site that only a server's header speaks for is not.
    pub known: bool,
    /// What the index knew of this site when the request came; nothing where nothing is to be kept.
    pub entry: Entry,
}

/// Finds out whose a request is; an error where it is ours and must not be answered.
pub fn whereabouts<'a>(world: &'a World, request: &'a Request, origin: Site) -> Result<Whereabouts<'a>> {
    let asked = origin.to_string();
    let found = found(world, request, origin)?;
    log::debug!("{asked} is {}", found.words());
    Ok(found)
}

fn found<'a>(world: &'a World, request: &'a Request, origin: Site) -> Result<Whereabouts<'a>> {
    if let Some(injected) = injected::by_environment(world, request, &origin)? {
        return Ok(Whereabouts::Injected(injected));
    }
    let settings = world.settings()?;
    if settings.sign_in(&origin)? == SignIn::Never {
        return Ok(Whereabouts::Plain(origin));
    }
    let index = world.index()?;
    let known = known_site(world, &index, &origin, request.path.as_deref())?;
    let speaks_for_itself = known.is_none() && request.has_data_center_realm();
    let Some(site) = known.clone().or_else(|| speaks_for_itself.then(|| guessed(&origin, request))) else {
        return Ok(Whereabouts::Strange);
    };
    if site.is_plain_http() && !settings.allows_http(&site) {
        return Err(Error::HttpNotAllowed { site: site.to_string() });
    }
    let recorded = index.site(&site).and_then(Entry::product);
    let product = settings.product(&site)?.or(recorded).unwrap_or(site.product_by_host());
    let place = request.path.as_deref().and_then(|path| place_in(&site, path));
    if known.is_some()
        && let Some(injected) = injected::by_settings(world, &site, product, place.as_deref())?
    {
        return Ok(Whereabouts::Injected(injected));
    }
    let entry = index.site(&site).filter(|_| !keeps_nothing(world, &site)).cloned().unwrap_or_default();
    Ok(Whereabouts::Ours(Situation { world, request, site, product, place, known: known.is_some(), entry }))
}

/// The Cloud by its host; a Data Center by settings or index, and by its context path where one host has several.
pub fn known_site(world: &World, index: &Index, origin: &Site, path: Option<&[u8]>) -> Result<Option<Site>> {
    if origin.is_cloud() {
        return Ok(Some(origin.clone()));
    }
    let configured = world.settings()?.configured_sites();
    let mut sites: Vec<Site> = index.sites().map(|(site, _)| site).chain(configured).collect();
    sites.retain(|site| site.same_origin(origin));
    sites.sort();
    sites.dedup();
    let sites = without_less_exact(sites);
    match (path, sites.as_slice()) {
        (_, []) => Ok(None),
        (Some(path), several) => Ok(several.iter().find(|site| holds(site, path)).cloned()),
        (None, [only]) => Ok(Some(only.clone())),
        (None, several) => Err(Error::AmbiguousContext {
            host: origin.authority(),
            contexts: several.iter().map(Site::to_string).collect(),
        }),
    }
}

/// A setting for the whole host is no Bitbucket of its own beside one under a context path.
fn without_less_exact(sites: Vec<Site>) -> Vec<Site> {
    match sites.iter().any(|site| !site.context().is_empty()) {
        true => sites.into_iter().filter(|site| !site.context().is_empty()).collect(),
        false => sites,
    }
}

/// Whether a repository's path lies in this Bitbucket.
pub fn holds(site: &Site, path: &[u8]) -> bool {
    match Site::context_in(path) {
        Some(context) => context == site.context(),
        None => {
            let rest = path.strip_prefix(site.context().trim_start_matches('/').as_bytes());
            rest.is_some_and(|rest| site.context().is_empty() || rest.is_empty() || rest.starts_with(b"/"))
        }
    }
}

/// A server that calls itself Bitbucket: under the context path that Git's path betrays, or at the root until it is asked.
fn guessed(origin: &Site, request: &Request) -> Site {
    let context = request.path.as_deref().and_then(Site::context_in).unwrap_or_default();
    origin.under(&context).unwrap_or_else(|| origin.clone())
}

fn keeps_nothing(world: &World, site: &Site) -> bool {
    world.chosen_storage(site).is_ok_and(|name| name == Some(Name::None))
}

impl Whereabouts<'_> {
    fn words(&self) -> String {
        match self {
            Self::Strange => "no Bitbucket that is known here".to_owned(),
            Self::Injected(injected) => format!("{}, with a token that was handed in", injected.product.title()),
            Self::Plain(site) => format!("{site}, plain storage"),
            Self::Ours(Situation { site, product, place, .. }) => {
                let place = place.as_deref().map(|place| format!(", for {place}")).unwrap_or_default();
                format!("{site}, {}{place}", product.title())
            }
        }
    }
}

impl Situation<'_> {
    /// The same request with what is known by now: somebody may have signed in, and told more of its site.
    pub fn anew(&self) -> Result<Self> {
        if !self.known
            && let Whereabouts::Ours(now) = whereabouts(self.world, self.request, self.site.origin())?
        {
            return Ok(now);
        }
        let index = if self.keeps_nothing() { Index::default() } else { self.world.index()? };
        Ok(Self { entry: index.site(&self.site).cloned().unwrap_or_default(), ..self.clone() })
    }

    /// Whom the request means.
    pub fn choose(&self) -> Result<Choice> {
        let (username, place) = (self.request.username(), self.place.as_deref());
        let settings = self.world.settings()?;
        let [here, setting] = [true, false].map(|here| settings.account(&self.site, place, here));
        if let Some(place) = place
            && [here, setting] != [true, false].map(|here| settings.account(&self.site, None, here))
        {
            check_place(place)?;
        }
        self.entry.choose(Wanted { username: username.as_deref(), place, here, setting })
    }

    /// The workspace or project, if the path names one that a rule could be made for.
    pub fn project(&self) -> Option<&str> {
        self.place.as_deref().filter(|place| is_straight(place))?.split('/').next()
    }

    /// `storage = none`, by whoever said it.
    pub fn keeps_nothing(&self) -> bool {
        keeps_nothing(self.world, &self.site)
    }

    /// Whether Git came back because the server refused this very record (`state[]`, git 2.46).
    pub fn was_refused(&self, record: &Record) -> bool {
        self.request.own_state().any(|state| state.strip_prefix("1:").is_some_and(|mark| mark == record.mark))
    }

    /// Whether Git may be asked to come back: it can, and this is its first try.
    pub fn may_resume(&self) -> bool {
        self.request.knows_state && !self.is_second_try()
    }

    /// Whether Git came back.
    pub fn is_second_try(&self) -> bool {
        self.request.own_state().any(|state| state.starts_with("1:"))
    }

    /// One of Bitbucket's fixed usernames, where the address names it: Git shall send it as it stands.
    pub fn requested_fixed_name(&self) -> Option<String> {
        self.request.username().filter(|name| name == crate::accounts::ACCESS_TOKEN_USER)
    }

    /// A repository that tries to steer secrets is told on, not obeyed (T7 of the security checklist).
    pub fn warn_of_ignored_settings(&self) {
        let Ok(settings) = self.world.settings() else { return };
        for key in settings.ignored(&self.site.to_string()) {
            self.world.warn(&format!(
                "`{key}` in this repository's own config is ignored; set it with `git config --global`"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_tells_what_a_request_is_about() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = "[bitbucket \"https://plain.example\"]\n\tsignIn = never\n";
        std::fs::write(folder.path().join(".gitconfig"), config).expect("written");
        let world = World::in_folder(folder.path());
        for (lines, words) in [
            ("host=bitbucket.org\npath=acme/app.git\n", "https://bitbucket.org, Bitbucket Cloud, for acme/app"),
            ("host=bitbucket.org\n", "https://bitbucket.org, Bitbucket Cloud"),
            ("host=plain.example\n", "https://plain.example, plain storage"),
            ("host=github.com\n", "no Bitbucket that is known here"),
        ] {
            let request = Request::read(format!("protocol=https\n{lines}").as_bytes()).expect("a request");
            let (protocol, host) = request.place().expect("a place");
            let origin = Site::of_request(protocol, host).expect("a site");
            assert_eq!(whereabouts(&world, &request, origin).expect("understood").words(), words);
        }
    }

    #[test]
    fn a_path_lies_in_the_bitbucket_whose_context_it_begins_with() {
        let at = |address: &str, path: &str| holds(&Site::parse(address).expect("a site"), path.as_bytes());
        let server = "https://code.corp.example/bitbucket";
        for path in ["bitbucket", "bitbucket/prj/app.git", "bitbucket/scm/prj/app.git"] {
            assert!(at(server, path), "{path}");
        }
        for path in ["", "bitbucket-evil/prj/app.git", "scm/prj/app.git", "other/scm/prj/app.git", "prj/app.git"] {
            assert!(!at(server, path), "{path}");
        }
        assert!(at("https://git.corp.example", "prj/app.git"));
        assert!(!at("https://git.corp.example", "bitbucket/scm/prj/app.git"));
    }
}

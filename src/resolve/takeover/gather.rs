//! What another helper keeps for a Bitbucket that we know, put together: copies of one secret, and an access token with the
//! refresh token that GCM keeps beside it.

use super::super::situation::{holds, known_site};
use super::super::strangers;
use super::Pile;
use crate::accounts::{Entry, Index, place_in};
use crate::credential::Shape;
use crate::error::{Error, Result};
use crate::foreign::{Find, Opened, Source, Surroundings, look};
use crate::provider;
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;
use std::collections::BTreeMap;

/// What was found, and what was not understood.
pub struct Gathered {
    pub piles: Vec<Pile>,
    pub troubles: Vec<Error>,
    /// Hosts that sound like a Bitbucket, and that nobody told us is one.
    pub strangers: Vec<String>,
}

/// GCM's name for everybody whom it signed in at a Data Center with the browser.
pub const NAMELESS: &str = "OAUTH_USERNAME";

/// The site that a person named, under the path where it answers; an error where no Bitbucket does.
pub fn named(world: &World, site: &Site) -> Result<Site> {
    strangers::named(world, site, product(world, &Index::read(&world.folder()?)?, site)?)
}

/// Opens what `source` keeps for `only`, or else for every Bitbucket known by settings, index or GCM's own notes. The keyring
/// and GnuPG may ask the person.
pub fn gather(world: &World, source: Source, only: Option<&Site>) -> Result<Gathered> {
    let _sign = world.spinner_at_stores();
    let haul = look(source, &surroundings(world)?);
    let mut gathered = Gathered { piles: Vec::new(), troubles: haul.troubles, strangers: Vec::new() };
    let index = Index::read(&world.folder()?)?;
    let mut sorter = Sorter { world, only, index: &index, asked: BTreeMap::new() };
    let mut opened = Vec::new();
    for find in haul.finds {
        match sorter.site_of(&find) {
            Ok(Some(site)) => match find.open() {
                Ok(Some(content)) => opened.push((product(world, &index, &site)?, site, find, content)),
                Ok(None) => {}
                Err(trouble) => gathered.add_trouble(trouble),
            },
            Ok(None) if only.is_some() => {}
            Ok(None) => gathered.add_stranger(&find.origin),
            Err(trouble) => gathered.add_trouble(trouble),
        }
    }
    // GCM before September 2026 filed the newest refresh token under no account, so that one is tried first
    opened.sort_by_key(|(.., find, _)| (!find.refreshes, find.username.is_some()));
    opened.into_iter().for_each(|(product, site, find, content)| gathered.add(product, site, find, content));
    Ok(gathered)
}

fn surroundings(world: &World) -> Result<Surroundings> {
    let (settings, environment) = (world.settings()?, &world.environment);
    let mut place = world.place(world.may_ask())?;
    place.password_store_dir = place.password_store_dir.or_else(|| settings.gcm_pass_folder(environment));
    let home = environment.home();
    let own = home.as_ref().map(|home| home.join(".git-credentials"));
    let config = environment.path("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
    let second = config.map(|config| config.join("git/credentials"));
    let netrc = if cfg!(windows) { "_netrc" } else { ".netrc" };
    Ok(Surroundings {
        place,
        namespace: settings.gcm_namespace(environment),
        gcm_folder: settings.gcm_folder(environment),
        credential_files: own.into_iter().chain(second).chain(settings.credential_store_files(environment)).collect(),
        netrc: home.map(|home| home.join(netrc)),
    })
}

/// Tells whose a find is.
struct Sorter<'a> {
    world: &'a World,
    only: Option<&'a Site>,
    index: &'a Index,
    /// What hosts said of their context path.
    asked: BTreeMap<Site, Option<Site>>,
}

impl Sorter<'_> {
    fn site_of(&mut self, find: &Find) -> Result<Option<Site>> {
        let path = find.path.as_deref().map(str::as_bytes);
        let site = match self.only {
            Some(only) => {
                let inside = path.is_none_or(|path| holds(only, path));
                Some(only).filter(|only| only.same_origin(&find.origin) && inside).cloned()
            }
            None => match known_site(self.world, self.index, &find.origin, path)? {
                None => self.noted_by_gcm(&find.origin)?,
                known => known,
            },
        };
        match site {
            Some(site) if site.is_plain_http() && !self.world.settings()?.allows_http(&site) => {
                Err(Error::HttpNotAllowed { site: site.to_string() })
            }
            site => Ok(site),
        }
    }

    /// GCM notes that a host is a Bitbucket, but not under which context path; the host is asked, without any secret.
    fn noted_by_gcm(&mut self, origin: &Site) -> Result<Option<Site>> {
        let settings = self.world.settings()?;
        if origin.is_plain_http() || !settings.gcm_sites().any(|noted| noted.same_origin(origin)) {
            return Ok(None);
        }
        if let Some(known) = self.asked.get(origin) {
            return Ok(known.clone());
        }
        let (http, limit) = (self.world.http(origin)?, self.world.limit(origin, false)?);
        let found = provider::locate(&http, &provider::usual_places(origin), limit)?;
        self.asked.insert(origin.clone(), found.clone());
        Ok(found)
    }
}

fn product(world: &World, index: &Index, site: &Site) -> Result<Product> {
    let recorded = index.site(site).and_then(Entry::product);
    Ok(world.settings()?.product(site)?.or(recorded).unwrap_or(site.product_by_host()))
}

impl Gathered {
    fn add_trouble(&mut self, trouble: Error) {
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    fn add_stranger(&mut self, origin: &Site) {
        let name = origin.short();
        let sounds_like_one = ["bitbucket", "stash"].iter().any(|word| name.contains(word));
        if sounds_like_one && !self.strangers.contains(&name) {
            self.strangers.push(name);
        }
    }

    fn add(&mut self, product: Product, site: Site, find: Find, content: Opened) {
        let place = find.path.as_deref().and_then(|path| place_in(&site, path.as_bytes()));
        let mut pile = Pile {
            places: vec![place.filter(|place| place.contains('/'))],
            refresh: content.refresh,
            expires: content.expires,
            secret: content.secret,
            ..Pile::empty(product, site)
        };
        pile.name_by(&find);
        pile.finds.push(find);
        if pile.finds[0].refreshes {
            pile.refresh = Some(std::mem::replace(&mut pile.secret, Secret::new("")));
        }
        let place = |fits: &dyn Fn(&Pile) -> bool| self.piles.iter().position(fits);
        let same = place(&|known| known.is_the_same(&pile));
        let of_one_account = || place(&|known| known.lacks(&pile) && known.username == pile.username);
        let of_nobody = || place(&|known| known.lacks(&pile) && known.username.is_none());
        match same.or_else(of_one_account).or_else(of_nobody) {
            Some(known) => self.piles[known].merge(pile),
            None => self.piles.push(pile),
        }
    }
}

impl Pile {
    pub(super) fn empty(product: Product, site: Site) -> Self {
        let (username, email, refresh, expires) = (None, None, None, None);
        let (places, secret, finds) = (Vec::new(), Secret::new(""), Vec::new());
        Self { site, product, username, email, places, secret, refresh, expires, finds }
    }

    /// An `@` makes it an e-mail on the Cloud, where no username has one.
    fn name_by(&mut self, find: &Find) {
        match find.username.as_deref() {
            None => {}
            Some(name) if provider::owner_of_fixed_name(name).is_some() => {}
            Some(name) if self.product == Product::Cloud && name.contains('@') => self.email = Some(name.into()),
            Some(name) => self.username = Some(name.into()),
        }
    }

    /// One secret kept twice. A password is one with its username: two people may have the same.
    fn is_the_same(&self, other: &Self) -> bool {
        let same_names = self.username == other.username || Shape::of(&self.secret) != Shape::Unknown;
        self.site == other.site && self.secret == other.secret && self.refresh == other.refresh && same_names
    }

    /// Whether the other can be the access token to this refresh token.
    fn lacks(&self, other: &Self) -> bool {
        let is_access_token = match (Shape::of(&other.secret), self.product) {
            (Shape::Jwt, _) => true,
            // older ones have no shape of their own
            (shape, Product::Cloud) => shape == Shape::Unknown,
            (_, Product::DataCenter) => other.username.as_deref() == Some(NAMELESS),
        };
        let alone = self.secret.is_empty() && self.refresh.is_some() && other.refresh.is_none();
        alone && is_access_token && self.site == other.site
    }

    fn merge(&mut self, other: Self) {
        if self.secret.is_empty() {
            self.secret = other.secret;
        }
        self.username = self.username.take().or(other.username);
        self.email = self.email.take().or(other.email);
        self.places.extend(other.places);
        self.finds.extend(other.finds);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::site;
    use super::*;

    const API: &str = "ATATT3xFfGF0abc=1234ABCD";
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";

    /// What becomes of secrets that are kept under these usernames; "refresh…" is a refresh token of GCM's.
    fn piles(product: Product, kept: &[(&str, &str)]) -> Vec<Pile> {
        let mut gathered = Gathered { piles: Vec::new(), troubles: Vec::new(), strangers: Vec::new() };
        for (name, secret) in kept {
            let name = Some(*name).filter(|name| !name.is_empty());
            let find = Find::nowhere(site(product), name, secret.starts_with("refresh"));
            let content = Opened { secret: Secret::new(*secret), refresh: None, expires: Some(1_795_608_000) };
            gathered.add(product, site(product), find, content);
        }
        gathered.piles
    }

    #[test]
    fn one_secret_is_one_sign_in_under_whatever_names_but_two_people_may_have_the_same_password() {
        for (kept, number) in [
            ([("alice", API), ("alice@acme.example", API)], 1),
            ([("alice", "a password"), ("bob", "a password")], 2),
            ([("alice", "a password"), ("alice", "a password")], 1),
            ([("alice", "a password"), ("alice", "another")], 2),
        ] {
            assert_eq!(piles(Product::DataCenter, &kept).len(), number, "{kept:?}");
        }
    }

    #[test]
    fn a_refresh_token_is_joined_by_its_own_access_token_and_by_nothing_else() {
        use Product::{Cloud, DataCenter};
        for (product, kept, secrets) in [
            (Cloud, &[("alice", "refresh"), ("alice", JWT)][..], &[JWT][..]),
            (Cloud, &[("", "refresh"), ("alice", "an access token of old")], &["an access token of old"]),
            (Cloud, &[("alice", "refresh"), ("bob", JWT)], &["", JWT]),
            (Cloud, &[("alice", "refresh"), ("alice", API)], &["", API]),
            (Cloud, &[("alice", "refresh one"), ("alice", "refresh two")], &["", ""]),
            (Cloud, &[("alice", "refresh"), ("alice", JWT), ("alice", "another of old")], &[JWT, "another of old"]),
            (DataCenter, &[(NAMELESS, "refresh"), (NAMELESS, "an access token")], &["an access token"]),
            (DataCenter, &[(NAMELESS, "refresh"), ("alice", "a password")], &["", "a password"]),
        ] {
            let found = piles(product, kept);
            let found: Vec<_> = found.iter().map(|pile| String::from_utf8_lossy(pile.secret.expose())).collect();
            assert_eq!(found, secrets, "{kept:?}");
        }
    }

    #[test]
    fn a_find_tells_its_end_and_a_name_that_can_be_somebodys() {
        for (product, name, username, email) in [
            (Product::Cloud, "alice", Some("alice"), None),
            (Product::Cloud, "alice@acme.example", None, Some("alice@acme.example")),
            (Product::Cloud, "x-token-auth", None, None),
            (Product::DataCenter, "alice@acme.example", Some("alice@acme.example"), None),
            (Product::DataCenter, "x-token-auth", None, None),
            (Product::DataCenter, "", None, None),
        ] {
            let [pile] = &piles(product, &[(name, API)])[..] else { panic!("one of {name}") };
            assert_eq!((pile.username.as_deref(), pile.email.as_deref()), (username, email), "{name}");
            assert_eq!(pile.expires, Some(1_795_608_000));
        }
    }

    #[test]
    fn only_what_sounds_like_a_bitbucket_is_told_on_and_once() {
        let mut gathered = Gathered { piles: Vec::new(), troubles: Vec::new(), strangers: Vec::new() };
        for host in ["github.com", "bitbucket.corp.example", "bitbucket.corp.example", "stash.corp.example"] {
            gathered.add_stranger(&Site::parse(host).expect("a site"));
        }
        assert_eq!(gathered.strangers, ["bitbucket.corp.example", "stash.corp.example"]);
    }
}

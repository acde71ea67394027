//! The OAuth clients that GCM was given: for which of our sites each is good, and the way into our settings.

use super::super::clients::adopt;
use super::Pile;
use crate::accounts::Index;
use crate::config::GcmClient;
use crate::error::Result;
use crate::site::Site;
use crate::world::World;

/// A client of GCM's, for a site that has none of ours.
pub struct ClientOffer {
    pub site: Site,
    client: GcmClient,
}

impl ClientOffer {
    /// Its id, which is no secret.
    pub fn id(&self) -> &str {
        &self.client.settings.client
    }

    /// Whether it comes with a secret, which GCM keeps in plain text.
    pub fn has_secret(&self) -> bool {
        self.client.secret.is_some()
    }

    /// Makes it ours: the secret into storage, the rest into the user's git config.
    pub fn take(&self, world: &World) -> Result<()> {
        adopt(world, &self.site, &self.client)
    }
}

/// The clients to take over. One that GCM has for every Data Center is taken for where it signed somebody in, or else for the
/// only one that is known: a client is not shown to a server that it may not be for (O11 of the security checklist).
pub fn clients(world: &World, only: Option<&Site>, piles: &[Pile]) -> Result<Vec<ClientOffer>> {
    let settings = world.settings()?;
    let sites = sites(world, only, piles)?;
    let is_only = sites.iter().filter(|site| !site.is_cloud()).count() == 1;
    let used = |site: &Site| piles.iter().any(|pile| pile.site == *site && pile.refresh.is_some());
    let offer = |site: Site| {
        let client = settings.gcm_client(&site, &world.environment)?;
        let fits = client.is_exact || is_only || used(&site);
        (fits && settings.oauth_client(&site).is_none()).then_some(ClientOffer { site, client })
    };
    Ok(sites.into_iter().filter_map(offer).collect())
}

fn sites(world: &World, only: Option<&Site>, piles: &[Pile]) -> Result<Vec<Site>> {
    if let Some(only) = only {
        return Ok(vec![only.clone()]);
    }
    let settings = world.settings()?;
    let index = Index::read(&world.folder()?)?;
    let mut sites: Vec<Site> = piles.iter().map(|pile| pile.site.clone()).collect();
    sites.extend(index.sites().map(|(site, _)| site).chain(settings.configured_sites()).chain([Site::cloud()]));
    let known = sites.clone();
    sites.extend(settings.gcm_sites().filter(|noted| !known.iter().any(|site| site.same_origin(noted))));
    sites.sort();
    sites.dedup();
    Ok(sites)
}

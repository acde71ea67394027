//! A site that nobody has signed in to: is there a Bitbucket, and under which path? Found out once, before anybody is asked
//! and without anybody's secret; from then on the index knows it.

use super::Situation;
use crate::accounts::Index;
use crate::error::{Error, Result};
use crate::provider::{locate, usual_places};
use crate::site::{Product, Site};
use crate::world::World;

/// The site of a server that only its own header speaks for; an error where no Bitbucket answers, whatever it says.
pub fn settled(situation: &Situation<'_>) -> Result<Site> {
    let (world, site) = (situation.world, &situation.site);
    let places = match situation.request.path.as_deref().and_then(Site::context_in) {
        // Git's own path tells where it is, so it may be nowhere else
        Some(_) => vec![site.clone()],
        None => usual_places(site),
    };
    let found = locate(&*world.http(site)?, &places, world.limit(site, false)?)?;
    found.ok_or_else(|| Error::Pretender { site: site.to_string() })
}

/// The site that a person named, under the path where it answers. An outage changes nothing about their word.
pub fn named(world: &World, site: &Site, product: Product) -> Result<Site> {
    if product == Product::Cloud || is_known(world, site)? {
        return Ok(site.clone());
    }
    match locate(&*world.http(site)?, &usual_places(site), world.limit(site, false)?) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(Error::NoBitbucket { site: site.to_string() }),
        Err(error @ Error::Redirected { .. }) => Err(error),
        Err(_) => Ok(site.clone()),
    }
}

fn is_known(world: &World, site: &Site) -> Result<bool> {
    Ok(world.settings()?.product(site)?.is_some() || Index::read(&world.folder()?)?.site(site).is_some())
}

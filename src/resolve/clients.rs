//! OAuth clients: what the settings name, the product's endpoints, and the client's secret, which rests in storage and
//! never in git config.

use crate::config::{ClientSettings, GcmClient, GitFile};
use crate::error::{Error, Result};
use crate::oauth::{App, Line};
use crate::provider;
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::storage::{Key, Name};
use crate::world::World;

/// The client of a site, ready to be used; `None` where none is known. `reading`: no permission to push is asked for.
pub fn app(world: &World, site: &Site, product: Product, reading: bool) -> Result<Option<App>> {
    let Some(settings) = world.settings()?.oauth_client(site) else { return Ok(None) };
    let secret = secret_of_client(world, site, &settings)?;
    Ok(Some(app_of(site, product, settings, secret, reading)))
}

/// A client whose secret is known, at a site.
pub fn app_of(site: &Site, product: Product, settings: ClientSettings, secret: Option<Secret>, reading: bool) -> App {
    let endpoints = provider::of(product).oauth(site);
    let usual = if reading { endpoints.reading } else { endpoints.writing };
    App {
        scope: settings.scope.unwrap_or_else(|| usual.to_owned()),
        redirect: settings.redirect.unwrap_or_else(|| endpoints.redirect.clone()),
        client: settings.client,
        secret,
        endpoints,
    }
}

/// Makes another helper's client ours: its secret into storage and read back, then its name into the user's git config.
pub fn adopt(world: &World, site: &Site, client: &GcmClient) -> Result<()> {
    let settings = &client.settings;
    if let Some(given) = &client.secret {
        let name = keep_client_secret(world, site, &settings.client, Some(given))?;
        if secret_of_client(world, site, settings)?.as_ref() != Some(given) {
            return Err(Error::NotStored { storage: name.word() });
        }
    }
    let set =
        |key: &str, value: &str| GitFile::Global.set(&world.environment, &format!("bitbucket.{site}.{key}"), value);
    settings.redirect.iter().try_for_each(|redirect| set("oauthRedirectUri", redirect))?;
    set("oauthClientId", &settings.client)
}

/// The way to a site's token endpoint; `signing_in` allows the longer wait.
pub fn with_line<T>(
    world: &World,
    site: &Site,
    signing_in: bool,
    work: impl FnOnce(&Line<'_>) -> Result<T>,
) -> Result<T> {
    let http = world.http(site)?;
    let over_http = world.settings()?.allows_http(site);
    work(&Line { http: &http, limit: world.limit(site, signing_in)?, over_http })
}

/// Keeps a client's secret where new records of the site go, and tells where; `None` forgets it.
pub fn keep_client_secret(world: &World, site: &Site, client: &str, secret: Option<&Secret>) -> Result<Name> {
    let name = world.storage_for_new(site, world.may_ask())?;
    let storage = world.storage(name, world.may_ask())?;
    match secret {
        Some(secret) => storage.set(&key(site, client), secret)?,
        None => drop(storage.delete(&key(site, client))?),
    }
    Ok(name)
}

/// The secret of a client that the settings name; `None` where it has none.
pub fn secret_of_client(world: &World, site: &Site, settings: &ClientSettings) -> Result<Option<Secret>> {
    if settings.built_in.is_some() {
        return Ok(settings.built_in.clone());
    }
    let name = world.chosen_storage(site)?.unwrap_or(Name::Keyring);
    world.storage(name, world.may_ask())?.get(&key(site, &settings.client))
}

fn key(site: &Site, client: &str) -> Key {
    Key { site: site.to_string(), account: format!("{}{client}", super::CLIENT) }
}

//! `configure --oauth-client`: makes an OAuth client known for one site. Its id goes into git config, its secret into storage.

use super::configure::apply;
use super::login::read_secret;
use crate::config::{Edit, GitFile};
use crate::error::{Error, Exit, Result};
use crate::provider;
use crate::resolve::keep_client_secret;
use crate::secret::Secret;
use crate::site::Site;
use crate::world::World;
use clap::Args;

pub const RECIPE: &str = "\
An OAuth client lets people sign in with the browser. Once, somebody makes one:
  Bitbucket Cloud: Workspace settings › OAuth consumers › Add consumer
    callback URL http://127.0.0.1/
    permissions Account: Read, Repositories: Write
  Data Center 7.20+: Administration › Application links › External application › Incoming
    redirect URL as this command prints it
    permissions Repositories: Read, Write
Then, with the id that the server shows; its secret is asked for, or read from stdin:
  git credential-bitbucket configure --site SITE --oauth-client ID";

/// The client that `configure` is to make known.
#[derive(Debug, Args)]
pub struct Client {
    /// Make this OAuth client known: a consumer's key, or the client id of an incoming link; asks for its secret
    #[arg(long = "oauth-client", value_name = "ID")]
    id: Option<String>,

    /// Read the client's secret from stdin
    #[arg(long, requires = "id")]
    with_secret: bool,

    /// The client has no secret (Data Center, PKCE alone)
    #[arg(long, requires = "id", conflicts_with = "with_secret")]
    no_secret: bool,
}

impl Client {
    /// The client's id, if there is a client to make known.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Makes it known for `site`, and says what the server must know of us.
    pub fn make_known(&self, world: &World, file: GitFile, site: &Site, id: &str) -> Result<Exit> {
        if file == GitFile::Local {
            return Err(Error::Usage(
                "a repository's own config is not asked for a client: leave `--local` out".into(),
            ));
        }
        let secret = self.secret(world, site, id)?;
        let kept = keep_client_secret(world, site, id, secret.as_ref())?;
        apply(world, file, &[edit(world, file, site, id)?])?;
        if secret.is_some() {
            world.say(&format!("Its secret is kept in {}.", kept.title()));
        }
        let product = world.settings()?.product(site)?.unwrap_or(site.product_by_host());
        let settings = world.settings_anew()?.oauth_client(site);
        let redirect =
            settings.and_then(|client| client.redirect).unwrap_or(provider::of(product).oauth(site).redirect);
        world.say(&format!("The server must know this redirect address: {redirect}"));
        world.say(&format!("Now: git credential-bitbucket login {} --web", site.short()));
        Ok(Exit::Done)
    }

    fn secret(&self, world: &World, site: &Site, id: &str) -> Result<Option<Secret>> {
        match (self.with_secret, self.no_secret) {
            (true, _) => read_secret().map(Some),
            (_, true) => Ok(None),
            _ => {
                let mut asker = world.asker().ok_or(Error::NobodyToAsk { what: "the client's secret" })?;
                let question =
                    format!("Secret of the OAuth client {} at {site} (Enter: none): ", crate::error::shown(id));
                let secret = asker.ask_secret(&question)?.ok_or(Error::Cancelled)?;
                Ok(Some(secret).filter(|secret| !secret.is_empty()))
            }
        }
    }
}

fn edit(world: &World, file: GitFile, site: &Site, id: &str) -> Result<Edit> {
    let (url, key) = (site.to_string(), "oauthClientId");
    let entries = file.entries(&world.environment)?;
    let before = entries.iter().filter(|entry| entry.is("bitbucket", &url, key)).map(|entry| entry.value.clone());
    Ok(Edit {
        key: format!("bitbucket.{url}.{key}"),
        before: before.collect(),
        after: vec![id.to_owned()],
        anew: false,
    })
}

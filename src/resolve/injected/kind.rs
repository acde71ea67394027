//! What a token is: as it was said, else as it looks. One that is plainly for another site is not sent.

use crate::accounts::ACCESS_TOKEN_USER;
use crate::config::Injection;
use crate::credential::{Kind, Shape};
use crate::error::{Error, Refusal, Result};
use crate::secret::Secret;
use crate::site::{Product, Site};

/// The kind of a token for `site`; an error where it cannot work there.
pub fn recognise(site: &Site, product: Product, injection: &Injection, secret: &Secret) -> Result<Kind> {
    let shape = Shape::of(secret);
    if product == Product::Cloud && shape == Shape::AppPassword {
        return Err(Error::Refused { site: site.short(), about: Refusal::AppPassword });
    }
    let by_name = (injection.username.as_deref() == Some(ACCESS_TOKEN_USER)).then_some(Kind::AccessToken);
    match (injection.kind, product) {
        (Some(Kind::Password | Kind::HttpToken), Product::Cloud) => Err(not_on_the_cloud(injection)),
        (Some(kind), _) => Ok(kind),
        (None, Product::Cloud) => on_the_cloud(shape, by_name).ok_or_else(|| not_on_the_cloud(injection)),
        (None, Product::DataCenter) => at_a_data_center(shape, by_name, injection.username.is_some())
            .ok_or_else(|| only_on_the_cloud(site, injection)),
    }
}

fn on_the_cloud(shape: Shape, by_name: Option<Kind>) -> Option<Kind> {
    match shape {
        Shape::HttpToken => None,
        Shape::AccessToken => Some(Kind::AccessToken),
        Shape::Jwt => Some(Kind::Oauth),
        Shape::ApiToken => Some(Kind::ApiToken),
        Shape::AppPassword | Shape::Unknown => by_name.or(Some(Kind::ApiToken)),
    }
}

/// What has no shape may be a password, if somebody's name stands beside it.
fn at_a_data_center(shape: Shape, by_name: Option<Kind>, named: bool) -> Option<Kind> {
    match shape {
        Shape::ApiToken | Shape::AccessToken => None,
        Shape::Jwt => Some(Kind::Oauth),
        Shape::HttpToken => by_name.or(Some(Kind::HttpToken)),
        Shape::AppPassword | Shape::Unknown if named => by_name.or(Some(Kind::Password)),
        Shape::AppPassword | Shape::Unknown => Some(Kind::HttpToken),
    }
}

fn not_on_the_cloud(injection: &Injection) -> Error {
    Error::Injected {
        what: format!("`{}` is for a Data Center, so it is not sent to bitbucket.org", injection.by),
        remedy: "say which with `BITBUCKET_SITE=https://…`, or what it is with `BITBUCKET_TOKEN_KIND`".into(),
    }
}

fn only_on_the_cloud(site: &Site, injection: &Injection) -> Error {
    Error::Injected {
        what: format!("`{}` holds a token of Bitbucket Cloud, so it is not sent to {}", injection.by, site.short()),
        remedy: "make an HTTP access token there, or say what it is with `BITBUCKET_TOKEN_KIND`".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_shape_is_a_password_only_with_somebodys_name() {
        let by_name = Some(Kind::AccessToken);
        for (shape, by_name, named, kind) in [
            (Shape::Unknown, None, false, Some(Kind::HttpToken)),
            (Shape::Unknown, None, true, Some(Kind::Password)),
            (Shape::AppPassword, None, true, Some(Kind::Password)),
            (Shape::Unknown, by_name, true, Some(Kind::AccessToken)),
            (Shape::HttpToken, None, true, Some(Kind::HttpToken)),
            (Shape::HttpToken, by_name, true, Some(Kind::AccessToken)),
            (Shape::ApiToken, None, true, None),
        ] {
            assert_eq!(at_a_data_center(shape, by_name, named), kind, "{shape:?} {by_name:?} {named}");
        }
    }
}

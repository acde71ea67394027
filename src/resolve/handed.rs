//! A refresh token that a storage helper in front of us handed over with an expired password (git 2.41): used at its own
//! site, and given back with the new one, since that helper is who keeps it.

use super::Situation;
use super::clients::{app, with_line};
use crate::accounts::ACCESS_TOKEN_USER;
use crate::error::{Error, Refusal, Result};
use crate::protocol::Answer;

/// An answer from a handed refresh token; `None` where there is none, or no client to use it with, or it has ended.
pub fn answer(situation: &Situation<'_>) -> Result<Option<Answer>> {
    let (world, site) = (situation.world, &situation.site);
    let handed = situation.request.refresh.as_ref().filter(|token| situation.known && !token.is_empty());
    let Some(token) = handed else { return Ok(None) };
    let Some(app) = app(world, site, situation.product, false)? else { return Ok(None) };
    let begun = world.now();
    let Some(tokens) = with_line(world, site, false, |line| app.refresh(line, token))? else {
        world.warn(&Error::Refused { site: site.short(), about: Refusal::Oauth }.to_string());
        return Ok(None);
    };
    let username = situation.request.username().unwrap_or_else(|| ACCESS_TOKEN_USER.to_owned());
    Ok(Some(Answer {
        expires: tokens.ends(begun),
        username: Some(username.into_bytes()),
        password: Some(tokens.access),
        refresh: Some(tokens.refresh.unwrap_or_else(|| token.clone())),
        ..Answer::default()
    }))
}

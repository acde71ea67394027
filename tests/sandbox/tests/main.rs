//! The sandbox held to the facts: how Bitbucket Cloud and Data Center were seen to answer, statuses, headers and bodies
//! included. One file a theme.

mod captcha;
mod client;
mod cloud_git;
mod cloud_rest;
mod data_center;
mod faults;
mod log;
mod oauth;
mod oauth_data_center;
mod real_git;
mod refresh;
mod serve;

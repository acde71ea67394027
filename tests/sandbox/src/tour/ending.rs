//! The last words: what to do for real.

use super::screen::Screen;

/// Tells how to use it outside of the tour.
pub fn show(screen: &Screen) {
    screen.chapter("All of it worked");
    screen.text("\nFor real, in this folder:\n");
    for line in [
        "cargo install --path .",
        "git credential-bitbucket configure",
        "git clone https://bitbucket.org/YOUR-WORKSPACE/YOUR-REPOSITORY.git",
    ] {
        screen.said(line);
    }
    screen.text("\nThe clone asks for an API token once; one is made, with scopes, at");
    screen.said("https://id.atlassian.com/manage-profile/security/api-tokens");
    screen.text("\nFor your company's Bitbucket Data Center:\n");
    for line in [
        "git credential-bitbucket configure --site https://git.your-company.example",
        "git credential-bitbucket login https://git.your-company.example",
    ] {
        screen.said(line);
    }
    screen.text("\nTo play with this sandbox yourself: cargo run -p bitbucket-sandbox -- serve\n");
}

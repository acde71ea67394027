//! How an administrator has set up a site, and where nobody is sure how the server behaves. Values only.

/// The settings of one site.
#[derive(Debug, Clone)]
pub struct Switches {
    /// "Allow basic authentication on API calls"; covers git and tokens in Basic, too.
    pub basic: bool,
    /// Users who may use Basic although it is off.
    pub basic_allowlist: Vec<String>,
    /// Beginnings of paths that take Basic although it is off.
    pub basic_allowed_paths: Vec<String>,
    /// The status that says so: 403 was seen, 401 is the other that clients expect.
    pub basic_off_status: u16,
    /// "Show default login form"; off means SSO only.
    pub login_form: bool,
    /// Whether there is an OAuth 2.0 provider (7.20 and later).
    pub oauth: bool,
    /// Whether tokens can be made by REST.
    pub token_rest: bool,
    /// The status with which REST names a CAPTCHA: 401, or 403 as avivsinai/bitbucket-cli issue 16 saw it.
    pub captcha_status: u16,
    /// `feature.public.access`.
    pub public_access: bool,
    /// Whether LFS refuses the anonymous with 403.
    pub lfs_anonymous_403: bool,
    /// Whether nobody gets through TLS without a certificate of the company's.
    pub client_certificate: bool,
    /// The version it claims to be; [`age`](super::DataCenter::age) sets what follows from it.
    pub version: String,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            basic: true,
            basic_allowlist: Vec::new(),
            basic_allowed_paths: Vec::new(),
            basic_off_status: 403,
            login_form: true,
            oauth: true,
            token_rest: true,
            captcha_status: 401,
            public_access: false,
            lfs_anonymous_403: false,
            client_certificate: false,
            version: "9.4.6".to_owned(),
        }
    }
}

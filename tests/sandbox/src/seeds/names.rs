//! Every name and every secret that a fresh sandbox holds. Secrets have the right prefix and length
//! and the word `canary` in them. Constants only; `seeds` puts them in their places.

use crate::ldap::Entry;

// Bitbucket Cloud: people
/// Alice at work: writes in `acme` and `globex`. Also a user of every Data Center.
pub const ALICE: &str = "alice";
/// Her Atlassian account.
pub const ALICE_EMAIL: &str = "alice@acme.example";
/// Her account password on Cloud.
pub const ALICE_PASSWORD: &str = "canary-alice-cloud-password";
/// Alice in private: writes in `alice-home` and `globex`.
pub const ALICE_HOME: &str = "alice-home";
/// Her private Atlassian account.
pub const ALICE_HOME_EMAIL: &str = "alice@home.example";
/// Its password.
pub const ALICE_HOME_PASSWORD: &str = "canary-alice-home-cloud-password";
/// Bob reads in `acme`. Also a user of every Data Center.
pub const BOB: &str = "bob";
/// His Atlassian account.
pub const BOB_EMAIL: &str = "bob@acme.example";
/// His account password on Cloud.
pub const BOB_PASSWORD: &str = "canary-bob-cloud-password";
/// Mallory owns the workspace `acme-evil`.
pub const MALLORY: &str = "mallory";
/// Her Atlassian account.
pub const MALLORY_EMAIL: &str = "mallory@evil.example";
/// Her account password on Cloud.
pub const MALLORY_PASSWORD: &str = "canary-mallory-cloud-password";

// Bitbucket Cloud: repositories, as `workspace/slug`
/// Private.
pub const APP: &str = "acme/app";
/// Private.
pub const LIB: &str = "acme/lib";
/// Anybody may clone it.
pub const PUBLIC: &str = "acme/public";
/// Private; holds `acme/lib` and `globex/site` as submodules.
pub const WITH_SUBMODULES: &str = "acme/with-submodules";
/// Private.
pub const SITE: &str = "globex/site";
/// Private; only Mallory's.
pub const EVIL: &str = "acme-evil/app";
/// Private; only Alice's at home.
pub const DOTFILES: &str = "alice-home/dotfiles";

// Bitbucket Cloud: API tokens and app passwords
/// Alice's: reads and writes repositories, and may see her profile.
pub const API_TOKEN: &str = "ATATT3xFfGF0canary-alice-api-full-1c1e7f0987d47754a1373070f08c415c9375817b44d226c78220b44ae7d91c46220752c31dd602a8944fcced31fce93e1642d85d9ebfde6c9279f3067d7ceb751c1e7f0987d47754a1373=86F7E437";
/// Alice's: reads and writes repositories, no more.
pub const API_TOKEN_GIT_ONLY: &str = "ATATT3xFfGF0canary-alice-api-git-only-d5d8026be92a63d71fa6c268d75c920143d82302713d18b74de51a1fd2be721c3b69bba9d9009a18f1e70cbb14c38040d3a682c00183d2ca85bc6efdf8221340d5d8026be92a63d71=E9D71F5E";
/// Alice's: reads repositories and may see her profile.
pub const API_TOKEN_READ_ONLY: &str = "ATATT3xFfGF0canary-alice-api-read-only-c3c85b56094fc2272e03a18df85e0ab5f8e0216e43f15c56e775d03370a1efa47bf5b030a83e788f1a919890d7294e463f19346eaf3e2b4b51830140e1bb76efc3c85b56094fc227=84A51684";
/// Alice's, made "without scopes": good for nothing here.
pub const API_TOKEN_UNSCOPED: &str = "ATATT3xFfGF0canary-alice-api-unscoped-a40d3d872a78c23105c7a4110bed99ac69f7bf159aeb462e2c2324878f8c974ec74406373b0bcc320a4cc939c82d27ac321f8a59d21ac484002be721093d0446a40d3d872a78c2310=3C363836";
/// Alice's, ended long ago.
pub const API_TOKEN_EXPIRED: &str = "ATATT3xFfGF0canary-alice-api-expired-bed8dcd1556133986f6ba2c1fe44b8a68960a65f3f58cbc8589e1409a0eed3c51ce965827136989da265373bd6fadb60127f825e7e9cfe4540e4637c0abe8c94bed8dcd1556133986f=58E6B3A4";
/// Alice's at home: everything.
pub const API_TOKEN_HOME: &str = "ATATT3xFfGF0canary-alice-home-api-full-76b6ec0839653e878b9f81ed6d7a2507ffa4278e610855492cd3ccf9859b462c706b7d456c64d2d66f11824f2bc1c2bdbad11fb9d004ed37f36fb5137bc6b3fc76b6ec0839653e87=4A0A1921";
/// Bob's: everything.
pub const API_TOKEN_BOB: &str = "ATATT3xFfGF0canary-bob-api-full-644487992c810037eecbfc48a1407c15eb0436395f3bd031ce918d86d20ee8f11de4d9fed5ef3c4ab1663d3e0f23e7236721d3020669faaca2ad347cf6ab6f86644487992c810037eecbfc4=54FD1711";
/// Alice's app password: dead, except in classic mode.
pub const APP_PASSWORD: &str = "ATBBcanaryAliceAppPassword0000A1B2C3";

// Bitbucket Cloud: access tokens
/// Of the repository `acme/app`, reading and writing.
pub const REPO_TOKEN: &str = "ATCTT3xFfGN0canary-acme-app-repository-2d1b670177000ea2c990ffea97afa0a58051dc8ad9f5f9938f355c40e80698b9ef7c3ff933dccdcbc588619e47d81dbe6a8e8200ff93d0f364506e820917ddcd2d1b670177000ea2=27D5482E";
/// Of the project `MAIN` in `acme`: `app`, `lib`, `with-submodules`.
pub const PROJECT_TOKEN: &str = "ATCTT3xFfGN0canary-acme-main-project-5989d8a17a74a53064aeb8cf4dd368f739ae8ceae3265a09b144c6d3b48c1a2ca82cbc64e9721848f775a9523e44eb4fd02307d87b1e4ce6d7bf0176e4e299ad5989d8a17a74a53064=042DC451";
/// Of the workspace `acme`.
pub const WORKSPACE_TOKEN: &str = "ATCTT3xFfGN0canary-acme-workspace-cf406cda59f7b28450f02ba295fbf8f7ec04ea708c57b3e7e689152370df7db675168f0401b9a1b118f9a93adda993f60adb029caed66bacdb405561ad151a11cf406cda59f7b28450f02=5C2DD944";
/// Of the workspace `acme`, reading only.
pub const WORKSPACE_TOKEN_READ_ONLY: &str = "ATCTT3xFfGN0canary-acme-workspace-read-fed79d23cd1cb097e695ea65cc54d35fde2655806fb36d3b51fcdccb8f44f6bb231a314089f3c3b60a50bd40b311bdeaf94550a4129fbf72f1914c52d63095b1fed79d23cd1cb097=13FBD79C";

// Bitbucket Cloud: OAuth consumer
/// Registered with the callback `http://127.0.0.1/`, so that any port will do.
pub const CONSUMER_ID: &str = "sandboxConsumer001";
/// Its secret.
pub const CONSUMER_SECRET: &str = "canaryCloudConsumerSecret0123456";
/// Registered with `http://localhost:34106/`, and nothing else.
pub const FIXED_CONSUMER_ID: &str = "sandboxConsumer002";
/// Its secret.
pub const FIXED_CONSUMER_SECRET: &str = "canaryFixedConsumerSecret0123456";

// Data Center: addresses
/// A Data Center at the root of its host.
pub const CORP: &str = "https://git.corp.example";
/// A Data Center under a context path.
pub const CODE: &str = "https://code.corp.example/bitbucket";

// Data Center: people; the same at every site, as people are
/// Alice's password.
pub const DC_ALICE_PASSWORD: &str = "canary-alice-corp-password";
/// Bob's password.
pub const DC_BOB_PASSWORD: &str = "canary-bob-corp-password";
/// Carol, whose name holds an `@`; writes in `PRJ`.
pub const CAROL: &str = "carol@corp.example";
/// Carol's password.
pub const DC_CAROL_PASSWORD: &str = "canary-carol-corp-password";
/// The administrator.
pub const ADMIN: &str = "admin";
/// The administrator's password.
pub const DC_ADMIN_PASSWORD: &str = "canary-admin-corp-password";

// LDAP: what the company's directory calls the same people, and their passwords there
/// Alice.
pub const LDAP_ALICE: Entry<'static> = Entry { cn: "Alice Archer", account: "alice", principal: "alice@corp.example" };
/// Alice's password.
pub const LDAP_ALICE_PASSWORD: &str = "canary-alice-ldap-password";
/// Bob.
pub const LDAP_BOB: Entry<'static> = Entry { cn: "Bob Baker", account: "bob", principal: "bob@corp.example" };
/// Bob's password.
pub const LDAP_BOB_PASSWORD: &str = "canary-bob-ldap-password";
/// Carol, whose account begins with a capital.
pub const LDAP_CAROL: Entry<'static> = Entry { cn: "Carol Clark", account: "Carol.C", principal: CAROL };
/// Carol's password.
pub const LDAP_CAROL_PASSWORD: &str = "canary-carol-ldap-password";

// Data Center: repositories, as they stand after `/scm/`
/// Private.
pub const DC_APP: &str = "prj/app";
/// Private.
pub const DC_LIB: &str = "prj/lib";
/// Public, where `public_access` is on.
pub const DC_PUBLIC: &str = "prj/public";
/// Alice's own.
pub const DC_NOTES: &str = "~alice/notes";

// Data Center: HTTP access tokens; the same at every site
/// Alice's, reading and writing; holds `/` and `+`.
pub const HTTP_TOKEN: &str = "BBDC-canary-alice-http-token/MTIzNDU2+c3VwZXJzZWN";
/// Alice's, reading only.
pub const HTTP_TOKEN_READ_ONLY: &str = "BBDC-canary-alice-http-read-only-MTIzNDU2Nzg5MDE";
/// Alice's, of the older shape.
pub const HTTP_TOKEN_LEGACY: &str = "MTIzNDU2Nzg5MDEyOmcanaryAliceLegacyTokenx/+=";
/// Alice's, ended long ago.
pub const HTTP_TOKEN_EXPIRED: &str = "BBDC-canary-alice-http-expired-MTIzNDU2Nzg5MDEyM";
/// Carol's, reading and writing.
pub const HTTP_TOKEN_CAROL: &str = "BBDC-canary-carol-http-token-MTIzNDU2Nzg5MDEyMzQ";
/// Of the project `PRJ`.
pub const DC_PROJECT_TOKEN: &str = "BBDC-canary-prj-project-token-MTIzNDU2Nzg5MDEyMz";
/// Of the repository `PRJ/app`.
pub const DC_REPO_TOKEN: &str = "BBDC-canary-prj-app-repository-token-MTIzNDU2Nzg5";

// Data Center: incoming application links
/// With a secret.
pub const LINK_ID: &str = "sandboxIncomingLink0000000000001";
/// Its secret.
pub const LINK_SECRET: &str = "canaryIncomingLinkSecret00000000000000000000000000000000000000001";
/// Its redirect address, matched exactly.
pub const LINK_REDIRECT: &str = "http://127.0.0.1:34106/callback";
/// Without a secret, so with PKCE; same redirect address.
pub const PUBLIC_LINK_ID: &str = "sandboxIncomingLink0000000000002";

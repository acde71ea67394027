//! Packages and manifests: each holds the program, the manual page, the completions and the licences, writes no configuration, and
//! keeps the published rules of its format. The deb is installed in a fresh Debian, and clones there.

use crate::stage::{Desk, HELPER, are_installed, gits, is_there};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::{Path, PathBuf};

const REPOSITORY: &str = "https://github.com/example/git-credential-bitbucket";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const WINGET: &str = "winget/GitCredentialBitbucket.GitCredentialBitbucket";

/// What a release holds besides its checksums, by the end of its name.
const ARCHIVES: [&str; 9] = [
    "source.tar.gz",
    "x86_64-unknown-linux-gnu.tar.gz",
    "aarch64-unknown-linux-gnu.tar.gz",
    "x86_64-unknown-linux-musl.tar.gz",
    "aarch64-unknown-linux-musl.tar.gz",
    "x86_64-apple-darwin.tar.gz",
    "aarch64-apple-darwin.tar.gz",
    "x86_64-pc-windows-msvc.zip",
    "aarch64-pc-windows-msvc.zip",
];

/// What must be installed everywhere; PowerShell's completion is installed where PowerShell is at home.
const PAPERS: [&str; 6] = [
    "git-credential-bitbucket.1",
    "git-credential-bitbucket.bash",
    "_git-credential-bitbucket",
    "git-credential-bitbucket.fish",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

fn sums(archives: &[&str]) -> String {
    let lines = archives.iter().enumerate();
    lines.map(|(number, name)| format!("{number:064x}  git-credential-bitbucket-{VERSION}-{name}\n")).collect()
}

/// The manifests of a release with these archives.
fn filled(desk: &Desk, archives: &[&str]) -> crate::stage::Done {
    fs::write(desk.home().join("SHA256SUMS"), sums(archives)).expect("written");
    desk.run(&packaging("fill"), &[VERSION, REPOSITORY, "SHA256SUMS", "out"])
}

/// One of them.
fn manifest(name: &str) -> String {
    let desk = Desk::alone();
    filled(&desk, &ARCHIVES).succeeds();
    fs::read_to_string(desk.home().join("out").join(name)).expect("a manifest")
}

fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// Whether it is the address of one of the archives.
fn is_download(url: &str) -> bool {
    let start = format!("{REPOSITORY}/releases/download/v{VERSION}/git-credential-bitbucket-{VERSION}-");
    url.strip_prefix(&start).is_some_and(|name| ARCHIVES.contains(&name))
}

#[test]
fn a_release_that_lacks_an_archive_gets_no_manifests() {
    let desk = Desk::alone();
    let done = filled(&desk, &ARCHIVES[..8]).fails();
    assert!(done.err.contains("@SHA256 aarch64-pc-windows-msvc.zip@"), "{}", done.err);
}

#[test]
fn every_manifest_installs_the_papers_and_no_configuration() {
    let cargo = fs::read_to_string("Cargo.toml").expect("ours");
    let (_, metadata) = cargo.split_once("[package.metadata.deb]").expect("a deb");
    let (deb, rpm) = metadata.split_once("[package.metadata.generate-rpm]").expect("an rpm");
    let nix = fs::read_to_string(packaging("nix/default.nix")).expect("an expression");
    let texts = [
        ("deb", deb.to_owned()),
        ("rpm", rpm.to_owned()),
        ("nix", nix),
        ("brew", manifest("homebrew/git-credential-bitbucket.rb")),
        // there the completions are named by the package
        ("arch", manifest("arch/PKGBUILD").replace("$pkgname", "git-credential-bitbucket")),
    ];
    for (format, text) in texts {
        PAPERS.iter().for_each(|paper| assert!(text.contains(paper), "{paper} in {format}"));
        assert!(!text.contains("etc/") && !text.contains("gitconfig"), "{format} writes configuration");
    }
}

#[test]
fn an_archive_holds_the_program_and_the_papers() {
    let desk = Desk::alone();
    let made = desk.run(&packaging("archive"), &[HELPER, "x86_64-unknown-linux-gnu", "out"]).succeeds().out;
    let listed = desk.run(Path::new("/bin/tar"), &["-tzf", made.trim()]).succeeds().out;
    let top = format!("git-credential-bitbucket-{VERSION}-x86_64-unknown-linux-gnu");
    assert!(listed.lines().any(|line| line == format!("{top}/git-credential-bitbucket")), "{listed}");
    let inside = |paper: &str| listed.lines().any(|line| line.ends_with(&format!("/{paper}")));
    PAPERS.iter().for_each(|paper| assert!(inside(paper), "{paper} in {listed}"));
    assert!(listed.lines().all(|line| line.starts_with(&top)), "{listed}");
}

#[test]
fn scoop_finds_what_its_schema_requires() {
    // ScoopInstaller/Scoop, schema.json
    let json: serde_json::Value = serde_json::from_str(&manifest("scoop/git-credential-bitbucket.json")).expect("JSON");
    for key in ["version", "homepage", "license", "description", "bin"] {
        assert!(json[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
    }
    for architecture in ["64bit", "arm64"] {
        let one = &json["architecture"][architecture];
        let url = one["url"].as_str().expect("an address");
        assert!(is_download(url) && url.ends_with("windows-msvc.zip"), "{url}");
        assert!(one["hash"].as_str().is_some_and(is_sum));
        let folder = url.rsplit('/').next().and_then(|name| name.strip_suffix(".zip"));
        assert_eq!(one["extract_dir"].as_str(), folder);
        assert!(json["autoupdate"]["architecture"][architecture]["url"].as_str().expect("one").contains("$version"));
    }
}

/// The values of a key in a manifest of winget, which has one key a line.
fn values(yaml: &str, key: &str) -> Vec<String> {
    let line = |line: &str| {
        let rest = line.trim_start().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ")?;
        Some(rest.trim_matches('"').to_owned())
    };
    yaml.lines().filter_map(line).collect()
}

#[test]
fn winget_finds_what_its_schemas_require() {
    // microsoft/winget-cli, schemas/JSON/manifests/v1.10.0
    let common = ["PackageIdentifier", "PackageVersion", "ManifestType", "ManifestVersion"];
    let locale = ["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"];
    let installer = ["InstallerType", "Architecture", "InstallerUrl", "InstallerSha256", "RelativeFilePath"];
    let kinds: [(&str, &str, &[&str]); 3] = [
        ("", "version", &["DefaultLocale"]),
        (".locale.en-US", "defaultLocale", &locale),
        (".installer", "installer", &installer),
    ];
    for (end, kind, required) in kinds {
        let yaml = manifest(&format!("{WINGET}{end}.yaml"));
        for key in common.iter().chain(required) {
            assert!(values(&yaml, key).iter().any(|value| !value.is_empty()), "{key} in {yaml}");
        }
        assert_eq!(values(&yaml, "ManifestType"), [kind]);
        assert_eq!(values(&yaml, "PackageVersion"), [VERSION]);
        assert_eq!(values(&yaml, "PackageIdentifier")[0], WINGET.trim_start_matches("winget/"));
    }
    let yaml = manifest(&format!("{WINGET}.installer.yaml"));
    let (urls, files) = (values(&yaml, "InstallerUrl"), values(&yaml, "RelativeFilePath"));
    assert!(urls.len() == 2 && urls.iter().all(|url| is_download(url)), "{urls:?}");
    assert!(values(&yaml, "InstallerSha256").iter().all(|sum| is_sum(sum)));
    for (url, file) in urls.iter().zip(files) {
        let folder = url.rsplit('/').next().and_then(|name| name.strip_suffix(".zip")).expect("a zip");
        assert_eq!(file, format!("{folder}\\git-credential-bitbucket.exe"));
    }
}

#[test]
fn pacman_finds_what_a_pkgbuild_needs() {
    // PKGBUILD(5)
    let desk = Desk::alone();
    fs::write(desk.home().join("PKGBUILD"), manifest("arch/PKGBUILD")).expect("written");
    let script = "set -eu; . ./PKGBUILD; declare -F prepare build check package >/dev/null; [ ${#source[@]} = ${#sha256sums[@]} ]
        echo \"$pkgname $pkgver $pkgrel\"; echo \"${arch[*]}\"; echo \"${license[*]}\"; echo \"${source[0]#*::}\"; echo \"${sha256sums[0]}\"";
    let said = desk.run(Path::new("/bin/bash"), &["-c", script]).succeeds().out;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..3], [&format!("git-credential-bitbucket {VERSION} 1"), "x86_64 aarch64", "MIT OR Apache-2.0"]);
    assert!(is_download(lines[3]) && is_sum(lines[4]), "{lines:?}");
    assert!(!VERSION.contains('-'), "a version of pacman has no hyphen");
}

#[test]
fn homebrew_can_read_its_formula() {
    let formula = manifest("homebrew/git-credential-bitbucket.rb");
    let urls: Vec<&str> = formula.lines().filter_map(|line| line.trim().strip_prefix("url ")).collect();
    assert!(urls.len() == 4 && urls.iter().all(|url| is_download(url.trim_matches('"'))), "{urls:?}");
    assert_eq!(formula.lines().filter(|line| line.trim().starts_with("sha256 ")).count(), 4);
    if are_installed(&["ruby"]) {
        let desk = Desk::alone();
        fs::write(desk.home().join("formula.rb"), formula).expect("written");
        desk.run(Path::new("/usr/bin/ruby"), &["-wc", "formula.rb"]).succeeds();
    }
}

#[test]
fn nix_reads_the_expression_and_the_version() {
    if !are_installed(&["nix-instantiate"]) {
        return;
    }
    let desk = Desk::alone();
    let stub = "{ rustPlatform.buildRustPackage = x: x.pname + \"-\" + x.version; lib = { cleanSource = x: x; licenses = {}; }; installShellFiles = null; }";
    let expression = format!("import {} {{ pkgs = {stub}; }}", packaging("nix/default.nix").display());
    let store = desk.home().join("nix").display().to_string();
    let desk = desk.with("NIX_STORE_DIR", &format!("{store}/store")).with("NIX_STATE_DIR", &format!("{store}/state"));
    let said = desk.run(Path::new("/usr/bin/nix-instantiate"), &["--eval", "-E", &expression]).succeeds().out;
    assert_eq!(said.trim(), format!("\"git-credential-bitbucket-{VERSION}\""));
}

/// A package that was built before the tests (`.ci/run` does).
fn built(folder: &str, end: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = entries.filter(|path| path.extension().is_some_and(|found| found == end)).max();
    is_there(&format!("a {end} to look into"), found.is_some()).then_some(found?)
}

/// Where packages install things, with the shells' names for the completions.
fn holds_everything(listed: &str, zsh: &str) {
    let wanted = [
        "usr/bin/git-credential-bitbucket",
        "usr/share/man/man1/git-credential-bitbucket.1",
        "usr/share/bash-completion/completions/git-credential-bitbucket",
        &format!("usr/share/zsh/{zsh}/_git-credential-bitbucket"),
        "usr/share/fish/vendor_completions.d/git-credential-bitbucket.fish",
        "git-credential-bitbucket/LICENSE-MIT",
        "git-credential-bitbucket/LICENSE-APACHE",
    ];
    wanted.iter().for_each(|file| assert!(listed.contains(file), "{file} in {listed}"));
    assert!(!listed.contains("/etc/"), "{listed}");
}

#[test]
fn the_deb_and_the_rpm_hold_everything() {
    if let Some(deb) = built("debian", "deb") {
        let listed = Desk::alone().run(Path::new("/usr/bin/dpkg-deb"), &["-c", deb.to_str().expect("text")]);
        holds_everything(&listed.succeeds().out, "vendor-completions");
    }
    if let (Some(rpm), true) = (built("generate-rpm", "rpm"), are_installed(&["rpm"])) {
        let listed = Desk::alone().run(Path::new("/usr/bin/rpm"), &["-qlp", rpm.to_str().expect("text")]);
        holds_everything(&listed.succeeds().out, "site-functions");
    }
}

/// Where this machine gets its Debian from, and which.
fn mirror() -> Option<(String, String)> {
    let os = fs::read_to_string("/etc/os-release").ok()?;
    let suite = os.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?.to_owned();
    let lists = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path());
    let texts = lists.chain([PathBuf::from("/etc/apt/sources.list")]).filter_map(|path| fs::read_to_string(path).ok());
    let words: Vec<String> =
        texts.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    let url = words.iter().find(|word| word.starts_with("http") && word.trim_end_matches('/').ends_with("/debian"))?;
    Some((url.clone(), suite))
}

#[test]
fn the_deb_clones_in_a_fresh_debian() {
    let debootstrap = Path::new("/usr/sbin/debootstrap");
    let (Some(deb), Some((mirror, suite))) = (built("debian", "deb"), mirror()) else { return };
    if !is_there("debootstrap, and root to run it", debootstrap.exists() && rustix::process::geteuid().is_root()) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_str().expect("text");
    let (sandbox, desk) = (Sandbox::start(), Desk::alone().with_git(&gits()[0]));
    desk.run(debootstrap, &["--variant=minbase", &suite, root, &mirror]).succeeds();
    fs::copy(&deb, folder.path().join("root/ours.deb")).expect("carried there");
    let ca = sandbox.ca_file();
    let there = folder.path().join(ca.strip_prefix("/").expect("absolute"));
    fs::create_dir_all(there.parent().expect("a folder")).expect("made");
    fs::copy(&ca, there).expect("carried there");
    fs::write(folder.path().join("root/.gitconfig"), sandbox.git_config()).expect("written");
    let runs = |script: &str| {
        let clean = ["env", "-i", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"];
        let line = [&[root], &clean[..], &["sh", "-e", "-c", script]].concat();
        desk.run(Path::new("/usr/sbin/chroot"), &line).succeeds()
    };
    runs("apt-get update -qq && apt-get install -y -qq --no-install-recommends /root/ours.deb </dev/null");
    assert!(!folder.path().join("etc/gitconfig").exists(), "a package configures nothing");
    runs("git credential-bitbucket configure && git config --global bitbucket.storage file");
    fs::write(folder.path().join("root/token"), seeds::API_TOKEN).expect("written");
    runs(&format!(
        "git credential-bitbucket login --username {} --with-token <~/token; rm ~/token",
        seeds::ALICE_EMAIL
    ));
    runs("git clone -q https://bitbucket.org/acme/app.git ~/app && test -f ~/app/README.md");
}

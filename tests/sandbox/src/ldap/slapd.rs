//! A private slapd on a loopback port: configuration, entries and data in a folder of its own, all of it gone when
//! dropped. The users are the sandbox's people, with the names and attributes that Active Directory gives them.

use std::error::Error;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

use super::client::Server;
use super::relay::{self, Delay};
use crate::seeds;

const PROGRAM: &str = "/usr/sbin/slapd";
const BASE: &str = "dc=corp,dc=example";
const MANAGER: &str = "cn=manager,dc=corp,dc=example";
const PATIENCE: Duration = Duration::from_secs(20);

/// A user's entry, under the three names that servers are set up to take for the username.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// `cn`, which also names the entry.
    pub cn: &'a str,
    /// `sAMAccountName`.
    pub account: &'a str,
    /// `userPrincipalName`.
    pub principal: &'a str,
}

/// Everybody, with e-mail address and password.
const PEOPLE: [(Entry<'static>, &str, &str); 3] = [
    (seeds::LDAP_ALICE, seeds::ALICE_EMAIL, seeds::LDAP_ALICE_PASSWORD),
    (seeds::LDAP_BOB, seeds::BOB_EMAIL, seeds::LDAP_BOB_PASSWORD),
    (seeds::LDAP_CAROL, seeds::CAROL, seeds::LDAP_CAROL_PASSWORD),
];

/// The running program.
pub struct Slapd {
    child: Child,
    direct: SocketAddr,
    slow: SocketAddr,
    delay: Delay,
    _folder: TempDir,
}

impl Slapd {
    /// Starts it; `None`, with a line, where it is not installed.
    ///
    /// # Panics
    /// When it is missing and `REQUIRE_REAL` is set, or when it does not come up.
    pub fn start() -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            assert!(std::env::var_os("REQUIRE_REAL").is_none(), "slapd is not installed");
            eprintln!("skipped: slapd is not installed");
            return None;
        }
        // somebody else may take the port between our look and slapd's
        let mut tries = (0..3).map(|_| Self::try_start());
        let last = tries.find(Result::is_ok).unwrap_or_else(Self::try_start);
        Some(last.expect("slapd starts in a folder of its own"))
    }

    fn try_start() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::Builder::new().prefix("bitbucket-sandbox-slapd-").tempdir()?;
        fill(folder.path())?;
        let direct = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        // `-d 0` keeps it in the foreground
        let arguments = ["-d", "0", "-h", &format!("ldap://{direct}/")];
        let child = bare(folder.path(), &arguments).spawn()?;
        let delay = Delay::default();
        let slow = relay::open(direct, delay.clone())?;
        let mut this = Self { child, direct, slow, delay, _folder: folder };
        this.await_it()?;
        Ok(this)
    }

    fn await_it(&mut self) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        while !self.server_at(self.direct).is_up() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("slapd has ended: {status}").into());
            }
            if begun.elapsed() > PATIENCE {
                return Err("slapd does not answer".into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// How a Data Center is connected to it.
    pub fn server(&self) -> Server {
        self.server_at(self.slow)
    }

    fn server_at(&self, address: SocketAddr) -> Server {
        let (base, manager) = (BASE.to_owned(), MANAGER.to_owned());
        // the product's own default is 120 s
        Server { address, base, manager, password: "manager".to_owned(), limit: Duration::from_secs(10) }
    }

    /// From now on each of its answers is so long on the way.
    pub fn delay(&self, delay: Duration) {
        self.delay.store(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Gives somebody other names; the unique id stays.
    ///
    /// # Panics
    /// When there is nobody of this name: the test has a wrong name in it.
    pub fn rename(&self, old: &Entry<'_>, new: &Entry<'_>) {
        let names = [("sAMAccountName", new.account), ("userPrincipalName", new.principal)];
        let done = self.server_at(self.direct).rename(&dn(old.cn), &names, &format!("cn={}", new.cn));
        assert!(done.is_ok(), "a test renames somebody who is in the directory");
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn dn(cn: &str) -> String {
    format!("cn={cn},ou=people,{BASE}")
}

/// The configuration comes last: slapd wants `-T` to be the first of all arguments.
fn bare(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().args(arguments).arg("-f").arg(folder.join("slapd.conf"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn fill(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir(folder.join("data"))?;
    fs::write(folder.join("slapd.conf"), configuration(folder))?;
    let entries = folder.join("people.ldif");
    fs::write(&entries, ldif())?;
    // slapadd is slapd under another name
    let added = bare(folder, &["-T", "add", "-q", "-l", &entries.to_string_lossy()]).status()?;
    if added.success() { Ok(()) } else { Err("slapd does not take the entries".into()) }
}

/// slapd.conf(5). Active Directory's attributes are spelt out, because the schema file that has them knows no
/// equality, and cannot be searched by.
fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    let schemas: String =
        ["core", "cosine", "inetorgperson"].map(|name| format!("include /etc/ldap/schema/{name}.schema\n")).concat();
    let attribute = |id: &str, name: &str| {
        format!(
            "attributetype ( 1.2.840.113556.1.4.{id} NAME '{name}' EQUALITY caseIgnoreMatch \
             SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )\n"
        )
    };
    let attributes = attribute("221", "sAMAccountName") + &attribute("656", "userPrincipalName");
    format!(
        "{schemas}{attributes}\
         objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY MAY ( sAMAccountName $ userPrincipalName ) )\n\
         pidfile {folder}/slapd.pid\n\
         modulepath /usr/lib/ldap\n\
         moduleload back_mdb\n\
         database mdb\n\
         maxsize 16777216\n\
         suffix {BASE}\n\
         rootdn {MANAGER}\n\
         rootpw manager\n\
         directory {folder}/data\n"
    )
}

fn ldif() -> String {
    let mut text = format!(
        "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: corp\no: Corp\n\n\
         dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n"
    );
    for (Entry { cn, account, principal }, mail, password) in &PEOPLE {
        text += &format!(
            "\ndn: {}\nobjectClass: inetOrgPerson\nobjectClass: user\ncn: {cn}\nsn: {cn}\n\
             sAMAccountName: {account}\nuserPrincipalName: {principal}\nmail: {mail}\nuserPassword: {password}\n",
            dn(cn)
        );
    }
    text
}

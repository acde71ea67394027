//! The client: simple bind, search by one attribute, changes (RFC 4511). Every wait has a limit.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::ber::{self, BOOLEAN, ENUMERATED, INTEGER, SEQUENCE, SET};

/// The attribute that stays when everything else of an entry changes.
const UNIQUE_ID: &str = "entryUUID";

/// `invalidCredentials`.
const WRONG: usize = 49;

/// The directory has not answered, or not in LDAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silent;

/// What the directory answered.
pub type Result<T> = std::result::Result<T, Silent>;

/// Where the directory is, and who may search it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its address.
    pub address: SocketAddr,
    /// Below which entry the users are.
    pub base: String,
    /// Whose name is used to search.
    pub manager: String,
    /// The password to it.
    pub password: String,
    /// For how long in real time one answer is awaited.
    pub limit: Duration,
}

/// A user's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name in the directory.
    pub dn: String,
    /// The username, spelt as the directory spells it.
    pub name: String,
    /// The e-mail address.
    pub mail: String,
    /// What stays when it is renamed.
    pub unique_id: String,
}

/// What became of a name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// They are this user's.
    Account(Account),
    /// There is such a user, with another password.
    WrongPassword,
    /// There is no such user.
    Nobody,
}

impl Server {
    /// Looks up the user whose attribute has this value, and binds as them.
    pub fn authenticate(&self, attribute: &str, name: &str, password: &str) -> Result<Found> {
        let filter = ber::group(0xa3, &[ber::string(attribute), ber::string(name)]);
        let Some(account) = self.search(filter, attribute)?.pop() else {
            return Ok(Found::Nobody);
        };
        // an empty password would be an anonymous bind, and succeed (RFC 4513, 5.1.2)
        if password.is_empty() {
            return Ok(Found::WrongPassword);
        }
        match Connection::open(self)?.bind(&account.dn, password)? {
            0 => Ok(Found::Account(account)),
            WRONG => Ok(Found::WrongPassword),
            _ => Err(Silent),
        }
    }

    /// Every user who has this attribute.
    pub fn accounts(&self, attribute: &str) -> Result<Vec<Account>> {
        self.search(ber::value(0x87, attribute.as_bytes()), attribute)
    }

    /// Replaces attributes of an entry, then gives it this name.
    pub fn rename(&self, dn: &str, attributes: &[(&str, &str)], new: &str) -> Result<()> {
        let mut connection = self.manager()?;
        let changes: Vec<_> = attributes.iter().map(|(name, text)| replacement(name, text)).collect();
        let modify = ber::group(0x66, &[ber::string(dn), ber::group(SEQUENCE, &changes)]);
        let move_to = ber::group(0x6c, &[ber::string(dn), ber::string(new), ber::value(BOOLEAN, &[0xff])]);
        for request in [modify, move_to] {
            if connection.ask(&request)? != 0 {
                return Err(Silent);
            }
        }
        Ok(())
    }

    /// Whether it answers to the manager.
    pub fn is_up(&self) -> bool {
        self.manager().is_ok()
    }

    fn manager(&self) -> Result<Connection> {
        let mut connection = Connection::open(self)?;
        match connection.bind(&self.manager, &self.password)? {
            0 => Ok(connection),
            _ => Err(Silent),
        }
    }

    fn search(&self, filter: Vec<u8>, attribute: &str) -> Result<Vec<Account>> {
        let (whole_subtree, never, none) = ([2], [0], [0]);
        let wanted = [attribute, "mail", UNIQUE_ID].map(ber::string);
        let request = ber::group(
            0x63,
            &[
                ber::string(&self.base),
                ber::value(ENUMERATED, &whole_subtree),
                ber::value(ENUMERATED, &never),
                ber::value(INTEGER, &none),
                ber::value(INTEGER, &none),
                ber::value(BOOLEAN, &[0]),
                filter,
                ber::group(SEQUENCE, &wanted),
            ],
        );
        let entries = self.manager()?.search(&request)?;
        Ok(entries.iter().filter_map(|entry| account(entry, attribute)).collect())
    }
}

fn replacement(name: &str, text: &str) -> Vec<u8> {
    let attribute = ber::group(SEQUENCE, &[ber::string(name), ber::group(SET, &[ber::string(text)])]);
    ber::group(SEQUENCE, &[ber::value(ENUMERATED, &[2]), attribute])
}

/// Reads a SearchResultEntry.
fn account(mut entry: &[u8], attribute: &str) -> Option<Account> {
    let dn = text(ber::take(&mut entry)?.1);
    let (_, mut attributes) = ber::take(&mut entry)?;
    let mut values = Vec::new();
    while let Some((_, mut one)) = ber::take(&mut attributes) {
        let name = text(ber::take(&mut one)?.1);
        let (_, mut set) = ber::take(&mut one)?;
        values.push((name, ber::take(&mut set).map(|(_, first)| text(first)).unwrap_or_default()));
    }
    let value = |wanted: &str| {
        let found = values.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.clone())
    };
    let mail = value("mail").unwrap_or_default();
    Some(Account { dn, name: value(attribute)?, mail, unique_id: value(UNIQUE_ID)? })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Connection {
    stream: TcpStream,
    asked: u8,
}

impl Connection {
    fn open(server: &Server) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server.address, server.limit).map_err(silent)?;
        stream.set_read_timeout(Some(server.limit)).map_err(silent)?;
        stream.set_write_timeout(Some(server.limit)).map_err(silent)?;
        Ok(Self { stream, asked: 0 })
    }

    fn bind(&mut self, dn: &str, password: &str) -> Result<usize> {
        let secret = ber::value(0x80, password.as_bytes());
        self.ask(&ber::group(0x60, &[ber::value(INTEGER, &[3]), ber::string(dn), secret]))
    }

    /// Sends a request that has one answer; its result code.
    fn ask(&mut self, request: &[u8]) -> Result<usize> {
        self.send(request)?;
        code(&self.hear()?.1)
    }

    fn search(&mut self, request: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.send(request)?;
        let mut entries = Vec::new();
        loop {
            match self.hear()? {
                (0x64, entry) => entries.push(entry),
                // a reference to another server: nobody to follow it
                (0x73, _) => {}
                (_, done) => return if code(&done)? == 0 { Ok(entries) } else { Err(Silent) },
            }
        }
    }

    fn send(&mut self, request: &[u8]) -> Result<()> {
        self.asked += 1;
        let message = ber::group(SEQUENCE, &[ber::value(INTEGER, &[self.asked]), request.to_vec()]);
        self.stream.write_all(&message).map_err(silent)
    }

    fn hear(&mut self) -> Result<(u8, Vec<u8>)> {
        let whole = ber::read(&mut self.stream).map_err(silent)?;
        let parse = || {
            let (_, mut message) = ber::take(&mut whole.as_slice())?;
            ber::take(&mut message)?;
            ber::take(&mut message)
        };
        parse().map(|(tag, content)| (tag, content.to_vec())).ok_or(Silent)
    }
}

/// Reads an LDAPResult.
fn code(mut result: &[u8]) -> Result<usize> {
    ber::take(&mut result).map(|(_, code)| ber::number(code)).ok_or(Silent)
}

fn silent(_: io::Error) -> Silent {
    Silent
}

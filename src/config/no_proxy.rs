//! Which hosts are reached without the proxy: `NO_PROXY` as libcurl reads it (CURLOPT_NOPROXY, lib/noproxy.c). Hosts only: a
//! port in the list makes an entry that fits nothing, there as here.

use std::net::IpAddr;

/// A list of hosts, domains, addresses and networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoProxy(String);

impl NoProxy {
    /// The list as it was written.
    pub fn new(list: &str) -> Self {
        Self(list.to_ascii_lowercase())
    }

    /// Whether `host` (an IPv6 address with or without its brackets) is on it.
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        let names = || self.0.split([',', ' ', '\t']).filter(|name| !name.is_empty());
        let covered = match host.parse() {
            Ok(address) => names().any(|name| is_network_of(name, address)),
            Err(_) => names().any(|name| is_domain_of(name, &host)),
        };
        // the asterisk stands alone, or for nothing
        self.0 == "*" || covered
    }
}

/// Whole labels: `example.com` covers `git.example.com`, and not `notexample.com`.
fn is_domain_of(name: &str, host: &str) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name).trim_end_matches('.');
    !name.is_empty() && host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// `192.168.0.0/16`, `fd00::/8`, or one address; no length, or 0, means the whole of it (libcurl 7.86).
fn is_network_of(name: &str, address: IpAddr) -> bool {
    let (network, length) = name.split_once('/').unwrap_or((name, "0"));
    let (Ok(network), Ok(length)) = (network.parse(), length.parse::<u32>()) else { return false };
    let (ours, theirs, bits) = match (address, network) {
        (IpAddr::V4(ours), IpAddr::V4(theirs)) => (u128::from(ours.to_bits()), u128::from(theirs.to_bits()), 32),
        (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits(), theirs.to_bits(), 128),
        _ => return false,
    };
    let length = if length == 0 { bits } else { length };
    // a shift by all 128 bits is none in Rust, and cannot happen: the length is at least 1
    length <= bits && (ours ^ theirs) >> (bits - length) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn covered(list: &str, host: &str) -> bool {
        NoProxy::new(list).covers(host)
    }

    #[test]
    fn a_name_means_itself_and_what_lies_below_it() {
        for list in
            ["corp.example", ".corp.example", "a, CORP.example.", "a\tb corp.example,c", "git.corp.example", "*"]
        {
            assert!(covered(list, "git.corp.example"), "{list}");
        }
        for list in ["", ",", ".", "orp.example", "*.corp.example", "git.corp.example:443", "*,a", "x.git.corp.example"]
        {
            assert!(!covered(list, "git.corp.example"), "{list}");
        }
    }

    #[test]
    fn addresses_are_compared_as_addresses() {
        for (list, host) in [
            ("127.0.0.1", "127.0.0.1"),
            ("192.168.0.0/16", "192.168.7.9"),
            ("10.0.0.1/0", "10.0.0.1"),
            ("::1", "[::1]"),
            ("fd00::/8", "fd12:3456::1"),
            ("0:0:0:0:0:0:0:1", "::1"),
        ] {
            assert!(covered(list, host), "{list} {host}");
        }
        for (list, host) in [
            ("192.168.0.0/16", "192.169.0.1"),
            ("192.168.0.0/33", "192.168.0.0"),
            ("192.168.0.0/x", "192.168.0.0"),
            ("0.0.1", "127.0.0.1"),
            ("::1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("10.0.0.1/0", "10.0.0.2"),
        ] {
            assert!(!covered(list, host), "{list} {host}");
        }
    }

    proptest! {
        #[test]
        fn no_list_makes_the_reader_panic_and_a_name_covers_no_name_that_only_ends_alike(
            list in any::<String>(), near in "[0-9a-f:./]{0,20}", host in "[a-z]{1,8}\\.[a-z]{1,8}", address in any::<u128>()
        ) {
            let address = std::net::Ipv6Addr::from_bits(address);
            for list in [&list, &near] {
                let _ = (covered(list, &host), covered(list, &address.to_string()), covered(list, "10.0.0.1"));
            }
            let (below, beside) = (format!("git.{host}"), format!("evil{host}"));
            prop_assert!(covered(&host, &host) && covered(&host, &below));
            prop_assert!(!covered(&host, &beside) && !covered(&below, &host));
            let (network, bracketed) = (format!("{address}/128"), format!("[{address}]"));
            prop_assert!(covered(&network, &bracketed));
        }
    }
}

//! Unsupported formats: their names, and a command that makes a plain list.

use crate::feeds::error::FeedError;

/// A format that is recognized by a text in one of its lines.
struct Foreign {
    /// The line contains one of these, in lower case.
    signs: &'static [&'static str],
    name: &'static str,
    help: &'static str,
}

const ALLOW_LIST: &str = "it contains allowed addresses, but a list of scanners contains denied ones";
const GREP: &str =
    "make a plain list, such as by `grep -oE '([0-9]{1,3}\\.){3}[0-9]{1,3}(/[0-9]+)?' FILE`, and look through it";

const FOREIGN: &[Foreign] = &[
    Foreign {
        signs: &[
            "ipallowlist",
            "ipwhitelist",
            "whitelist-source-range",
            "allowlist-source-range",
            "sourcerange:",
            "sourcerange =",
            "loadbalancersourceranges",
        ],
        name: "an allow list of Traefik or Kubernetes",
        help: ALLOW_LIST,
    },
    Foreign {
        signs: &["denylist-source-range", "ipdenylist"],
        name: "a deny list of an ingress controller",
        help: GREP,
    },
    Foreign {
        signs: &["secrule ", "secaction "],
        name: "a rule of ModSecurity",
        help: "write the addresses of `@ipMatch` one on each line",
    },
    Foreign {
        signs: &["remote_ip ", "client_ip ", "remote_ip\t"],
        name: "a Caddyfile",
        help: "write the addresses of the matcher that is answered 403 one on each line",
    },
    Foreign {
        signs: &["ip prefix-list", "ipv6 prefix-list", "ip community-list"],
        name: "a prefix list of a router",
        help: "it chooses routes, not clients; `bgpq4 -F '%n/%l\\n'` makes a plain list, `grep -oE '[0-9a-fA-F.:]+/[0-9]+'` takes the prefixes",
    },
    Foreign {
        signs: &["object-group network", "network-object ", "object network"],
        name: "an object group of a firewall",
        help: "write its networks one on each line, as prefixes",
    },
    Foreign {
        signs: &["firewall-cmd", "rule family="],
        name: "a rich rule of firewalld",
        help: "`firewall-cmd --ipset=NAME --get-entries` prints a plain list",
    },
    Foreign {
        signs: &["ignoreip"],
        name: "a configuration of fail2ban",
        help: "`ignoreip` contains allowed addresses; `fail2ban-client get JAIL banip` prints the banned addresses",
    },
    Foreign {
        signs: &["] ban ", "] unban ", "] found "],
        name: "a log of fail2ban",
        help: "`fail2ban-client get JAIL banip` prints the banned addresses",
    },
    Foreign {
        signs: &["tcp|in|", "udp|in|", "tcp|out|", "|s=", "|d="],
        name: "an advanced rule of csf",
        help: "write the address behind `s=` on a line of its own",
    },
    Foreign {
        signs: &["new-netfirewallrule", "netsh advfirewall", "remoteip="],
        name: "a rule of the Windows firewall",
        help: GREP,
    },
    Foreign { signs: &["ip route ", "route add ", "ip rule add "], name: "a route", help: GREP },
    Foreign {
        signs: &["set firewall ", "config firewall address", "set subnet "],
        name: "a configuration of a firewall",
        help: GREP,
    },
    Foreign {
        signs: &["ipset=/", "server=/", "address=/"],
        name: "a configuration of dnsmasq",
        help: "host names are no addresses",
    },
    Foreign {
        signs: &[" in a ", " in aaaa ", "\tin\ta\t", " in txt ", " in ptr "],
        name: "a zone of the DNS",
        help: GREP,
    },
    Foreign {
        signs: &["v=spf1"],
        name: "an SPF record",
        help: "write the texts after `ip4:` and `ip6:`, one on each line; `+` and `?` allow addresses",
    },
    Foreign {
        signs: &["check_client_access", "smtpd_client_restrictions"],
        name: "a configuration of Postfix",
        help: GREP,
    },
];

/// Recognizes an unsupported format by one of its lines.
pub(in crate::feeds) fn by_line(number: usize, line: &str) -> Option<FeedError> {
    let lower = line.to_ascii_lowercase();
    let found = FOREIGN.iter().find(|foreign| foreign.signs.iter().any(|sign| lower.contains(sign)))?;
    let message = format!("this is {}, which is not read", found.name);
    Some(FeedError::new(message, found.help).at_line(number).with_found(line))
}

/// Recognizes XML by the names of its elements.
pub(in crate::feeds) fn by_xml(text: &str) -> Option<FeedError> {
    const KINDS: &[(&str, &str, &str)] = &[
        ("<ipset", "an ipset of firewalld", "`firewall-cmd --ipset=NAME --get-entries` prints a plain list"),
        ("<zone", "a zone of firewalld", "write its sources one on each line, if its target is DROP"),
        ("OpenIOC", "an OpenIOC file", "write its addresses one on each line"),
        ("<IndicatorItem", "an OpenIOC file", "write its addresses one on each line"),
        ("stix:", "a STIX file", "write its addresses one on each line"),
        ("<nmaprun", "a report of nmap", "`nmap -oG` prints lines; write the addresses one on each line"),
        ("<rss", "an RSS feed", "write its addresses one on each line"),
        ("<feed", "an Atom feed", "write its addresses one on each line"),
    ];
    let (_, name, help) = KINDS.iter().find(|(sign, ..)| text.contains(sign))?;
    Some(FeedError::new(format!("this is {name}, which is not read"), *help))
}

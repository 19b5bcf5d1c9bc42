//! Lists from practice: configurations with exceptions, and files that look like another format.

use actix_scanner_guard::feeds::{self, FeedError, Format, ParseOptions, ParsedList, Selection};

/// The expected result for a list: its prefixes, or words of the refusal.
#[derive(Clone, Copy, Debug)]
enum Right {
    Read(&'static str, &'static [&'static str]),
    Refused(&'static str),
}

use Right::{Read, Refused};

fn own(text: &str) -> Result<ParsedList, FeedError> {
    feeds::parse(text.as_bytes(), &ParseOptions::own())
}

fn first_problem(read: &Result<ParsedList, FeedError>) -> Option<String> {
    match read {
        Ok(listed) => listed.problems().first().map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    }
}

fn check(cases: &[(&str, Right)]) {
    let mut wrong = Vec::new();
    for (text, right) in cases {
        let read = own(text);
        let problem = first_problem(&read);
        let is_right = match right {
            Read(format, prefixes) => {
                let nets = read.as_ref().map(|listed| listed.prefixes().iter().map(ToString::to_string).collect());
                feeds::detect(text.as_bytes()).is_ok_and(|found| found.name() == *format)
                    && problem.is_none()
                    && nets.is_ok_and(|nets: Vec<String>| nets == *prefixes)
            }
            Refused(words) => problem.as_ref().is_some_and(|problem| problem.contains(words)),
        };
        if !is_right {
            let found = feeds::detect(text.as_bytes()).map(Format::name);
            let prefixes = read.map(|listed| listed.prefixes().to_vec());
            wrong.push(format!("{text}\n  wanted {right:?}\n  found {found:?}, {prefixes:?}, {problem:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn nginx() {
    check(
        &[
            // The first match decides.
            ("allow 203.0.113.9;\ndeny 203.0.113.8/31;\nallow all;\n", Read("nginx", &["203.0.113.8/32"])),
            ("deny 203.0.113.8/31;\nallow 203.0.113.9;\nallow all;\n", Read("nginx", &["203.0.113.8/31"])),
            ("allow 2001:db8::/33;\ndeny 2001:db8::/32;", Read("nginx", &["2001:db8:8000::/33"])),
            ("deny 198.51.100.7; allow 203.0.113.0/24; deny all;", Refused("covers every address")),
            ("deny\n  198.51.100.7\n;", Read("nginx", &["198.51.100.7/32"])),
            ("deny 198.51.100.7\ndeny 198.51.100.8;", Refused("takes one address")),
            ("include bad.conf;\ndeny 198.51.100.7;", Refused("an included file is not read")),
            (
                "server {\n allow 203.0.113.9;\n deny 203.0.113.8;\n}\nserver {\n deny 203.0.113.9;\n}",
                Refused("another part"),
            ),
            ("location / {\n deny 203.0.113.8;\n satisfy any;\n}", Refused("satisfy any")),
            ("if ($remote_addr = 198.51.100.7) { return 403; }", Refused("a condition on the client's address")),
            ("server { listen 192.0.2.1:80; deny 198.51.100.7; }", Read("nginx", &["198.51.100.7/32"])),
            ("map $remote_addr $bad {\n default 0;\n 198.51.100.7 1;\n}", Refused("a map of the client's address")),
            ("map $http_host $x {\n a.example 1;\n}\ndeny 198.51.100.7;", Read("nginx", &["198.51.100.7/32"])),
            // The most specific network decides.
            (
                "geo $bad {\n default 0;\n 203.0.113.0/30 1;\n 203.0.113.2 0;\n}",
                Read("nginx", &["203.0.113.0/31", "203.0.113.3/32"]),
            ),
            (
                "geo $bad {\n 203.0.113.2 no;\n 203.0.113.0/30 yes;\n 203.0.113.2/32 1;\n}",
                Read("nginx", &["203.0.113.0/30", "203.0.113.2/32"]),
            ),
            (
                "geo $bad {\n ranges;\n default 0;\n 203.0.113.0-203.0.113.9 1;\n delete 203.0.113.4-203.0.113.9;\n}",
                Read("nginx", &["203.0.113.0/30"]),
            ),
            (
                "geo $bad {\n 203.0.113.0/30 1;\n 203.0.113.0/31 1;\n delete 203.0.113.0/30;\n}",
                Read("nginx", &["203.0.113.0/31"]),
            ),
            ("geo $bad {\n 203.0.113.0/30 1;\n delete 203.0.113.2/31;\n}", Read("nginx", &["203.0.113.0/31"])),
            ("geo $bad {\n 203.0.113.0/30 office;\n}", Read("nginx", &[])),
            ("geo $bad {\n 203.0.113.0/30 2;\n}", Refused("does not say whether")),
            ("geo $bad {\n 203.0.113.0/30 DE;\n}", Refused("the value `DE`")),
            ("geo $bad {\n default 1;\n 203.0.113.0/30 0;\n}", Refused("covers every address")),
            ("geo $bad {\n default 0;\n include bad.geo;\n}", Refused("an included file")),
            ("geo $allowed {\n 203.0.113.0/30 1;\n}", Refused("allow")),
            ("geo $limit {\n proxy 192.0.2.1;\n 203.0.113.0/30 1;\n}", Read("nginx", &["203.0.113.0/30"])),
        ]
        .map(|case| match case {
            // No prefix remains.
            (text, Read(_, [])) => (text, Refused("names no range")),
            case => case,
        }),
    );
}

#[test]
fn apache() {
    check(&[
        (
            "Order Allow,Deny\nAllow from all\nAllow from 203.0.113.9\nDeny from 203.0.113.8/31\n",
            Read("apache", &["203.0.113.8/31"]),
        ),
        ("Order Deny,Allow\nDeny from 203.0.113.8/31\nAllow from 203.0.113.9\n", Read("apache", &["203.0.113.8/32"])),
        ("order deny,allow\ndeny from all\nallow from 203.0.113.9\n", Refused("covers every address")),
        ("Order allow,deny\nAllow from 203.0.113.9\n", Refused("denies all addresses")),
        (
            "<Limit GET POST>\norder allow,deny\ndeny from 198.51.100.\nallow from all\n</Limit>",
            Read("apache", &["198.51.100.0/24"]),
        ),
        ("Deny from 198.51.100.7\nSatisfy Any", Refused("Satisfy Any")),
        ("SetEnvIf Remote_Addr ^198\\.51\\.100\\. bad\nDeny from env=bad", Refused("a pattern for addresses")),
        ("SetEnvIf User-Agent x bad\nDeny from env=bad 198.51.100.7", Read("apache", &["198.51.100.7/32"])),
        ("Require ip 198.51.100.0/24", Refused("all others")),
        (
            "<RequireAll>\nRequire all granted\nRequire not ip 198.51.100 203.0.113.9\n</RequireAll>",
            Read("apache", &["198.51.100.0/24", "203.0.113.9/32"]),
        ),
        (
            "<RequireAny>\nRequire ip 203.0.113.9\n<RequireAll>\nRequire all granted\nRequire not ip 203.0.113.8/31\n</RequireAll>\n</RequireAny>",
            Read("apache", &["203.0.113.8/32"]),
        ),
        (
            "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 203.0.113.8/31\n</RequireNone>\n</RequireAll>",
            Read("apache", &["203.0.113.8/31"]),
        ),
        ("Require all granted\nRequire not ip 203.0.113.8", Refused("has no effect")),
        ("Require not ip 203.0.113.8", Read("apache", &["203.0.113.8/32"])),
        (
            "<RequireAll>\nRequire all granted\nRequire not host scanner.example\n</RequireAll>",
            Refused("a requirement of another kind"),
        ),
        (
            "<If \"%{REMOTE_ADDR} == '198.51.100.7'\">\nRequire all denied\n</If>",
            Refused("a condition on the client's address"),
        ),
        ("Deny from 198.51.100.7\nIncludeOptional conf.d/*.conf", Refused("an included file")),
        (
            "RewriteEngine On\nRewriteCond expr \"-R '203.0.113.9'\"\nRewriteRule ^ - [L]\n",
            Refused("does not answer 403"),
        ),
        (
            "RewriteEngine On\nRewriteCond expr \"-R '203.0.113.9'\"\nRewriteCond %{REQUEST_URI} ^/x\nRewriteRule ^ - [F]\n",
            Read("apache", &["203.0.113.9/32"]),
        ),
        ("RewriteCond expr \"-R '203.0.113.9'\"\n", Refused("without its `RewriteRule`")),
        ("RewriteCond %{REMOTE_ADDR} !^203\\.\nRewriteRule ^ - [F]", Refused("a pattern is no range")),
        ("SecRule REMOTE_ADDR \"@ipMatch 198.51.100.7\" \"id:1,deny\"", Refused("ModSecurity")),
        (
            "Deny from 198.51.100.7\nSecRule REMOTE_ADDR \"@ipMatch 198.51.100.9\" \"id:1,deny\"",
            Refused("condition on the client"),
        ),
    ]);
}

#[test]
fn iptables() {
    check(&[
        (
            "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 203.0.113.9/32 -j ACCEPT\n-A INPUT -s 203.0.113.8/31 -j DROP\nCOMMIT\n",
            Read("iptables", &["203.0.113.8/32"]),
        ),
        (
            "-A INPUT -s 203.0.113.8/31 -j DROP\n-A INPUT -s 203.0.113.9/32 -j ACCEPT\n",
            Read("iptables", &["203.0.113.8/31"]),
        ),
        (
            "iptables -A INPUT -s 203.0.113.8/31 -j DROP\niptables -I INPUT -s 203.0.113.9 -j ACCEPT\n",
            Read("iptables", &["203.0.113.8/32"]),
        ),
        (
            "-A INPUT -s 203.0.113.8/31 -j LOG --log-prefix \"x: \"\n-A INPUT -s 203.0.113.8 -j REJECT --reject-with icmp-port-unreachable\n",
            Read("iptables", &["203.0.113.8/32"]),
        ),
        (
            "-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd\n-A f2b-sshd -s 203.0.113.8/32 -j REJECT\n-A f2b-sshd -j RETURN\n",
            Read("iptables", &["203.0.113.8/32"]),
        ),
        (
            "-A INPUT -j BAD\n-A BAD -s 203.0.113.9 -j RETURN\n-A BAD -s 203.0.113.8/31 -j DROP\n",
            Read("iptables", &["203.0.113.8/32"]),
        ),
        ("-A INPUT -s 203.0.113.8/31 -j BAD\n-A BAD -j LOG\n-A BAD -j DROP\n", Read("iptables", &["203.0.113.8/31"])),
        ("-A INPUT ! -s 203.0.113.8 -j DROP", Refused("an exception is not a range")),
        (
            "-A INPUT ! -s 203.0.113.8/31 -j ACCEPT\n-A INPUT -s 203.0.113.0/24 -j DROP",
            Read("iptables", &["203.0.113.8/31"]),
        ),
        (":INPUT DROP [0:0]\n-A INPUT -s 203.0.113.8 -j ACCEPT", Refused("denies all addresses")),
        ("-A INPUT -s 203.0.113.8 -j ACCEPT\n-A INPUT -j DROP", Refused("covers every address")),
        (
            "-A INPUT -s 203.0.113.9 -p tcp --dport 22 -j ACCEPT\n-A INPUT -s 203.0.113.8/31 -j DROP",
            Refused("lets some requests"),
        ),
        (
            "-A INPUT -m state --state ESTABLISHED -j ACCEPT\n-A INPUT -s 203.0.113.8 -j DROP",
            Read("iptables", &["203.0.113.8/32"]),
        ),
        ("-A INPUT -m set --match-set bad src -j DROP", Refused("a set that is not in this file")),
        ("-A INPUT -m iprange --src-range 203.0.113.8-203.0.113.9 -j DROP", Read("iptables", &["203.0.113.8/31"])),
        (
            "-A INPUT -s 203.0.113.8 -m comment --comment \"a -s 203.0.113.9 b\" -j DROP",
            Read("iptables", &["203.0.113.8/32"]),
        ),
        ("-A INPUT -s 203.0.113.8 -j DROP\n-D INPUT -s 203.0.113.8 -j DROP", Refused("this command is not read")),
        ("-A OUTPUT -s 203.0.113.9 -j DROP\n-A INPUT -s 203.0.113.8 -j DROP", Read("iptables", &["203.0.113.8/32"])),
        ("-A FORWARD -d 203.0.113.9 -j DROP\n-A INPUT -s 203.0.113.8 -j DROP", Read("iptables", &["203.0.113.8/32"])),
    ]);
}

#[test]
fn nftables() {
    check(&[
        (
            "table inet filter {\n chain input {\n  ip saddr != { 203.0.113.0/24 } drop\n }\n}",
            Refused("an exception is not a range"),
        ),
        (
            "table inet filter {\n chain input {\n  ip saddr 203.0.113.9 accept\n  ip saddr { 203.0.113.8/31 } drop\n }\n}",
            Read("nftables", &["203.0.113.8/32"]),
        ),
        (
            "define office = 203.0.113.9\ntable inet f {\n chain input {\n ip saddr $office accept\n ip saddr 203.0.113.8/31 counter drop\n }\n}",
            Read("nftables", &["203.0.113.8/32"]),
        ),
        (
            "define censys = { 203.0.113.9 }\ntable inet f {\n chain i {\n ip saddr 203.0.113.8 drop\n }\n}",
            Refused("no rule of this file uses"),
        ),
        ("define office = { 203.0.113.9 }\n", Refused("allow")),
        (
            "define a = { 203.0.113.8 }\ndefine b = { $a, 198.51.100.7 }\ntable inet f {\n chain input {\n ip saddr $b drop\n }\n}",
            Read("nftables", &["198.51.100.7/32", "203.0.113.8/32"]),
        ),
        (
            "table inet f {\n set office { type ipv4_addr; elements = { 203.0.113.9 } }\n set bad { type ipv4_addr; flags interval; elements = { 203.0.113.8-203.0.113.9 } }\n chain input {\n type filter hook input priority 0; policy accept;\n ip saddr @office accept\n ip saddr @bad drop\n }\n}",
            Read("nftables", &["203.0.113.8/32"]),
        ),
        (
            "table inet f {\n chain input {\n type filter hook input priority 0; policy drop;\n ip saddr 203.0.113.9 accept\n }\n}",
            Refused("denies all addresses"),
        ),
        (
            "table inet f {\n chain input {\n  ip saddr vmap { 203.0.113.9 : accept, 203.0.113.8/31 : drop }\n }\n}",
            Read("nftables", &["203.0.113.8/32"]),
        ),
        (
            "table inet f {\n chain input {\n  ip saddr 203.0.113.8 tcp dport 22 accept\n ip saddr 203.0.113.8 drop\n }\n}",
            Refused("lets some requests"),
        ),
        ("table inet f {\n chain input {\n  ip saddr @gone drop\n }\n}", Refused("a set that is not in this file")),
        ("include \"bad.nft\"\n table inet f { chain i { ip saddr 203.0.113.8 drop\n } }", Refused("an included file")),
        (
            "table inet f {\n chain input {\n ip saddr 203.0.113.8/31 jump bad\n }\n chain bad {\n ip saddr 203.0.113.9 return\n drop\n }\n}",
            Read("nftables", &["203.0.113.8/32"]),
        ),
        (
            "add rule inet f input ip saddr 203.0.113.8/31 drop\ninsert rule inet f input ip saddr 203.0.113.9 accept",
            Read("nftables", &["203.0.113.8/32"]),
        ),
        (
            "table inet f {\n chain input {\n ip saddr 203.0.113.8 ip saddr != 203.0.113.9 drop\n }\n}",
            Refused("this use of the source"),
        ),
        (
            "table inet f {\n chain out {\n type filter hook output priority 0;\n ip saddr 203.0.113.9 drop\n }\n chain in {\n ip saddr 203.0.113.8 drop\n }\n}",
            Read("nftables", &["203.0.113.8/32"]),
        ),
    ]);
}

#[test]
fn sets_by_name() {
    let two = "create bad hash:net\ncreate office hash:net\nadd bad 203.0.113.8\nadd office 203.0.113.9\n";
    check(&[
        (two, Refused("more than one set: `bad`, `office`")),
        ("add bad4 203.0.113.8\nadd bad6 2001:db8::8\n", Read("ipset", &["203.0.113.8/32", "2001:db8::8/128"])),
        ("add office 203.0.113.9\n", Refused("allow")),
        ("add bad 203.0.113.8/31\nadd bad 203.0.113.9 nomatch\n", Read("ipset", &["203.0.113.8/32"])),
        ("add bad 203.0.113.8\ndel bad 203.0.113.8\n", Refused("a command that deletes")),
        (
            "create bad hash:net\ncreate ports bitmap:port\nadd ports 80\nadd bad 203.0.113.8\n",
            Read("ipset", &["203.0.113.8/32"]),
        ),
        (
            "/ip firewall address-list\nadd address=203.0.113.8/31 comment=\"a b\" list=bad\nadd list=bad address=198.51.100.7 disabled=yes\n",
            Read("routeros", &["203.0.113.8/31"]),
        ),
        ("add address=203.0.113.8 list=bad\nadd address=203.0.113.9 list=office", Refused("more than one list")),
        (
            "/ip firewall filter\nadd chain=input src-address=203.0.113.9 action=accept\nadd chain=input src-address=203.0.113.8/31 action=drop",
            Read("routeros", &["203.0.113.8/32"]),
        ),
        ("/ip firewall filter add chain=input src-address=!203.0.113.9 action=drop", Refused("an exception")),
        ("set policy-options prefix-list bad 203.0.113.8/31", Read("junos-prefix-list", &["203.0.113.8/31"])),
        (
            "policy-options {\n prefix-list bad {\n  203.0.113.8/31;\n }\n}",
            Read("junos-prefix-list", &["203.0.113.8/31"]),
        ),
        (
            "blocked:\n- 203.0.113.8\n- 198.51.100.0/24 # note\n",
            Read("yaml-list", &["198.51.100.0/24", "203.0.113.8/32"]),
        ),
        ("allowed:\n- 203.0.113.8\n", Refused("allow")),
    ]);
    let bad = ParseOptions::own().selection(Selection::new().key("bad"));
    let listed = feeds::parse(two.as_bytes(), &bad.clone().format(Format::Ipset)).unwrap();
    assert_eq!(listed.prefixes(), ["203.0.113.8/32".parse().unwrap()]);
    let gone = feeds::parse(
        two.as_bytes(),
        &ParseOptions::own().format(Format::Ipset).selection(Selection::new().key("ofice")),
    );
    assert_eq!(gone.unwrap_err().help(), "write `office`");
}

#[test]
fn proxies_and_caches() {
    check(&[
        (
            "acl office src 203.0.113.9\nacl bad src 203.0.113.8/31\nhttp-request allow if office\nhttp-request deny if bad\n",
            Read("acl", &["203.0.113.8/32"]),
        ),
        (
            "frontend f\n acl bad src 203.0.113.8/31\n acl office src 203.0.113.9\n http-request deny if bad !office\n",
            Read("haproxy", &["203.0.113.8/32"]),
        ),
        (
            "http-request deny if { src 203.0.113.8 } or { src 198.51.100.7 }",
            Read("haproxy", &["198.51.100.7/32", "203.0.113.8/32"]),
        ),
        ("http-request deny unless { src 203.0.113.8 }", Refused("covers every address")),
        (
            "http-request deny deny_status 429 if { src 203.0.113.8 } { path_beg /x }",
            Read("haproxy", &["203.0.113.8/32"]),
        ),
        ("http-request deny if { src -f bad.lst }", Refused("is not read")),
        ("acl office src 203.0.113.9\n", Refused("a list that no rule of this file denies")),
        (
            "acl bad src 203.0.113.8/31\nacl office src 203.0.113.9\nhttp_access allow office\nhttp_access deny bad\nhttp_access allow all\n",
            Read("acl", &["203.0.113.8/32"]),
        ),
        (
            "http_access allow office\nacl office src 203.0.113.9\nhttp_access deny all\n",
            Refused("covers every address"),
        ),
        ("acl bad src \"/etc/squid/bad\"\nhttp_access deny bad\nhttp_access allow all", Refused("a file of addresses")),
        (
            "acl bad {\n \"203.0.113.8\"/31;\n ! \"203.0.113.9\";\n}\nsub vcl_recv { if (client.ip ~ bad) { return (synth(403)); } }",
            Read("varnish", &["203.0.113.8/32"]),
        ),
        (
            "vcl 4.1;\nacl purge { \"203.0.113.9\"; }\nsub vcl_recv { if (req.method == \"PURGE\" && client.ip ~ purge) { return (purge); } }",
            Refused("names no range"),
        ),
        (
            "vcl 4.1;\nacl office { \"203.0.113.9\"; }\nsub vcl_recv { if (!(client.ip ~ office)) { return (synth(403)); } }",
            Refused("covers every address"),
        ),
        ("acl purgers { \"203.0.113.9\"; }", Refused("a list that nothing in this file denies")),
        (
            "table <bad> persist { 203.0.113.8/31, !203.0.113.9 }\nblock in quick from <bad> to any\n",
            Read("pf", &["203.0.113.8/32"]),
        ),
        ("block in from 203.0.113.8/31\npass in from 203.0.113.9\n", Read("pf", &["203.0.113.8/32"])),
        ("block in quick from 203.0.113.8/31\npass in from 203.0.113.9\n", Read("pf", &["203.0.113.8/31"])),
        (
            "pass in quick from { 203.0.113.9, 198.51.100.7 }\nblock in quick from 203.0.113.8/31\n",
            Read("pf", &["203.0.113.8/32"]),
        ),
        ("block in from ! 203.0.113.8", Refused("an exception")),
        ("table <bad> persist file \"/etc/bad\"\nblock in from <bad>", Refused("a table in a file")),
        ("block in all\npass in from 203.0.113.9", Refused("covers every address")),
    ]);
}

#[test]
fn firewalls_and_hosts() {
    check(&[
        ("ufw allow from 203.0.113.9\nufw deny from 203.0.113.8/31 to any\n", Read("ufw", &["203.0.113.8/32"])),
        ("ufw deny from 203.0.113.8/31\nufw insert 1 allow from 203.0.113.9\n", Read("ufw", &["203.0.113.8/32"])),
        (
            "Status: active\n\nTo                         Action      From\n--                         ------      ----\n[ 1] Anywhere              DENY IN     203.0.113.8/31\n[ 2] 22/tcp                ALLOW IN    Anywhere\n",
            Read("ufw", &["203.0.113.8/31"]),
        ),
        (
            "Status: active\nTo Action From\n-- -- --\n22/tcp ALLOW 203.0.113.9\nAnywhere DENY 203.0.113.8/31\n",
            Refused("lets some requests"),
        ),
        (
            "<configuration>\n<ipSecurity allowUnlisted=\"true\">\n<add ipAddress=\"203.0.113.0\" subnetMask=\"255.255.255.254\" allowed=\"false\" />\n<add ipAddress=\"198.51.100.7\"/>\n</ipSecurity></configuration>",
            Read("iis-ipsecurity", &["198.51.100.7/32", "203.0.113.0/31"]),
        ),
        (
            "<?xml version=\"1.0\"?>\n<ipSecurity allowUnlisted=\"false\">\n<add ipAddress=\"203.0.113.9\" allowed=\"true\" />\n</ipSecurity>",
            Refused("covers every address"),
        ),
        (
            "<ipSecurity>\n<add ipAddress=\"203.0.113.0\" subnetMask=\"255.255.255.0\" />\n<add ipAddress=\"203.0.113.9\" allowed=\"true\" />\n</ipSecurity>",
            Refused("an exception"),
        ),
        (
            "access-list 10 permit host 203.0.113.9\naccess-list 10 deny 203.0.113.8 0.0.0.1\naccess-list 10 permit any\n",
            Read("cisco-acl", &["203.0.113.8/32"]),
        ),
        (
            "ip access-list extended BAD\n 10 deny ip 203.0.113.8 0.0.0.1 any log\n 20 permit ip any any\n",
            Read("cisco-acl", &["203.0.113.8/31"]),
        ),
        (
            "access-list BAD extended deny ip 203.0.113.8 255.255.255.254 any\naccess-list BAD extended permit ip any any",
            Read("cisco-acl", &["203.0.113.8/31"]),
        ),
        ("access-list 10 permit 203.0.113.8 0.0.0.1\n", Refused("all others")),
        ("access-list 10 deny 203.0.113.0 0.0.255.0\naccess-list 10 permit any", Refused("this mask")),
        ("ip prefix-list BAD seq 5 deny 203.0.113.0/24 le 32", Refused("a prefix list of a router")),
        ("ALL: 203.0.113.8/255.255.255.254 EXCEPT 203.0.113.9\n", Read("hosts-deny", &["203.0.113.8/32"])),
        (
            "sshd: 203.0.113., [2001:db8::]/32 : spawn /bin/x\n",
            Read("hosts-deny", &["203.0.113.0/24", "2001:db8::/32"]),
        ),
        (
            "ALL: 203.0.113.8/255.255.255.252 EXCEPT 203.0.113.8/255.255.255.254 EXCEPT 203.0.113.9\n",
            Read("hosts-deny", &["203.0.113.9/32", "203.0.113.10/31"]),
        ),
        ("ALL: ALL\n", Refused("covers every address")),
        ("ALL: 203.0.113.8 .scanner.example\n", Refused("no address")),
        ("ALL: 203.0.113.9: allow\nALL: 203.0.113.8/255.255.255.254\n", Read("hosts-deny", &["203.0.113.8/32"])),
        (
            "[{'sshd': ['203.0.113.8', '198.51.100.7']}, {'nginx-http-auth': []}]",
            Read("fail2ban", &["198.51.100.7/32", "203.0.113.8/32"]),
        ),
        (
            "Status for the jail: sshd\n|- Filter\n|  |- Currently failed:\t0\n`- Actions\n   |- Total banned:\t2\n   `- Banned IP list:\t203.0.113.8 198.51.100.7\n",
            Read("fail2ban", &["198.51.100.7/32", "203.0.113.8/32"]),
        ),
        (
            "fail2ban-client set sshd banip 203.0.113.8\nfail2ban-client set sshd unbanip 203.0.113.9\n",
            Refused("an exception"),
        ),
        ("2025-12-18 03:00:04,1 fail2ban.actions [9]: NOTICE [sshd] Ban 203.0.113.8\n", Refused("a log of fail2ban")),
        ("[DEFAULT]\nignoreip = 127.0.0.1/8 203.0.113.9\n", Refused("a configuration of fail2ban")),
        (
            "203.0.113.8 # lfd: (sshd) Failed SSH login\ntcp|in|d=22|s=198.51.100.7\n",
            Refused("tcp|in|d=22|s=198.51.100.7"),
        ),
        (
            "http:\n  middlewares:\n    x:\n      ipAllowList:\n        sourceRange:\n          - 203.0.113.9\n",
            Refused("an allow list of Traefik"),
        ),
        ("@bad remote_ip 203.0.113.8\nrespond @bad 403\n", Refused("a Caddyfile")),
        (
            "firewall-cmd --add-rich-rule='rule family=ipv4 source address=203.0.113.8 drop'",
            Refused("a rich rule of firewalld"),
        ),
        (
            "<?xml version=\"1.0\"?>\n<ipset type=\"hash:net\">\n<entry>203.0.113.8</entry>\n</ipset>",
            Refused("an ipset of firewalld"),
        ),
    ]);
}

#[test]
fn plain_lists_and_what_stands_behind_their_entries() {
    check(&[
        // A count is not part of an entry.
        ("198.51.100.7\t11\n203.0.113.9\t9\n192.0.2.33\t1\n", Read("text", &["192.0.2.33/32", "198.51.100.7/32", "203.0.113.9/32"])),
        ("198.51.100.0 24\n203.0.113.0 25\n", Refused("the length of a prefix")),
        ("198.51.100.0/24 Scanner of a partner\n203.0.113.9 crawler, seen 2025-12\n192.0.2.10-192.0.2.11 range\n192.0.2.12 - 192.0.2.13 range\n2001:db8:7::/48 note", Read("text", &["192.0.2.10/31", "192.0.2.12/31", "198.51.100.0/24", "203.0.113.9/32", "2001:db8:7::/48"])),
        ("203.0.113.8 203.0.113.9", Refused("a second column, `203.0.113.9`")),
        ("203.0.113.8 was 203.0.113.9", Refused("a second column, `was`")),
        ("203.0.113.0/24 EXCEPT 203.0.113.9", Refused("allow")),
        ("203.0.113.0/24 REJECT\n203.0.113.9 OK", Refused("`OK` allows this entry")),
        ("203.0.113.0/24 1\n203.0.113.9 0", Refused("allow")),
        ("203.0.113.8/31\n!203.0.113.9\n", Read("text", &["203.0.113.8/32"])),
        ("!203.0.113.8/31\n203.0.113.9\n", Read("text", &["203.0.113.9/32"])),
        ("198.51.100.0/24,203.0.113.0/25, 192.0.2.0/28,2001:db8:7::/48", Read("text", &["192.0.2.0/28", "198.51.100.0/24", "203.0.113.0/25", "2001:db8:7::/48"])),
        ("198.51.100.0,198.51.100.255\n203.0.113.0,203.0.113.9", Refused("ends of ranges")),
        ("198.51.100.0 255.255.255.0\n203.0.113.8 0.0.0.1\n192.0.2.0 /28\n", Read("text", &["192.0.2.0/28", "198.51.100.0/24", "203.0.113.8/31"])),
        ("198.51.100.*\n203.0.*.*\n192.0.2.1-3\n", Read("text", &["192.0.2.1/32", "192.0.2.2/31", "198.51.100.0/24", "203.0.0.0/16"])),
        ("198.51.*.7", Refused("not an IP address")),
        ("  198.51.100.0/24\n\u{a0}203.0.113.8\u{a0}\n\u{200b}203.0.113.9\u{2061}\n", Read("text", &["198.51.100.0/24", "203.0.113.8/32", "203.0.113.9/32"])),
        ("198.51.\u{200b}100.7", Refused("U+200B")),
        ("198.51.\u{fe0f}100.7", Refused("U+FE0F")),
        ("198.051.100.007", Refused("write `198.51.100.7` if that is meant")),
        ("0xC6336407", Refused("write `198.51.100.7` if that is meant")),
        ("3325256711", Refused("write `198.51.100.7` if that is meant")),
        ("198.51.100.7:8080", Refused("an address with a port; found")),
        ("[2001:db8::7]:443", Refused("an address with a port")),
        ("http://198.51.100.7/x", Refused("a URL is no address")),
        ("AS64496", Refused("whois -h whois.radb.net")),
        ("scanner.example", Refused("a host name is no address")),
        ("198.51.100.", Refused("write `198.51.100.0/24`")),
        ("198.51.100.0/255.0.255.0", Refused("not the mask of a network")),
        ("198.51.100.7 0.0.0.0", Refused("not the mask of a network")),
        ("a\u{0}b", Refused("binary")),
    ].map(|(text, right)| match right {
        // Two consecutive problems with one prefix are one text.
        Refused("an address with a port; found") => (text, Refused("an address with a port")),
        right => (text, right),
    }));
}

#[test]
fn tables() {
    check(&[
        (
            "# provided as is\nip;autonomous_system;confidence\n198.51.100.7;Example Hosting, Inc.;1.0\n203.0.113.9;Another AS;0.52\n",
            Read("csv", &["198.51.100.7/32", "203.0.113.9/32"]),
        ),
        (
            "country,IP Address,score\nDE,198.51.100.7,100\nNL,\"203.0.113.9\",90\n",
            Read("csv", &["198.51.100.7/32", "203.0.113.9/32"]),
        ),
        (
            "id,source,ip,reason,action,country\n1,crowdsec,Ip:198.51.100.7,x,ban,DE\n2,cscli,Range:203.0.113.0/24,x,captcha,\n",
            Read("csv", &["198.51.100.7/32", "203.0.113.0/24"]),
        ),
        ("ip|action\n198.51.100.7|deny\n203.0.113.9|allow\n", Refused("an exception")),
        ("# Firstseen,DstIP,DstPort\n2025-12-18 10:00:00,198.51.100.7,443\n", Read("csv", &["198.51.100.7/32"])),
        ("date,x\n2025-12-18,198.51.100.7\n", Read("csv", &["198.51.100.7/32"])),
        ("src_ip,dst_ip\n198.51.100.7,203.0.113.9\n", Refused("several columns of addresses: `src_ip`, `dst_ip`")),
        ("start_ip,end_ip,name\n198.51.100.0,198.51.100.3,x\n", Read("csv", &["198.51.100.0/30"])),
        (
            "network,mask\n198.51.100.0,255.255.255.0\n203.0.113.0,25\n",
            Read("csv", &["198.51.100.0/24", "203.0.113.0/25"]),
        ),
        (
            "ipv4,ipv6\n198.51.100.7,2001:db8::7\n203.0.113.9,\n",
            Read("csv", &["198.51.100.7/32", "203.0.113.9/32", "2001:db8::7/128"]),
        ),
        ("ip\n198.51.100.7\n203.0.113.9\n", Read("csv", &["198.51.100.7/32", "203.0.113.9/32"])),
        ("ip,name\n198.51.100.7,x\n,y\n", Refused("no address in its column")),
        ("ip,name\n198.51.100.7,x\nscanner.example,y\n", Refused("line 3: a host name is no address")),
        (
            "Start\tEnd\tNetblock\tAttacks\tName\n198.51.100.0\t198.51.100.255\t24\t3012\tX\n",
            Read("csv", &["198.51.100.0/24"]),
        ),
        (
            "Start\tEnd\tNetblock\tAttacks\tName\n198.51.100.0\t198.51.100.255\t25\t3012\tX\n",
            Refused("is not the range of this row"),
        ),
        ("# c\n198.51.100.0\t198.51.100.255\t24\t3012\tX\n", Read("dshield-block", &["198.51.100.0/24"])),
        (
            "Some organisation:198.51.100.0-198.51.100.3\nA: b:203.0.113.8-203.0.113.9\n",
            Read("p2p", &["198.51.100.0/30", "203.0.113.8/31"]),
        ),
        (
            "198.051.100.000 - 198.051.100.003 , 000 , Some\n203.0.113.8 - 203.0.113.9 , 100 , Other\n",
            Read("ipfilter-dat", &["198.51.100.0/30", "203.0.113.8/31"]),
        ),
        ("198.051.100.000 - 198.051.100.003 , 127 , Some\n", Refused("an exception")),
        (
            "2|ripencc|1766012399|2|19830705|20251217|+0100\nripencc|*|ipv4|*|2|summary\nripencc|DE|ipv4|198.51.100.0|48|20020101|allocated\nripencc|DE|ipv6|2001:db8::|32|20020101|allocated\nripencc|DE|asn|64496|1|20020101|allocated\nripencc||ipv4|203.0.113.0|256||available\n",
            Read("rir-delegated", &["198.51.100.0/27", "198.51.100.32/28", "2001:db8::/32"]),
        ),
        (
            "route:          198.51.100.0/24\ndescr:          Example\nholes:          198.51.100.128/25\norigin:         AS64496\n\nroute6:         2001:db8:face::/48\n",
            Read("irr-routes", &["198.51.100.0/25", "2001:db8:face::/48"]),
        ),
        ("inetnum: 198.51.100.0 - 198.51.100.255\n", Refused("a registered network")),
        ("- ip: 198.51.100.7\n", Refused("no")),
    ]);
}

#[test]
fn json() {
    check(&[
        (
            "{\"syncToken\": \"1\", \"creationTime\": \"x\", \"prefixes\": [{\"ipv4Prefix\": \"198.51.100.0/24\", \"service\": \"S\"}, {\"ipv6Prefix\": \"2001:db8::/32\"}]}",
            Read("google-prefixes-json", &["198.51.100.0/24", "2001:db8::/32"]),
        ),
        (
            "{\"syncToken\": \"1\", \"createDate\": \"x\", \"prefixes\": [{\"ip_prefix\": \"203.0.113.8/32\", \"region\": \"na\"}], \"ipv6_prefixes\": [{\"ipv6_prefix\": \"2001:db8::8/128\"}]}",
            Read("ip-prefixes-json", &["203.0.113.8/32", "2001:db8::8/128"]),
        ),
        (
            "{\"prefixes\": [{\"ip_prefix\": [\"203.0.113.8\", \"\", null, \"198.51.100.0/24\"]}]}",
            Read("ip-prefixes-json", &["198.51.100.0/24", "203.0.113.8/32"]),
        ),
        (
            "{\"prefixes\": [{\"ipv4Prefix\": null, \"ipv6Prefix\": \"2001:db8::/32\"}, {\"ipv4Prefix\": \"\"}]}",
            Read("google-prefixes-json", &["2001:db8::/32"]),
        ),
        ("[\"198.51.100.7\", \"\", null]", Read("json-array", &["198.51.100.7/32"])),
        (
            "{\"cidr\": null}\n{\"cidr\": \"198.51.100.7\"}\n{\"ranges\": null}\n",
            Read("spamhaus-drop-jsonl", &["198.51.100.7/32"]),
        ),
        (
            "{\"data\": {\"hosts\": [{\"addr\": \"198.51.100.7\"}, {\"addr\": \"203.0.113.9\"}]}}",
            Refused("select = '$.data.hosts[*].addr'"),
        ),
        ("[{\"addr\": \"198.51.100.7\"}]", Refused("select = '$[*].addr'")),
        (
            "{\"type\": \"bundle\", \"spec_version\": \"2.0\", \"objects\": [{\"pattern\": \"[ipv4-addr:value = '198.51.100.7']\"}]}",
            Refused("a STIX bundle"),
        ),
        (
            "{\"Event\": {\"Attribute\": [{\"type\": \"ip-src\", \"value\": \"198.51.100.7\"}]}}",
            Refused("an event of MISP"),
        ),
        ("{\"ips\": [\"198.51.100.7\"]}", Refused("select = '$.ips[*]'")),
    ]);
}

/// More problems than are shown are still counted.
#[test]
fn problems_are_counted_beyond_those_shown() {
    let text = "no\n".repeat(1000);
    let listed = own(&text).unwrap();
    assert_eq!((listed.problems().len(), listed.problem_count()), (20, 1000));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("list"), text).unwrap();
    let policy = "[scanners]\nuse = []\n[[scanners.list]]\nid = \"own\"\ncategory = \"ai-crawler\"\nfile = \"list\"\n";
    std::fs::write(folder.path().join("guard.toml"), policy).unwrap();
    let error = actix_scanner_guard::GuardConfig::load_with(folder.path().join("guard.toml"), []).unwrap_err();
    assert!(error.has_more() && error.to_string().starts_with("20 and more problems"), "{error}");
}

/// A fetched configuration with an exception that cannot be subtracted is refused as a whole.
#[test]
fn fetched_lists_lose_no_exception() {
    let mut text: String = (0..200).map(|n| format!("-A INPUT -s 198.51.100.{n} -j DROP\n")).collect();
    text += "-A INPUT ! -s 203.0.113.9 -j DROP\n";
    let error = feeds::parse(text.as_bytes(), &ParseOptions::fetched()).unwrap_err();
    assert_eq!((error.message(), error.line()), ("an exception is not a range", Some(201)));
}

/// Further examples of these kinds, from manuals of vendors.
#[test]
fn siblings() {
    check(&[
        // The forms of `text` in pages and in the output of tools.
        (
            "198.51.100.1..198.51.100.2\n203.0.113.8 to 203.0.113.9\n",
            Read("text", &["198.51.100.1/32", "198.51.100.2/32", "203.0.113.8/31"]),
        ),
        ("\u{feff}198.51.100.7\r\n203.0.113.9\r\n", Read("text", &["198.51.100.7/32", "203.0.113.9/32"])),
        ("// note\n198.51.100.7 // note\n", Read("text", &["198.51.100.7/32"])),
        ("203.0.113.0/24 permit", Refused("allow")),
        ("-198.51.100.7", Refused("not an IP address")),
        ("198.51.100.0-255.255.255.0", Read("text", &["198.51.100.0/24"])),
        ("198.51.100.300", Refused("not an IP address")),
        ("<198.51.100.7>", Refused("not a list")),
        ("198.51.100.7|203.0.113.9", Refused("ends of ranges")),
        // Tables.
        (
            "ip,countryCode,abuseConfidenceScore,lastReportedAt\n198.51.100.7,DE,100,2025-12-18\n",
            Read("csv", &["198.51.100.7/32"]),
        ),
        (
            "\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\"\n\"2025-12-18\",\"198.51.100.7\",\"443\",\"online\"\n",
            Read("csv", &["198.51.100.7/32"]),
        ),
        ("network,geoname_id\n198.51.100.0/24,1\n", Read("csv", &["198.51.100.0/24"])),
        ("ip\tscore\n198.51.100.7\t3\n", Read("csv", &["198.51.100.7/32"])),
        ("ip,whitelisted\n198.51.100.7,false\n203.0.113.9,true\n", Refused("an exception")),
        ("type,value\nip,198.51.100.7\ndomain,scanner.example\n", Refused("a host name")),
        ("\"16777216\",\"16777471\",\"AU\"\n", Refused("")),
        // Other servers.
        (
            "blocklist:\n  ip:\n    - 198.51.100.7\n    - 203.0.113.0/24\n",
            Read("yaml-list", &["198.51.100.7/32", "203.0.113.0/24"]),
        ),
        ("nginx.ingress.kubernetes.io/denylist-source-range: \"203.0.113.8\"", Refused("ingress")),
        ("New-NetFirewallRule -RemoteAddress 203.0.113.8 -Action Block", Refused("Windows firewall")),
        (
            "netsh advfirewall firewall add rule name=x dir=in action=block remoteip=203.0.113.8",
            Refused("Windows firewall"),
        ),
        ("object-group network BAD\n network-object host 203.0.113.8\n", Refused("an object group")),
        (
            "config firewall address\n edit x\n set subnet 203.0.113.0 255.255.255.0\n",
            Refused("a configuration of a firewall"),
        ),
        ("include_shell ip4:203.0.113.8 v=spf1 -all", Refused("")),
        ("v=spf1 ip4:203.0.113.0/24 -all", Refused("an SPF record")),
        ("iptables -A INPUT -s 203.0.113.8 -j TARPIT", Read("iptables", &["203.0.113.8/32"])),
        ("nft add element inet f bad { 203.0.113.8 }", Read("nftables", &["203.0.113.8/32"])),
        (
            "-N BLOCK\n-A INPUT -s 203.0.113.8/32 -i eth0 -j BLOCK\n-A BLOCK -m limit --limit 5/min -j LOG\n-A BLOCK -j DROP\n",
            Read("iptables", &["203.0.113.8/32"]),
        ),
    ]);
}

//! Formats of servers, load balancers and content networks, by examples from their documentation; and the choice
//! between two fields with one meaning.

use actix_scanner_guard::access_log::{Buffer, Entry, LogFormat};

/// Client, host, method, path, status, time, agent, forwarded lines.
fn summary(entry: &Entry<'_>) -> String {
    let text = |text: Option<actix_scanner_guard::access_log::Text<'_>>| {
        text.map_or_else(|| "-".to_owned(), |text| text.to_str_lossy().into_owned())
    };
    let forwarded: Vec<_> = entry.forwarded.from_last().map(|line| line.to_str_lossy().into_owned()).collect();
    [
        entry.client.map_or_else(|| text(entry.unread_client.or(entry.client_list)), |client| client.to_string()),
        text(entry.host),
        entry.method.unwrap_or("-").to_owned(),
        text(entry.path()),
        entry.status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
        entry.time.map_or_else(|| "-".to_owned(), |time| time.to_string()),
        text(entry.agent),
        forwarded.join("; "),
    ]
    .join(" | ")
}

/// Detected format, lines, and the entry of each line with a request.
const LOGS: &[(&str, &str, &[&str])] = &[
    (
        "combined",
        "[2025-12-18 11:40:48 +0000] [12] [INFO] 150.70.66.183:53211 - - [18/Dec/2025:11:40:48 +0000] \"GET /admin 1.1\" 200 5 \"-\" \"curl/8\"\n\
         [2025-12-18 11:40:49 +0000] [12] [INFO] [2001:db8::7]:53211 - - [18/Dec/2025:11:40:49 +0000] \"GET /a 2\" 200 5 \"-\" \"curl/8\"",
        &[
            "150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/8 | ",
            "2001:db8::7 | - | GET | /a | 200 | 2025-12-18T11:40:49Z | curl/8 | ",
        ],
    ),
    (
        "azure",
        r#"{"time":"2025-12-18T11:40:48Z","category":"FrontDoorAccessLog","properties":{"httpMethod":"GET","requestUri":"https://shop.example:443/admin?x=1","userAgent":"curl/8","clientIp":"150.70.66.183","socketIp":"10.0.0.2","httpStatusCode":"200","hostName":"shop.example","referer":"https://shop.example/"}}"#,
        &["150.70.66.183 | shop.example | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/8 | "],
    ),
    (
        "w3c",
        "#Software: Microsoft Internet Information Services 10.0\n\
         #Version: 1.0\n\
         #Date: 2025-12-18 11:40:48\n\
         #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n\
         2025-12-18 11:40:48 10.0.0.5 GET /admin a=b 443 - 150.70.66.183 Mozilla/5.0+(Windows+NT+10.0) - 200 0 0 15\n\
         2025-12-18 11:40:49 10.0.0.5 GET /caf\u{e9} - 443 DOMAIN\\alice 2001:db8::7%0 - https://shop.example/ 304 0 0 2\n\
         #Software: Microsoft Internet Information Services 10.0\n\
         #Fields: time c-ip date cs-method cs-uri-stem cs-host sc-status X-Forwarded-For\n\
         11:40:50 10.0.0.9 2025-12-18 POST /login shop.example 401 150.70.66.183,+10.0.0.7",
        &[
            "150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | Mozilla/5.0 (Windows NT 10.0) | ",
            "2001:db8::7 | - | GET | /caf\u{e9} | 304 | 2025-12-18T11:40:49Z | - | ",
            "10.0.0.9 | shop.example | POST | /login | 401 | 2025-12-18T11:40:50Z | - | 150.70.66.183, 10.0.0.7",
        ],
    ),
    (
        "w3c",
        "#Version: 1.0\n\
         #Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol\n\
         2025-12-18\t11:40:48\tFRA2-C1\t512\t150.70.66.183\tGET\td111.cloudfront.net\t/admin\t200\t-\tMozilla/5.0%2520(X11;%2520Linux)\tid=1\t-\tHit\tSOX4xw==\tshop.example\thttps\t23\t0.001\t198.51.100.9\tTLSv1.3\n\
         2025-12-18\t11:40:49\tFRA2-C1\t512\t2001:db8::7\tGET\td111.cloudfront.net\t/a%20b\t000\t-\tcurl/8%20x\t-\t-\tError\tSOX4xw==\tshop.example\thttps\t23\t0.001\t-\t-",
        &[
            "150.70.66.183 | shop.example | GET | /admin | 200 | 2025-12-18T11:40:48Z | Mozilla/5.0 (X11; Linux) | ",
            "2001:db8::7 | shop.example | GET | /a%20b | 0 | 2025-12-18T11:40:49Z | curl/8 x | ",
        ],
    ),
    (
        "w3c",
        "#Fields: c-ip cs-username date time cs-method cs-uri sc-status bytes time-taken cs(Referer) cs(User-Agent)\n\
         150.70.66.183 - 2025-12-18 11:40:48 GET /admin?x=1 200 5 0.01 - \"Mozilla/5.0 (X11; \"\"q\"\")\"",
        &["150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | Mozilla/5.0 (X11; \"\"q\"\") | "],
    ),
    (
        "s3",
        r#"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be shop-bucket [18/Dec/2025:11:40:48 +0000] 150.70.66.183 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE REST.GET.OBJECT admin/a%2520b "GET /shop-bucket/admin/a%20b?versionId=1 HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader shop-bucket.s3.us-west-1.amazonaws.com TLSV1.2 - -
79a59df9 shop-bucket [18/Dec/2025:11:40:49 +0000] 2001:db8::7 arn:aws:iam::1:user/x 891CE47D2EXAMPLE REST.HEAD.OBJECT k "HEAD /k HTTP/1.1" 404 NoSuchKey 297 - 38 - "-" "aws-cli" -"#,
        &[
            "150.70.66.183 | - | GET | /shop-bucket/admin/a%20b | 200 | 2025-12-18T11:40:48Z | S3Console/0.4 | ",
            "2001:db8::7 | - | HEAD | /k | 404 | 2025-12-18T11:40:49Z | aws-cli | ",
        ],
    ),
    (
        "haproxy",
        r#"Dec 18 11:40:48 lb1 haproxy[14389]: 150.70.66.183:33317 [18/Dec/2025:11:40:48.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu|#22x#22} {} "GET /admin HTTP/1.1"
Dec 18 11:40:49 lb1 haproxy[14389]: 198.51.100.7:33318 [18/Dec/2025:11:40:49.655] http-in~ static/srv1 10/0/30/-1/+109 200 +2750 - - CD-- 1/1/1/1/0 0/0 "GET /a#7Cb?q HTTP/1.1"
Dec 18 11:40:50 lb1 haproxy[14389]: 2001:db8::7:33319 [18/Dec/2025:11:40:50.001] https~ app/<NOSRV> -1/-1/-1/-1/0 -1 212 - - LR-- 3/1/0/0/0 0/0 {shop.example} "POST /login HTTP/2.0" 0/0000000000000000/0/0/0 shop.example/TLSv1.3/TLS_AES_128
Dec 18 11:40:51 lb1 haproxy[14389]: Server static/srv2 is DOWN."#,
        &[
            "150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | - | ",
            "198.51.100.7 | - | GET | /a|b | 200 | 2025-12-18T11:40:49Z | - | ",
            "2001:db8::7 | - | POST | /login | 0 | 2025-12-18T11:40:50Z | - | ",
        ],
    ),
    (
        "envoy",
        r#"[2025-12-18T11:40:48.123Z] "GET /admin HTTP/1.1" 200 - 0 154 5 4 "150.70.66.183,10.0.0.5" "curl/8" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "shop.example" "10.0.0.7:80""#,
        &["- | shop.example | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/8 | 150.70.66.183,10.0.0.5"],
    ),
    (
        "istio",
        r#"[2025-12-18T11:40:48.123Z] "GET /admin HTTP/2" 200 - via_upstream - "-" 0 154 5 4 "-" "curl/8" "cc21d9b0" "shop.example" "10.0.0.7:80" outbound|80||web 10.0.0.8:60822 10.0.0.7:80 150.70.66.183:35126 - default"#,
        &["150.70.66.183 | shop.example | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/8 | "],
    ),
    (
        "elb",
        r#"2025-12-18T11:40:48.945958Z my-lb 150.70.66.183:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://shop.example:80/admin HTTP/1.1" "curl/7.38.0" - -"#,
        &["150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/7.38.0 | "],
    ),
    (
        "combined",
        r#"150.70.66.183 - - [18/Dec/2025:11:40:48 +0000] "GET /admin HTTP/1.1" 200 512 "-" "curl/8" 93 0.006 [default-web-80] [] 10.0.0.7:8080 512 0.006 200 1bd7f6a7b2c1d9e0f1a2b3c4d5e6f7a8
198.51.100.7 - [198.51.100.7] - - [18/Dec/2025:11:40:49 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8" 93 0.006 [default-web-80] 10.0.0.7:8080 512 0.006 200"#,
        &[
            "150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/8 | ",
            "198.51.100.7 | - | GET | / | 200 | 2025-12-18T11:40:49Z | curl/8 | ",
        ],
    ),
    (
        "combined",
        r#"150.70.66.183 - - [18/Dec/2025:11:40:48 +0000] "GET /admin HTTP/1.1" 200 512 "" "" 38062 655 "http-in" "static" "srv1" 10 0 30 69 109 "----" 1 1 1 1 0 0 0 "" """#,
        &["150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | - | "],
    ),
    (
        "caddy",
        "2025/12/18 11:40:48.123\tinfo\thttp.log.access.log0\thandled request\t{\"request\": {\"remote_ip\": \"150.70.66.183\", \"client_ip\": \"150.70.66.183\", \"method\": \"GET\", \"host\": \"shop.example\", \"uri\": \"/admin\"}, \"size\": 5, \"status\": 200}\n\
         2025-12-18T11:40:49.123+0100\t\u{1b}[34mINFO\u{1b}[0m\thttp.log.access\thandled request\t{\"request\": {\"remote_ip\": \"198.51.100.7\", \"method\": \"GET\", \"host\": \"shop.example\", \"uri\": \"/\"}, \"status\": 200}\n\
         2025/12/18 11:40:50.123\tinfo\ttls\tcleaning storage unit",
        &[
            "150.70.66.183 | shop.example | GET | /admin | 200 | 2025-12-18T11:40:48Z | - | ",
            "- | shop.example | GET | / | 200 | 2025-12-18T10:40:49Z | - | ",
        ],
    ),
    (
        "google",
        r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/admin?x","requestSize":"80","status":200,"responseSize":"512","userAgent":"curl/8","remoteIp":"150.70.66.183","latency":"0.1s"},"timestamp":"2025-12-18T11:40:48.123Z"}"#,
        &["150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/8 | "],
    ),
    (
        "azure",
        r#"{"resourceId":"/x","operationName":"ApplicationGatewayAccess","time":"2025-12-18T11:40:48Z","properties":{"instanceId":"a_0","clientIP":"150.70.66.183","httpMethod":"GET","requestUri":"/rewritten","originalRequestUriWithArgs":"/admin?x=1","userAgent":"curl/8","httpStatus":200,"host":"10.0.0.5","originalHost":"shop.example"}}"#,
        &["150.70.66.183 | shop.example | GET | /admin | 200 | 2025-12-18T11:40:48Z | curl/8 | "],
    ),
    (
        "loose",
        "150.70.66.183 - 24/f\u{e9}vr./2023:13:10:58 +0100 \"GET /admin\" 200\n\
         198.51.100.7 - - 18/Dec/2025:11:40:48 +0000 \"GET / HTTP/1.1\" 200 5\n\
         203.0.113.9 [2025-12-18T11:40:48+00:00] \"GET /news HTTP/2.0\" 200",
        &[
            "150.70.66.183 | - | GET | /admin | 200 | - | - | ",
            "198.51.100.7 | - | GET | / | 200 | 2025-12-18T11:40:48Z | - | ",
            "203.0.113.9 | - | GET | /news | 200 | 2025-12-18T11:40:48Z | - | ",
        ],
    ),
];

#[test]
fn documented_formats_are_read() {
    for (name, log, expected) in LOGS {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), log).unwrap();
        let logs = [actix_scanner_guard::access_log::Input::file(path.path())];
        let scan = actix_scanner_guard::access_log::Scan::new(&logs).threads(1);
        let scanned = scan.run(Vec::new, |seen, record| seen.push(summary(record.entry)));
        assert_eq!(scanned.logs[0].format.as_deref(), Some(*name), "{log}");
        assert_eq!(scanned.parts.concat(), *expected, "{log}");
        assert_eq!(scanned.counts().damaged, 0, "{log}\n{:?}", scanned.logs);
    }
}

/// The columns of a W3C log that begins without `#Fields:` can be given with `--format`.
#[test]
fn w3c_columns_may_be_named() {
    let format: LogFormat = "#Fields: date time c-ip cs-method cs-uri-stem sc-status".parse().unwrap();
    let mut buffer = Buffer::new();
    let entry = format.read(b"2025-12-18 11:40:48 150.70.66.183 GET /admin 200", &mut buffer).unwrap();
    assert_eq!(summary(&entry), "150.70.66.183 | - | GET | /admin | 200 | 2025-12-18T11:40:48Z | - | ");
}

/// Format, line, and the path that counts: the path as sent, at any place.
#[test]
fn the_path_as_it_was_sent_counts() {
    for (format, line, path) in [
        (r#"$remote_addr "$request" $uri"#, r#"150.70.66.183 "GET /admin HTTP/1.1" /index.php"#, "/admin"),
        (r#"$remote_addr $uri "$request""#, r#"150.70.66.183 /index.php "GET /admin HTTP/1.1""#, "/admin"),
        ("$remote_addr $uri $request_uri", "150.70.66.183 /index.php /admin?x", "/admin"),
        ("$remote_addr $request_uri $document_uri", "150.70.66.183 /admin?x /index.php", "/admin"),
        ("$remote_addr $request_uri $uri$is_args$args x", "150.70.66.183 /admin /index.php?a x", "/admin"),
        (
            r#"$remote_addr $host$uri "$request""#,
            r#"150.70.66.183 shop.example/index.php "GET /admin HTTP/1.1""#,
            "/admin",
        ),
        (
            r#"{"u":"$uri","r":"$request","a":"$remote_addr"}"#,
            r#"{"u":"/x","r":"GET /admin HTTP/1.1","a":"192.0.2.1"}"#,
            "/admin",
        ),
        (
            r#"{"a":"$remote_addr","q":"$request_uri","u":"$uri"}"#,
            r#"{"a":"192.0.2.1","q":"/admin","u":"/x"}"#,
            "/admin",
        ),
        (r#"%h "%r" %U%q"#, r#"150.70.66.183 "GET /admin HTTP/1.1" /index.php?x"#, "/admin"),
        (r#"%h %U "%r""#, r#"150.70.66.183 /index.php "GET /admin HTTP/1.1""#, "/admin"),
        (r#"actix:%a "%r" %U"#, r#"150.70.66.183 "GET /admin HTTP/1.1" /other"#, "/admin"),
        (r#"actix:%U %a "%r""#, r#"/other 150.70.66.183 "GET /admin HTTP/1.1""#, "/admin"),
        ("$remote_addr $uri", "150.70.66.183 /index.php", "/index.php"),
        ("cloudflare", r#"{"ClientIP":"192.0.2.1","ClientRequestURI":"/admin?x","ClientRequestPath":"/x"}"#, "/admin"),
        ("cloudflare", r#"{"ClientIP":"192.0.2.1","ClientRequestPath":"/x","ClientRequestURI":"/admin?x"}"#, "/admin"),
        ("azure", r#"{"properties":{"originalRequestUriWithArgs":"/admin","requestUri":"/x"}}"#, "/admin"),
    ] {
        let format: LogFormat = format.parse().unwrap();
        let mut buffer = Buffer::new();
        let entry = format.read(line.as_bytes(), &mut buffer).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(entry.path().unwrap().to_str_lossy(), path, "{line}");
    }
}

/// A claim of the client is a header, and never its address.
#[test]
fn claims_are_no_addresses() {
    for (format, line, expected) in [
        (
            "traefik-json",
            r#"{"ClientAddr":"198.51.100.7:1","ClientHost":"150.70.66.183","RequestPath":"/a","RequestMethod":"GET"}"#,
            "198.51.100.7 150.70.66.183",
        ),
        (
            "traefik-json",
            r#"{"ClientHost":"150.70.66.183, 10.0.0.5","ClientAddr":"198.51.100.7:1","RequestPath":"/a"}"#,
            "198.51.100.7 150.70.66.183, 10.0.0.5",
        ),
        (
            "traefik-json",
            r#"{"ClientAddr":"198.51.100.7:1","ClientHost":"198.51.100.7","RequestPath":"/a"}"#,
            "198.51.100.7 ",
        ),
        (
            "traefik-json",
            r#"{"ClientAddr":"10.0.0.1:1","ClientHost":"a","request_X-Forwarded-For":"a","RequestPath":"/a"}"#,
            "10.0.0.1 a",
        ),
        (
            "traefik-json",
            r#"{"ClientAddr":"198.51.100.7:1","ClientHost":"unknown","RequestPath":"/a"}"#,
            "198.51.100.7 unknown",
        ),
        ("$http_x_forwarded_for $request_uri", "150.70.66.183 /a", "- 150.70.66.183"),
        ("$http_x_real_ip $remote_addr $request_uri", "150.70.66.183 198.51.100.7 /a", "198.51.100.7 "),
        (
            "%{X-Forwarded-For}i %h %r",
            "150.70.66.183, 10.0.0.5 198.51.100.7 GET /a HTTP/1.1",
            "198.51.100.7 150.70.66.183, 10.0.0.5",
        ),
        ("$proxy_protocol_addr $remote_addr $request_uri", "150.70.66.183 10.0.0.5 /a", "150.70.66.183 "),
        (
            "combined",
            r#"150.70.66.183, 10.0.0.5 - - [18/Dec/2025:11:40:48 +0000] "GET /a HTTP/1.1" 200 5 "-" "-""#,
            "- ",
        ),
    ] {
        let format: LogFormat = format.parse().unwrap();
        let mut buffer = Buffer::new();
        let entry = format.read(line.as_bytes(), &mut buffer).unwrap_or_else(|error| panic!("{error}: {line}"));
        let forwarded: Vec<_> = entry.forwarded.from_last().map(|line| line.to_str_lossy().into_owned()).collect();
        let client = entry.client.map_or_else(|| "-".to_owned(), |client| client.to_string());
        assert_eq!(format!("{client} {}", forwarded.join("; ")), expected, "{line}");
    }
}

/// The last quoted field of a Combined line, and whether it is read as `X-Forwarded-For`.
#[test]
fn the_last_quoted_field() {
    let clients = ["150.70.66.183", "198.51.100.7", "198.51.100.8", "2001:db8::7"];
    for (values, is_header) in [
        (["2.31"; 4], false),
        (["172.18.0.7:5000"; 4], false),
        (["10.0.0.5:80", "10.0.0.6:80", "10.0.0.5:80, 10.0.0.6:80", "10.0.0.7:80"], false),
        (["shop.example"; 4], false),
        (["TLSv1.3"; 4], false),
        (["0.004", "0.003", "-", "0.010"], false),
        (["cc21d9b0cf5c432b", "1bd7f6a7b2c1d9e0", "f1a2b3c4d5e6f7a8", "a1a2b3c4d5e6f7a8"], false),
        (["unix:/run/app.sock"; 4], false),
        (["10.0.0.80"; 4], false),
        (["203.0.113.80"; 4], false),
        (["10.0.0.2", "10.0.0.3", "10.0.0.2", "10.0.0.3"], false),
        (["HIT", "MISS", "-", "HIT"], false),
        (["DE", "FR", "-", "US"], false),
        (["192.0.2.1", "192.0.2.2, 10.0.0.9", "192.0.2.3", "192.0.2.4"], true),
        (["192.0.2.1", "-", "evil, 192.0.2.3", "2001:db8::1"], true),
        (["-"; 4], true),
    ] {
        let lines: Vec<String> = clients
            .iter()
            .zip(values)
            .map(|(client, value)| {
                format!("{client} - - [18/Dec/2025:11:40:48 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\" \"{value}\"")
            })
            .collect();
        let format = LogFormat::detect(lines.iter().map(String::as_bytes)).unwrap();
        assert_eq!(format.name() == "nginx-main", is_header, "{values:?}: {}", format.name());
    }
    // Two quoted fields after the agent: neither is part of the agent, and neither is the header.
    let line =
        br#"150.70.66.183 - - [18/Dec/2025:11:40:48 +0000] "GET / HTTP/1.1" 200 5 "-" "x" "2.31" "198.51.100.9""#;
    let format = LogFormat::detect([line.as_slice()]).unwrap();
    let mut buffer = Buffer::new();
    let entry = format.read(line, &mut buffer).unwrap();
    assert_eq!((entry.agent.unwrap().raw(), entry.forwarded.is_logged()), (b"x".as_slice(), false));
}

/// Times in Caddy's formats, and in other possible formats.
#[test]
fn times() {
    let seconds = |text: &str| {
        let line = format!(r#"{{"ts":{text},"request":{{"remote_ip":"192.0.2.1","method":"GET","uri":"/"}}}}"#);
        let mut buffer = Buffer::new();
        let format: LogFormat = "caddy".parse().unwrap();
        let entry = format.read(line.as_bytes(), &mut buffer).unwrap();
        assert_eq!(entry.time.is_none(), entry.unread_time.is_some(), "{text}");
        entry.time.map(actix_scanner_guard::access_log::Timestamp::seconds)
    };
    for text in [
        "1766058048.123",
        "1.766058048123e9",
        "1.766058048123e+09",
        "1766058048",
        "1766058048123.456",
        "1766058048123456789",
        r#""2025/12/18 11:40:48""#,
        r#""2025/12/18 11:40:48.123""#,
        r#""2025/12/18 11:40:48.123456789""#,
        r#""2025-12-18T11:40:48.123Z""#,
        r#""2025-12-18T12:40:48.123+0100""#,
        r#""2025-12-18T12:40:48+01:00""#,
        r#""2025-12-18T11:40:48.123456789Z""#,
        r#""2025-12-18 11:40:48 UTC""#,
        r#""18/Dec/2025:11:40:48 +0000""#,
        r#""18/Dec/2025:12:40:48.123 +0100""#,
        r#""Thu, 18 Dec 2025 11:40:48 GMT""#,
        r#""Thu Dec 18 11:40:48 2025""#,
    ] {
        assert_eq!(seconds(text), Some(1_766_058_048), "{text}");
    }
    for text in [
        r#""18/d\u00e9c./2025:11:40:48 +0000""#,
        r#""18/\u0434\u0435\u043a/2025:11:40:48""#,
        r#""18. Dez 2025""#,
        r#""yesterday""#,
        "-5",
    ] {
        assert_eq!(seconds(text), None, "{text}");
    }
}

/// An unreadable date alone does not damage a line.
#[test]
fn a_date_that_cannot_be_read_damages_no_line() {
    let mut buffer = Buffer::new();
    for month in ["Foo", "févr.", "déc", "Mär", "дек", "12月", r"f\xC3\xA9vr."] {
        let line = format!("192.0.2.1 - - [24/{month}/2025:13:10:58 +0100] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\"");
        for name in ["combined", "common", "$remote_addr - - [$time_local] \"$request\" $status 5 \"-\" \"x\""] {
            let format: LogFormat = name.parse().unwrap();
            let line = if name == "common" { line.trim_end_matches(" \"-\" \"x\"") } else { &line };
            let entry = format.read(line.as_bytes(), &mut buffer).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(entry.time.is_none() && entry.unread_time.is_some(), "{line}");
        }
    }
}

/// Escapes and line breaks in pasted formats.
#[test]
fn pasted_formats() {
    let tab = "150.70.66.183\tGET /admin HTTP/1.1\t200";
    for format in [
        r"$remote_addr\t$request\t$status",
        r"log_format t '$remote_addr\t$request\t$status';",
        "log_format t '$remote_addr\\t'\n  '$request\\t$status';",
        r"'$remote_addr\t' '$request\t$status'",
        r"%h\t%r\t%>s",
        r#"LogFormat "%h\t%r\t%>s" tabs"#,
        r"actix:%a\t%r\t%s",
        "$remote_addr\t$request\t$status",
        "  $remote_addr\t$request\t$status\n",
    ] {
        let compiled: LogFormat = format.parse().unwrap_or_else(|error| panic!("{error}"));
        let mut buffer = Buffer::new();
        let entry = compiled.read(tab.as_bytes(), &mut buffer).unwrap_or_else(|error| panic!("{error}: {format}"));
        assert_eq!((entry.path().unwrap().raw(), entry.status), (b"/admin".as_slice(), Some(200)), "{format}");
    }
    for format in [
        "{\n  \"a\": \"$remote_addr\",\n  \"r\": \"$request\"\n}",
        "log_format j '{\n\"a\":\"$remote_addr\", \"r\":\"$request\"}';",
        r"$remote_addr\n$request",
        "%h\r\n%r",
        "actix:%a\n%r",
    ] {
        let error = format.parse::<LogFormat>().unwrap_err().to_string();
        assert!(error.contains("line break"), "{error}");
    }
}

/// Lines that the container runtime split into parts are joined.
#[test]
fn parts_of_lines_are_put_together() {
    let whole = |number: usize, length: usize| {
        format!(
            "192.0.2.{number} - - [18/Dec/2025:11:40:48 +0000] \"GET /{number} HTTP/1.1\" 200 5 \"-\" \"{}\"",
            "x".repeat(length)
        )
    };
    let mut cri = String::new();
    let mut docker = String::new();
    for number in 0..100 {
        let line = whole(number, if number % 3 == 0 { 20_000 } else { 100 });
        for (at, part) in line.as_bytes().chunks(16 << 10).enumerate() {
            let last = (at + 1) * (16 << 10) >= line.len();
            let part = std::str::from_utf8(part).unwrap();
            let tag = if last { "F" } else { "P" };
            cri.push_str(&format!("2025-12-18T11:40:48.1Z stdout {tag} {part}\n"));
            // Another stream writes in between.
            cri.push_str("2025-12-18T11:40:48.1Z stderr F ready\n");
            let end = if last { "\n" } else { "" };
            docker.push_str(&format!(
                "{{\"log\":{},\"stream\":\"stdout\"}}\n",
                serde_json::to_string(&format!("{part}{end}")).unwrap()
            ));
        }
    }
    for (log, other) in [(cri, 134), (docker, 0)] {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), log).unwrap();
        let logs = [actix_scanner_guard::access_log::Input::file(path.path())];
        for threads in [1, 3] {
            let scanned =
                actix_scanner_guard::access_log::Scan::new(&logs).threads(threads).run(Vec::new, |seen, record| {
                    let client = record.entry.client.unwrap().to_string();
                    let path = record.entry.path().unwrap().to_str_lossy().into_owned();
                    assert_eq!(format!("192.0.2.{}", &path[1..]), client);
                    seen.push(path);
                });
            let counts = scanned.counts();
            assert_eq!((counts.requests, counts.damaged, counts.other), (100, 0, other));
            let mut seen = scanned.parts.concat();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 100);
        }
    }
}

//! Headers with which a client tries to appear as another client.

pub(crate) struct Forgery {
    /// Header lines, each with its end.
    pub(crate) lines: &'static str,
    /// Whether a proxy, or the application, may refuse the request for it (RFC 9112, section 5).
    pub(crate) refusable: bool,
}

const fn forgery(lines: &'static str) -> Forgery {
    Forgery { lines, refusable: false }
}

const fn malformed(lines: &'static str) -> Forgery {
    Forgery { lines, refusable: true }
}

pub(crate) const FORGERIES: &[Forgery] = &[
    forgery(""),
    // Another address, a scanner's, a proxy's.
    forgery("X-Forwarded-For: 198.51.100.9\r\n"),
    forgery("X-Forwarded-For: 150.70.66.183\r\n"),
    forgery("X-Forwarded-For: 127.0.0.1\r\n"),
    forgery("X-Forwarded-For: ::1\r\n"),
    forgery("X-Real-IP: 198.51.100.9\r\nForwarded: for=198.51.100.9\r\nX-Forwarded-For: 198.51.100.9\r\n"),
    forgery("Client-IP: 198.51.100.9\r\nTrue-Client-IP: 198.51.100.9\r\nCF-Connecting-IP: 198.51.100.9\r\n"),
    // Chains that end in trusted proxies.
    forgery("X-Forwarded-For: 198.51.100.9, 127.0.0.1\r\n"),
    forgery("X-Forwarded-For: 198.51.100.9, 127.0.0.1, 127.0.0.1, 127.0.0.1\r\n"),
    forgery("X-Forwarded-For: 198.51.100.9,\r\n"),
    forgery("X-Forwarded-For: 198.51.100.9, ,\t,,\r\n"),
    // Unreadable elements.
    forgery("X-Forwarded-For:\r\n"),
    forgery("X-Forwarded-For: ,\r\n"),
    forgery("X-Forwarded-For: unknown\r\n"),
    forgery("X-Forwarded-For: _hidden, \"198.51.100.9\r\n"),
    forgery("X-Forwarded-For: [::1, 127.0.0.1\r\n"),
    forgery("X-Forwarded-For: 198.51.100.9:80:80\r\n"),
    forgery("X-Forwarded-For: 0127.0.0.01, ::ffff:127.0.0.1\r\n"),
    forgery("X-Forwarded-For: 198.51.100.9\u{e9}\r\n"),
    // Several lines, and other spellings of the name.
    forgery("X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 127.0.0.1\r\n"),
    forgery("X-FORWARDED-FOR: 198.51.100.9\r\nx-forwarded-for: 127.0.0.1\r\n"),
    forgery("X-Forwarded-For:198.51.100.9\r\nX-Forwarded-For:\t 127.0.0.1 \t\r\n"),
    forgery("X_Forwarded_For: 198.51.100.9\r\nX_Real_IP: 198.51.100.9\r\n"),
    forgery("X-Real-IP: 198.51.100.9\r\nx-real-ip: 198.51.100.10\r\nX-REAL-IP:\r\n"),
    forgery("X-Real-IP: 127.0.0.1\r\n"),
    // RFC 7239.
    forgery("Forwarded: for=198.51.100.9\r\n"),
    forgery("Forwarded: For=\"[2001:db8::9]:4711\";by=127.0.0.1;proto=https, for=127.0.0.1\r\n"),
    forgery("forwarded: for=198.51.100.9\r\nFORWARDED: for=127.0.0.1\r\n"),
    forgery("Forwarded: for=\"198.51.100.9\r\n"),
    forgery("Forwarded: for=198.51.100.9;host=\"\r\n"),
    forgery("Forwarded: for=198.51.100.9;host=\"\\\r\n"),
    forgery("Forwarded: for=198.51.100.9;\r\n"),
    forgery("Forwarded: for=unknown, for=_hidden, ;;,\r\n"),
    // Well-formed, but a proxy may refuse it: a request to drop its own line (RFC 9110, section 7.6.1).
    malformed("Connection: X-Forwarded-For, Forwarded, X-Real-IP\r\nX-Forwarded-For: 198.51.100.9\r\n"),
    // Not HTTP: white space before the colon, a folded line, a bare line feed, a line without a colon.
    malformed("X-Forwarded-For : 198.51.100.9\r\n"),
    malformed("X-Forwarded-For: 198.51.100.9,\r\n 127.0.0.1\r\n"),
    malformed("X-Folded: a\r\n X-Forwarded-For: 198.51.100.9\r\n"),
    malformed("X-Split: a\nX-Forwarded-For: 198.51.100.9\r\n"),
    malformed("X-Split: a\rX-Forwarded-For: 198.51.100.9\r\n"),
    malformed("X-Forwarded-For\r\n"),
    malformed("X-Forwarded-For: 198.51.100.9\0\r\n"),
];

//! The named formats.

use super::json::schema::{Node, Schema};
use super::value::Kind;

/// Apache's nicknames, for the formats that have its form.
pub(super) const COMMON: &str = r#"%h %l %u %t "%r" %>s %b"#;
pub(super) const COMBINED: &str = r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#;
pub(super) const VHOST_COMBINED: &str = r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#;
/// `main` of the configuration that nginx is packaged with.
pub(super) const NGINX_MAIN: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for""#;
/// `Logger::default()`.
pub(super) const ACTIX: &str = r#"%a "%r" %s %b "%{Referer}i" "%{User-Agent}i" %T"#;
/// <https://doc.traefik.io/traefik/observe/logs-and-access-logs/>: Combined, with the number of the request, router,
/// service and duration.
pub(super) const TRAEFIK: &str =
    r#"%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-Agent}i" %{number}n "%{router}n" "%{service}n" %{duration}nms"#;
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>. The columns
/// after the agent are ignored; new ones are added over time.
pub(super) const ALB: &str = concat!(
    r#"$type $time_iso8601 $elb $remote_addr $target $t1 $t2 $t3 $status $target_status $received $bytes_sent "#,
    r#""$request" "$http_user_agent""#
);
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html>
pub(super) const ELB: &str = concat!(
    r#"$time_iso8601 $elb $remote_addr $target $t1 $t2 $t3 $status $target_status $received $bytes_sent "#,
    r#""$request" "$http_user_agent""#
);
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>. New columns are added after the agent over
/// time.
pub(super) const S3: &str = concat!(
    r#"$owner $bucket [$time_local] $remote_addr $requester $id $operation $key "$request" $status $error $bytes_sent "#,
    r#"$size $t1 $t2 "$http_referer" "$http_user_agent""#
);
/// `option httplog` and `option httpslog`, <https://docs.haproxy.org/3.0/configuration.html#8.2.3>. Captured headers
/// precede the request, each group in braces.
pub(super) const HAPROXY: &str = concat!(
    "$remote_addr [$time_local] $frontend $server $timers $status $bytes_sent $cookie1 $cookie2 $state $connections ",
    r#"$queues $captured"$request""#
);
/// Envoy's default, <https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>. Its
/// only addresses are in `X-Forwarded-For`.
pub(super) const ENVOY: &str = concat!(
    r#"[$time_iso8601] "$request" $status $flags $received $bytes_sent $t1 $t2 "$http_x_forwarded_for" "#,
    r#""$http_user_agent" "$request_id" "$host" "$upstream""#
);
/// The same with Istio's additions, <https://istio.io/latest/docs/tasks/observability/logs/access-log/>.
pub(super) const ISTIO: &str = concat!(
    r#"[$time_iso8601] "$request" $status $flags $details $termination "$failure" $received $bytes_sent $t1 $t2 "#,
    r#""$http_x_forwarded_for" "$http_user_agent" "$request_id" "$host" "$upstream" $cluster $local1 $local2 "#,
    r#"$remote_addr $sni $route"#
);
/// The common part of all descendants of the Common Log Format: the client first, the request in quotes, and then the
/// status.
pub(super) const LOOSE: &str = r#"$remote_addr $between"$request" $status"#;

/// <https://caddyserver.com/docs/logging>. Before 2.7 there was no `client_ip`, before 2.5 no `remote_ip`.
pub(super) const CADDY: Schema = Schema {
    keys: &[
        ("ts", Node::Value(&Kind::Time)),
        // `time_key` may set another name.
        ("time", Node::Value(&Kind::Time)),
        ("timestamp", Node::Value(&Kind::Time)),
        ("@timestamp", Node::Value(&Kind::Time)),
        (
            "request",
            Node::Object(&[
                ("remote_ip", Node::Value(&Kind::Peer)),
                ("remote_addr", Node::Value(&Kind::Peer)),
                ("client_ip", Node::Value(&Kind::Client)),
                ("method", Node::Value(&Kind::Method)),
                ("host", Node::Value(&Kind::Host)),
                ("uri", Node::Value(&Kind::Target)),
                ("headers", Node::Headers),
            ]),
        ),
        ("user_id", Node::Value(&Kind::User)),
        ("size", Node::Value(&Kind::Bytes)),
        ("status", Node::Value(&Kind::Status)),
    ],
    header_prefix: None,
};

/// <https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/>
pub(super) const CLOUDFLARE: Schema = Schema {
    keys: &[
        ("ClientIP", Node::Value(&Kind::Client)),
        ("ClientRequestHost", Node::Value(&Kind::Host)),
        ("ClientRequestMethod", Node::Value(&Kind::Method)),
        ("ClientRequestPath", Node::Value(&Kind::Path { counts: true })),
        ("ClientRequestURI", Node::Value(&Kind::Target)),
        ("ClientRequestReferer", Node::Value(&Kind::Referer)),
        ("ClientRequestUserAgent", Node::Value(&Kind::Agent)),
        ("EdgeResponseBytes", Node::Value(&Kind::Bytes)),
        ("EdgeResponseStatus", Node::Value(&Kind::Status)),
        ("EdgeStartTimestamp", Node::Value(&Kind::Time)),
        ("RequestHeaders", Node::Headers),
    ],
    header_prefix: None,
};

/// <https://doc.traefik.io/traefik/reference/install-configuration/observability/logs-and-accesslogs/>
pub(super) const TRAEFIK_JSON: Schema = Schema {
    keys: &[
        ("ClientAddr", Node::Value(&Kind::Client)),
        ("ClientHost", Node::ForwardedOrClient),
        ("ClientUsername", Node::Value(&Kind::User)),
        ("RequestMethod", Node::Value(&Kind::Method)),
        ("RequestPath", Node::Value(&Kind::Target)),
        ("RequestHost", Node::Value(&Kind::Host)),
        ("DownstreamStatus", Node::Value(&Kind::Status)),
        ("DownstreamContentSize", Node::Value(&Kind::Bytes)),
        ("StartUTC", Node::Value(&Kind::Time)),
        ("StartLocal", Node::Value(&Kind::Time)),
        ("time", Node::Value(&Kind::Time)),
    ],
    header_prefix: Some("request_"),
};

/// Google Cloud's load balancers, <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest>.
pub(super) const GOOGLE: Schema = Schema {
    keys: &[
        (
            "httpRequest",
            Node::Object(&[
                ("remoteIp", Node::Value(&Kind::Client)),
                ("requestMethod", Node::Value(&Kind::Method)),
                ("requestUrl", Node::Value(&Kind::Target)),
                ("status", Node::Value(&Kind::Status)),
                ("responseSize", Node::Value(&Kind::Bytes)),
                ("userAgent", Node::Value(&Kind::Agent)),
                ("referer", Node::Value(&Kind::Referer)),
            ]),
        ),
        ("timestamp", Node::Value(&Kind::Time)),
    ],
    header_prefix: None,
};

/// Azure Application Gateway,
/// <https://learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference>.
pub(super) const AZURE: Schema = Schema {
    keys: &[
        (
            "properties",
            Node::Object(&[
                ("clientIP", Node::Value(&Kind::Client)),
                // Front Door spells some keys differently.
                ("clientIp", Node::Value(&Kind::Client)),
                ("httpStatusCode", Node::Value(&Kind::Status)),
                ("responseBytes", Node::Value(&Kind::Bytes)),
                ("hostName", Node::Value(&Kind::Host)),
                ("referer", Node::Value(&Kind::Referer)),
                ("httpMethod", Node::Value(&Kind::Method)),
                ("originalRequestUriWithArgs", Node::Value(&Kind::Target)),
                ("requestUri", Node::Value(&Kind::Path { counts: true })),
                ("userAgent", Node::Value(&Kind::Agent)),
                ("httpStatus", Node::Value(&Kind::Status)),
                ("sentBytes", Node::Value(&Kind::Bytes)),
                ("originalHost", Node::Value(&Kind::Host)),
            ]),
        ),
        ("timeStamp", Node::Value(&Kind::Time)),
        ("time", Node::Value(&Kind::Time)),
    ],
    header_prefix: None,
};

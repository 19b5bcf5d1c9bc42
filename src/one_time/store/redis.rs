//! Links in Redis or Valkey.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use redis::{Script, ScriptInvocation};

use super::{
    Attempt, Clock, Commit, FoundLink, LinkRecord, Reservation, State, Store, StoreError, StoreFuture, USED_LINK_TTL,
    duration_millis, millis,
};
use crate::redis::{Connection, RedisError, RedisSettings};

/// All operations. Each is one run of this script, which is atomic.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis.lua")));

/// Links in Redis or Valkey (6 or later), for applications of many processes. Clones share one set of connections.
///
/// The server's clock decides, so the clocks of the processes do not matter. If the server cannot be reached, requests
/// are answered with 503 and no link is used; connections are restored automatically. Configure the server to persist
/// (`appendonly yes`) and not to evict (`maxmemory-policy noeviction`). A user of its ACL needs `~scanner-guard:* +eval
/// +evalsha +script|load +time +exists +hset +hget +hmget +hdel +pexpire +pttl +set +get`.
///
/// ```no_run
/// use actix_scanner_guard::one_time::{Links, RedisStore};
/// use actix_scanner_guard::redis::RedisSettings;
///
/// let store = RedisStore::new(RedisSettings::from_env("REDIS_URL")?)?;
/// let links = Links::new(std::env::var("LINK_SECRET")?, store)?;
/// # let _ = links;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connection: Arc<Connection>,
    clock: Option<Clock>,
}

impl RedisStore {
    /// A store on this server. It connects on first use.
    ///
    /// # Errors
    ///
    /// If the certificates of the settings cannot be read.
    pub fn new(settings: RedisSettings) -> Result<Self, RedisError> {
        Ok(Self { connection: Arc::new(Connection::new(settings)?), clock: None })
    }

    /// Uses this clock in place of the server's, for tests.
    ///
    /// ```
    /// use actix_scanner_guard::one_time::RedisStore;
    /// use actix_scanner_guard::redis::RedisSettings;
    /// use std::time::SystemTime;
    ///
    /// let store = RedisStore::new(RedisSettings::from_url("redis://127.0.0.1")?)?.clock(|| SystemTime::UNIX_EPOCH);
    /// # let _ = store;
    /// # Ok::<(), actix_scanner_guard::redis::RedisError>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// One operation on one link. The braces put both keys of a link into one slot of a cluster.
    fn script(&self, operation: &str, key: &str) -> ScriptInvocation<'static> {
        let name = format!("{}one-time:{{{key}}}", self.connection.prefix());
        let now = self.clock.as_ref().map(|clock| millis(clock()).to_string()).unwrap_or_default();
        let mut script = SCRIPT.prepare_invoke();
        script.key(&name).key(format!("{name}:answer")).arg(operation).arg(now);
        script
    }

    /// Runs an operation without a result.
    fn run(&self, script: ScriptInvocation<'static>) -> StoreFuture<'_, ()> {
        Box::pin(async move { Ok(self.connection.invoke(&script).await?) })
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        Self::new("the store of one-time links", error)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisStore").field(&self.connection).finish()
    }
}

impl Store for RedisStore {
    fn insert<'a>(&'a self, key: &'a str, record: &'a LinkRecord, ttl: Duration) -> StoreFuture<'a, ()> {
        let mut script = self.script("insert", key);
        match serde_json::to_vec(record) {
            Ok(json) => script.arg(json).arg(duration_millis(ttl)).arg(duration_millis(USED_LINK_TTL)),
            Err(error) => {
                return Box::pin(std::future::ready(Err(StoreError::new("the link cannot be written", error))));
            }
        };
        self.run(script)
    }

    fn look<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<FoundLink>> {
        Box::pin(async move {
            let (record, holder): (Option<Vec<u8>>, Option<String>) =
                self.connection.invoke(&self.script("look", key)).await?;
            let Some(record) = record else { return Ok(None) };
            let record = serde_json::from_slice(&record)
                .map_err(|error| StoreError::new("the entry of a link in the store cannot be read", error))?;
            Ok(Some(FoundLink { record, state: holder.map_or(State::Usable, |holder| State::Used { holder }) }))
        })
    }

    fn reserve<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, Reservation> {
        let mut script = self.script("reserve", key);
        script.arg(&attempt.lease).arg(&attempt.holder).arg(duration_millis(attempt.duration));
        Box::pin(async move {
            let (outcome, same_holder, answer): (String, bool, Vec<u8>) = self.connection.invoke(&script).await?;
            Ok(match outcome.as_str() {
                "reserved" => Reservation::Reserved,
                "held" => Reservation::Held { same_holder },
                "repeated" => Reservation::Repeated { answer },
                "used" => Reservation::Used { same_holder },
                "missing" => Reservation::Missing,
                _ => return Err(StoreError::because("the store of one-time links gave an unknown answer")),
            })
        })
    }

    fn commit<'a>(&'a self, key: &'a str, attempt: &'a Attempt, commit: &'a Commit) -> StoreFuture<'a, ()> {
        let mut script = self.script("commit", key);
        script.arg(&attempt.holder).arg(duration_millis(commit.repeatable)).arg(&commit.answer);
        self.run(script)
    }

    fn release<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, ()> {
        let mut script = self.script("release", key);
        script.arg(&attempt.lease);
        self.run(script)
    }
}

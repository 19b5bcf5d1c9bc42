//! One connection for each thread. It is opened when it is needed, and again after it broke.
//!
//! Each worker of actix-web has its own runtime. A connection belongs to the runtime that opened it, so workers do not
//! share connections.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, ScriptInvocation};

use super::{RedisError, RedisSettings};
use crate::util::mutex::lock;

/// After a failed attempt to connect, requests fail at once for this time. So not every request waits for a server that
/// does not answer.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Connection {
    settings: RedisSettings,
    client: Client,
    open: Mutex<HashMap<ThreadId, (Slot, Weak<()>)>>,
}

thread_local! {
    /// Dropped when its thread ends; the connection of the thread is closed then.
    static ALIVE: Arc<()> = Arc::default();
}

#[derive(Clone)]
enum Slot {
    Open(MultiplexedConnection),
    Failed { at: Instant, why: String },
}

impl Connection {
    /// # Errors
    ///
    /// If the certificates of the settings cannot be read. Nothing is connected yet.
    pub(crate) fn new(settings: RedisSettings) -> Result<Self, RedisError> {
        let client = settings.client()?;
        Ok(Self { settings, client, open: Mutex::default() })
    }

    /// The prefix of all keys.
    pub(crate) fn prefix(&self) -> &str {
        &self.settings.prefix
    }

    /// Runs a script. If the connection is broken, the script is sent once more over a new connection, so it must be
    /// repeatable.
    pub(crate) async fn invoke<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, RedisError> {
        let mut repeated = false;
        loop {
            let mut connection = self.get().await?;
            match script.invoke_async(&mut connection).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let broken = error.is_io_error() || error.is_unrecoverable_error();
                    if broken {
                        lock(&self.open).remove(&thread::current().id());
                    }
                    if !broken || repeated || error.is_timeout() {
                        return Err(RedisError::because(self.name(), error));
                    }
                    repeated = true;
                }
            }
        }
    }

    async fn get(&self) -> Result<MultiplexedConnection, RedisError> {
        let thread = thread::current().id();
        let slot = lock(&self.open).get(&thread).map(|(slot, _)| slot.clone());
        match slot {
            Some(Slot::Open(connection)) => return Ok(connection),
            Some(Slot::Failed { at, why }) if at.elapsed() < PAUSE => return Err(RedisError::new(why)),
            _ => {}
        }
        self.settings.choose_cryptography();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.settings.connect_timeout))
            .set_response_timeout(Some(self.settings.response_timeout));
        match self.client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(connection) => {
                self.keep(thread, Slot::Open(connection.clone()));
                Ok(connection)
            }
            Err(error) => {
                let error = RedisError::because(self.name(), error);
                let failed = Slot::Failed { at: Instant::now(), why: error.to_string() };
                self.keep(thread, failed);
                Err(error)
            }
        }
    }

    /// Stores the slot of this thread, and removes those of ended threads, since a restarted server has new workers.
    fn keep(&self, thread: ThreadId, slot: Slot) {
        let mut open = lock(&self.open);
        open.retain(|_, (_, alive)| alive.strong_count() > 0);
        // An ending thread needs no slot.
        if let Ok(alive) = ALIVE.try_with(Arc::downgrade) {
            open.insert(thread, (slot, alive));
        }
    }

    fn name(&self) -> String {
        format!("the Redis server {}", self.settings.server())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_of_threads_that_have_ended_are_dropped() {
        let settings = RedisSettings::from_url("redis://127.0.0.1:1").unwrap();
        let connection = Connection::new(settings).unwrap();
        let failed = || Slot::Failed { at: Instant::now(), why: String::new() };
        for _ in 0..20 {
            thread::scope(|scope| {
                let kept = scope.spawn(|| connection.keep(thread::current().id(), failed()));
                kept.join().unwrap();
            });
        }
        connection.keep(thread::current().id(), failed());
        assert_eq!(lock(&connection.open).keys().collect::<Vec<_>>(), [&thread::current().id()]);
    }
}

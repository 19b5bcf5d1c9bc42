//! A blocking connection, for a thread of its own.

use redis::{Client, RedisResult};

use super::{RedisError, RedisSettings};

/// The connection is opened when it is needed, and again after any error.
pub(crate) struct Link {
    settings: RedisSettings,
    client: Client,
    open: Option<redis::Connection>,
}

impl Link {
    /// # Errors
    ///
    /// If the certificates of the settings cannot be read. Nothing is connected yet.
    pub(crate) fn new(settings: RedisSettings) -> Result<Self, RedisError> {
        let client = settings.client()?;
        Ok(Self { settings, client, open: None })
    }

    /// Runs the operation over the connection, within the time limits of the settings.
    pub(crate) fn run<T>(
        &mut self,
        run: impl FnOnce(&mut redis::Connection) -> RedisResult<T>,
    ) -> Result<T, RedisError> {
        let connection = match self.open.take() {
            Some(open) => Ok(open),
            None => self.connect(),
        };
        let done = connection.and_then(|mut connection| {
            let done = run(&mut connection)?;
            // A late answer would be read as the answer to the next operation, so a connection is kept only after
            // success.
            self.open = Some(connection);
            Ok(done)
        });
        done.map_err(|error| RedisError::because(format!("the Redis server {}", self.settings.server()), error))
    }

    fn connect(&self) -> RedisResult<redis::Connection> {
        self.settings.choose_cryptography();
        let connection = self.client.get_connection_with_timeout(self.settings.connect_timeout)?;
        connection.set_read_timeout(Some(self.settings.response_timeout))?;
        connection.set_write_timeout(Some(self.settings.response_timeout))?;
        Ok(connection)
    }
}

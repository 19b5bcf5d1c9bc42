//! The shared findings: the entries of all instances in one signed text.

use super::sharer::Sharer;
use crate::learned::{Learned, LearnedFile, Seal, Time};
use crate::live::discovery::record;
use crate::redis::RedisError;
use crate::util::mutex::lock;

/// Maximum size of the shared findings that are read, in bytes.
const MAX_LEARNED: usize = 4 << 20;

/// The shared findings as the server has them, if an instance with the same secret wrote them.
pub(super) fn opened(seal: &Seal<'_>, key: &str, sealed: &[u8]) -> Result<Learned, String> {
    let text = seal.open(sealed).ok_or_else(|| {
        format!(
            "{key}: the shared findings are not signed with the secret of this instance, so they are not used: all instances need \
             the same secret, or another program writes to the server"
        )
    })?;
    LearnedFile::new(key).parse(text).map_err(|error| error.to_string())
}

impl Sharer {
    /// Merges the findings of this instance with the findings of the others.
    pub(super) fn sync(&mut self) -> Result<(), RedisError> {
        let key = format!("{}learned:1", self.prefix);
        let text: Vec<u8> =
            self.link.run(|link| redis::cmd("GETRANGE").arg(&key).arg(0).arg(MAX_LEARNED).query(link))?;
        let seal = Seal::new(&self.signing, &key);
        let now = Time::from_seconds((self.clock)() / 1000);
        let mut theirs = Learned::default();
        if !text.is_empty() {
            match opened(&seal, &key, &text) {
                Ok(learned) => theirs = learned.without_future(now),
                Err(error) => {
                    let mut status = lock(&self.common.status);
                    status.refused_findings += 1;
                    // It is logged once, and replaced by the findings of this instance.
                    if status.refused_findings == 1 {
                        drop(status);
                        record::unreadable(&error);
                    }
                }
            }
        }
        let own = self.learned.clone().without_future(now);
        let was_cut = own != self.learned;
        self.learned = own;
        self.revision += u64::from(self.learned.merge(&theirs) || was_cut);
        if theirs.merge(&self.learned) {
            let text = seal.close(&serde_json::to_vec(&theirs).unwrap_or_default());
            self.link.run(|link| redis::cmd("SET").arg(&key).arg(text).query::<()>(link))?;
        }
        *lock(&self.common.incoming) = Some(self.learned.clone());
        Ok(())
    }
}

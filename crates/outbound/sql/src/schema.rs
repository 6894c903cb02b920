//! Whether a database's schema serves this binary. Knows no migration.

use creativestore_ports::store::StoreError;

/// What a database says of its newest version and of the oldest that it still serves, against what a binary needs.
/// `None` is a database without a schema.
pub fn expect(found: Option<(i64, i64)>, needed: i64) -> Result<(), StoreError> {
    match found {
        Some((version, serves)) if version >= needed && serves <= needed => Ok(()),
        Some((version, _)) if version > needed => Err(StoreError::Unavailable(format!(
            "the schema is of version {version}, which no longer serves this binary (made for {needed}): run a newer one"
        ))),
        Some((version, _)) => Err(StoreError::Unavailable(format!(
            "the schema is of version {version}, this binary needs {needed}: run `creativestore migrate`"
        ))),
        None => Err(StoreError::Unavailable("there is no schema yet: run `creativestore migrate`".into())),
    }
}

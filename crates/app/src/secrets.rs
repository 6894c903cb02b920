//! The secret that this program makes for itself where the operator gave none.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use creativestore_ports::ambient::Random;

use crate::configuration::Secret;

/// The secret in the file, made and kept there if there is none; only its owner can read the file.
pub fn kept(path: &Path, random: &dyn Random) -> anyhow::Result<Secret> {
    let context = || format!("keeping a secret in {}", path.display());
    if let Some(secret) = read(path).with_context(context)? {
        return Ok(secret);
    }
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    let text = bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    // Written whole beside its place and linked there: a crash leaves no half, and of two processes one wins.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = std::fs::File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&beside)
        .with_context(context)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(context)?;
    match std::fs::hard_link(&beside, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error).with_context(context),
        _ => std::fs::remove_file(&beside).with_context(context)?,
    }
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(context)?;
    }
    read(path).with_context(context)?.with_context(context)
}

fn read(path: &Path) -> anyhow::Result<Option<Secret>> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= 32 => Ok(Some(Secret::new(text.trim()))),
        Ok(_) => {
            bail!("it is there and has fewer than 32 characters: take the file away to have a new one made")
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::ambient::SystemRandom;

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jwt-secret");
        let made = kept(&path, &SystemRandom).expect("made");
        assert_eq!(made.reveal().len(), 64);
        assert!(kept(&path, &SystemRandom).expect("kept") == made);
        let metadata = std::fs::metadata(&path).expect("a file");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_damaged_secret_is_not_replaced_in_silence() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jwt-secret");
        std::fs::write(&path, "short").expect("a file");
        assert!(format!("{:#}", kept(&path, &SystemRandom).expect_err("short")).contains("fewer than 32"));
    }
}

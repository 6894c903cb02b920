//! Everything that is in the image, and with which rights. Knows nothing of how it gets there.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Whoever runs has a name.
const PASSWD: &str = "\
root:x:0:0:root:/root:/sbin/nologin
creativestore:x:65532:65532:creativestore:/root:/sbin/nologin
";
const GROUP: &str = "\
root:x:0:
creativestore:x:65532:
";
/// Names are found as in every other container: what the cluster wrote into /etc/hosts counts before its name servers.
const NSSWITCH: &str = "hosts: files dns\n";

/// Nobody but root writes anything, everybody reads; /root is where the deployment mounts configuration.
const FOLDERS: [(&str, u32); 11] = [
    ("etc", 0o755),
    ("etc/ssl", 0o755),
    ("etc/ssl/certs", 0o755),
    ("root", 0o755),
    ("root/configs", 0o755),
    ("root/configs/base", 0o755),
    ("root/configs/services", 0o755),
    ("tmp", 0o1777),
    ("usr", 0o755),
    ("usr/local", 0o755),
    ("usr/local/bin", 0o755),
];

/// Lays the image's files out in a new folder.
pub fn lay(program: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(folder).with_context(|| format!("making {}", folder.display()))?;
    let set = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode));
    set(folder, 0o755)?;
    for (path, mode) in FOLDERS {
        std::fs::create_dir(folder.join(path))?;
        set(&folder.join(path), mode)?;
    }
    let program = std::fs::read(program).with_context(|| program.display().to_string())?;
    for (path, mode, content) in [
        ("etc/group", 0o644, GROUP.as_bytes()),
        ("etc/nsswitch.conf", 0o644, NSSWITCH.as_bytes()),
        ("etc/passwd", 0o644, PASSWD.as_bytes()),
        ("etc/ssl/certs/ca-certificates.crt", 0o644, authorities().as_bytes()),
        ("usr/local/bin/creativestore", 0o755, &program),
    ] {
        std::fs::write(folder.join(path), content)?;
        set(&folder.join(path), mode)?;
    }
    Ok(())
}

/// The certificate authorities that Mozilla trusts, as PEM: of the version in Cargo.lock, and not whatever this machine has
/// come to trust.
fn authorities() -> String {
    let mut pem = String::new();
    for authority in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = BASE64_STANDARD.encode(authority);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

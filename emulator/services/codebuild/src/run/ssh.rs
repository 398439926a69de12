//! The programs of OpenSSH for builds. They ask the user database for the home folder, not `HOME`, so without these a
//! build would log in with the keys of the user who started the emulator, and write to their `known_hosts`.
//!
//! The wrappers stand first in the build's `PATH`. A build that calls `/usr/bin/ssh` by its path goes past them, and so
//! does a program that reads `~/.ssh` by way of the user database itself (libssh, Paramiko): a build is isolated from
//! the user's environment, not from their files.

use super::shell::{find_program, quoted};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const PROGRAMS: [&str; 5] = ["ssh", "scp", "sftp", "ssh-keygen", "ssh-add"];

/// Writes a wrapper for each program that is in `path` into `bin`. The wrappers keep the configurations that they make
/// in `folder`.
pub(super) fn wrap(path: &str, bin: &Path, home: &Path, folder: &Path) -> io::Result<()> {
    for name in PROGRAMS {
        let Some(program) = find_program(name, path) else {
            continue;
        };
        let [home, folder, program] = [home, folder, &program].map(|path| quoted(&path.to_string_lossy()));
        let script =
            format!("#!/bin/sh\nhome={home}\nfolder={folder}\nprogram={program}\n{}", include_str!("ssh.sh"));
        let wrapper = bin.join(name);
        fs::write(&wrapper, script)?;
        fs::set_permissions(&wrapper, Permissions::from_mode(0o755))?;
    }
    Ok(())
}

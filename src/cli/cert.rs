//! `catalogue cert`: makes a self-signed certificate.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::terminal::safe_stdout;
use crate::certificates::SelfSigned;
use crate::config::limits;
use crate::store::AtomicFile;

/// Make a self-signed certificate and its key, to try TLS
///
/// Clients need `cert.pem`. Only the server may have `key.pem`.
#[derive(Debug, Args)]
pub struct CertArgs {
    /// The folder for `cert.pem` and `key.pem`, created if it does not exist
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
    /// Host names and addresses of the server
    #[arg(value_name = "NAME", default_values = ["localhost", "127.0.0.1", "::1"],
          num_args = 0..=limits::MAX_CERTIFICATE_NAMES)]
    names: Vec<String>,
}

impl CertArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        let made = SelfSigned::new(&self.names)?;
        let folder = self.out.strip_prefix(".").unwrap_or(&self.out);
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        for path in [&certificate, &key] {
            if path.symlink_metadata().is_ok() {
                return Err(CliError::FileExists(path.display().to_string()));
            }
        }
        fs::create_dir_all(&self.out).map_err(|error| cannot_write(&self.out, error))?;
        // A file that was created after the check above is not replaced either.
        write_new(&key, made.key.as_bytes(), 0o600)?;
        if let Err(error) = write_new(&certificate, made.certificate.as_bytes(), 0o644) {
            let _ = fs::remove_file(&key);
            return Err(error);
        }
        let (certificate, key) = (shell_word(&certificate), shell_word(&key));
        let (names, days) = (self.names.join(", "), limits::CERTIFICATE_DAYS);
        writeln!(
            safe_stdout(),
            "made {certificate} and {key} for {names}, valid for {days} days\n\
             serve:  catalogue serve --tls-cert {certificate} --tls-key {key}\n\
             ask:    catalogue client --ca {certificate} --user admin\n\
             or:     redis-cli -p 5890 --tls --cacert {certificate} --user admin --askpass"
        )?;
        Ok(())
    }
}

/// Writes a new file, complete or not at all.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), CliError> {
    // It is readable by its owner alone until it is complete.
    let write = || {
        let file = AtomicFile::new(path, "cert", 0o600)?;
        file.file().write_all(bytes)?;
        file.file().set_permissions(Permissions::from_mode(mode))?;
        file.persist_new()
    };
    match write() {
        Ok(true) => Ok(()),
        Ok(false) => Err(CliError::FileExists(path.display().to_string())),
        Err(error) => Err(cannot_write(path, error)),
    }
}

fn cannot_write(path: &Path, error: io::Error) -> CliError {
    CliError::Output(path.display().to_string(), error)
}

fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,@%:".contains(c);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_special_characters_are_quoted() {
        for (path, typed) in [
            ("a-b/é/cert.pem", "a-b/é/cert.pem"),
            ("my files/cert.pem", "'my files/cert.pem'"),
            ("it's/$HOME", r"'it'\''s/$HOME'"),
        ] {
            assert_eq!(shell_word(Path::new(path)), typed);
        }
    }
}

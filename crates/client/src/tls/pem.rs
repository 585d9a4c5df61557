//! PEM files: a certificate with its key, and certificates to trust.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::{Error as PemSyntax, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, SupportedProtocolVersion};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::limits;

/// The versions that both sides speak. Older ones are deprecated, RFC 8996.
pub const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// The cryptography of both sides.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Why files cannot be used for TLS. The texts never hold what is in a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PemError {
    /// It cannot be read.
    #[error("cannot read `{}`: {}, check the path and its rights", .0.display(), .1.kind())]
    Unreadable(PathBuf, io::Error),
    /// Over the bound.
    #[error(
        "`{}` has more than {} bytes, give a PEM file with certificates or a key",
        .0.display(), limits::MAX_PEM_BYTES
    )]
    TooLarge(PathBuf),
    /// No certificate in it.
    #[error("`{}` holds no certificate, it should begin with `-----BEGIN CERTIFICATE-----`", .0.display())]
    NoCertificate(PathBuf),
    /// No key in it.
    #[error("`{}` holds no private key, it should begin with `-----BEGIN PRIVATE KEY-----`", .0.display())]
    NoKey(PathBuf),
    /// A key that needs a passphrase.
    #[error(
        "the key in `{path}` is encrypted, decrypt it with `openssl pkey -in {path} -out plain.pem`",
        path = .0.display()
    )]
    Encrypted(PathBuf),
    /// PEM around something else, or cut off.
    #[error("`{}` is damaged, copy it again from where it was made", .0.display())]
    Damaged(PathBuf),
    /// A key that cannot sign for us.
    #[error("the key in `{}` is of an unknown kind, make one of ECDSA, RSA or Ed25519", .0.display())]
    UnknownKey(PathBuf),
    /// Two files that do not belong together.
    #[error(
        "the key in `{}` does not belong to the first certificate in `{}`, give the two that were made together",
        .key.display(), .certificate.display()
    )]
    Mismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// Files that are well-formed and cannot be used all the same.
    #[error("`{}` cannot be used for TLS: {}", .0.display(), .1)]
    Unusable(PathBuf, String),
}

/// A certificate, those that vouch for it, and its key.
///
/// # Errors
/// [`PemError`] for either file.
pub fn identity(certificate: &Path, key: &Path) -> Result<CertifiedKey, PemError> {
    let chain = certificates(certificate)?;
    let signing = {
        let key_bytes = private_key(key)?;
        any_supported_type(&key_bytes).map_err(|_| PemError::UnknownKey(key.to_owned()))?
    };
    let identity = CertifiedKey::new(chain, signing);
    match identity.keys_match() {
        Ok(()) => Ok(identity),
        Err(rustls::Error::InconsistentKeys(_)) => Err(PemError::Mismatch {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        }),
        Err(_) => Err(PemError::Damaged(certificate.to_owned())),
    }
}

/// Certificates to trust.
///
/// # Errors
/// [`PemError`], also when a single one of them cannot be used.
pub fn authorities(path: &Path) -> Result<RootCertStore, PemError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|_| PemError::Damaged(path.to_owned()))?;
    }
    Ok(roots)
}

/// All certificates of a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let bytes = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if found.is_empty() => Err(PemError::NoCertificate(path.to_owned())),
        Ok(found) => Ok(found),
        Err(_) => Err(PemError::Damaged(path.to_owned())),
    }
}

/// The first key of a file. It is overwritten when it is dropped.
fn private_key(path: &Path) -> Result<Zeroizing<PrivateKeyDer<'static>>, PemError> {
    const ENCRYPTED: &[u8] = b"ENCRYPTED";
    let bytes = read(path)?;
    match PrivateKeyDer::from_pem_slice(&bytes) {
        Ok(key) => Ok(Zeroizing::new(key)),
        Err(_) if bytes.windows(ENCRYPTED.len()).any(|word| word == ENCRYPTED) => {
            Err(PemError::Encrypted(path.to_owned()))
        }
        Err(PemSyntax::NoItemsFound) => Err(PemError::NoKey(path.to_owned())),
        // What it says of the fault could quote the key.
        Err(_) => Err(PemError::Damaged(path.to_owned())),
    }
}

/// A whole file. It may hold a key, so it is overwritten when it is dropped,
/// and its room is reserved before, so that no copy stays behind where it grew.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let most = limits::MAX_PEM_BYTES + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    File::open(path)
        .and_then(|file| file.take(most as u64).read_to_end(&mut bytes))
        .map_err(|error| PemError::Unreadable(path.to_owned(), error))?;
    match bytes.len() {
        length if length == most => Err(PemError::TooLarge(path.to_owned())),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate for `localhost` and its key, both as PEM.
    struct Pair {
        certificate: String,
        key: String,
    }

    fn pair() -> Pair {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Pair {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        }
    }

    struct Files {
        folder: tempfile::TempDir,
        made: Pair,
    }

    impl Files {
        fn new() -> Files {
            Files {
                folder: tempfile::tempdir().unwrap(),
                made: pair(),
            }
        }

        fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
            let path = self.folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        }

        fn pair(&self) -> (PathBuf, PathBuf) {
            let certificate = self.write("cert.pem", &self.made.certificate);
            (certificate, self.write("key.pem", self.made.key.as_bytes()))
        }
    }

    #[test]
    fn a_pair_is_read() {
        let files = Files::new();
        let (certificate, key) = files.pair();
        assert_eq!(identity(&certificate, &key).unwrap().cert.len(), 1);
        assert_eq!(authorities(&certificate).unwrap().len(), 1);
        // Both may stand in one file.
        let both = format!("{}{}", files.made.key, files.made.certificate);
        let both = files.write("both.pem", both);
        assert!(identity(&both, &both).is_ok());
    }

    #[test]
    fn each_fault_has_its_words() {
        let files = Files::new();
        let (certificate, key) = files.pair();
        let other = pair();
        let other = files.write("other.pem", other.key.as_bytes());
        let cut = files.write("cut.pem", &files.made.certificate[..100]);
        let block = |label: &str, text: &str| {
            format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
        };
        let odd_key = files.write("odd.pem", block("PRIVATE KEY", "c2VjcmV0"));
        let odd_certificate = files.write("oddcert.pem", block("CERTIFICATE", "c2VjcmV0"));
        let encrypted = files.write("enc.pem", block("ENCRYPTED PRIVATE KEY", "c2VjcmV0"));
        let torn = files.write("torn.pem", "-----BEGIN PRIVATE KEY-----\nsecret");
        let missing = files.folder.path().join("none.pem");
        for (certificate, key, words) in [
            (&missing, &key, "none.pem`: entity not found, check"),
            (&certificate, &missing, "none.pem`: entity not found"),
            (&key, &key, "key.pem` holds no certificate"),
            (&certificate, &certificate, "cert.pem` holds no private key"),
            (&cut, &key, "cut.pem` is damaged"),
            (&odd_certificate, &key, "oddcert.pem` is damaged"),
            (&certificate, &torn, "torn.pem` is damaged"),
            (&certificate, &odd_key, "odd.pem` is of an unknown kind"),
            (&certificate, &encrypted, "enc.pem` is encrypted, decrypt"),
            (&certificate, &other, "other.pem` does not belong to"),
        ] {
            let error = identity(certificate, key).unwrap_err().to_string();
            assert!(error.contains(words), "{error} instead of {words}");
            assert!(!error.contains("secret"), "{error}");
        }
        let error = authorities(&odd_certificate).unwrap_err().to_string();
        assert!(error.contains("oddcert.pem` is damaged"), "{error}");
    }

    #[test]
    fn a_file_that_never_ends_is_not_read_to_its_end() {
        let error = authorities(Path::new("/dev/zero")).unwrap_err();
        assert!(matches!(error, PemError::TooLarge(_)), "{error:?}");
        let files = Files::new();
        let mut text = files.made.certificate.clone().into_bytes();
        text.resize(limits::MAX_PEM_BYTES, b'\n');
        assert!(authorities(&files.write("long.pem", &text)).is_ok());
        text.push(b'\n');
        let error = authorities(&files.write("long.pem", &text)).unwrap_err();
        assert!(matches!(error, PemError::TooLarge(_)), "{error:?}");
    }

    #[test]
    fn no_debug_output_shows_a_key() {
        let files = Files::new();
        let (certificate, key) = files.pair();
        let bytes = std::fs::read_to_string(&key).unwrap();
        let secret = bytes.lines().nth(1).unwrap();
        let shown = format!("{:?}", identity(&certificate, &key).unwrap());
        assert!(!shown.contains(secret), "{shown}");
        let read = private_key(&key).unwrap();
        let first_bytes = format!("{:?}", &read.secret_der()[30..40]);
        let inner = first_bytes.trim_matches(['[', ']']);
        let shown = format!("{shown} {read:?}");
        assert!(!shown.contains(inner), "{shown}");
    }
}

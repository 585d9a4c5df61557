//! PEM files: a certificate chain with its key, and trusted certificates.

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

/// The versions of TLS that both sides support. Older ones are deprecated (RFC 8996).
pub const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// The cryptography of both sides.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The reason for which PEM files cannot be used for TLS. The messages never contain file contents.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PemError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {}, check the path and its permissions", .0.display(), .1.kind())]
    Unreadable(PathBuf, io::Error),
    /// It is larger than [`limits::MAX_PEM_BYTES`].
    #[error(
        "`{}` has more than {} bytes, give a PEM file with certificates or a key",
        .0.display(), limits::MAX_PEM_BYTES
    )]
    TooLarge(PathBuf),
    /// It contains no certificate.
    #[error("`{}` holds no certificate, it should begin with `-----BEGIN CERTIFICATE-----`", .0.display())]
    NoCertificate(PathBuf),
    /// It contains no private key.
    #[error("`{}` holds no private key, it should begin with `-----BEGIN PRIVATE KEY-----`", .0.display())]
    NoKey(PathBuf),
    /// The key needs a passphrase.
    #[error(
        "the key in `{path}` is encrypted, decrypt it with `openssl pkey -in {path} -out plain.pem`",
        path = .0.display()
    )]
    Encrypted(PathBuf),
    /// It is truncated, or the PEM block contains something else.
    #[error("`{}` is damaged, copy it again from its source", .0.display())]
    Damaged(PathBuf),
    /// The algorithm of the key is not supported.
    #[error("the key in `{}` has an unknown algorithm, use a key of ECDSA, RSA or Ed25519", .0.display())]
    UnknownKey(PathBuf),
    /// The key is not that of the certificate.
    #[error(
        "the key in `{}` does not belong to the first certificate in `{}`, use the key that was made with it",
        .key.display(), .certificate.display()
    )]
    Mismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// The file is well-formed but not usable.
    #[error("`{}` cannot be used for TLS: {}", .0.display(), .1)]
    Unusable(PathBuf, String),
}

/// Reads a certificate chain and its key.
///
/// # Errors
/// [`PemError`] of either file.
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

/// Reads trusted certificates.
///
/// # Errors
/// [`PemError`], also if only one of them is unusable.
pub fn authorities(path: &Path) -> Result<RootCertStore, PemError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|_| PemError::Damaged(path.to_owned()))?;
    }
    Ok(roots)
}

/// Reads all certificates of a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let bytes = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if found.is_empty() => Err(PemError::NoCertificate(path.to_owned())),
        Ok(found) => Ok(found),
        Err(_) => Err(PemError::Damaged(path.to_owned())),
    }
}

/// Reads the first key of a file. Its memory is overwritten on drop.
fn private_key(path: &Path) -> Result<Zeroizing<PrivateKeyDer<'static>>, PemError> {
    const ENCRYPTED: &[u8] = b"ENCRYPTED";
    let bytes = read(path)?;
    match PrivateKeyDer::from_pem_slice(&bytes) {
        Ok(key) => Ok(Zeroizing::new(key)),
        Err(_) if bytes.windows(ENCRYPTED.len()).any(|word| word == ENCRYPTED) => {
            Err(PemError::Encrypted(path.to_owned()))
        }
        Err(PemSyntax::NoItemsFound) => Err(PemError::NoKey(path.to_owned())),
        // The message of the PEM parser could contain the key.
        Err(_) => Err(PemError::Damaged(path.to_owned())),
    }
}

/// Reads a whole file. It may contain a key, so its memory is overwritten on drop
/// and allocated at once: a growing buffer would leave copies.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let limit = limits::MAX_PEM_BYTES + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
    File::open(path)
        .and_then(|file| file.take(limit as u64).read_to_end(&mut bytes))
        .map_err(|error| PemError::Unreadable(path.to_owned(), error))?;
    if bytes.len() == limit {
        return Err(PemError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
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

    struct TestFiles {
        folder: tempfile::TempDir,
        made: Pair,
    }

    impl TestFiles {
        fn new() -> TestFiles {
            TestFiles {
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
    fn a_certificate_and_its_key_are_read() {
        let files = TestFiles::new();
        let (certificate, key) = files.pair();
        assert_eq!(identity(&certificate, &key).unwrap().cert.len(), 1);
        assert_eq!(authorities(&certificate).unwrap().len(), 1);
        // One file may contain both.
        let both = format!("{}{}", files.made.key, files.made.certificate);
        let both = files.write("both.pem", both);
        assert!(identity(&both, &both).is_ok());
    }

    #[test]
    fn each_fault_has_its_message() {
        let files = TestFiles::new();
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
            (&certificate, &odd_key, "odd.pem` has an unknown algorithm"),
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
    fn reading_stops_at_the_size_limit() {
        let error = authorities(Path::new("/dev/zero")).unwrap_err();
        assert!(matches!(error, PemError::TooLarge(_)), "{error:?}");
        let files = TestFiles::new();
        let mut text = files.made.certificate.clone().into_bytes();
        text.resize(limits::MAX_PEM_BYTES, b'\n');
        assert!(authorities(&files.write("long.pem", &text)).is_ok());
        text.push(b'\n');
        let error = authorities(&files.write("long.pem", &text)).unwrap_err();
        assert!(matches!(error, PemError::TooLarge(_)), "{error:?}");
    }

    #[test]
    fn debug_output_contains_no_key() {
        let files = TestFiles::new();
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

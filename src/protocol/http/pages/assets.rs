//! The style sheet, the script and the icon, compressed once. The addresses of the first two
//! contain a hash of their bytes, so a browser may keep them forever.

use std::io::Write;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// A file that pages load.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its path.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub plain: Bytes,
    /// Its bytes, compressed by gzip.
    pub gzip: Bytes,
}

impl Asset {
    fn new(extension: &str, media_type: &'static str, text: &'static str) -> Asset {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory cannot fail.
        let gzip = encoder
            .write_all(text.as_bytes())
            .and_then(|()| encoder.finish());
        Asset {
            path: format!("/assets/{:016x}.{extension}", hash(text.as_bytes())),
            media_type,
            plain: Bytes::from_static(text.as_bytes()),
            gzip: gzip.unwrap_or_default().into(),
        }
    }
}

/// FNV-1a with 64 bits: only the project's own files are hashed.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "css",
        "text/css; charset=utf-8",
        include_str!("assets/page.css"),
    )
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "js",
        "text/javascript; charset=utf-8",
        include_str!("assets/page.js"),
    )
});

/// The style sheet.
pub fn style() -> &'static Asset {
    &STYLE
}

/// The script.
pub fn script() -> &'static Asset {
    &SCRIPT
}

/// The icon, as SVG.
pub const ICON: &str = include_str!("assets/icon.svg");

/// The asset of this file name.
pub fn find(file: &str) -> Option<&'static Asset> {
    [style(), script()]
        .into_iter()
        .find(|asset| asset.path.strip_prefix("/assets/") == Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_by_its_hash() {
        let file = style().path.strip_prefix("/assets/").unwrap();
        assert_eq!(find(file).unwrap().media_type, style().media_type);
        assert!(find("page.css").is_none());
        assert!(style().gzip.len() < style().plain.len() / 2);
    }
}

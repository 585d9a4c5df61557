//! The messages of the gateway. Keys and values are in Base64, numbers are texts, and fields
//! that are zero are left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// The header of every answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Header {
    #[serde(deserialize_with = "number")]
    pub cluster_id: u64,
    #[serde(deserialize_with = "number")]
    pub revision: u64,
}

/// A key and its value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct KeyValue {
    /// The key.
    #[serde(deserialize_with = "base64")]
    pub key: Vec<u8>,
    /// The value.
    #[serde(deserialize_with = "base64")]
    pub value: Vec<u8>,
    /// The revision of its last change.
    #[serde(deserialize_with = "number")]
    pub mod_revision: u64,
    /// The number of its changes.
    #[serde(deserialize_with = "number")]
    pub version: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub header: Header,
    pub kvs: Vec<KeyValue>,
    pub succeeded: bool,
    #[serde(rename = "ID", deserialize_with = "number")]
    pub id: u64,
    #[serde(rename = "TTL", deserialize_with = "number")]
    pub ttl: u64,
    /// The answer of a stream.
    pub result: Option<StreamAnswer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StreamAnswer {
    pub header: Header,
    #[serde(rename = "TTL", deserialize_with = "number")]
    pub ttl: u64,
    pub canceled: bool,
    #[serde(deserialize_with = "number")]
    pub compact_revision: u64,
    pub events: Vec<Event>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    pub kv: KeyValue,
}

/// A message of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StreamMessage {
    pub result: StreamAnswer,
    pub error: Option<Refusal>,
}

/// The status of a member.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EngineStatus {
    pub(super) header: Header,
    /// The version of etcd.
    pub version: String,
    /// The id of the leader; 0 without one.
    #[serde(deserialize_with = "number")]
    pub leader: u64,
    /// The bytes of its database that are in use.
    #[serde(rename = "dbSizeInUse", deserialize_with = "number")]
    pub database_bytes: u64,
}

/// An error, in the formats of all versions of the gateway.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    pub code: u32,
    pub grpc_code: u32,
    pub message: String,
    pub error: String,
}

/// Encodes bytes for the gateway.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn base64<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<u8>, D::Error> {
    struct Text;
    impl Visitor<'_> for Text {
        type Value = Vec<u8>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Base64")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
            STANDARD.decode(text).map_err(E::custom)
        }
    }
    from.deserialize_str(Text)
}

/// A number, or the same as a text.
fn number<'d, D: Deserializer<'d>>(from: D) -> Result<u64, D::Error> {
    struct Number;
    impl Visitor<'_> for Number {
        type Value = u64;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a number")
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
            Ok(number.cast_unsigned())
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
            let signed = || text.parse::<i64>().map(i64::cast_unsigned);
            text.parse().or_else(|_| signed()).map_err(E::custom)
        }
    }
    from.deserialize_any(Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer of etcd 3.4, and the numbers of later versions.
    #[test]
    fn answers_are_read() {
        let text = r#"{"header":{"cluster_id":"9225222681374609019","revision":"3"},"kvs":[{"key":"bG9n","mod_revision":"3","version":2,"value":"YQ=="}],"count":"1"}"#;
        let answer: Answer = serde_json::from_str(text).unwrap();
        assert_eq!(answer.header.cluster_id, 9_225_222_681_374_609_019);
        let kv = &answer.kvs[0];
        assert_eq!((kv.mod_revision, kv.version), (3, 2));
        assert_eq!(
            (kv.key.as_slice(), kv.value.as_slice()),
            (&b"log"[..], &b"a"[..])
        );
        let text = r#"{"error":"e","message":"m","code":11}"#;
        let refusal: Refusal = serde_json::from_str(text).unwrap();
        assert_eq!((refusal.code, refusal.message.as_str()), (11, "m"));
        for bad in [r#"{"header":{"revision":"x"}}"#, r#"{"kvs":[{"key":"!"}]}"#] {
            assert!(serde_json::from_str::<Answer>(bad).is_err(), "{bad}");
        }
    }
}

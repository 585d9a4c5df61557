//! A stream of the changes of one key.

use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

use super::engine::EtcdEngine;
use super::error::EtcdError;
use super::messages::{KeyValue, StreamMessage};
use crate::config::{EtcdEndpoint, limits};

/// The changes of one key, in order.
pub struct EtcdWatch {
    engine: Arc<EtcdEngine>,
    endpoint: EtcdEndpoint,
    /// Keeps the connection open.
    _sender: SendRequest<Full<Bytes>>,
    body: Incoming,
    unread: BytesMut,
}

impl EtcdWatch {
    pub(super) fn new(
        engine: Arc<EtcdEngine>,
        endpoint: EtcdEndpoint,
        sender: SendRequest<Full<Bytes>>,
        body: Incoming,
    ) -> EtcdWatch {
        EtcdWatch {
            engine,
            endpoint,
            _sender: sender,
            body,
            unread: BytesMut::new(),
        }
    }

    /// The next changes. A message that only opens the stream has none. The call can be cancelled
    /// without losing changes.
    ///
    /// # Errors
    /// The end of the stream; [`EtcdError::is_compacted`] if the first revision was removed.
    pub async fn next(&mut self) -> Result<Vec<KeyValue>, EtcdError> {
        let no_answer = |reason: &dyn ToString| EtcdError::NoAnswer(reason.to_string());
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.unread) {
                let line = self.unread.split_to(end);
                self.unread.advance(1);
                return self.read(&line);
            }
            let frame = self.body.frame().await;
            let frame = frame.ok_or_else(|| no_answer(&"the watch has ended"))?;
            let frame = frame.map_err(|error| no_answer(&error))?;
            if let Ok(bytes) = frame.into_data() {
                self.unread.extend_from_slice(&bytes);
            }
            if self.unread.len() > limits::MAX_ETCD_ANSWER_BYTES {
                return Err(no_answer(&"a message of the watch is too long"));
            }
        }
    }

    fn read(&self, line: &[u8]) -> Result<Vec<KeyValue>, EtcdError> {
        let message: StreamMessage =
            serde_json::from_slice(line).map_err(|error| EtcdError::NoAnswer(error.to_string()))?;
        if let Some(error) = message.error {
            return Err(EtcdError::Refused {
                code: error.code.max(error.grpc_code),
                message: error.message,
            });
        }
        let result = message.result;
        self.engine
            .check_id(result.header.cluster_id, &self.endpoint)?;
        if result.compact_revision > 0 {
            return Err(EtcdError::Refused {
                code: 11,
                message: "required revision has been compacted".to_owned(),
            });
        }
        if result.canceled {
            return Err(EtcdError::NoAnswer("the watch was cancelled".to_owned()));
        }
        Ok(result.events.into_iter().map(|event| event.kv).collect())
    }
}

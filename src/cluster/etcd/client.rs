//! The calls to etcd. They are sent one at a time, to the member that answered last.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::engine::EtcdEngine;
use super::error::EtcdError;
use super::messages::{Answer, EngineStatus, KeyValue, Refusal, to_base64};
use super::watch::EtcdWatch;
use crate::config::limits;

/// A connection to a member of etcd, and to the next member when that one fails.
pub struct EtcdClient {
    engine: Arc<EtcdEngine>,
    member: usize,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl EtcdClient {
    /// A client that is not connected yet.
    pub fn new(engine: Arc<EtcdEngine>) -> EtcdClient {
        EtcdClient {
            engine,
            member: 0,
            sender: None,
        }
    }

    /// Connects to the first member that answers and has a leader. Later calls go there.
    ///
    /// # Errors
    /// [`EtcdError`] of the last member, if none answers or none has a leader.
    pub async fn find_member(&mut self) -> Result<(), EtcdError> {
        let mut last = Ok(());
        for _ in 0..self.engine.members() {
            last = match self.status().await {
                Ok(status) if status.leader != 0 => return Ok(()),
                Ok(_) => {
                    self.take_next_member();
                    Err(EtcdError::NoAnswer("no member has a leader".to_owned()))
                }
                Err(error) => Err(error),
            };
        }
        last
    }

    /// Sets a key, with a time limit. Returns the revision.
    ///
    /// # Errors
    /// [`EtcdError`], as for all calls.
    pub async fn put(
        &mut self,
        key: &str,
        value: &[u8],
        lease: u64,
        limit: Duration,
    ) -> Result<u64, EtcdError> {
        let (key, value) = (to_base64(key.as_bytes()), to_base64(value));
        let body = format!(r#"{{"key":"{key}","value":"{value}","lease":"{lease}"}}"#);
        let answer = self.call("kv/put", body, limit).await?;
        Ok(answer.header.revision)
    }

    /// Sets a key if it does not exist. Returns `false` if it exists.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn create(&mut self, key: &str, value: &[u8]) -> Result<bool, EtcdError> {
        let (key, value) = (to_base64(key.as_bytes()), to_base64(value));
        let body = json!({
            "compare": [{"key": key, "target": "CREATE", "result": "EQUAL", "create_revision": "0"}],
            "success": [{"request_put": {"key": key, "value": value}}],
        });
        Ok(self.ask("kv/txn", &body).await?.succeeded)
    }

    /// The value of a key that a majority of the members has.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn get(&mut self, key: &str) -> Result<Option<KeyValue>, EtcdError> {
        let body = json!({"key": to_base64(key.as_bytes())});
        Ok(self.ask("kv/range", &body).await?.kvs.pop())
    }

    /// The newest value of a key that a majority of the members has, and the newest revision.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn newest(&mut self, key: &str) -> Result<(KeyValue, u64), EtcdError> {
        let body = json!({"key": to_base64(key.as_bytes())});
        let mut answer = self.ask("kv/range", &body).await?;
        let found = answer.kvs.pop().unwrap_or_default();
        Ok((found, answer.header.revision))
    }

    /// The revision of the newest value of a key that a majority of the members has.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn head(&mut self, key: &str) -> Result<u64, EtcdError> {
        let body = json!({"key": to_base64(key.as_bytes()), "keys_only": true});
        let found = self.ask("kv/range", &body).await?.kvs.pop();
        Ok(found.unwrap_or_default().mod_revision)
    }

    /// The value of a key at a revision that exists.
    ///
    /// # Errors
    /// [`EtcdError::is_compacted`].
    pub async fn get_at(
        &mut self,
        key: &str,
        revision: u64,
    ) -> Result<Option<KeyValue>, EtcdError> {
        // A member refuses a revision that it does not have yet.
        let body = json!({
            "key": to_base64(key.as_bytes()),
            "revision": revision.to_string(),
            "serializable": true,
        });
        Ok(self.ask("kv/range", &body).await?.kvs.pop())
    }

    /// All keys with this prefix, which ends with `/`.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn list(&mut self, folder: &str) -> Result<Vec<KeyValue>, EtcdError> {
        let end = folder.strip_suffix('/').unwrap_or(folder).to_owned() + "0";
        let (key, end) = (to_base64(folder.as_bytes()), to_base64(end.as_bytes()));
        let body = json!({"key": key, "range_end": end});
        Ok(self.ask("kv/range", &body).await?.kvs)
    }

    /// Removes the values before a revision.
    ///
    /// # Errors
    /// [`EtcdError::is_compacted`] if they were removed before.
    pub async fn compact(&mut self, revision: u64) -> Result<(), EtcdError> {
        let body = json!({"revision": revision.to_string()});
        self.ask("kv/compaction", &body).await.map(drop)
    }

    /// A new lease.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn grant_lease(&mut self, time: Duration) -> Result<u64, EtcdError> {
        let body = json!({"TTL": time.as_secs().to_string()});
        Ok(self.ask("lease/grant", &body).await?.id)
    }

    /// Renews a lease. Returns `false` if it has expired.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn renew_lease(&mut self, lease: u64) -> Result<bool, EtcdError> {
        let body = json!({"ID": lease.to_string()});
        let answer = self.ask("lease/keepalive", &body).await?;
        Ok(answer.result.is_some_and(|renewed| renewed.ttl > 0) || answer.ttl > 0)
    }

    /// Ends a lease, and removes the keys with it.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn revoke_lease(&mut self, lease: u64) -> Result<(), EtcdError> {
        let body = json!({"ID": lease.to_string()});
        self.ask("lease/revoke", &body).await.map(drop)
    }

    /// The status of the member to which the client is connected.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn status(&mut self) -> Result<EngineStatus, EtcdError> {
        let body = self
            .exchange("maintenance/status", "{}".to_owned(), limits::ETCD_TIMEOUT)
            .await?;
        let status: EngineStatus = self.read(&body)?;
        self.check_id(status.header.cluster_id)?;
        Ok(status)
    }

    /// Follows a key from a revision on, over a connection of its own.
    ///
    /// # Errors
    /// [`EtcdError`].
    pub async fn watch(&mut self, key: &str, revision: u64) -> Result<EtcdWatch, EtcdError> {
        let body = json!({"create_request": {
            "key": to_base64(key.as_bytes()),
            "start_revision": revision.to_string(),
        }});
        let endpoint = self.engine.endpoint(self.member).clone();
        let opened = async {
            let mut sender = self.engine.connect(&endpoint).await?;
            let request = self.request("watch", body.to_string());
            let answer = sender.send_request(request).await;
            let answer = answer.map_err(|error| EtcdError::NoAnswer(error.to_string()))?;
            Ok(EtcdWatch::new(
                Arc::clone(&self.engine),
                endpoint,
                sender,
                answer.into_body(),
            ))
        };
        let opened = timeout(limits::ETCD_TIMEOUT, opened).await;
        let opened = opened.unwrap_or_else(|_| Err(no_answer_in_time()));
        if opened.is_err() {
            self.take_next_member();
        }
        opened
    }

    /// Sends the next call to the next member.
    pub fn take_next_member(&mut self) {
        self.sender = None;
        self.member = (self.member + 1) % self.engine.members();
    }

    async fn ask(&mut self, path: &'static str, body: &Value) -> Result<Answer, EtcdError> {
        self.call(path, body.to_string(), limits::ETCD_TIMEOUT)
            .await
    }

    async fn call(
        &mut self,
        path: &'static str,
        body: String,
        limit: Duration,
    ) -> Result<Answer, EtcdError> {
        let body = self.exchange(path, body, limit).await?;
        let answer: Answer = self.read(&body)?;
        let header = answer.result.as_ref().map(|result| &result.header);
        self.check_id(header.unwrap_or(&answer.header).cluster_id)?;
        Ok(answer)
    }

    /// Sends a request, and returns the body of the answer. After a failure the next call goes to
    /// the next member.
    async fn exchange(
        &mut self,
        path: &'static str,
        body: String,
        limit: Duration,
    ) -> Result<Bytes, EtcdError> {
        let result = self.try_exchange(path, body, limit).await;
        match &result {
            Ok(_) => {}
            // Every member gives the same answer.
            Err(error) if error.is_compacted() || error.is_final() => {}
            Err(_) => self.take_next_member(),
        }
        result
    }

    async fn try_exchange(
        &mut self,
        path: &'static str,
        body: String,
        limit: Duration,
    ) -> Result<Bytes, EtcdError> {
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => {
                self.engine
                    .connect(self.engine.endpoint(self.member))
                    .await?
            }
        };
        let request = self.request(path, body);
        let exchange = async {
            let no_answer = |error: &dyn ToString| EtcdError::NoAnswer(error.to_string());
            // An error here occurs before the first byte is sent.
            let ready = sender.ready().await;
            ready.map_err(|error| EtcdError::Unreachable(error.to_string()))?;
            let answer = sender.send_request(request).await;
            let answer = answer.map_err(|error| no_answer(&error))?;
            let status = answer.status();
            let body = whole(answer).await.map_err(|error| no_answer(&error))?;
            if status == StatusCode::OK {
                Ok(body)
            } else {
                Err(refusal(status, &body))
            }
        };
        let result = timeout(limit, exchange).await;
        let result = result.unwrap_or_else(|_| Err(no_answer_in_time()));
        if matches!(result, Ok(_) | Err(EtcdError::Refused { .. })) {
            self.sender = Some(sender);
        }
        result
    }

    fn request(&self, path: &str, body: String) -> Request<Full<Bytes>> {
        let endpoint = self.engine.endpoint(self.member);
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = Method::POST;
        let headers = [
            (HOST, format!("{}:{}", endpoint.host, endpoint.port)),
            (CONTENT_TYPE, "application/json".to_owned()),
        ];
        for (name, value) in headers {
            if let Ok(value) = value.parse() {
                request.headers_mut().insert(name, value);
            }
        }
        if let Ok(uri) = format!("/v3/{path}").parse() {
            *request.uri_mut() = uri;
        }
        request
    }

    fn read<'b, A: serde::Deserialize<'b>>(&self, body: &'b [u8]) -> Result<A, EtcdError> {
        let endpoint = self.engine.endpoint(self.member);
        serde_json::from_slice(body)
            .map_err(|error| EtcdError::NoAnswer(format!("`{endpoint}` is no etcd: {error}")))
    }

    fn check_id(&self, found: u64) -> Result<(), EtcdError> {
        let endpoint = self.engine.endpoint(self.member);
        self.engine.check_id(found, endpoint)
    }
}

fn no_answer_in_time() -> EtcdError {
    EtcdError::NoAnswer("no answer in time".to_owned())
}

async fn whole(
    answer: Response<Incoming>,
) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    let body = Limited::new(answer.into_body(), limits::MAX_ETCD_ANSWER_BYTES);
    Ok(body.collect().await?.to_bytes())
}

/// The refusal of an answer that is no success.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> EtcdError {
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let message = [refusal.message, refusal.error].into_iter();
    let message = message.into_iter().find(|message| !message.is_empty());
    EtcdError::Refused {
        code: refusal.code,
        message: message.unwrap_or_else(|| format!("HTTP status {}", status.as_u16())),
    }
}

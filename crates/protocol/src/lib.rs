//! The wire contract of the `catalogue` movie server: what a movie is, how its
//! row is encoded, and the frames of RESP that carry requests and replies. No
//! I/O: everything here turns bytes into values and values into bytes.
//!
//! | module | contents |
//! | --- | --- |
//! | [`commands`] | what each command is called, takes and requires |
//! | [`movie`] | a valid movie, its postcard row and its JSON |
//! | [`resp`] | bytes to requests, replies to bytes, and back |
//! | [`limits`] | the bounds of a request, a reply and a movie |
//!
//! A program that only needs to talk to a server uses the crate `catalogue-client`.
//! One that has its own Redis client can read the rows with this crate alone:
//!
//! ```
//! use catalogue_protocol::movie::{Fields, Movie};
//!
//! let movie = Movie::new(Fields { name: "1".into(), title: "Alien".into(), ..Fields::default() })?;
//! let row = movie.to_postcard();
//! assert_eq!(Movie::from_postcard(&row)?, movie);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod commands;
pub mod limits;
pub mod movie;
mod quoted_value;
pub mod resp;

pub use quoted_value::QuotedValue;

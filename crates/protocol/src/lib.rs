//! The wire format of the `catalogue` movie server: a movie, the encodings of its row, and RESP for
//! requests and replies. There is no I/O: this crate turns bytes into values, and values into
//! bytes.
//!
//! | module | contents |
//! | --- | --- |
//! | [`commands`] | the table of commands |
//! | [`movie`] | a movie and its rules, its postcard row and its JSON |
//! | [`resp`] | the RESP codec |
//! | [`limits`] | the limits of a request, a reply and a movie |
//!
//! For a complete client, use the crate `catalogue-client`. A program with another Redis client can
//! decode the rows with this crate:
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

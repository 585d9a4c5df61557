//! Operands that several commands have.

use bytes::Bytes;

use super::{Args, ArgumentError};
use crate::api::{Credentials, PersonEncoding, RowEncoding};
use crate::auth::Password;
use crate::movie::RowFormat;

/// The optional last word that chooses the form of rows.
pub(super) fn row_encoding(args: &mut Args<'_>) -> Result<RowEncoding, ArgumentError> {
    row_format(args).map(movie_encoding)
}

/// The encoding of movies in a form.
pub(super) fn movie_encoding(format: RowFormat) -> RowEncoding {
    match format {
        RowFormat::Postcard => RowEncoding::Postcard,
        RowFormat::Json => RowEncoding::With(|movie| Bytes::from(movie.to_json())),
    }
}

/// The encoding of people in a form.
pub(super) fn person_encoding(format: RowFormat) -> PersonEncoding {
    match format {
        RowFormat::Postcard => |person| person.to_postcard().into(),
        RowFormat::Json => |person| person.to_json().into(),
    }
}

/// The same, for rows that are not movies alone.
pub(super) fn row_format(args: &mut Args<'_>) -> Result<RowFormat, ArgumentError> {
    if args.is_empty() {
        return Ok(RowFormat::Postcard);
    }
    let word = args.text("the form")?;
    word.parse().map_err(|()| ArgumentError::Syntax)
}

/// A user and a password.
pub(super) fn credentials<'a>(args: &mut Args<'a>) -> Result<Credentials<'a>, ArgumentError> {
    Ok(Credentials {
        user: args.bytes()?,
        password: Password::from_bytes(args.bytes()?),
    })
}

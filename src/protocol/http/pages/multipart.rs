//! Forms with a file: `multipart/form-data` (RFC 7578).

use bytes::Bytes;
use memchr::memmem;

use crate::config::limits;

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// The name of the field.
    pub name: String,
    /// The name of the file, if the field is one.
    pub file: Option<String>,
    /// The value, or the content of the file.
    pub value: Bytes,
}

/// Reads the fields of a form with at most [`limits::MAX_FORM_FIELDS`] fields. `None` when it is
/// malformed.
pub fn parse(content_type: &str, body: &Bytes) -> Option<Vec<FormField>> {
    let boundary = parameter(content_type, "boundary")?;
    let delimiter = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(&delimiter);
    // The first delimiter has no line before it.
    let mut at = delimiter.len() - 2;
    if !body.starts_with(&delimiter.as_bytes()[2..]) {
        return None;
    }
    let mut fields = Vec::new();
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Some(fields);
        }
        if !rest.starts_with(b"\r\n") || fields.len() == limits::MAX_FORM_FIELDS {
            return None;
        }
        let head_end = memmem::find(&rest[2..], b"\r\n\r\n")? + 2;
        let head = std::str::from_utf8(&rest[2..head_end]).ok()?;
        let begin = at + head_end + 4;
        // An empty value shares the line that ends its head with the delimiter.
        let end = begin + finder.find(&body[begin - 2..])?.saturating_sub(2);
        let value = body.slice(begin..end.max(begin));
        at = begin - 2 + finder.find(&body[begin - 2..])? + delimiter.len();
        fields.push(field(head, value)?);
    }
}

fn field(head: &str, value: Bytes) -> Option<FormField> {
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition")
            .then_some(value)
    })?;
    Some(FormField {
        name: parameter(disposition, "name")?,
        file: parameter(disposition, "filename"),
        value,
    })
}

/// The value of a parameter of a header field, as in `form-data; name="file"`.
fn parameter(field: &str, wanted: &str) -> Option<String> {
    let mut rest = field;
    loop {
        rest = rest.split_once(';')?.1.trim_start();
        let (name, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            // Browsers write quotes and line ends in names as escapes.
            return Some(value.trim().replace("%22", "\""));
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Vec<(String, Option<String>, String)>> {
        let body = Bytes::from(body.replace('\n', "\r\n"));
        let fields = parse("multipart/form-data; boundary=x-1", &body)?;
        let text = |value: &Bytes| String::from_utf8_lossy(value).into_owned();
        let fields = fields.into_iter();
        Some(
            fields
                .map(|field| (field.name, field.file, text(&field.value)))
                .collect(),
        )
    }

    #[test]
    fn fields_and_files_are_read() {
        let fields = read(
            "--x-1\nContent-Disposition: form-data; name=\"merge\"\n\n1\n--x-1\n\
             content-disposition: form-data; name=\"file\"; filename=\"a;b.csv\"\n\
             Content-Type: text/csv\n\nname,title\n--x\n\n--x-1\n\
             Content-Disposition: form-data; name=\"empty\"\n\n\n--x-1--\n",
        );
        let expected = [
            ("merge", None, "1"),
            ("file", Some("a;b.csv"), "name,title\r\n--x\r\n"),
            ("empty", None, ""),
        ];
        let expected = expected.map(|(name, file, value)| {
            (name.to_owned(), file.map(str::to_owned), value.to_owned())
        });
        assert_eq!(fields.unwrap(), expected);
    }

    #[test]
    fn a_form_that_is_cut_off_is_malformed() {
        let whole = "--x-1\nContent-Disposition: form-data; name=\"a\"\n\n1\n--x-1--";
        assert!(read(whole).is_some());
        for end in 0..whole.len() - 1 {
            assert_eq!(read(&whole[..end]), None, "{:?}", &whole[..end]);
        }
        for other in [
            "",
            "--y\n",
            "--x-1\n\n\n\n--x-1--",
            "--x-1\nContent-Disposition: form-data\n\n1\n--x-1--",
        ] {
            assert_eq!(read(other), None, "{other:?}");
        }
        assert_eq!(
            parse("multipart/form-data", &Bytes::from_static(b"--x")),
            None
        );
        let many = "--x-1\nContent-Disposition: form-data; name=\"a\"\n\n1\n"
            .repeat(limits::MAX_FORM_FIELDS + 1);
        assert_eq!(read(&format!("{many}--x-1--")), None);
    }
}

//! The names in the next requests of a pipeline, without decoding them.

/// The second words of the next requests, as long as these are arrays of two words each: the form
/// in which clients send look-ups. The words are only a hint: the requests are decoded and checked
/// later, and no movie may have such a name.
pub fn names_ahead(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = input;
    std::iter::from_fn(move || {
        let (_command, behind) = bulk(rest.strip_prefix(b"*2\r\n")?)?;
        let (name, behind) = bulk(behind)?;
        rest = behind;
        Some(name)
    })
}

/// A bulk string of less than a thousand bytes, and the bytes after it.
fn bulk(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| usize::from(byte - b'0'));
    let (length, content) = match input {
        [b'$', a, b'\r', b'\n', content @ ..] => (digit(a)?, content),
        [b'$', a, b, b'\r', b'\n', content @ ..] => (digit(a)? * 10 + digit(b)?, content),
        [b'$', a, b, c, b'\r', b'\n', content @ ..] => {
            (digit(a)? * 100 + digit(b)? * 10 + digit(c)?, content)
        }
        _ => return None,
    };
    let (word, behind) = content.split_at_checked(length)?;
    Some((word, behind.strip_prefix(b"\r\n")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(input: &[u8]) -> Vec<&[u8]> {
        names_ahead(input).collect()
    }

    #[test]
    fn it_ends_where_something_else_begins() {
        let send = b"*2\r\n$4\r\nSEND\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$10\r\ntt00000002\r\n";
        let two = [b"1".as_slice(), b"tt00000002"];
        assert_eq!(names(send), two);
        for other in [
            "",
            "*1\r\n$2\r\nNB\r\n",
            "SEND 3\r\n",
            "*2\r\n$4\r\nSEND\r\n$2\r\n3",
        ] {
            assert_eq!(names(&[send, other.as_bytes()].concat()), two, "{other}");
        }
        for broken in [
            "*2\r\n$4\r\nSEND\r\n$1\r\n12\r\n",
            "*2\r\n$x\r\n",
            "*2\r\n$9999\r\n",
        ] {
            assert!(names(broken.as_bytes()).is_empty(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at(input in proptest::collection::vec(any::<u8>(), 0..200)) {
            names(&input);
            let framed = [b"*2\r\n$3\r\nGET\r\n$".as_slice(), &input].concat();
            names(&framed);
        }
    }
}

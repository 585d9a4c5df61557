//! Properties that hold for any bytes, tested with bytes from proptest. The bodies are in
//! `fuzz/bodies/`, and libFuzzer runs them too.

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use std::cell::RefCell;
use std::io::Write;

use catalogue::movie::{Fields, Movie};
use catalogue::store::Reader;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Folder, soak_rounds};
use bodies::commands::Parsers;
use bodies::http::HttpServed;
use bodies::session::Served;

/// The number of cases; more in a long run.
fn cases(number: u32) -> ProptestConfig {
    let times = if soak_rounds().is_some() { 20 } else { 1 };
    ProptestConfig {
        cases: number * times,
        // Failures are printed and not stored in files.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Several of these in sequence, with random bytes among them.
fn mixture(pieces: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let any_bytes = vec(any::<u8>(), 0..12);
    let piece = prop_oneof![
        8 => proptest::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => any_bytes,
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const FRAMES: &[&[u8]] = &[
    b"*2\r\n$4\r\nSEND\r\n$1\r\n1\r\n",
    b"*1\r\n$2\r\nNB\r\n",
    b"*3\r\n",
    b"*0\r\n",
    b"*-1\r\n",
    b"$3\r\nabc\r\n",
    b"$0\r\n\r\n",
    b"$64\r\n",
    b"$",
    b"SEND \"a b\" 'c'\r\n",
    b"NB\n",
    b"\"",
    b"\\x41",
    b"\r",
    b"\n",
    b"a a a a ",
    b"POST / HTTP/1.1\r\n",
];

const REPLIES: &[&[u8]] = &[
    b"+OK\r\n",
    b"-ERR no\r\n",
    b":7\r\n",
    b"$3\r\nabc\r\n",
    b"$-1\r\n",
    b"_\r\n",
    b"#t\r\n",
    b"*2\r\n",
    b"%1\r\n",
    b"~1\r\n",
    b"=7\r\ntxt:abc\r\n",
    b"*-1\r\n",
    b"\r",
    b"\n",
    b",1.5\r\n",
];

const WORDS: &[&[u8]] = &[
    b"1",
    b"\n",
    b"\n",
    b"\n",
    b"JSON",
    b"POSTCARD",
    b"LIMIT",
    b"10",
    b"1001",
    b"-1",
    b"AFTER",
    b"GENRE",
    b"YEAR",
    b"1972-1979",
    b"AUTH",
    b"SETNAME",
    b"3",
    b"GET",
    b"save",
    b"a b",
    b"{\"title\":\"x\"}",
    b"\xff",
    b"\r",
    b"DOCS",
    "é🎬".as_bytes(),
];

const JSON: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"title\":\"x\"",
    b"\"name\":\"n\"",
    b"\"released\":\"1972-03\"",
    b"\"genres\":[\"Drama\"]",
    b"\"rating\":8.5",
    b"\"votes\":12",
    b"\"id\":1",
    b",",
    b":",
    b"\"",
    b"null",
    b"1e999",
    b"\"runtime_minutes\":90",
    b" ",
];

const TABLES: &[&[u8]] = &[
    b"tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n",
    b"tt1\tmovie\tA\tB\t0\t1972\t\\N\t90\tDrama\n",
    b"movieId,title,genres\n",
    b"1,Toy Story (1995),Animation|Comedy\n",
    b"Name,Year,Rating,key\n",
    b"title;released;votes\n",
    b"{\"title\":\"x\",\"name\":\"y\"}\n",
    b"[", b"]", b",", b";", b"\t", b"\"", b"\n", b"\r\n", b"\\N", b"1972", b"12/31/1999",
    b"8,5", b"1 h 30", b"Alien", b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"}", b":", b"\0",
];

fn movie() -> impl Strategy<Value = Movie> {
    (
        "[a-z:. ]{1,20}",
        "\\PC{1,20}",
        0.0..10.0f64,
        any::<Option<u32>>(),
    )
        .prop_map(|(name, title, rating, votes)| {
            let fields = Fields {
                name,
                title,
                rating: Some(rating),
                votes,
                released: Some("1972-03".parse().unwrap()),
                ..Fields::default()
            };
            Movie::new(fields).unwrap()
        })
}

/// A valid input with some bytes changed or removed.
fn damaged(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let faults = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (
        Just(valid),
        faults,
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(mut bytes, faults, cut, is_cut)| {
            for (position, byte) in faults {
                if !bytes.is_empty() {
                    let position = position.index(bytes.len());
                    bytes[position] = byte;
                }
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            bytes
        })
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn requests_do_not_depend_on_how_bytes_are_split(
        sizes in vec(1u8.., 0..8),
        input in mixture(FRAMES),
    ) {
        bodies::frames::check(&[&sizes, &b"\0"[..], &input].concat());
    }

    #[test]
    fn any_bytes_of_a_server_are_a_reply_or_none(input in mixture(REPLIES)) {
        bodies::replies::check(&input);
    }

    #[test]
    fn any_bytes_are_a_valid_movie_or_none(
        valid in movie().prop_flat_map(|movie| prop_oneof![
            damaged(movie.to_postcard()),
            damaged(movie.to_json().into_bytes()),
        ]),
        json in mixture(JSON),
        bytes in vec(any::<u8>(), 0..64),
    ) {
        for input in [valid, json, bytes] {
            bodies::movies::check(&input);
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_words_are_a_command_or_a_one_line_refusal(input in mixture(WORDS)) {
        thread_local! {
            static PARSERS: RefCell<Option<(Parsers, Folder)>> = const { RefCell::new(None) };
        }
        PARSERS.with_borrow_mut(|parsers| {
            let (parsers, _) = parsers.get_or_insert_with(|| {
                let folder = Folder::initialised();
                (Parsers::new(Reader::open(&folder.db()).unwrap()), folder)
            });
            parsers.check(&input);
        });
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_file_is_imported_or_refused_with_one_line(
        options in any::<u8>(),
        head in proptest::sample::select(TABLES),
        rows in mixture(TABLES),
        is_packed in any::<bool>(),
        fault in damaged(Vec::new()),
    ) {
        let folder = Folder::empty();
        let mut file = [head, &rows, &fault].concat();
        if is_packed {
            file = packed(&file);
        }
        let data = [&[options], &file[..]].concat();
        bodies::imports::check(&folder.path().join("file"), &data);
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_end_of_a_file_of_each_format_is_imported_or_refused(
        options in any::<u8>(),
        start in proptest::sample::select(bodies::imports::Start::ALL.to_vec()),
        rows in mixture(TABLES),
        json in mixture(JSON),
        bytes in damaged(Vec::new()),
    ) {
        let folder = Folder::empty();
        for rest in [&rows, &json, &bytes] {
            let data = [&[options], &rest[..]].concat();
            bodies::imports::check_from(&folder.path().join("file"), start, &data);
        }
    }
}

const HTTP: &[&[u8]] = &[
    b"GET /api/v1/movies/1 HTTP/1.1\r\n",
    b"GET /api/v1/search?q=god&limit=2 HTTP/1.1\r\n",
    b"GET /api/v1/suggestions?q=%ff%00+g HTTP/1.0\r\n",
    b"GET /api/v1/movies?year=1-2&cursor=zz&fields=id HTTP/1.1\r\n",
    b"PUT /api/v1/movies/%2e%2e HTTP/1.1\r\n",
    b"POST /login HTTP/1.1\r\n",
    b"OPTIONS * HTTP/1.1\r\n",
    b"DELETE http://x/api/v1/movies/1 HTTP/1.1\r\n",
    b"Host: localhost\r\n",
    b"Host: localhost\r\n\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Authorization: Bearer x\r\n",
    b"Cookie: session=x\r\n",
    b"Expect: 100-continue\r\n",
    b"Accept-Encoding: gzip\r\n",
    b"If-None-Match: *\r\n",
    b"Content-Type: application/json\r\n",
    b"\r\n",
    b"5;a=b\r\n{\"a\":\r\n0\r\n\r\n",
    b"{\"title\":\"T\"}",
    b" folded\r\n",
];

/// Request lines, fields and bodies in any order.
#[test]
fn any_bytes_over_http_are_answered_in_order() {
    let served = HttpServed::start();
    let mut runner = proptest::test_runner::TestRunner::new(cases(96));
    let tried = runner.run(&mixture(HTTP), |data| {
        served.check(&data);
        Ok(())
    });
    tried.unwrap();
}

/// Without the macro, so that one server serves all cases and ends with them.
#[test]
fn any_conversation_matches_the_model() {
    let served = Served::start();
    let strategy = vec(any::<u8>(), 0..200);
    let mut runner = proptest::test_runner::TestRunner::new(cases(48));
    let tried = runner.run(&strategy, |data| {
        served.check(&data);
        Ok(())
    });
    tried.unwrap();
}

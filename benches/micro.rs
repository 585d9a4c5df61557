//! `just bench-micro`: each step of a request alone, so that a regression is found early.

use catalogue::movie::{Fields, Movie};
use catalogue::protocol::resp::{self, DecodeStep, Decoder, FrameLimits, Reply, RespVersion};
use catalogue::store::{self, Change, ChangeRequest, ReadTransaction, Reader, Writer};
use divan::{Bencher, black_box};
use tempfile::TempDir;

/// Requests of one pipeline.
const PIPELINE: usize = 16;
/// Rows of the catalogue.
const ROWS: usize = 20_000;

fn main() {
    divan::Divan::default()
        .config_with_args()
        .sample_size(64)
        .main();
}

fn name(number: usize) -> String {
    format!("tt{number:012}")
}

fn movie(number: usize) -> Movie {
    let fields = Fields {
        name: name(number),
        title: "The Return of the Living Lighthouse".to_owned(),
        genres: vec!["Drama".to_owned(), "Horror".to_owned()],
        votes: Some(number as u32),
        ..Fields::default()
    };
    Movie::new(fields).expect("the movie is valid")
}

/// A pipeline of look-ups, as clients frame it.
fn pipeline() -> Vec<u8> {
    let request = |number| format!("*2\r\n$4\r\nSEND\r\n$14\r\n{}\r\n", name(number));
    (0..PIPELINE).map(request).collect::<String>().into_bytes()
}

#[divan::bench]
fn decode_a_pipeline(bencher: Bencher) {
    let input = pipeline();
    let mut decoder = Decoder::default();
    bencher.counter(PIPELINE).bench_local(|| {
        let mut used = 0;
        while let Ok(DecodeStep::Request(request, taken)) =
            decoder.next(&input[used..], FrameLimits::LOGGED_IN)
        {
            black_box(request.word(1));
            used += taken;
        }
        used
    });
}

#[divan::bench]
fn names_ahead_of_a_pipeline(bencher: Bencher) {
    let input = pipeline();
    bencher
        .counter(PIPELINE)
        .bench_local(|| resp::names_ahead(black_box(&input)).count());
}

#[divan::bench]
fn encode_answers(bencher: Bencher) {
    let row = Reply::Bulk(movie(1).to_postcard().into());
    let mut output = Vec::with_capacity(PIPELINE * 256);
    bencher.counter(PIPELINE).bench_local(|| {
        output.clear();
        for _ in 0..PIPELINE {
            resp::encode(black_box(&row), RespVersion::Resp2, &mut output);
        }
        output.len()
    });
}

#[divan::bench]
fn movie_to_postcard(bencher: Bencher) {
    let movie = movie(1);
    bencher.bench(|| black_box(&movie).to_postcard());
}

#[divan::bench]
fn movie_to_json(bencher: Bencher) {
    let movie = movie(1);
    bencher.bench(|| black_box(&movie).to_json());
}

/// A catalogue, and a reader of it with a cache of this many bytes.
fn reader(cache_bytes: usize) -> (TempDir, Reader) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("micro.db");
    store::create(&path).expect("the catalogue is made");
    let (writer, _) = Writer::open(&path).expect("it can be written");
    for first in (0..ROWS).step_by(500) {
        let rows = first..first + 500;
        let receipts: Vec<_> = rows
            .map(|row| Change::PutMovie(Box::new(movie(row).into())))
            .map(|change| {
                writer
                    .submit(ChangeRequest::from_operator(change))
                    .expect("room")
            })
            .collect();
        for receipt in receipts {
            receipt.wait().expect("the movie is put");
        }
    }
    let mut reader = Reader::with_cache(&path, &writer, cache_bytes).expect("it can be read");
    reader.map_file().expect("it can be mapped");
    (folder, reader)
}

/// Look-ups of random rows in batches, with and without prefetching.
fn look_up(bencher: Bencher, cache_bytes: usize, ahead: bool) {
    let (_folder, mut reader) = reader(cache_bytes);
    let names: Vec<String> = (0..ROWS).map(|row| name(row * 7_919 % ROWS)).collect();
    let mut next = names.chunks_exact(PIPELINE).cycle();
    let mut batch = || {
        let names = next.next().expect("there are always more");
        let mut batch = ReadTransaction::new(&mut reader);
        if ahead {
            batch.look_ahead(names.iter().map(|name| name.as_bytes()));
        }
        for name in names {
            black_box(batch.postcard(name).expect("it can be read"));
        }
    };
    for _ in 0..ROWS / PIPELINE {
        batch();
    }
    bencher.counter(PIPELINE).bench_local(batch);
}

#[divan::bench]
fn look_up_cached(bencher: Bencher) {
    look_up(bencher, 64 * 1024 * 1024, false);
}

#[divan::bench]
fn look_up_cached_with_a_glance_ahead(bencher: Bencher) {
    look_up(bencher, 64 * 1024 * 1024, true);
}

#[divan::bench]
fn look_up_uncached(bencher: Bencher) {
    look_up(bencher, 0, false);
}

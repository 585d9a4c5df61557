//! Any split of any bytes gives the same requests and the same end, with bounded memory.

use catalogue::config::limits;
use catalogue::protocol::resp::{DecodeStep, Decoder, FrameError, FrameLimits, names_ahead};

/// The result for some bytes: the words of each request, none for a line with unbalanced
/// quotes, and the error at the end.
type Found = (Vec<Vec<Vec<u8>>>, Option<FrameError>);

/// The first bytes, up to a zero, are the sizes of the pieces. The rest is sent.
pub fn check(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0);
    let (sizes, input) = data.split_at(end.unwrap_or(0));
    for limits in [FrameLimits::BEFORE_LOGIN, FrameLimits::LOGGED_IN, SMALL] {
        let whole = run(&[input], limits);
        assert_eq!(run(&pieces(input, sizes), limits), whole);
        if input.len() < 4_096 {
            assert_eq!(run(&pieces(input, &[1]), limits), whole);
        }
    }
    // It is only a hint, but it returns existing names.
    for name in names_ahead(input) {
        assert!(name.len() < 1_000);
    }
}

/// Limits that short inputs reach.
const SMALL: FrameLimits = FrameLimits {
    frame_bytes: 64,
    arguments: 4,
};

/// The input, cut into pieces of these sizes repeatedly.
fn pieces<'a>(input: &'a [u8], sizes: &[u8]) -> Vec<&'a [u8]> {
    let mut rest = input;
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(usize::from(*size).clamp(1, rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

fn run(pieces: &[&[u8]], limits: FrameLimits) -> Found {
    let (mut decoder, mut pending, mut requests) = (Decoder::default(), Vec::new(), Vec::new());
    for piece in pieces {
        pending.extend_from_slice(piece);
        loop {
            let taken = match decoder.next(&pending, limits) {
                Err(broken) => return (requests, Some(broken)),
                Ok(DecodeStep::Incomplete(taken)) => {
                    pending.drain(..taken);
                    // A frame that is too long is refused as soon as its length is known.
                    let most = limits.frame_bytes + limits::MAX_LENGTH_LINE_BYTES;
                    assert!(pending.len() <= most, "{} are kept", pending.len());
                    break;
                }
                Ok(DecodeStep::Unbalanced(_, taken)) => {
                    requests.push(Vec::new());
                    taken
                }
                Ok(DecodeStep::Request(request, taken)) => {
                    assert!((1..=limits.arguments).contains(&request.len()));
                    let word = |place| request.word(place).unwrap().to_vec();
                    requests.push((0..request.len()).map(word).collect());
                    taken
                }
            };
            assert!(taken > 0, "it would never end");
            // A line of one-letter words needs the most memory.
            assert!(decoder.memory_bytes() <= 16 * limits.frame_bytes + 1_024);
            pending.drain(..taken);
        }
    }
    decoder.shrink();
    (requests, None)
}

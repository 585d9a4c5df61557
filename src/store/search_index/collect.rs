//! Collects terms, titles and names of all movies in sorted runs.

use std::hash::BuildHasher;
use std::io;
use std::path::Path;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::sorted_runs::SortedRuns;
use crate::config::limits;
use crate::search::postings::{Packer, Posting, push_number};

/// The number of a term in memory.
pub(super) type TermId = u32;

/// Collects terms with their movies. A run has for each term: the length of the term, the term, the
/// length of its posting list, and the list.
pub(super) struct TermCollector {
    runs: SortedRuns,
    hasher: DefaultHashBuilder,
    table: HashTable<TermId>,
    text: String,
    /// The end of each term in `text`.
    ends: Vec<usize>,
    /// The number of postings of each term.
    counts: Vec<u32>,
    ids: Vec<TermId>,
    postings: Vec<u32>,
}

impl TermCollector {
    pub fn new(folder: &Path) -> TermCollector {
        TermCollector {
            runs: SortedRuns::new(folder.to_path_buf()),
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            text: String::new(),
            ends: Vec::new(),
            counts: Vec::new(),
            ids: Vec::new(),
            postings: Vec::new(),
        }
    }

    /// Adds a term of a movie. `kind` is the first letter of the term.
    pub fn add(&mut self, kind: char, thing: &str, movie: u32, at_start: bool) {
        let TermCollector {
            hasher,
            table,
            text,
            ends,
            ..
        } = self;
        let hash = hasher.hash_one((kind, thing));
        let is_it = |&id: &TermId| {
            let mut term = term(text, ends, id).chars();
            term.next() == Some(kind) && term.as_str() == thing
        };
        let id = match table.find(hash, is_it) {
            Some(&id) => id,
            None => {
                let id = ends.len() as TermId;
                text.push(kind);
                text.push_str(thing);
                ends.push(text.len());
                self.counts.push(0);
                table.insert_unique(hash, id, |&id| {
                    let mut term = term(text, ends, id).chars();
                    hasher.hash_one((term.next().unwrap_or_default(), term.as_str()))
                });
                id
            }
        };
        self.counts[id as usize] += 1;
        self.ids.push(id);
        self.postings.push(movie << 1 | u32::from(at_start));
    }

    /// Ends the run when memory is full. The caller calls it between movies.
    pub fn compact(&mut self) -> io::Result<()> {
        let is_much = self.ids.len() >= limits::MAX_COLLECTED_POSTINGS
            || self.ends.len() >= limits::MAX_COLLECTED_TERMS
            || self.text.len() >= limits::MAX_COLLECTED_TERM_BYTES;
        if is_much { self.end_run() } else { Ok(()) }
    }

    pub fn finish(mut self) -> io::Result<SortedRuns> {
        self.end_run()?;
        Ok(self.runs)
    }

    fn end_run(&mut self) -> io::Result<()> {
        // Counting sort of the postings by term.
        let mut starts: Vec<usize> = Vec::with_capacity(self.counts.len());
        let mut end = 0;
        for &count in &self.counts {
            starts.push(end);
            end += count as usize;
        }
        let mut sorted = vec![0; end];
        for (id, posting) in self.ids.iter().zip(&self.postings) {
            let place = &mut starts[*id as usize];
            sorted[*place] = *posting;
            *place += 1;
        }
        let mut order: Vec<TermId> = (0..self.ends.len() as TermId).collect();
        let term_of = |id: &TermId| term(&self.text, &self.ends, *id);
        order.sort_unstable_by(|one, other| term_of(one).cmp(term_of(other)));
        let mut run = Vec::with_capacity(end * 2);
        let mut packer = Packer::default();
        for id in order {
            let to = starts[id as usize];
            let postings = &mut sorted[to - self.counts[id as usize] as usize..to];
            postings.sort_unstable();
            packer.clear();
            for &posting in postings.iter() {
                packer.push(Posting::new(u64::from(posting >> 1), posting & 1 == 1));
            }
            let term = term_of(&id).as_bytes();
            push_number(&mut run, term.len() as u64);
            run.extend_from_slice(term);
            push_number(&mut run, packer.bytes().len() as u64);
            run.extend_from_slice(packer.bytes());
        }
        self.table.clear();
        self.text.clear();
        self.ends.clear();
        self.counts.clear();
        self.ids.clear();
        self.postings.clear();
        self.runs.add(run)
    }
}

fn term<'t>(text: &'t str, ends: &[usize], id: TermId) -> &'t str {
    let id = id as usize;
    let start = id.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[id]]
}

/// Collects the numbers of whole titles. A run has the distance of each from the one before.
pub(super) struct TitleCollector {
    runs: SortedRuns,
    numbers: Vec<u64>,
    /// How many numbers were added.
    pub count: u64,
}

impl TitleCollector {
    pub fn new(folder: &Path) -> TitleCollector {
        TitleCollector {
            runs: SortedRuns::new(folder.to_path_buf()),
            numbers: Vec::new(),
            count: 0,
        }
    }

    pub fn add(&mut self, number: u64) -> io::Result<()> {
        self.count += 1;
        self.numbers.push(number);
        if self.numbers.len() == limits::MAX_COLLECTED_TITLES {
            self.end_run()?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<SortedRuns> {
        self.end_run()?;
        Ok(self.runs)
    }

    fn end_run(&mut self) -> io::Result<()> {
        self.numbers.sort_unstable();
        let mut run = Vec::new();
        let mut last = 0;
        for number in self.numbers.drain(..) {
            push_number(&mut run, number - last);
            last = number;
        }
        self.runs.add(run)
    }
}

/// Collects the names of movies. A run has for each movie: its number, the length of its name, and
/// the name.
pub(super) struct NameCollector {
    runs: SortedRuns,
    text: String,
    /// Each movie, and the start and end of its name in `text`.
    names: Vec<(u32, u32, u32)>,
}

impl NameCollector {
    pub fn new(folder: &Path) -> NameCollector {
        NameCollector {
            runs: SortedRuns::new(folder.to_path_buf()),
            text: String::new(),
            names: Vec::new(),
        }
    }

    pub fn add(&mut self, movie: u32, name: &str) -> io::Result<()> {
        let start = self.text.len() as u32;
        self.text.push_str(name);
        self.names.push((movie, start, self.text.len() as u32));
        if self.text.len() >= limits::MAX_COLLECTED_NAME_BYTES {
            self.end_run()?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<SortedRuns> {
        self.end_run()?;
        Ok(self.runs)
    }

    fn end_run(&mut self) -> io::Result<()> {
        self.names.sort_unstable();
        let mut run = Vec::with_capacity(self.text.len() + self.names.len() * 5);
        for (movie, start, end) in self.names.drain(..) {
            let name = &self.text[start as usize..end as usize];
            push_number(&mut run, u64::from(movie));
            push_number(&mut run, name.len() as u64);
            run.extend_from_slice(name.as_bytes());
        }
        self.text.clear();
        self.runs.add(run)
    }
}

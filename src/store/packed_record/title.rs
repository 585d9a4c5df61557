//! Packing a title: the version, then a section for each known field, with its number of
//! [`for_each_detail`](catalogue_protocol::for_each_detail), its length and its bytes.

use std::ops::Range;

use super::akas::{AkaPacker, AkaParts};
use super::bytes::{VERSION, push_date, push_maybe, push_word};
use super::credits::{self, CreditList, CreditParts};
use super::key::Key;
use super::text::TitleText;
use super::words::TITLE_TYPES;
use crate::movie::Released;
use crate::search::postings::push_number;

/// Numbers of sections, as in [`for_each_detail`](catalogue_protocol::for_each_detail).
pub(super) mod section {
    pub const KIND: u64 = 1;
    pub const ADULT: u64 = 2;
    pub const ENDED: u64 = 3;
    pub const AKAS: u64 = 4;
    /// That of the directors. The other lists of people follow.
    pub const CREDITS: u64 = 5;
    pub const SERIES: u64 = 9;
}

/// Packs titles, one after another, in memory that it keeps.
#[derive(Debug, Default)]
pub struct TitlePacker {
    /// Sections without the lists, and where each is in `bytes`.
    sections: Vec<(u64, Range<usize>)>,
    bytes: Vec<u8>,
    akas: AkaPacker,
    credits: [(u64, Vec<u8>); 4],
    out: Vec<u8>,
}

impl TitlePacker {
    /// A packer that does not keep the order of generated other titles, so that they always take
    /// one bit each.
    #[cfg_attr(not(test), allow(dead_code, reason = "imports use it"))]
    pub fn with_any_order_of_akas(any_order: bool) -> TitlePacker {
        let mut packer = TitlePacker::default();
        packer.akas.any_order = any_order;
        packer
    }

    /// Forgets the title before.
    pub fn begin(&mut self) {
        self.sections.clear();
        self.bytes.clear();
        self.akas.clear();
        for (count, bytes) in &mut self.credits {
            *count = 0;
            bytes.clear();
        }
    }

    fn section(&mut self, number: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        self.sections.push((number, start..self.bytes.len()));
    }

    /// IMDb's type.
    pub fn kind(&mut self, kind: &str) {
        self.section(section::KIND, |out| {
            push_word(out, &TITLE_TYPES, Some(kind))
        });
    }

    /// Whether it is for adults alone.
    pub fn adult(&mut self, adult: bool) {
        self.section(section::ADULT, |out| out.push(adult.into()));
    }

    /// When a series ended.
    pub fn ended(&mut self, date: Released) {
        self.section(section::ENDED, |out| push_date(out, Some(date)));
    }

    pub fn series(&mut self, series: Key, season: Option<u32>, episode: Option<u32>) {
        self.section(section::SERIES, |out| {
            push_number(out, series.reference());
            push_maybe(out, season);
            push_maybe(out, episode);
        });
    }

    /// An other title of the title with this text.
    pub fn aka(&mut self, text: TitleText<'_>, aka: &AkaParts<'_>) {
        self.akas.push(text, aka);
    }

    /// A person.
    pub fn credit(&mut self, list: CreditList, credit: &CreditParts<'_>) {
        let (count, bytes) = &mut self.credits[list as usize];
        *count += 1;
        credits::push(bytes, list, credit);
    }

    /// A field that is a text, by its number.
    pub fn text(&mut self, number: u64, text: &str) {
        self.section(number, |out| out.extend_from_slice(text.as_bytes()));
    }

    /// The packed record. It is empty when nothing is known.
    pub fn finish(&mut self) -> &[u8] {
        if !self.akas.is_empty() {
            let start = self.bytes.len();
            self.akas.write(&mut self.bytes);
            self.sections.push((section::AKAS, start..self.bytes.len()));
        }
        for (number, (count, bytes)) in (section::CREDITS..).zip(&self.credits) {
            if *count > 0 {
                let start = self.bytes.len();
                push_number(&mut self.bytes, *count);
                self.bytes.extend_from_slice(bytes);
                self.sections.push((number, start..self.bytes.len()));
            }
        }
        self.sections.sort_unstable_by_key(|(number, _)| *number);
        self.out.clear();
        if !self.sections.is_empty() {
            self.out.push(VERSION);
        }
        for (number, range) in &self.sections {
            push_number(&mut self.out, *number);
            push_number(&mut self.out, range.len() as u64);
            self.out.extend_from_slice(&self.bytes[range.clone()]);
        }
        &self.out
    }
}

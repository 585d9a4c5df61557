//! Which file imports which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::modules::{Modules, Target};
use super::source::identifier;

/// The imports of each file: the file that defines the name, and where it is used.
pub type Imports = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Finds the imports of all files: those of `use`, and paths within the code.
pub fn imports(modules: &Modules) -> Imports {
    let mut found = Imports::new();
    for module in 0..modules.all.len() {
        let here = &modules.all[module];
        let from = found.entry(here.file.clone()).or_default();
        let mut add = |path: &[String], offset: usize| {
            if let Some(Target::ItemOf(target)) = modules.resolve(module, path) {
                let file = &modules.all[target].file;
                if *file != here.file {
                    let line = here.code[..offset].matches('\n').count() + 1;
                    let uses = from.entry(file.clone()).or_default();
                    uses.insert(format!("{}:{line} `{}`", here.file, path.join("::")));
                }
            }
        };
        for import in modules.imports(module) {
            // A name that is only re-exported is no import of this module.
            if !import.is_public || words(&here.code).any(|(_, word)| word == import.name) {
                add(&import.path, import.offset);
            }
        }
        for (offset, path) in paths(&here.code) {
            add(&path, offset);
        }
    }
    found
}

/// The identifiers of a code, with their offsets.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < code.len() {
            let begin = at;
            if let Some(word) = identifier(&code[at..]) {
                at += word.len();
                return Some((begin, word));
            }
            at += code[at..].chars().next().unwrap().len_utf8();
            // The letters of a number, as in `0xff_u8`, are no word.
            if code.as_bytes()[begin].is_ascii_digit() {
                at += identifier(&code[at..]).map_or(0, str::len);
            }
        }
        None
    })
}

/// The paths of several segments in a code, with their offsets.
fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let mut found: Vec<(usize, Vec<String>)> = Vec::new();
    let mut end = 0;
    for (offset, word) in words(code) {
        let goes_on = offset >= 2 && offset == end && code[..offset].ends_with("::");
        match found.last_mut() {
            Some((_, path)) if goes_on => path.push(word.to_owned()),
            _ => found.push((offset, vec![word.to_owned()])),
        }
        end = offset + word.len() + 2;
    }
    found.retain(|(_, path)| path.len() > 1);
    found
}

/// The groups of files that import each other in a circle, each as a text that shows its imports.
pub fn circles(imports: &Imports) -> Vec<String> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = imports
        .keys()
        .map(|file| (file, reachable(imports, file)))
        .collect();
    let mut seen: BTreeSet<&String> = BTreeSet::new();
    let mut circles = Vec::new();
    for (file, targets) in &reached {
        if !targets.contains(file) || seen.contains(file) {
            continue;
        }
        let circle: Vec<&String> = targets
            .iter()
            .copied()
            .filter(|&target| reached[target].contains(file))
            .collect();
        seen.extend(&circle);
        circles.push(describe(imports, &circle));
    }
    circles
}

fn reachable<'a>(imports: &'a Imports, file: &String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&String> = imports[file].keys().collect();
    while let Some(next) = waiting.pop() {
        if found.insert(next) {
            waiting.extend(imports.get(next).into_iter().flat_map(BTreeMap::keys));
        }
    }
    found
}

fn describe(imports: &Imports, circle: &[&String]) -> String {
    let mut text = format!("{} files import each other in a circle:\n", circle.len());
    for file in circle {
        for (target, uses) in &imports[*file] {
            if circle.contains(&target) {
                let uses: Vec<&str> = uses.iter().map(String::as_str).collect();
                writeln!(text, "  {file} → {target}: {}", uses.join(", ")).unwrap();
            }
        }
    }
    text
}

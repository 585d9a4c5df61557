//! Rules about the source itself: module structure, sizes, names, and paths in the pages.

mod constants;
mod imports;
mod modules;
mod pages;
mod sizes;
mod source;
mod types;

use modules::Modules;
use source::Source;

/// The most lines of a function.
const MAX_FUNCTION_LINES: usize = 70;
/// The most lines of a file.
const MAX_FILE_LINES: usize = 700;
/// The most lines of all crates together, without tests. The aim is to get shorter: lower this
/// number whenever the code gets shorter.
const MAX_LINES: usize = 76_500;

/// Modules that import each other cannot be understood or tested one by one. A
/// re-export counts as an import of the file that defines the item.
#[test]
fn modules_import_each_other_in_no_circle() {
    let modules = Modules::read(&source::workspace());
    let circles = imports::circles(&imports::imports(&modules));
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

/// A type name stands for one thing: at most one in twenty is defined in several files.
#[test]
fn type_names_stand_for_one_thing() {
    let types = types::types(&source::workspace());
    let shared = types.iter().filter(|(_, files)| files.len() > 1);
    let shared: Vec<_> = shared.map(|entry| format!("{entry:?}")).collect();
    assert!(
        shared.len() * 20 <= types.len(),
        "{} of {} type names are defined in several files:\n{}",
        shared.len(),
        types.len(),
        shared.join("\n")
    );
}

/// A limit outside the tables would be missing in the pages, and no test would reach it.
#[test]
fn every_limit_stands_in_a_table() {
    let crates = source::workspace();
    let sources = crates.iter().flat_map(|member| &member.sources);
    let elsewhere: Vec<String> = sources.flat_map(constants::limits).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

#[test]
fn the_code_keeps_its_budget_of_lines() {
    let crates = source::workspace();
    let sources = crates.iter().flat_map(|member| &member.sources);
    let lines: usize = sources.map(|source| source.lines).sum();
    assert!(lines <= MAX_LINES, "{lines} lines without tests");
}

#[test]
fn functions_and_files_are_short() {
    let folders = ["src", "crates", "tests", "benches", "examples", "fuzz"];
    let folders = folders.map(|folder| source::root().join(folder));
    let mut long = Vec::new();
    for path in folders.iter().flat_map(|folder| source::rust_files(folder)) {
        let source = Source::read(&path);
        let lines = source.text.lines().count();
        if lines > MAX_FILE_LINES {
            long.push(format!("{}: {lines} lines", source.path));
        }
        for (name, lines) in sizes::functions(&source) {
            if lines > MAX_FUNCTION_LINES {
                long.push(format!("{}: `{name}` has {lines} lines", source.path));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_path_in_a_page_exists() {
    let mut missing = Vec::new();
    for page in pages::pages() {
        let paths = pages::paths(&page.text).into_iter();
        let absent = paths.filter(|path| !pages::exists(path));
        missing.extend(absent.map(|path| format!("{}: {path}", page.path)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_verb_in_a_page_exists() {
    let known = pages::known_verbs();
    let mut named = 0;
    for page in pages::pages() {
        for verb in pages::verbs(&page.text) {
            assert!(
                known.iter().any(|known| known == verb),
                "{}: `just {verb}`",
                page.path
            );
            named += 1;
        }
    }
    assert!(named > 5, "only {named} verbs were found in the pages");
}

/// The table of packages in `docs/architecture.md` names every dependency.
#[test]
fn every_package_is_in_the_table() {
    let read = |path: &str| std::fs::read_to_string(source::root().join(path)).unwrap();
    let (cargo, page) = (read("Cargo.toml"), read("docs/architecture.md"));
    let (_, table) = page.split_once("## Packages").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let names = table.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let names: Vec<&str> = names.collect();
    let (_, dependencies) = cargo.split_once("[dependencies]\n").unwrap();
    let dependencies = dependencies.lines().take_while(|line| !line.is_empty());
    let packages = dependencies.filter_map(|line| line.split_once(" = "));
    let missing: Vec<&str> = packages
        .map(|(package, _)| package)
        .filter(|package| !names.contains(package))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The map in `lib.rs` names every module of the crate, and each name leads to an item.
#[test]
fn the_map_of_the_crate_is_complete() {
    let library = Source::read(&source::root().join("src/lib.rs")).text;
    let modules = Modules::read(&source::workspace());
    let root = modules
        .all
        .iter()
        .position(|module| module.file == "src/lib.rs");
    let root = root.unwrap();
    // The name in the text, and its path where the link has one.
    let links = library.split("[`").skip(1).filter_map(|link| {
        let (name, rest) = link.split_once("`]")?;
        let target = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        Some((name, target.map_or(name, |(target, _)| target)))
    });
    let links: Vec<(&str, &str)> = links.collect();
    for (_, target) in &links {
        let path: Vec<String> = target.split("::").map(str::to_owned).collect();
        assert!(
            modules.resolve(root, &path).is_some(),
            "there is no `{target}`"
        );
    }
    let names: Vec<&str> = links.iter().map(|(name, _)| *name).collect();
    for module in modules.all[root].children.keys() {
        assert!(names.contains(&module.as_str()), "the map lacks `{module}`");
    }
}

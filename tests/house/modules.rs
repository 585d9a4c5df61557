//! The tree of modules, and the module in which a path ends.

use std::collections::HashMap;

use super::source::{Crate, bracketed_length, identifier, item_length};

/// A module: a file, or a block within one.
pub struct Module {
    /// The path of its file.
    pub file: String,
    /// The module that declares it, and none for the root of a crate.
    parent: Option<usize>,
    /// The modules that it declares.
    pub children: HashMap<String, usize>,
    /// The names of the items that it defines.
    items: Vec<String>,
    /// Its imports, with their names in this module.
    imports: Vec<Import>,
    /// Its code without `mod` and `use`, and without the blocks of its children.
    pub code: String,
}

/// One name of a `use`.
#[derive(Clone)]
pub struct Import {
    /// The name that it has in this module; `*` stands for all names.
    pub name: String,
    /// Its path.
    pub path: Vec<String>,
    /// Whether it is imported for others, by `pub use`.
    pub is_public: bool,
    /// Its position in the file.
    pub offset: usize,
}

/// All modules of the workspace.
pub struct Modules {
    /// The modules; a child comes after its parent.
    pub all: Vec<Module>,
    roots: HashMap<String, usize>,
}

/// The target of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At a module.
    Module(usize),
    /// At an item that this module defines.
    ItemOf(usize),
}

impl Modules {
    /// Reads the modules of all crates.
    pub fn read(crates: &[Crate]) -> Modules {
        let mut modules = Modules {
            all: Vec::new(),
            roots: HashMap::new(),
        };
        for member in crates {
            let root = modules.add_file(member, format!("{}/lib.rs", member.folder), None);
            modules.roots.insert(member.name.clone(), root);
            let main = format!("{}/main.rs", member.folder);
            if member.sources.iter().any(|source| source.path == main) {
                modules.add_file(member, main, None);
            }
        }
        modules
    }

    fn add_file(&mut self, member: &Crate, file: String, parent: Option<usize>) -> usize {
        let source = member.sources.iter().find(|source| source.path == file);
        let source = source.unwrap_or_else(|| panic!("there is no {file}"));
        let folder = match file.rsplit_once('/').unwrap() {
            (folder, "mod.rs" | "lib.rs" | "main.rs") => folder.to_owned(),
            _ => file.trim_end_matches(".rs").to_owned(),
        };
        self.add(member, file, &folder, source.code.clone(), parent)
    }

    fn add(
        &mut self,
        member: &Crate,
        file: String,
        folder: &str,
        mut code: String,
        parent: Option<usize>,
    ) -> usize {
        let index = self.all.len();
        self.all.push(Module {
            file: file.clone(),
            parent,
            children: HashMap::new(),
            items: Vec::new(),
            imports: Vec::new(),
            code: String::new(),
        });
        for (offset, name) in declared(&code, "mod") {
            let after = offset + code[offset..].find(&name).unwrap() + name.len();
            let child = if code[after..].trim_start().starts_with('{') {
                let begin = after + code[after..].find('{').unwrap();
                let end = begin + bracketed_length(&code[begin..]);
                let block = spaces(&code[..=begin]) + &code[begin + 1..end - 1];
                let blank = spaces(&code[begin..end]);
                code.replace_range(begin..end, &blank);
                let folder = format!("{folder}/{name}");
                self.add(member, file.clone(), &folder, block, Some(index))
            } else {
                let paths = [
                    format!("{folder}/{name}.rs"),
                    format!("{folder}/{name}/mod.rs"),
                ];
                let is_there = |path: &&String| member.sources.iter().any(|s| s.path == **path);
                let path = paths.iter().find(is_there).expect("a file of the module");
                self.add_file(member, path.clone(), Some(index))
            };
            let blank = spaces(&code[offset..after]);
            code.replace_range(offset..after, &blank);
            self.all[index].children.insert(name, child);
        }
        let module = &mut self.all[index];
        for keyword in [
            "fn",
            "struct",
            "enum",
            "union",
            "trait",
            "type",
            "const",
            "static",
            "macro_rules!",
        ] {
            module
                .items
                .extend(declared(&code, keyword).into_iter().map(|(_, name)| name));
        }
        module.imports = imports(&mut code);
        module.code = code;
        index
    }

    /// The imports of a module.
    pub fn imports(&self, module: usize) -> &[Import] {
        &self.all[module].imports
    }

    /// Follows a path that stands in a module, through re-exports, to the module that
    /// defines its item. Nothing when it leads out of the workspace.
    pub fn resolve(&self, module: usize, path: &[String]) -> Option<Target> {
        self.resolve_within(module, path, 0)
    }

    fn resolve_within(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        const MOST_STEPS: usize = 16;
        let (first, rest) = path.split_first()?;
        if depth > MOST_STEPS {
            return None;
        }
        match first.as_str() {
            "crate" | "$crate" => self.descend(self.root_of(module), rest, depth),
            "self" => self.descend(module, rest, depth),
            "super" => self.descend(self.all[module].parent?, rest, depth),
            name => self.named(module, name, rest, depth).or_else(|| {
                let root = self.roots.get(name)?;
                self.descend(*root, rest, depth)
            }),
        }
    }

    fn descend(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        match path.split_first() {
            None => Some(Target::Module(module)),
            Some((name, rest)) if name == "super" => {
                self.descend(self.all[module].parent?, rest, depth)
            }
            Some((name, rest)) => self.named(module, name, rest, depth),
        }
    }

    /// A name of a module, and what follows it in the path.
    fn named(&self, module: usize, name: &str, rest: &[String], depth: usize) -> Option<Target> {
        let here = &self.all[module];
        if let Some(&child) = here.children.get(name) {
            return self.descend(child, rest, depth);
        }
        if here.items.iter().any(|item| item == name) {
            return Some(Target::ItemOf(module));
        }
        let Some(import) = here.imports.iter().find(|import| import.name == name) else {
            let whole = |import: &&Import| import.name == "*";
            return here.imports.iter().filter(whole).find_map(|import| {
                let mut path = import.path[..import.path.len() - 1].to_vec();
                path.push(name.to_owned());
                path.extend_from_slice(rest);
                self.resolve_within(module, &path, depth + 1)
            });
        };
        // A name that is its own path, as in `use memchr::memchr`.
        if import.path.first().is_some_and(|first| first == name) && import.path.len() == 1 {
            return None;
        }
        match self.resolve_within(module, &import.path, depth + 1)? {
            Target::Module(module) => self.descend(module, rest, depth + 1),
            item @ Target::ItemOf(_) => Some(item),
        }
    }

    fn root_of(&self, mut module: usize) -> usize {
        while let Some(parent) = self.all[module].parent {
            module = parent;
        }
        module
    }
}

/// The names that stand after a keyword at the top level of a code, with the keywords' offsets.
pub fn declared(code: &str, keyword: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut at, mut depth) = (0, 0);
    while at < code.len() {
        let rest = &code[at..];
        if let Some(word) = identifier(rest) {
            let length = word.len();
            let is_keyword =
                rest.starts_with(keyword) && length == keyword.trim_end_matches('!').len();
            if depth == 0 && is_keyword {
                let name = rest[keyword.len()..].trim_start();
                let name = name.strip_prefix("mut ").unwrap_or(name);
                found.extend(identifier(name).map(|name| (at, name.to_owned())));
            }
            at += length;
            continue;
        }
        match rest.as_bytes()[0] {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth -= 1,
            _ => {}
        }
        at += rest.chars().next().unwrap().len_utf8();
    }
    found
}

/// Takes the imports out of a code.
fn imports(code: &mut String) -> Vec<Import> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = code[at..].find("use ") {
        let offset = at + next;
        at = offset + 4;
        let line = code[..offset].rsplit('\n').next().unwrap().trim();
        if !(line.is_empty() || line.starts_with("pub")) {
            continue;
        }
        let end = offset + item_length(&code[offset..]);
        let tree = code[at..end].trim_end_matches(';');
        let import = Import {
            name: String::new(),
            path: Vec::new(),
            is_public: line.starts_with("pub"),
            offset,
        };
        expand(tree, &import, &mut found);
        let blank = spaces(&code[offset..end]);
        code.replace_range(offset..end, &blank);
        at = end;
    }
    found
}

/// Adds each name of a `use` tree.
fn expand(tree: &str, prefix: &Import, found: &mut Vec<Import>) {
    let tree = tree.trim();
    let mut import = prefix.clone();
    if let Some((before, group)) = tree.split_once('{') {
        import.path.extend(segments(before));
        let group = group
            .trim_end()
            .strip_suffix('}')
            .expect("an end of the group");
        split_at_commas(group, |part| expand(part, &import, found));
        return;
    }
    let (path, name) = match tree.split_once(" as ") {
        Some((path, name)) => (path, Some(name.trim().to_owned())),
        None => (tree, None),
    };
    import.path.extend(segments(path));
    if import.path.len() > 1 && import.path.last().is_some_and(|last| last == "self") {
        import.path.pop();
    }
    if let Some(last) = import.path.last() {
        import.name = name.unwrap_or_else(|| last.clone());
        found.push(import);
    }
}

fn split_at_commas(group: &str, mut each: impl FnMut(&str)) {
    let (mut begin, mut depth) = (0, 0);
    for (at, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                each(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    each(&group[begin..]);
}

fn segments(path: &str) -> impl Iterator<Item = String> {
    path.split("::")
        .map(|segment| segment.trim().to_owned())
        .filter(|segment| !segment.is_empty())
}

fn spaces(code: &str) -> String {
    let space = |byte| if byte == b'\n' { '\n' } else { ' ' };
    code.bytes().map(space).collect()
}

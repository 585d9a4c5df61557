//! The examples at the end of each `--help`.

pub(super) const INIT: &str = "\
Examples:
  catalogue init
  catalogue init --db movies.db";

pub(super) const ADDUSER: &str = "\
Examples:
  catalogue adduser admin
  catalogue adduser kiosk --role reader --generate
  pass show catalogue/ann | catalogue adduser ann";

pub(super) const PASSWD: &str = "\
Examples:
  catalogue passwd ann
  catalogue passwd kiosk --generate";

pub(super) const ROLE: &str = "\
Examples:
  catalogue role ann admin
  catalogue role ann reader --force";

pub(super) const DELUSER: &str = "\
Examples:
  catalogue deluser ann";

pub(super) const USERS: &str = "\
Examples:
  catalogue users
  catalogue users --json | jq -r '.[].name'";

pub(super) const KEY: &str = "\
Examples:
  catalogue key add kiosk
  catalogue key add home-page --search-only --expires 90d
  catalogue key revoke kiosk";

pub(super) const SQL: &str = "\
Examples:
  catalogue sql \"SELECT title, region FROM other_titles WHERE name = 'tt0068646'\"
  catalogue sql --json \"SELECT * FROM people ORDER BY credits DESC LIMIT 10\"";

pub(super) const KEYS: &str = "\
Examples:
  catalogue keys
  catalogue keys --json | jq -r '.[] | select(.expired) | .name'";

pub(super) const MCP: &str = "\
Examples:
  catalogue mcp --db sae.db
  claude mcp add films -- catalogue mcp --db \"$PWD/sae.db\"";

pub(super) const AUDIT: &str = "\
Examples:
  catalogue audit
  catalogue audit --after 100 --limit 1000 --json | jq -r '.command'";

pub(super) const IMPORT: &str = "\
Examples:
  catalogue import title.basics.tsv.gz --ratings title.ratings.tsv.gz
  catalogue import movies.csv --prefix ml-
  catalogue import films.csv --key Code --map title=Film --map released='Release Date' --dry-run
  catalogue import movies.csv --skip-bad --json | jq '.refused'";

pub(super) const EXPORT: &str = "\
Examples:
  catalogue export movies.jsonl.gz
  catalogue export --format csv | head";

pub(super) const BACKUP: &str = "\
Examples:
  catalogue backup movies-2026-03-01.db
  catalogue backup --force /backups/latest.db";

pub(super) const RESTORE: &str = "\
Examples:
  catalogue restore movies-2026-03-01.db
  catalogue restore --force /backups/latest.db --db /var/lib/catalogue/sae.db";

pub(super) const CHECK: &str = "\
Examples:
  catalogue check
  catalogue check --json --db movies-2026-03-01.db | jq '.faults'";

pub(super) const REINDEX: &str = "\
Examples:
  catalogue reindex
  catalogue reindex --db movies.db";

pub(super) const SERVE: &str = "\
Examples:
  catalogue serve
  catalogue serve --listen localhost:7379 --cache-mib 256
  catalogue serve --config /etc/catalogue.toml --log-format json

Every flag is also a variable and a key in catalogue.toml: --cache-mib, CATALOGUE_CACHE_MIB and
cache_mib. A flag overrides a variable, and a variable overrides the file. `catalogue config` shows
the result.";

pub(super) const CLUSTER: &str = "\
Examples:
  catalogue cluster init --cluster http://127.0.0.1:2379
  catalogue cluster status --cluster http://127.0.0.1:2379
  catalogue cluster leave --db sae.db";

pub(super) const CONFIG: &str = "\
Examples:
  catalogue config
  catalogue config --config /etc/catalogue.toml --json | jq '.listen.value'";

pub(super) const CLIENT: &str = "\
Examples:
  catalogue client --user admin
  catalogue client --user admin SEND 1
  catalogue client --user admin --search godfather
  catalogue client --user admin --json < commands.txt";

pub(super) const DEMO: &str = "\
Examples:
  catalogue demo
  echo 'SEND 1' | catalogue demo --json";

pub(super) const CERT: &str = "\
Examples:
  catalogue cert
  catalogue cert --out certificates movies.example.org 192.0.2.7";

pub(super) const COMPLETIONS: &str = "\
Examples:
  catalogue completions bash > /etc/bash_completion.d/catalogue
  catalogue completions zsh > ~/.zfunc/_catalogue
  catalogue completions fish > ~/.config/fish/completions/catalogue.fish";

pub(super) const MAN: &str = "\
Examples:
  catalogue man --out /usr/local/share/man/man1";

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use crate::cli::command;
    use crate::protocol::resp::split_words;

    /// The command of this program in a line of a shell, without pipes and redirections.
    fn command_of(line: &str) -> &str {
        let begin = line.find("catalogue ").unwrap();
        let begin = line.find("| catalogue ").map_or(begin, |pipe| pipe + 2);
        let line = &line[begin..];
        line.split([';', '|', '<', '>']).next().unwrap()
    }

    fn words(line: &str) -> Vec<String> {
        let (mut bytes, mut spans) = (Vec::new(), Vec::new());
        split_words(line.as_bytes(), &mut bytes, &mut spans).unwrap();
        let word = |span: &Range<u32>| &bytes[span.start as usize..span.end as usize];
        let words = spans.iter().map(word);
        words
            .map(|word| String::from_utf8(word.to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn every_subcommand_has_valid_examples() {
        for subcommand in command().get_subcommands_mut() {
            let name = subcommand.get_name().to_owned();
            let short = subcommand.render_help().to_string();
            let long = subcommand.render_long_help().to_string();
            assert!(!short.contains("Examples:"), "{name} -h is short");
            let (_, examples) = long
                .split_once("Examples:\n")
                .unwrap_or_else(|| panic!("{name} has no examples"));
            let examples: Vec<_> = examples
                .lines()
                .take_while(|line| !line.is_empty())
                .collect();
            assert!(!examples.is_empty());
            for example in examples {
                let parsed = command().try_get_matches_from(words(command_of(example)));
                let parsed = parsed.unwrap_or_else(|error| panic!("`{example}`: {error}"));
                assert_eq!(parsed.subcommand_name(), Some(name.as_str()), "{example}");
            }
        }
    }
}

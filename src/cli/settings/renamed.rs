//! Settings that had another name in an earlier version.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::error::FileError;

/// Old and new keys.
const RENAMED: &[(&str, &str)] = &[("max_strangers", "max_unauthenticated")];

/// The refusal of an old name in any of its forms; `None` for a name that was never used.
pub(super) fn refusal(name: &str) -> Option<String> {
    let (key, form): (String, fn(&str) -> String) =
        if let Some(variable) = name.strip_prefix("CATALOGUE_") {
            (variable.to_lowercase(), |key| {
                format!("CATALOGUE_{}", key.to_uppercase())
            })
        } else if let Some(flag) = name.strip_prefix("--") {
            (flag.replace('-', "_"), |key| {
                format!("--{}", key.replace('_', "-"))
            })
        } else {
            (name.to_owned(), str::to_owned)
        };
    let (_, new) = RENAMED.iter().find(|(old, _)| *old == key)?;
    Some(format!("`{name}` is now called `{}`", form(new)))
}

/// Refuses the old name of a flag that clap does not know.
///
/// # Errors
/// [`FileError::Renamed`].
pub fn refuse_flag(error: &clap::Error) -> Result<(), FileError> {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) if error.kind() == ErrorKind::UnknownArgument => {
            argument
        }
        _ => return Ok(()),
    };
    let name = argument.split(['=', ' ']).next().unwrap_or_default();
    refusal(name).map_or(Ok(()), |words| Err(FileError::Renamed(words)))
}

/// Refuses old names among the variables of the environment.
///
/// # Errors
/// [`FileError::Renamed`].
pub fn refuse_variables() -> Result<(), FileError> {
    let old = RENAMED
        .iter()
        .map(|(old, _)| format!("CATALOGUE_{}", old.to_uppercase()))
        .find(|variable| std::env::var_os(variable).is_some());
    let words = old.and_then(|variable| refusal(&variable));
    words.map_or(Ok(()), |words| Err(FileError::Renamed(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_name_is_refused_with_the_new_one_in_the_same_form() {
        for (old, new) in [
            ("max_strangers", "max_unauthenticated"),
            ("--max-strangers", "--max-unauthenticated"),
            ("CATALOGUE_MAX_STRANGERS", "CATALOGUE_MAX_UNAUTHENTICATED"),
        ] {
            let words = format!("`{old}` is now called `{new}`");
            assert_eq!(refusal(old), Some(words));
        }
        assert_eq!(refusal("--workers"), None);
    }

    #[test]
    fn no_new_name_is_an_old_one() {
        let keys: Vec<String> = (crate::cli::settings().iter())
            .map(|setting| setting.key().to_owned())
            .collect();
        for (old, new) in RENAMED {
            assert!(keys.contains(&(*new).to_owned()) && !keys.contains(&(*old).to_owned()));
        }
    }
}

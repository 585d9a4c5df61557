//! Settings that had another name in an earlier version.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use thiserror::Error;

/// Old and new keys.
const RENAMED: &[(&str, &str)] = &[("max_strangers", "max_unauthenticated")];

/// The refusal of an old name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{old}` is now called `{new}`")]
pub struct RenamedError {
    old: String,
    new: String,
}

/// Checks that a key, a variable or a flag is not an old name.
///
/// # Errors
/// [`RenamedError`] with the new name in the same form.
pub(super) fn check_name(name: &str) -> Result<(), RenamedError> {
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
    let renamed = RENAMED.iter().find(|(old, _)| *old == key);
    renamed.map_or(Ok(()), |(_, new)| {
        Err(RenamedError {
            old: name.to_owned(),
            new: form(new),
        })
    })
}

/// Checks that an error of clap is not about the old name of a flag.
///
/// # Errors
/// [`RenamedError`].
pub fn check_flag(error: &clap::Error) -> Result<(), RenamedError> {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) if error.kind() == ErrorKind::UnknownArgument => {
            argument
        }
        _ => return Ok(()),
    };
    let name = argument.split(['=', ' ']).next().unwrap_or_default();
    check_name(name)
}

/// Checks that no environment variable has an old name.
///
/// # Errors
/// [`RenamedError`].
pub fn check_variables() -> Result<(), RenamedError> {
    let mut variables = RENAMED
        .iter()
        .map(|(old, _)| format!("CATALOGUE_{}", old.to_uppercase()));
    let old = variables.find(|variable| std::env::var_os(variable).is_some());
    old.map_or(Ok(()), |variable| check_name(&variable))
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
            let error = check_name(old).unwrap_err().to_string();
            assert_eq!(error, format!("`{old}` is now called `{new}`"));
        }
        assert_eq!(check_name("--workers"), Ok(()));
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

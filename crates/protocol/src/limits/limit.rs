//! The rows of the table of limits.

use std::time::Duration;

/// Where a limit is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// In `INFO limits`.
    Shown,
    /// In `INFO limits` under the name of its setting, with the configured value.
    Default,
    /// Only in the documentation, because it does not bound the requests of a client.
    Internal,
}

/// One row of the table.
#[derive(Debug)]
pub struct Limit {
    /// The name of its constant.
    pub name: &'static str,
    /// Its description, as Markdown.
    pub doc: &'static str,
    /// Where it is shown.
    pub visibility: Visibility,
    /// The value without its unit. The unit is the end of [`Limit::key`].
    pub value: fn() -> String,
    unit: &'static str,
}

impl Limit {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        visibility: Visibility,
        value: fn() -> String,
        unit: &'static str,
    ) -> Limit {
        Limit {
            name,
            doc,
            visibility,
            value,
            unit,
        }
    }

    /// The name in `INFO limits`: lower case, with the unit at its end.
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase() + self.unit
    }
}

/// The type of a limit.
#[doc(hidden)]
pub trait LimitValue {
    /// The suffix of the name.
    const UNIT: &'static str = "";

    /// The value without its unit.
    fn text(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl LimitValue for $number {
            fn text(&self) -> String {
                self.to_string()
            }
        })*
    };
}

numbers!(u8, i32, u32, i64, u64, usize, f64);

impl LimitValue for Duration {
    const UNIT: &'static str = "_seconds";

    fn text(&self) -> String {
        self.as_secs_f64().to_string()
    }
}

/// Declares the constants and the table `LIMITS`. A row has an explanation, a
/// visibility, a name, a type and a value.
#[doc(hidden)]
#[macro_export]
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $visibility:ident $name:ident: $type:ty = $value:expr;)*) => {
        $($(#[doc = $doc])+ pub const $name: $type = $value;)*

        /// The limits of this crate.
        pub static LIMITS: &[$crate::limits::Limit] = &[$($crate::limits::Limit::new(
            stringify!($name),
            concat!($($doc),+),
            $crate::limits!(@ $visibility),
            || $crate::limits::LimitValue::text(&$name),
            <$type as $crate::limits::LimitValue>::UNIT,
        )),*];
    };
    (@ shown) => { $crate::limits::Visibility::Shown };
    (@ default) => { $crate::limits::Visibility::Default };
    (@ internal) => { $crate::limits::Visibility::Internal };
}

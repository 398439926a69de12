//! A value that must not be printed: credentials, nonces, presigned addresses.

use std::fmt;

/// Prints `***`, whatever it holds. There is no way to format the value by accident; whoever needs it says
/// [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the call that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("canary-4711");
        for printed in [format!("{secret:?}"), format!("{:#?}", Some(&secret)), secret.to_string()] {
            assert!(!printed.contains("canary"), "{printed}");
        }
        assert_eq!(secret.expose(), &"canary-4711");
    }
}

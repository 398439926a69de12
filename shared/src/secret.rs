//! A value that must not be printed: credentials, nonces, presigned addresses.

use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// Prints `***`, whatever it holds. There is no way to format the value by accident; code that needs it calls
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

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    /// What cannot be read is not quoted, as serde's own errors do.
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        T::deserialize(input).map(Self).map_err(|_| de::Error::custom("a secret of another type"))
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

    #[test]
    fn a_secret_that_cannot_be_read_is_not_quoted() {
        let read = |json: &str| serde_json::from_str::<Secret<u8>>(json).map(|secret| *secret.expose());
        assert_eq!(read("7").unwrap(), 7);
        let error = read("\"canary-4711\"").unwrap_err().to_string();
        assert!(!error.contains("canary"), "{error}");
    }
}

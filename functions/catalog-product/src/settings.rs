//! What the template tells the function, read once at start.

use serde::Deserialize;
use shared::env::{self, WrongSettings};

/// The settings of a deployment, by the names that the template writes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Settings {
    /// The name of the function's own role, without its path.
    pub role_name: String,
}

impl Settings {
    /// Those of this function's environment.
    ///
    /// # Errors
    /// [`WrongSettings`], which names the key or the value that is wrong.
    pub fn from_environment() -> Result<Self, WrongSettings> {
        env::settings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_setting_is_named() {
        let read = |text| env::parse_settings::<Settings>(text).map_err(|error| shared::error::chain(&error));
        assert_eq!(read(r#"{"RoleName": "r"}"#), Ok(Settings { role_name: "r".to_owned() }));
        for (text, named) in [
            ("{}", "missing field `RoleName`"),
            (r#"{"RoleArn": "r"}"#, "unknown field `RoleArn`"),
            (r#"{"RoleName": 7}"#, "invalid type: integer `7`"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(named), "{told}");
        }
    }
}

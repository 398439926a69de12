//! What only this start of the emulator knows: made anew each time.

use uuid::Uuid;

/// The secret of ministack's port, which the gateway and the bridge show to it, and the root's secret access key. `Debug`
/// prints neither.
#[derive(Clone)]
pub struct Secrets {
    port: String,
    root_key: String,
}

impl Secrets {
    /// The header that every request to ministack has the port's secret in.
    pub const HEADER: &'static str = "x-emulator-secret";
    /// The header that only the bridge sends, and that no caller can get past the gateway.
    pub const BRIDGE: &'static str = "x-emulator-bridge";
    /// The access key id of the root of the home account. For the root of any other it is the account's number.
    pub const ROOT_KEY_ID: &'static str = "test";

    /// New ones, of at least 122 random bits of the operating system each.
    #[must_use]
    pub fn generate() -> Self {
        let random = || Uuid::new_v4().simple().to_string();
        Self { port: random(), root_key: random() }
    }

    /// The secret of ministack's port, in hexadecimal digits.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The secret access key of the root of every account, in hexadecimal digits.
    #[must_use]
    pub fn root_key(&self) -> &str {
        &self.root_key
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secrets(***)")
    }
}

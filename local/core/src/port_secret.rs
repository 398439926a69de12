//! What the gateway and the bridge show to ministack, which listens on a port of its own: made anew with every start.

use uuid::Uuid;

/// The secret of ministack's port. `Debug` does not print it.
#[derive(Clone)]
pub struct PortSecret(String);

impl PortSecret {
    /// The header that every request to ministack has it in.
    pub const HEADER: &'static str = "x-local-secret";
    /// The header that only the bridge sends, and that no caller can get past the gateway.
    pub const BRIDGE: &'static str = "x-local-bridge";

    /// A new one: 122 random bits of the operating system.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Hexadecimal digits.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PortSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("PortSecret(..)")
    }
}

//! What AWS charges, in US dollars for us-east-1, and the sizes it is charged by.

/// One GB-second on x86. <https://aws.amazon.com/lambda/pricing/>, November 2026.
pub const GB_SECOND_X86: f64 = 0.000_016_666_7;
/// One GB-second on arm64, the default of the templates. Same page.
pub const GB_SECOND_ARM: f64 = 0.000_013_333_4;
/// One invocation. Same page.
pub const REQUEST: f64 = 0.000_000_2;
/// The memory of the functions in the templates, in MB.
pub const MEMORY_MB: f64 = 128.0;
/// At this much memory a function has one whole vCPU; below it, a share of one.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
pub const WHOLE_CPU_MB: f64 = 1769.0;

/// How many times longer work takes that needs the CPU all the time, once the function is throttled.
pub const SLOWDOWN: f64 = WHOLE_CPU_MB / MEMORY_MB;

/// GB-seconds of so many billed milliseconds.
#[must_use]
pub fn gb_seconds(billed_ms: f64) -> f64 {
    billed_ms / 1000.0 * MEMORY_MB / 1024.0
}

/// Dollars on arm64 for invocations that were billed so many milliseconds together.
#[must_use]
pub fn dollars(invocations: f64, billed_ms: f64) -> f64 {
    invocations * REQUEST + gb_seconds(billed_ms) * GB_SECOND_ARM
}

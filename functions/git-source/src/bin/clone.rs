//! The program `clone`, which a clone build runs.

fn main() -> std::process::ExitCode {
    git_source::clone::main()
}

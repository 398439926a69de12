//! What `make demo` shows is true, and it leaves no process behind.

use std::process::Command;

#[test]
fn the_demonstration_holds_and_ends() {
    let output = Command::new(env!("CARGO_BIN_EXE_emulator")).arg("demo").output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}\n{errors}");
    assert!(errors.is_empty(), "{errors}");
    let endpoint = shown.split_whitespace().find_map(|word| word.strip_prefix("http://")).unwrap();
    assert!(std::net::TcpStream::connect(endpoint).is_err(), "{endpoint} still answers");
}

//! What a buildspec may say, and what is said about one that is wrong.

use super::*;

const COMMANDS: [PhaseType; 4] =
    [PhaseType::Install, PhaseType::PreBuild, PhaseType::Build, PhaseType::PostBuild];

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let spec = Buildspec::parse(text).unwrap();
    let commands: Vec<_> = COMMANDS.iter().flat_map(|phase| &spec.phase(*phase).unwrap().commands).collect();
    assert_eq!(commands, expected);
}

#[test]
fn commands_are_read_from_yaml_and_json_in_the_order_of_phases() {
    check(
        "version: 0.2\nphases:\n  build:\n    commands:\n      - make\n      - make test\n",
        &["make", "make test"],
    );
    check(
        "version: '0.2'\nphases:\n  build: {commands: [b]}\n  install: {commands: [a], runtime-versions: {python: 3.11}}\n",
        &["a", "b"],
    );
    check(
        "version: 0.2\nphases:\n  build:\n    commands:\n      - |\n        one\n        two\n      - 3\n",
        &["one\ntwo\n", "3"],
    );
    check(r#"{"version": "0.2", "phases": {"pre_build": {"commands": ["a"]}}}"#, &["a"]);
    check("version: 0.2\nphases: {}\n", &[]);
}

#[track_caller]
fn check_wrong(text: &str, part: &str) {
    let context = Buildspec::parse(text).unwrap_err();
    assert_eq!(context.status_code, "YAML_FILE_ERROR");
    assert!(context.message.contains(part), "{}", context.message);
}

#[test]
fn a_bad_buildspec_says_what_is_wrong() {
    check_wrong("phases: {}", "version");
    check_wrong("version: 0.1\nphases: {}", "write 0.2");
    check_wrong("version: 0.2", "phases");
    check_wrong("version: 0.2\nphases: {biuld: {commands: [a]}}", "biuld");
    check_wrong("version: 0.2\nphases: {build: {commands: [{echo: a}]}}", "");
    check_wrong("version: 0.2\nphases: {build: {commands: [a], on-failure: MAYBE}}", "MAYBE");
    check_wrong("version: 0.2\nenv: {shell: powershell}\nphases: {}", "powershell");
    check_wrong("version: 0.2\nenv: {exported-variables: ['A;b']}\nphases: {}", "A;b");
    check_wrong("version: 0.2\nphases: {}\nartifacts: {name: x}", "files");
    check_wrong("version: 0.2\nphases: {}\nartifacts: {secondary-artifacts: {more: {name: x}}}", "files");
    check_wrong("version: 0.2\nphases:\n build: [", "");
}

#[test]
fn the_environment_takes_numbers_and_booleans_as_text() {
    let spec = "version: 0.2\nenv:\n  shell: bash\n  variables: {PORT: 8080, ON: true, NAME: a b}\n  \
                secrets-manager: {KEY: 'id:key'}\n  exported-variables: [A, B_2]\nphases: {}\n";
    let env = Buildspec::parse(spec).unwrap().env;
    let variables: Vec<_> = env.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["NAME=a b", "ON=true", "PORT=8080"]);
    assert_eq!(env.secrets_manager["KEY"], "id:key");
    assert_eq!((env.shell, env.exported_variables.len()), (Shell::Bash, 2));
}

#[test]
fn what_is_not_carried_out_is_said() {
    let spec = "version: 0.2\nrun-as: root\nphases: {install: {runtime-versions: {java: 17}}}\n\
                cache: {paths: [a]}\nreports: {r: {files: [b]}}\n";
    let warnings = Buildspec::parse(spec).unwrap().ignored().join("\n");
    for name in ["run-as", "runtime-versions", "cache", "reports"] {
        assert!(warnings.contains(name), "{name} is not in {warnings}");
    }
    assert!(Buildspec::parse("version: 0.2\nphases: {}").unwrap().ignored().is_empty());
}

//! What a packager asks for: completions of a shell and manual pages, both made from the definition of the command line.

use crate::args::Args;
use crate::exit::{Exit, Failure};
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::path::Path;

/// The script with the completions.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sm-mlops", &mut script);
    if shell != Shell::Bash {
        return script;
    }
    // Its script for bash sets one name and looks for another when a program's name has a hyphen: the options of every
    // command would stay incomplete.
    String::from_utf8(script)
        .expect("it is made of strings")
        .replace("sm__subcmd__mlops", "sm__mlops")
        .into_bytes()
}

/// The page of the program itself. Its commands have pages of their own: [`manual`].
///
/// # Errors
/// Never: the page is written to memory.
pub fn page() -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let written = Man::new(Args::command()).render(&mut page);
    written.map_err(|error| Failure::new(Exit::Failed, format!("could not make the page: {error}")))?;
    Ok(page)
}

/// One page per command, in a folder.
///
/// # Errors
/// When the folder cannot be written to.
pub fn manual(folder: &Path) -> Result<(), Failure> {
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Args::command(), folder));
    written.map_err(|error| {
        Failure::new(Exit::Failed, format!("could not write manual pages to {}: {error}", folder.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_gets_completions_that_know_the_options() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(completions(*shell)).unwrap();
            for word in ["clean-up", "doctor", "storage", "dry-run", "backup"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn bash_completes_the_options_of_a_command() {
        let script = String::from_utf8(completions(Shell::Bash)).unwrap();
        for (words, expected) in [
            (["sm-mlops", "clean-up", "--sto"], "--storage"),
            (["sm-mlops", "clean-up", "--dr"], "--dry-run"),
            (["sm-mlops", "doctor", "cl"], "clean-up"),
        ] {
            let [program, command, word] = words;
            let set = format!("COMP_WORDS=({program} {command} {word}); COMP_CWORD=2");
            let ask =
                format!("{script}\n{set}; _sm__mlops {program} {word} {command}; echo \"${{COMPREPLY[*]}}\"");
            let output = std::process::Command::new("bash").args(["--norc", "-c", &ask]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{output:?}");
        }
    }

    #[test]
    fn the_page_names_the_commands_and_every_exit_status() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for word in ["sm\\-mlops\\-clean\\-up(1)", "sm\\-mlops\\-doctor(1)", "Exit status"] {
            assert!(page.contains(word), "{word}: {page}");
        }
        for exit in Exit::ALL {
            let start = exit.meaning().split([';', ',', '-']).next().unwrap();
            assert!(page.contains(start), "{start}: {page}");
        }
    }
}

//! The words of comments, sentences and documentation: plain technical English.

use tests::files;

#[test]
fn prose_uses_plain_words() {
    // Each with what to write instead. A word is matched as it is written here, between characters that are no letters.
    let words = [
        ("whoever", "name the actor"),
        ("as far as", "until, or name the limit"),
        ("at last", "finally, or leave it out"),
        ("becomes of", "the result of"),
        ("became of", "the result of"),
        ("bears", "has"),
        ("can be had", "is available"),
        ("comes to", "the result of"),
        ("came to", "the result of"),
        ("in vain", "say what did not happen"),
        ("local cloud", "emulator"),
        ("mend", "fix"),
        ("mends", "fix"),
        ("nobody's way", "does not block"),
        ("provoke", "inject"),
        ("rim", "aws_tests"),
        ("seal", "encrypt"),
        ("sealed", "encrypted"),
        ("the loop", "the state machine"),
        ("unseal", "decrypt"),
        ("whose turn", "name the actor"),
        ("without a word", "say what is missing"),
    ];
    let mut complaints = Vec::new();
    for file in files(&[".md", ".rs", ".py", ".template", ".toml", ".yaml"]) {
        if ["tests/prose.rs", "CHANGELOG.md"].contains(&file.path.as_str()) {
            continue;
        }
        let text = file.text.to_lowercase();
        for (word, instead) in words {
            let apart = |at: usize| {
                let letter = |char: char| char.is_alphanumeric() || char == '_';
                let before = text[..at].chars().next_back().is_some_and(letter);
                let after = text[at + word.len()..].chars().next().is_some_and(letter);
                !before && !after
            };
            if let Some((at, _)) = text.match_indices(word).find(|(at, _)| apart(*at)) {
                let line = text[..at].lines().count();
                complaints.push(format!("{}:{line}: `{word}`: {instead}.", file.path));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

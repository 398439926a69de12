//! Inclusion of buildspecs, as tables of files in a folder.

use super::{BODY_LIMIT, BY_URL, URL_LIMIT, fits, parse, template};

fn package(source: &str, buildspec: Option<&str>) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, source)?;
    if let Some(text) = buildspec {
        std::fs::write(folder.path().join("clone.buildspec.yaml"), text)?;
    }
    template(&path)
}

#[track_caller]
fn check(source: &str, buildspec: &str, expected: &str) {
    assert_eq!(package(source, Some(buildspec)).unwrap(), expected);
}

#[track_caller]
fn refused(source: &str, buildspec: Option<&str>, part: &str) {
    let error = format!("{:#}", package(source, buildspec).unwrap_err());
    assert!(error.contains(part), "{error}");
}

#[test]
fn a_named_buildspec_becomes_a_block_at_its_own_indentation() {
    check("BuildSpec: clone.buildspec.yaml\n", "version: 0.2\n", "BuildSpec: |\n  version: 0.2\n");
    check(
        "# Why.\nSource:\n    BuildSpec: clone.buildspec.yaml # the clone\n    Type: NO_SOURCE\n",
        "a: |\n  b\n\n# c\nd: 1\n",
        "# Why.\nSource:\n    BuildSpec: |\n      a: |\n        b\n\n      d: 1\n    Type: NO_SOURCE\n",
    );
    check(
        "Sources:\n  - BuildSpec: 'clone.buildspec.yaml'\n    Type: NO_SOURCE\n",
        "a: 1\n",
        "Sources:\n  - BuildSpec: |\n      a: 1\n    Type: NO_SOURCE\n",
    );
}

#[test]
fn the_text_comes_back_whatever_it_begins_and_ends_with() {
    for text in
        ["a: 1", "a: 1\n", "a: 1\n\n", "\n\na: 1\n", "  a: 1\n  b: 2\n", "\n a: 1\n", "a: \"${X} # y\"\n"]
    {
        let whole = package("Source:\n  BuildSpec: clone.buildspec.yaml\n", Some(text)).unwrap();
        assert_eq!(parse(&whole).unwrap()["Source"]["BuildSpec"], text, "{whole}");
    }
}

#[test]
fn everything_else_is_left_as_it_is() {
    for source in [
        "BuildSpec: buildspec.yml\n",
        "BuildSpec: !Ref Spec\n",
        "BuildSpec: infra/clone.buildspec.yaml\n",
        "# BuildSpec: clone.buildspec.yaml\n",
        "A: !Sub '${AWS::Partition}'\nB: !If [C, !GetAtt D.Arn, !Ref AWS::NoValue]\n",
    ] {
        check(source, "a: 1\n", source);
    }
}

#[test]
fn what_cannot_be_deployed_is_refused() {
    let named = "BuildSpec: clone.buildspec.yaml\n";
    refused(named, None, "names clone.buildspec.yaml, which is not beside it");
    refused(named, Some("a: 1\r\nb: 2\r\n"), "does not survive the inclusion");
    refused("A: [\n", None, "it is not YAML");
    refused(named, Some(&"a".repeat(BODY_LIMIT)), "CloudFormation takes at most 51200");
}

#[test]
fn the_limit_itself_is_still_taken() {
    let fits = format!("#{}\n", " ".repeat(BODY_LIMIT - 2));
    assert_eq!(package(&fits, None).unwrap().len(), BODY_LIMIT);
    refused(&format!("{fits}\n"), None, "it has 51201 bytes");
}

#[test]
fn a_template_that_is_deployed_by_its_url_only_may_be_larger() {
    let larger = "#".repeat(BODY_LIMIT + 1);
    for name in BY_URL {
        fits(name, &larger).unwrap();
        let error = fits(name, &"#".repeat(URL_LIMIT + 1)).unwrap_err().to_string();
        assert!(error.contains("reads at most 1000000 from a bucket"), "{error}");
    }
    let error = fits("external-repo-access.yaml", &larger).unwrap_err().to_string();
    assert!(error.contains("takes at most 51200 in a template body"), "{error}");
}

//! Which version and which path is meant.

use super::*;

fn product() -> Product {
    Product { product_id: "prod-1".to_owned(), name: "Environment".to_owned(), owner: "Platform".to_owned() }
}

fn a_version(id: &str, name: &str, deprecated: bool) -> Version {
    Version { id: id.to_owned(), name: name.to_owned(), deprecated }
}

#[track_caller]
fn check(found: Result<String, Failure>, expected: Result<&str, (Exit, &[&str])>) {
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected),
        (Err(failure), Err((exit, words))) => {
            assert_eq!(failure.exit, exit, "{}", failure.sentence);
            for word in words {
                assert!(failure.sentence.contains(word), "no {word:?} in {}", failure.sentence);
            }
        }
        (Ok(found), Err(expected)) => panic!("{found} instead of {expected:?}"),
        (Err(failure), Ok(expected)) => panic!("{failure:?} instead of {expected}"),
    }
}

#[test]
fn the_only_version_that_is_not_deprecated_is_meant_unless_one_is_named() {
    let one = a_version("pa-1", "one", false);
    let old = a_version("pa-0", "old", true);
    let two = a_version("pa-2", "two", false);
    let again = a_version("pa-3", "two", false);
    let found = |all: &[&Version], wanted| {
        version(&product(), all.iter().map(|it| (*it).clone()).collect(), wanted).map(|it| it.id)
    };
    check(found(&[&one], None), Ok("pa-1"));
    check(found(&[&old, &one], None), Ok("pa-1"));
    check(found(&[&one, &two], Some("one")), Ok("pa-1"));
    check(found(&[&one, &two], Some("pa-1")), Ok("pa-1"));
    check(found(&[&one, &old], Some("pa-0")), Ok("pa-0"));
    let names = &["--version", "one (pa-1)", "two (pa-2)", "2 versions"][..];
    check(found(&[&one, &two], None), Err((Exit::Usage, names)));
    check(found(&[&old], None), Err((Exit::Usage, &["only deprecated versions", "old (pa-0)"])));
    check(found(&[&one], Some("none")), Err((Exit::NothingMatches, &["no version none", "one (pa-1)"])));
    check(found(&[&two, &again], Some("two")), Err((Exit::Usage, &["two means 2 versions", "pa-3"])));
    check(found(&[], None), Err((Exit::NothingMatches, &["no version that can be launched"])));
}

#[test]
fn the_only_path_is_meant_unless_one_is_named() {
    let a_path = |id: &str, name: &str| Path { id: id.to_owned(), name: name.to_owned() };
    let both = || vec![a_path("lp-1", "Team"), a_path("lp-2", "Platform")];
    let found = |all, wanted| path(&product(), all, wanted).map(|it| it.id);
    check(found(vec![a_path("lp-1", "Team")], None), Ok("lp-1"));
    check(found(both(), Some("Team")), Ok("lp-1"));
    check(found(both(), Some("lp-1")), Ok("lp-1"));
    check(found(both(), None), Err((Exit::Usage, &["2 portfolios", "--path", "Team (lp-1)"])));
    check(found(both(), Some("x")), Err((Exit::NothingMatches, &["no launch path x", "lp-2"])));
    check(found(vec![], None), Err((Exit::NothingMatches, &["no launch path any more"])));
}

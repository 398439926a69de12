//! Whether the names that begin with that of the environment fit.

use super::Planned;
use crate::doctor::finding::{Check, Finding};
use crate::session::Session;

/// What is named after the environment, and how many characters AWS allows it.
struct Named {
    what: &'static str,
    name: String,
    most: usize,
}

pub(super) fn findings(planned: Planned<'_>, session: &Session) -> Vec<Finding> {
    named(planned.name, planned.stage, &session.region, &session.account).iter().map(finding).collect()
}

fn named(env: &str, kind: &str, region: &str, account: &str) -> [Named; 3] {
    let named = |what, name: String, most| Named { what, name, most };
    [
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        named("bucket", format!("{env}-{kind}-{region}-{account}-models"), 63),
        // CreateDomain, DomainName.
        named("domain", format!("{env}-{kind}-{region}-sagemaker-domain"), 63),
        // CreateRole, RoleName: the role of models in target accounts, whose name has eight digits of the stack's id.
        named("role", format!("{env}-01234567-SageMakerModelExecutionRole"), 64),
    ]
}

fn finding(Named { what, name, most }: &Named) -> Finding {
    let length = name.chars().count();
    if length <= *most {
        return Finding::passed(
            Check::Names,
            name,
            format!("{length} of {most} characters of the name of a {what}"),
        );
    }
    let over = length - most;
    Finding::missing(
        Check::Names,
        name,
        format!("the name of a {what} has {most} characters at most, and this one would have {length}"),
        format!("Give an EnvName or EnvType that is {over} characters shorter."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    #[test]
    fn a_name_that_is_too_long_is_told_before_anything_is_made() {
        let verdicts =
            |env: &str| named(env, "dev", "us-east-1", "111122223333").map(|it| finding(&it).verdict);
        assert_eq!(verdicts("sm-mlops"), [Verdict::Passed; 3]);
        // 63 characters: the longest bucket.
        let bucket = "a".repeat(63 - "-dev-us-east-1-111122223333-models".len());
        assert_eq!(verdicts(&bucket)[0], Verdict::Passed);
        assert_eq!(verdicts(&format!("{bucket}a"))[0], Verdict::Missing);
    }
}

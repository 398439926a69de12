//! What the drivers of a reconcile function call, and what Lambda tells them of an invocation.

use crate::aws::SdkConfig;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// What the drivers call, apart from what is reconciled.
pub struct Clients {
    pub(crate) config: SdkConfig,
    pub(crate) codepipeline: aws_sdk_codepipeline::Client,
    pub(crate) sfn: aws_sdk_sfn::Client,
}

impl Clients {
    /// Clients of one configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            codepipeline: aws_sdk_codepipeline::Client::new(config),
            sfn: aws_sdk_sfn::Client::new(config),
            config: config.clone(),
        }
    }
}

/// What Lambda says about an invocation.
pub struct Context {
    /// Which function this is, or why that is not known.
    pub(crate) function: Result<FunctionArn, String>,
    /// When Lambda ends the invocation.
    pub deadline: Instant,
}

impl Context {
    /// `arn` is that of the invoked function, with or without a version or an alias.
    #[must_use]
    pub fn new(arn: &str, deadline: Instant) -> Self {
        Self { function: FunctionArn::read(arn), deadline }
    }

    /// The Region and the account of the function, or why they are not known.
    pub(crate) fn place(&self) -> Result<(&str, &str), &str> {
        self.function.as_ref().map(|arn| (arn.region.as_str(), arn.account.as_str())).map_err(String::as_str)
    }
}

/// The parts of a function's ARN that the names of its state machine are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionArn {
    partition: String,
    region: String,
    account: String,
    name: String,
}

impl FunctionArn {
    fn read(arn: &str) -> Result<Self, String> {
        match arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", partition, "lambda", region, account, "function", name, ..] if !name.is_empty() => {
                Ok(Self {
                    partition: partition.to_owned(),
                    region: region.to_owned(),
                    account: account.to_owned(),
                    name: name.to_owned(),
                })
            }
            _ => Err(format!("`{arn}` is not the ARN of a function")),
        }
    }

    /// The ARN of the state machine of the function.
    pub(crate) fn machine(&self) -> String {
        let Self { partition, region, account, name } = self;
        format!("arn:{partition}:states:{region}:{account}:stateMachine:{name}")
    }

    /// The alias of the key that encrypts what the state machine must not read.
    pub(crate) fn key(&self) -> String {
        format!("alias/{}", self.name)
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws-cn:lambda:cn-north-1:111122223333:function:team-studio-cleanup:live";

    #[test]
    fn the_state_machine_is_found_by_the_name_of_the_function() {
        let arn = FunctionArn::read(ARN).unwrap();
        let machine = "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:team-studio-cleanup";
        assert_eq!((arn.machine().as_str(), arn.key().as_str()), (machine, "alias/team-studio-cleanup"));
        for bad in [
            "",
            "arn:aws:lambda:us-east-1:1:function:",
            "arn:aws:states:us-east-1:1:function:x",
            "studio-cleanup",
        ] {
            assert_eq!(FunctionArn::read(bad), Err(format!("`{bad}` is not the ARN of a function")));
        }
    }
}

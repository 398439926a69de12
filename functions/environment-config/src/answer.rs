//! The attributes. Pure: no clock, no call.

use crate::environment::environment;
use crate::observation::{Observation, Parameter};
use crate::spec::{Spec, Variable};
use shared::reconcile::output::{Attribute, Output, attributes};
use shared::text;

/// How many parameters a sentence lists.
const LISTED: usize = 10;
/// The parameters that an environment without other accounts lacks: they are empty then.
const OPTIONAL: [&str; 4] =
    ["ou-prod-id", "ou-staging-id", "production-account-list", "staging-account-list"];

/// `EnvironmentName`, `EnvironmentType`, `DomainId`, `VpcId`, `SubnetIds`, `SecurityGroups`, `ExecutionRole` and the variables. A
/// variable of one of these names takes its place.
///
/// # Errors
/// A sentence, when the environment is not found or lacks a parameter.
pub(crate) fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
    let environment = environment(spec, observed)?;
    let mut missing = Vec::new();
    let mut variables = Output::new();
    for Variable { name, parameter } in &spec.variables {
        let whole = environment.parameter(parameter);
        let value = match observed.parameters.get(&whole) {
            Some(Parameter::Text(value)) => value.clone(),
            Some(Parameter::Secure) => {
                return Err(format!(
                    "parameter {whole}, which {name} is read from, is a SecureString: attributes can be read by everyone who may \
                     describe the stack, so make it a String, or read it where it is used"
                ));
            }
            None if OPTIONAL.contains(&parameter.as_str()) => String::new(),
            None => {
                missing.push(format!("{whole} (for {name})"));
                continue;
            }
        };
        variables.insert(name.clone(), value.into());
    }
    if !missing.is_empty() {
        return Err(format!(
            "there is no parameter {}: deploy the environment again, or correct SSMParams",
            text::list(&missing, LISTED)
        ));
    }
    let settings = &observed.settings;
    let text = |value: &str| Attribute::from(value);
    let mut output = attributes([
        ("EnvironmentName", text(&environment.name)),
        ("EnvironmentType", text(&environment.kind)),
        ("DomainId", text(&environment.domain)),
        ("VpcId", text(&settings.vpc)),
        ("SubnetIds", settings.subnets.clone().into()),
        ("SecurityGroups", settings.security_groups.clone().into()),
        ("ExecutionRole", text(&settings.role)),
    ]);
    output.extend(variables);
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Domain, Settings, Tags};
    use serde_json::json;

    fn spec(variables: &[(&str, &str)]) -> Spec {
        let variable = |(name, parameter): &(&str, &str)| Variable {
            name: (*name).to_owned(),
            parameter: (*parameter).to_owned(),
        };
        Spec { variables: variables.iter().map(variable).collect(), ..Spec::default() }
    }

    fn observed() -> Observation {
        let environment = Tags { name: Some("team".to_owned()), kind: Some("dev".to_owned()) };
        let text = |value: &str| Parameter::Text(value.to_owned());
        Observation {
            domains: vec![Domain { id: "d-1".to_owned(), environment }],
            settings: Settings {
                vpc: "vpc-1".to_owned(),
                subnets: vec!["subnet-1".to_owned()],
                security_groups: vec!["sg-1".to_owned(), "sg-2".to_owned()],
                role: "arn:role".to_owned(),
            },
            parameters: [
                ("team-dev-data-bucket-name", text("data")),
                ("team-dev-vpc-id", text("vpc-2")),
                ("team-dev-password", Parameter::Secure),
                ("other-dev-model-bucket-name", text("others")),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
            ..Observation::default()
        }
    }

    #[test]
    fn what_may_be_absent_is_empty_and_a_variable_takes_the_place_of_what_is_told_anyway() {
        let asked = [
            ("Data", "data-bucket-name"),
            ("StagingAccountList", "staging-account-list"),
            ("VpcId", "vpc-id"),
        ];
        let told = json!(answer(&spec(&asked), &observed()).unwrap());
        let expected = json!({
            "EnvironmentName": "team", "EnvironmentType": "dev", "DomainId": "d-1", "VpcId": "vpc-2", "SubnetIds": ["subnet-1"],
            "SecurityGroups": ["sg-1", "sg-2"], "ExecutionRole": "arn:role", "Data": "data", "StagingAccountList": "",
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn a_missing_parameter_fails_by_name_and_a_secret_is_not_told() {
        let asked = [("Data", "data-bucket-name"), ("Key", "kms-s3-key-arn"), ("Model", "model-bucket-name")];
        let expected = "there is no parameter team-dev-kms-s3-key-arn (for Key), team-dev-model-bucket-name (for Model): deploy the \
                        environment again, or correct SSMParams";
        assert_eq!(answer(&spec(&asked), &observed()), Err(expected.to_owned()));
        let refused = answer(&spec(&[("Password", "password")]), &observed()).unwrap_err();
        assert!(
            refused
                .starts_with("parameter team-dev-password, which Password is read from, is a SecureString: "),
            "{refused}"
        );
    }
}

//! Roles whose names are fixed by AWS: those of SageMaker's project templates, and those that services make for themselves.

use super::unknown;
use crate::doctor::finding::{Check, Finding};
use crate::session::Session;
use aws_sdk_iam::Client;
use launch_roles::{LaunchRoles, Properties};
use shared::drivers::cloudformation::{LookUp, Origin, RequestType};
use shared::error::{Class, cause, chain};

/// SageMaker's, which its project templates name.
const OF_PROJECTS: [&str; 2] =
    ["AmazonSageMakerServiceCatalogProductsLaunchRole", "AmazonSageMakerServiceCatalogProductsUseRole"];

/// The services that act in an environment by a role of their own, with the name of that role.
const SERVICE_LINKED: [(&str, &str); 2] = [
    ("elasticfilesystem.amazonaws.com", "AWSServiceRoleForAmazonElasticFileSystem"),
    ("sagemaker.amazonaws.com", "AWSServiceRoleForAmazonSageMakerNotebooks"),
];

pub(super) async fn findings(session: &Session) -> Vec<Finding> {
    let mut findings = of_projects(session).await;
    let iam = Client::new(&session.config);
    for (service, name) in SERVICE_LINKED {
        findings.push(service_linked(&iam, service, name).await);
    }
    findings
}

/// SageMaker's roles.
pub(super) async fn of_projects(session: &Session) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in OF_PROJECTS {
        findings.push(of_project(session, name).await);
    }
    findings
}

/// The same look as that of the function that makes them when a stack needs them.
async fn of_project(session: &Session, name: &str) -> Finding {
    let check = Check::RoleOfProjects;
    let properties =
        Properties { role_names: vec![name.to_owned()], path: None, trusted_services: Vec::new() };
    let spec = match LaunchRoles::spec(&Origin::new(RequestType::Create, None), properties) {
        Ok(spec) => spec,
        Err(why) => {
            return Finding::not_evaluated(check, name, why, "Report this as a fault of this program.");
        }
    };
    let observed = match LaunchRoles::new(&session.config).read(&spec).await {
        Ok(observed) => observed,
        Err(error) => {
            return Finding::not_evaluated(check, name, chain(&error), "Give the caller iam:GetRole on it.");
        }
    };
    match LaunchRoles::answer(&spec, &observed) {
        Ok(_) if observed.roles.is_empty() => Finding::passed(check, name, "it does not exist, and is made"),
        Ok(_) => Finding::passed(check, name, "it exists, and is used as it is"),
        Err(why) => Finding::missing(
            check,
            name,
            why,
            "A quickstart, and a core with CreateIAMRoles=YES, fail until then.",
        ),
    }
}

/// A service makes its role at its first use, if who uses it may `iam:CreateServiceLinkedRole`.
async fn service_linked(iam: &Client, service: &str, name: &str) -> Finding {
    let check = Check::ServiceLinkedRole;
    match iam.get_role().role_name(name).send().await {
        Ok(_) => Finding::passed(check, name, "it exists"),
        Err(error) => {
            let cause = cause(error);
            if cause.class() != Class::NotFound {
                return unknown(check, name, "iam:GetRole on it", &cause);
            }
            let told = format!(
                "{service} makes it at its first use, if who uses it first may iam:CreateServiceLinkedRole"
            );
            let remedy =
                format!("To make it now: aws iam create-service-linked-role --aws-service-name {service}");
            Finding::notice(check, name, told, remedy)
        }
    }
}

//! The parameters of the guides, and the life of the shared roles.

use super::{delete, deploy, has_outputs, outputs, role, roles_of};
use crate::cli::aws;
use crate::harness::{project, run};
use anyhow::{Context, ensure};

/// What the guides and the templates that they replace know: parameter, default, or none if it is required.
type Known = &'static [(&'static str, Option<&'static str>)];

const TEMPLATES: &[(&str, Known)] = &[
    (
        "core-iam-shared-roles",
        &[
            ("DSAdministratorRoleName", Some("DataScienceAdministrator")),
            ("SageMakerDetectiveControlExecutionRoleName", Some("DSSageMakerDetectiveControlRole")),
            ("SCLaunchRoleName", Some("DSServiceCatalogLaunchRole")),
        ],
    ),
    (
        "core-iam-sc-sm-projects-roles",
        &[
            (
                "AmazonSageMakerServiceCatalogProductsLaunchRoleName",
                Some("AmazonSageMakerServiceCatalogProductsLaunchRole"),
            ),
            (
                "AmazonSageMakerServiceCatalogProductsUseRoleName",
                Some("AmazonSageMakerServiceCatalogProductsUseRole"),
            ),
        ],
    ),
    (
        "env-iam",
        &[
            ("EnvName", None),
            ("EnvType", Some("dev")),
            ("CreateIAMUserRoles", Some("YES")),
            ("CreateVPCFlowLogsRole", Some("YES")),
            ("SetupStackSetExecutionRoleName", Some("AWSCloudFormationStackSetExecutionRole")),
        ],
    ),
    (
        "env-iam-setup-stackset-role",
        &[
            ("EnvName", None),
            ("EnvType", Some("dev")),
            ("StackSetExecutionRoleName", Some("")),
            ("AdministratorAccountId", None),
        ],
    ),
    (
        "env-iam-target-account-roles",
        &[
            ("EnvName", None),
            ("EnvType", Some("dev")),
            ("SageMakerModelExecutionRoleName", Some("")),
            ("StackSetExecutionRoleName", Some("")),
            ("PipelineExecutionRoleArn", Some("")),
            ("AdministratorAccountId", Some("")),
            ("ModelS3KMSKeyArn", Some("*")),
            ("ModelBucketName", Some("")),
        ],
    ),
    (
        "env-kms",
        &[
            ("EnvName", None),
            ("EnvType", Some("dev")),
            ("DSTeamAdministratorRoleArn", None),
            ("DataScientistRoleArn", None),
            ("SageMakerExecutionRoleArn", None),
            ("SageMakerPipelineExecutionRoleArn", None),
            ("SCLaunchRoleArn", None),
            ("VPCEndpointKMSId", None),
        ],
    ),
    (
        "env-s3",
        &[
            ("EnvName", None),
            ("EnvType", Some("dev")),
            ("DataBucketName", None),
            ("ModelBucketName", None),
            ("VPCEndpointS3Id", None),
            ("S3BucketKMSKeyId", None),
        ],
    ),
];

/// The rows of a template in `docs/parameters.md`, which is made of the templates: name, type and default as they are shown.
fn rows(document: &str, template: &str) -> Vec<[String; 3]> {
    let heading = format!("## [infra/{template}.yaml]");
    let section = document.split(&heading).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let cells = section.lines().filter(|line| line.starts_with("| `"));
    cells
        .map(|line| {
            let mut cells = line.split(" | ").map(|cell| cell.trim_matches(['|', ' ', '`']).to_owned());
            std::array::from_fn(|_| cells.next().unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_templates_have_the_parameters_of_the_guides_and_what_is_new_has_a_default() {
    let document = std::fs::read_to_string(project().join("docs/parameters.md")).unwrap();
    for (template, known) in TEMPLATES {
        let rows = rows(&document, template);
        for (name, default) in *known {
            let row = rows.iter().find(|row| row[0] == *name);
            let [_, kind, found] = row.unwrap_or_else(|| panic!("{template} has no {name}"));
            let default = default.map_or("required", |text| if text.is_empty() { "empty" } else { text });
            assert_eq!((kind.as_str(), found.as_str()), ("String", default), "{template}: {name}");
        }
        for [name, _, default] in &rows {
            let is_known = known.iter().any(|(other, _)| other == name);
            assert!(is_known || default != "required", "{template}: {name} is new and has no default");
        }
    }
}

#[test]
fn what_is_deployed_with_brought_roles_takes_no_capability() {
    run(async {
        for (template, _) in TEMPLATES {
            let body = format!("file://{}", project().join(format!("infra/{template}.yaml")).display());
            let found = aws(&["cloudformation", "get-template-summary", "--template-body", &body]).await?;
            let brought = ["env-kms", "env-s3"].contains(template);
            ensure!(found["Capabilities"].is_null() == brought, "{template}: {}", found["Capabilities"]);
        }
        Ok(())
    });
}

const SHARED: &[&str] = &[
    "AssumeDSAdministratorRole",
    "DSAdministratorRoleArn",
    "EnvironmentPermissionsBoundaryArn",
    "SCLaunchRoleArn",
    "SageMakerDetectiveControlExecutionRoleArn",
];

#[test]
fn shared_roles_are_made_left_out_and_deleted() {
    run(async {
        let name = |role: &str| format!("roles-shared-us-east-1-{role}");
        let names = [
            ("DSAdministratorRoleName", name("DataScienceAdministrator")),
            ("SageMakerDetectiveControlExecutionRoleName", name("DSSageMakerDetectiveControlRole")),
            ("SCLaunchRoleName", name("DSServiceCatalogLaunchRole")),
        ];
        let given: Vec<_> = names.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let made = deploy("core-iam-shared-roles", "roles-shared", &given, true).await?;
        has_outputs(&made, SHARED)?;
        let arns = ["DSAdministratorRoleArn", "SageMakerDetectiveControlExecutionRoleArn", "SCLaunchRoleArn"];
        for (arn, (_, name)) in arns.iter().zip(&names) {
            ensure!(made[*arn].ends_with(&format!(":role/{name}")), "{made:?}");
            role(&made[*arn]).await.context("the role is not there")?;
        }
        let page = format!(
            "https://signin.aws.amazon.com/switchrole?account=111122223333&roleName={0}&displayName={0}",
            names[0].1
        );
        ensure!(made["AssumeDSAdministratorRole"] == page, "{made:?}");

        // An empty name makes no role, as the guide for brought roles has it; the other roles stay.
        let given = [("DSAdministratorRoleName", ""), given[1], given[2]];
        let fewer = deploy("core-iam-shared-roles", "roles-shared", &given, true).await?;
        ensure!(fewer["DSAdministratorRoleArn"].is_empty(), "{fewer:?}");
        ensure!(fewer["AssumeDSAdministratorRole"].is_empty(), "{fewer:?}");
        ensure!(role(&made["DSAdministratorRoleArn"]).await.is_none(), "the role is still there");
        ensure!(fewer["SCLaunchRoleArn"] == made["SCLaunchRoleArn"], "{fewer:?}");

        // A boundary of the company is on every role, and is what the launch role demands.
        let company = "arn:aws:iam::aws:policy/PowerUserAccess";
        let given = [given[0], given[1], given[2], ("PermissionsBoundary", company)];
        let bounded = deploy("core-iam-shared-roles", "roles-shared", &given, true).await?;
        ensure!(bounded["EnvironmentPermissionsBoundaryArn"] == company, "{bounded:?}");
        for name in roles_of("roles-shared").await? {
            let found = aws(&["iam", "get-role", "--role-name", &name]).await?;
            let boundary = &found["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"];
            ensure!(boundary == company, "{name}: {boundary}");
        }

        delete("roles-shared").await?;
        for arn in [&made["SCLaunchRoleArn"], &made["SageMakerDetectiveControlExecutionRoleArn"]] {
            ensure!(role(arn).await.is_none(), "{arn} is left");
        }
        let boundary = ["iam", "get-policy", "--policy-arn", &made["EnvironmentPermissionsBoundaryArn"]];
        ensure!(aws(&boundary).await.is_err(), "the boundary is left");
        ensure!(outputs("roles-shared").await.is_err(), "the stack is left");
        Ok(())
    });
}

//! The two roles of SageMaker's own project templates belong to the account: a second deployment uses what the first one made.

use super::{delete, deploy, has_outputs, outputs, place, role, roles_of};
use crate::cli::aws;
use crate::harness::{project, run};
use crate::one_shot::launch_roles::{classic_roles, forget_classic_roles};
use anyhow::{Context, ensure};

const TEMPLATE: &str = "core-iam-sc-sm-projects-roles";
const OUTPUTS: [&str; 2] =
    ["AmazonSageMakerServiceCatalogProductsLaunchRoleArn", "AmazonSageMakerServiceCatalogProductsUseRoleArn"];

#[test]
fn classic_roles_are_made_once_adopted_and_kept() {
    run(async {
        let _held = classic_roles().await?;
        let place = place().await?;
        let given: Vec<_> = place.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let arn = |output: &str| {
            let name = output.trim_end_matches("Arn");
            format!("arn:aws:iam::111122223333:role/service-role/{name}")
        };

        let first = deploy(TEMPLATE, "roles-projects-1", &given, true).await?;
        has_outputs(&first, &OUTPUTS)?;
        for output in OUTPUTS {
            ensure!(first[output] == arn(output), "{first:?}");
            role(&first[output]).await.context("the role is not there")?;
        }
        let functions = |roles: Vec<String>| {
            roles.into_iter().filter(|name| name.starts_with("AmazonSageMaker")).collect::<Vec<_>>()
        };
        ensure!(functions(roles_of("roles-projects-1").await?).len() == 2, "the first stack has no roles");

        // The second deployment has the same outputs and no role of its own.
        let second = deploy(TEMPLATE, "roles-projects-2", &given, true).await?;
        ensure!(second == first, "{second:?}");
        ensure!(functions(roles_of("roles-projects-2").await?).is_empty(), "the second stack has roles");

        // An update of the first keeps its roles, and its deletion leaves them for the others.
        let changed: Vec<_> = given.iter().copied().chain([("LogRetentionInDays", "60")]).collect();
        ensure!(
            deploy(TEMPLATE, "roles-projects-1", &changed, true).await? == first,
            "the update changed it"
        );
        ensure!(functions(roles_of("roles-projects-1").await?).len() == 2, "the update lost the roles");
        delete("roles-projects-1").await?;
        delete("roles-projects-2").await?;
        for output in OUTPUTS {
            role(&first[output]).await.with_context(|| format!("{output} is gone"))?;
        }

        // Without the release nothing is looked for: what exists is in the way, as the guide says.
        let told = deploy(TEMPLATE, "roles-projects-3", &[], true).await;
        ensure!(
            told.is_err_and(|error| format!("{error:#}").contains("already exists")),
            "it was made twice"
        );
        aws(&["cloudformation", "delete-stack", "--stack-name", "roles-projects-3"]).await?;
        // Without names nothing is made, and the outputs are the ARNs of AWS's own roles.
        let body = format!("file://{}", project().join(format!("infra/{TEMPLATE}.yaml")).display());
        let create =
            ["cloudformation", "create-stack", "--stack-name", "roles-projects-4", "--template-body", &body];
        let names =
            OUTPUTS.map(|output| format!("ParameterKey={},ParameterValue=", output.replace("Arn", "Name")));
        let names = ["--parameters", &names[0], &names[1], "--capabilities", "CAPABILITY_NAMED_IAM"];
        aws(&[&create[..], &names].concat()).await?;
        aws(&["cloudformation", "wait", "stack-create-complete", "--stack-name", "roles-projects-4"]).await?;
        let none = outputs("roles-projects-4").await?;
        ensure!(none == first, "{none:?}");
        delete("roles-projects-4").await?;

        forget_classic_roles().await
    });
}

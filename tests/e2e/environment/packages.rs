//! The shared packages: made without capabilities, read by the roles that environments make for it and by no other, changed, and deleted
//! with nothing left but internal packages.

use super::packaged;
use super::roles::{Texts, delete, denied, deploy, has_outputs, outputs, place, session_of};
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, project, run};
use crate::one_shot::refused;
use anyhow::{Context, ensure};
use emulator::deploy as stacks;
use serde_json::{Value, json};

const OUTPUTS: &[&str] = &[
    "CodeArtifactDomainName",
    "CodeArtifactDomainOwner",
    "PyPIMirrorEndpointServiceName",
    "PyPIRepository",
    "PyPIRepositoryEndpoint",
    "PyPIRepositoryName",
];
const TEMPLATE: &str = "core-shared-services-ecs";
/// An export has a fixed name: a stack of another test may have it.
const UNEXPORTED: (&str, &str) = ("ExportSharedValues", "NO");

/// What `CodeArtifact` answers the root, in the domain of a stack.
async fn codeartifact(made: &Texts, operation: &str, more: &[&str]) -> anyhow::Result<Value> {
    let domain = ["codeartifact", operation, "--domain", &made["CodeArtifactDomainName"]];
    aws(&[&domain[..], more].concat()).await
}

/// The modes of a package group by origin, with the repositories that may publish.
async fn group(made: &Texts, pattern: &str) -> anyhow::Result<(Vec<String>, Value)> {
    let named = ["--package-group", pattern];
    let found = codeartifact(made, "describe-package-group", &named).await?;
    let restrictions = &found["packageGroup"]["originConfiguration"]["restrictions"];
    let modes = ["EXTERNAL_UPSTREAM", "INTERNAL_UPSTREAM", "PUBLISH"]
        .map(|origin| restrictions[origin]["mode"].as_str().unwrap_or_default().to_owned());
    let publishers = [&named[..], &["--origin-restriction-type", "PUBLISH"]].concat();
    let publishers = codeartifact(made, "list-allowed-repositories-for-group", &publishers).await?;
    Ok((modes.into(), publishers["allowedRepositories"].clone()))
}

/// The physical id of a resource of a stack.
async fn physical_id(stack: &str, logical_id: &str) -> anyhow::Result<String> {
    let describe = [
        "cloudformation",
        "describe-stack-resource",
        "--stack-name",
        stack,
        "--logical-resource-id",
        logical_id,
    ];
    let found = aws(&describe).await?["StackResourceDetail"]["PhysicalResourceId"].take();
    Ok(found.as_str().context("no id")?.to_owned())
}

async fn key_state(key: &str) -> anyhow::Result<Value> {
    Ok(aws(&["kms", "describe-key", "--key-id", key]).await?["KeyMetadata"]["KeyState"].take())
}

async fn is_gone(made: &Texts) -> anyhow::Result<bool> {
    match codeartifact(made, "describe-domain", &[]).await {
        Ok(_) => Ok(false),
        Err(error) => Ok(format!("{error:#}").contains("ResourceNotFoundException")),
    }
}

#[test]
fn the_execution_role_reads_packages_and_no_other_does() {
    run(async {
        let made = deploy(TEMPLATE, "pkg-read", &[("StackSetName", "pkg-read"), UNEXPORTED], false).await?;
        has_outputs(&made, OUTPUTS)?;
        let domain = &made["CodeArtifactDomainName"];
        let suffix = domain.strip_prefix("packages-").context("another name")?;
        ensure!(suffix.len() == 8 && suffix.chars().all(|digit| digit.is_ascii_hexdigit()), "{domain}");
        ensure!(made["PyPIRepository"] == format!("{domain}/111122223333/pypi"), "{made:?}");
        let base = format!("https://{domain}-111122223333.d.codeartifact.us-east-1.amazonaws.com/pypi/pypi/");
        ensure!(made["PyPIRepositoryEndpoint"] == format!("{base}simple/"), "{made:?}");
        let service = "com.amazonaws.us-east-1.codeartifact.repositories";
        ensure!(made["PyPIMirrorEndpointServiceName"] == service, "{made:?}");

        let place = place().await?;
        let mut given =
            vec![("EnvName", "pkg-read"), ("EnvType", "dev"), ("UseSharedServicesPyPiMirror", "YES")];
        given.extend(place.iter().take(2).map(|(name, value)| (*name, value.as_str())));
        let roles = deploy("env-iam", "pkg-read-iam", &given, true).await?;
        let source = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-1";
        let session =
            async || session_of(&roles["SageMakerExecutionRoleArn"], "sagemaker.amazonaws.com", source).await;
        let execution = session().await?;
        let in_domain = |operation: &'static str| {
            ["codeartifact", operation, "--domain", domain, "--domain-owner", "111122223333"]
        };
        let token = in_domain("get-authorization-token");
        let endpoint =
            [&in_domain("get-repository-endpoint")[..], &["--repository", "pypi", "--format", "pypi"]]
                .concat();
        let got = aws_as(&execution, &token).await?;
        ensure!(!got["authorizationToken"].as_str().unwrap_or_default().is_empty(), "no token");
        ensure!(aws_as(&execution, &endpoint).await?["repositoryEndpoint"] == base, "another endpoint");
        // It reads, and neither sees nor changes how packages are kept.
        denied(aws_as(&execution, &in_domain("describe-domain")).await)?;
        let publish = [&in_domain("delete-repository")[..], &["--repository", "pypi"]].concat();
        denied(aws_as(&execution, &publish).await)?;

        // Another role that SageMaker acts as gets none of it.
        let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let create = [
            "iam",
            "create-role",
            "--role-name",
            "pkg-read-other",
            "--assume-role-policy-document",
            &trust.to_string(),
        ];
        let other = aws(&create).await?["Role"]["Arn"].as_str().context("no role")?.to_owned();
        let other = session_of(&other, "sagemaker.amazonaws.com", source).await?;
        denied(aws_as(&other, &token).await)?;
        denied(aws_as(&other, &endpoint).await)?;
        aws(&["iam", "delete-role", "--role-name", "pkg-read-other"]).await?;

        // Nor does the role of an environment that does not use the shared packages.
        given[2] = ("UseSharedServicesPyPiMirror", "NO");
        deploy("env-iam", "pkg-read-iam", &given, true).await?;
        denied(aws_as(&session().await?, &token).await)?;
        delete("pkg-read-iam").await?;
        let key = physical_id("pkg-read", "Key").await?;
        delete("pkg-read").await?;
        ensure!(is_gone(&made).await?, "the domain is left");
        ensure!(key_state(&key).await? == "PendingDeletion", "the key is left");
        Ok(())
    });
}

#[test]
fn a_cache_is_changed_and_nothing_of_it_is_left() {
    run(async {
        let given = [("StackSetName", "pkg-cache"), UNEXPORTED];
        let made = deploy(TEMPLATE, "pkg-cache", &given, false).await?;
        let connections = async || {
            let found = codeartifact(&made, "describe-repository", &["--repository", "pypi-store"]).await?;
            anyhow::Ok(found["repository"]["externalConnections"].clone())
        };
        ensure!(
            connections().await?[0]["externalConnectionName"] == "public:pypi",
            "nothing comes from PyPI"
        );
        let (modes, publishers) = group(&made, "/pypi/*").await?;
        ensure!(
            modes == ["ALLOW_SPECIFIC_REPOSITORIES", "ALLOW", "BLOCK"] && publishers == json!([]),
            "{modes:?}"
        );
        let policy = async |operation: &str, more: &[&str]| codeartifact(&made, operation, more).await;
        let of_domain = async || policy("get-domain-permissions-policy", &[]).await;
        let of_repository =
            async || policy("get-repository-permissions-policy", &["--repository", "pypi"]).await;
        let both = (of_domain().await, of_repository().await);
        ensure!(both.0.is_err() && both.1.is_err(), "others may read: {both:?}");

        let mut closed = given.to_vec();
        closed.extend([
            ("AllowPublicUpstream", "NO"),
            ("OrganizationId", "o-abcdefghij"),
            ("AccountIds", "444455556666,777788889999"),
        ]);
        let same = deploy(TEMPLATE, "pkg-cache", &closed, false).await?;
        ensure!(same == made, "the update made another domain: {same:?}");
        ensure!(connections().await? == json!([]), "packages still come from PyPI");
        ensure!(
            group(&made, "/pypi/*").await?.0 == ["BLOCK", "ALLOW", "BLOCK"],
            "the group lets packages in"
        );
        for (found, action) in [
            (of_domain().await?, "codeartifact:GetAuthorizationToken"),
            (of_repository().await?, "codeartifact:ReadFromRepository"),
        ] {
            let document: Value =
                serde_json::from_str(found["policy"]["document"].as_str().context("none")?)?;
            let statements = document["Statement"].as_array().context("no statements")?;
            let conditions: Vec<_> = statements.iter().map(|one| &one["Condition"]["StringEquals"]).collect();
            let accounts = json!({"aws:PrincipalAccount": ["444455556666", "777788889999"]});
            ensure!(conditions == [&json!({"aws:PrincipalOrgID": "o-abcdefghij"}), &accounts], "{document}");
            let actions =
                |one: &Value| one["Action"].as_array().is_some_and(|all| all.contains(&action.into()));
            ensure!(statements.iter().all(actions), "{document}");
        }
        deploy(
            TEMPLATE,
            "pkg-cache",
            &[given[0], given[1], ("AllowPublicUpstream", "YES"), ("OrganizationId", ""), ("AccountIds", "")],
            false,
        )
        .await?;
        ensure!(of_domain().await.is_err() && of_repository().await.is_err(), "others may still read");
        ensure!(
            connections().await?[0]["externalConnectionName"] == "public:pypi",
            "nothing comes from PyPI"
        );
        let key = physical_id("pkg-cache", "Key").await?;
        delete("pkg-cache").await?;
        ensure!(is_gone(&made).await?, "the domain is left");
        ensure!(key_state(&key).await? == "PendingDeletion", "the key is left");
        Ok(())
    });
}

#[test]
fn internal_packages_come_first_and_stay() {
    run(async {
        let given = [("StackSetName", "pkg-internal"), UNEXPORTED];
        let cache = deploy(TEMPLATE, "pkg-internal", &given, false).await?;
        let internal = [("InternalRepository", "YES"), ("InternalPackagePrefix", "acme")];
        let made = deploy(TEMPLATE, "pkg-internal", &[&given[..], &internal].concat(), false).await?;
        has_outputs(&made, &[OUTPUTS, &["InternalRepositoryEndpoint"]].concat())?;
        ensure!(
            made["CodeArtifactDomainName"] == format!("{}-internal", cache["CodeArtifactDomainName"]),
            "{made:?}"
        );
        ensure!(is_gone(&cache).await?, "the domain that was a cache is left");
        let found = codeartifact(&made, "describe-repository", &["--repository", "pypi"]).await?;
        let upstreams = json!([{"repositoryName": "internal"}, {"repositoryName": "pypi-store"}]);
        ensure!(found["repository"]["upstreams"] == upstreams, "{found}");
        let (modes, publishers) = group(&made, "/pypi//acme~").await?;
        ensure!(modes == ["BLOCK", "ALLOW", "ALLOW_SPECIFIC_REPOSITORIES"], "{modes:?}");
        ensure!(publishers == json!(["internal"]), "{publishers}");
        ensure!(group(&made, "/pypi/*").await?.0[2] == "BLOCK", "any name can be published");

        let key = physical_id("pkg-internal", "KeptKey").await?;
        delete("pkg-internal").await?;
        let left = codeartifact(&made, "list-repositories-in-domain", &[]).await?;
        let left: Vec<_> =
            left["repositories"].as_array().into_iter().flatten().map(|one| &one["name"]).collect();
        ensure!(left == ["internal"], "{left:?}");
        ensure!(group(&made, "/pypi//acme~").await?.0[0] == "BLOCK", "internal names are free");
        ensure!(key_state(&key).await? == "Enabled", "internal packages cannot be read");
        codeartifact(&made, "delete-repository", &["--repository", "internal"]).await?;
        codeartifact(&made, "delete-domain", &[]).await.map(drop)
    });
}

/// In a Region of its own, where no other stack has the export.
#[test]
fn the_mirror_of_the_guides_is_exported() {
    run(async {
        let body = format!("file://{}/infra/{TEMPLATE}.yaml", project().display());
        let region = ["--region", "eu-north-1"];
        let stack = |operation: &'static str| ["cloudformation", operation, "--stack-name", "pkg-export"];
        let create = [&stack("create-stack")[..], &region, &["--template-body", &body]].concat();
        let named = "ParameterKey=CodeArtifactDomainName,ParameterValue=pkg-export";
        let parameters = ["--parameters", "ParameterKey=StackSetName,ParameterValue=pkg-export", named];
        aws(&[&create[..], &parameters].concat()).await?;
        let export = async || {
            let query = "Exports[?Name=='ds-pypimirror-shared-service-endpoint-name'].Value";
            let list = ["cloudformation", "list-exports", "--query", query];
            aws(&[&list[..], &region].concat()).await
        };
        let wait = |what: &'static str| ["cloudformation", "wait", what, "--stack-name", "pkg-export"];
        aws(&[&wait("stack-create-complete")[..], &region].concat()).await?;
        ensure!(export().await?[0] == "com.amazonaws.eu-north-1.codeartifact.repositories", "another export");
        let describe = ["codeartifact", "describe-domain", "--domain", "pkg-export"];
        let found = aws(&[&describe[..], &region].concat()).await?;
        ensure!(found["domain"]["name"] == "pkg-export", "{found}");
        aws(&[&stack("delete-stack")[..], &region].concat()).await?;
        aws(&[&wait("stack-delete-complete")[..], &region].concat()).await?;
        ensure!(export().await? == json!([]), "the export is left");
        Ok(())
    });
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_made() {
    run(async {
        let long = "a".repeat(51);
        let name = "2 to 50 lower case letters, digits and hyphens, of which the first is a letter";
        for (given, reason) in [
            (&[("CodeArtifactDomainName", "Packages")][..], name),
            (&[("CodeArtifactDomainName", &*long)], name),
            (&[("CodeArtifactDomainName", "ends-")], name),
            (&[("CodeArtifactDomainName", "a")], name),
            (&[("OrganizationId", "r-abcd")], "the id of an organization"),
            (&[("AccountIds", "444455556666,acme")], "ids of accounts"),
            (&[("InternalRepository", "YES")], "give InternalPackagePrefix with InternalRepository"),
            (&[("InternalPackagePrefix", "acme")], "only with InternalRepository YES"),
            (
                &[("InternalRepository", "YES"), ("InternalPackagePrefix", "Acme_Core")],
                "words of lower case letters and digits",
            ),
            (&[("StackSetName", "")], "StackSetName"),
        ] {
            let mut parameters = stacks::named([("StackSetName", "pkg-refused"), UNEXPORTED]);
            parameters.extend(stacks::named(given.iter().copied()));
            let made =
                stacks::create(cloud().await, "pkg-refused", &packaged(TEMPLATE)?, parameters, |_| ()).await;
            let told = refused(made)?;
            ensure!(told.contains(reason), "{given:?}: {told}");
            ensure!(outputs("pkg-refused").await.is_err(), "{given:?}: there is a stack");
        }
        Ok(())
    });
}

//! What IAM answers for the roles that code of users acts as: the rules of jobs, the registry, Studio and other roles. IAM is asked
//! with its simulator, because the emulator serves no jobs and no registry.

use super::{Texts, delete, deploy, place};
use crate::harness::{cloud, run};
use anyhow::{Context, ensure};
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0d0c0b0a-1111-2222-3333-444455556666";
const FOREIGN_KEY: &str = "arn:aws:kms:us-east-1:999900001111:key/0d0c0b0a-1111-2222-3333-444455556666";

/// A condition key of SageMaker and its values.
type Key = (&'static str, &'static [&'static str]);

const SUBNETS: Key = ("VpcSubnets", &["subnet-1"]);
const GROUPS: Key = ("VpcSecurityGroupIds", &["sg-1"]);
const VOLUME: Key = ("VolumeKmsKey", &[KEY]);
const OUTPUT: Key = ("OutputKmsKey", &[KEY]);
const ISOLATED: Key = ("NetworkIsolation", &["true"]);
const ENCRYPTED: Key = ("InterContainerTrafficEncryption", &["true"]);
const TYPES: Key = ("InstanceTypes", &["ml.m5.large"]);
const GPUS: Key = ("InstanceTypes", &["ml.g5.xlarge"]);
/// All that a training job needs.
const JOB: [Key; 7] = [SUBNETS, GROUPS, VOLUME, OUTPUT, ISOLATED, ENCRYPTED, TYPES];

fn entry((name, values): Key) -> ContextEntry {
    let (kind, prefix) = match name {
        "VpcSubnets" | "VpcSecurityGroupIds" | "InstanceTypes" => {
            (ContextKeyTypeEnum::StringList, "sagemaker:")
        }
        "TagKeys" => (ContextKeyTypeEnum::StringList, "aws:"),
        "PassedToService" | "PermissionsBoundary" => (ContextKeyTypeEnum::String, "iam:"),
        "ResourceAccount" => (ContextKeyTypeEnum::String, "s3:"),
        _ => (ContextKeyTypeEnum::String, "sagemaker:"),
    };
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    ContextEntry::builder()
        .context_key_name(format!("{prefix}{name}"))
        .context_key_type(kind)
        .set_context_key_values(Some(values))
        .build()
}

/// IAM's decision.
async fn decision(role: &str, action: &str, resource: &str, keys: &[Key]) -> anyhow::Result<String> {
    let iam = aws_sdk_iam::Client::new(&cloud().await.root().await);
    let asked = iam.simulate_principal_policy().policy_source_arn(role).action_names(action);
    let asked =
        asked.resource_arns(resource).set_context_entries(Some(keys.iter().copied().map(entry).collect()));
    let answer = asked.send().await?;
    let first = answer.evaluation_results().first().context("no answer")?;
    Ok(first.eval_decision().as_str().to_owned())
}

fn sagemaker(resource: &str) -> String {
    format!("arn:aws:sagemaker:us-east-1:111122223333:{resource}")
}

fn without(keys: &[Key], left_out: &str) -> Vec<Key> {
    keys.iter().copied().filter(|(name, _)| *name != left_out).collect()
}

fn with(keys: &[Key], other: Key) -> Vec<Key> {
    without(keys, other.0).into_iter().chain([other]).collect()
}

/// The rules of jobs: with all keys a job is allowed, and each key that is absent or wrong refuses it.
async fn check_jobs(role: &str) -> anyhow::Result<()> {
    let training = sagemaker("training-job/j");
    let mut cases = vec![
        ("sagemaker:CreateTrainingJob", training.clone(), JOB.to_vec(), "allowed"),
        // SageMaker takes no key for disks of the instance.
        (
            "sagemaker:CreateTrainingJob",
            training.clone(),
            with(&without(&JOB, "VolumeKmsKey"), GPUS),
            "allowed",
        ),
        (
            "sagemaker:CreateTrainingJob",
            training.clone(),
            with(&JOB, ("VolumeKmsKey", &[FOREIGN_KEY])),
            "explicitDeny",
        ),
        (
            "sagemaker:CreateTrainingJob",
            training.clone(),
            with(&JOB, ("OutputKmsKey", &[FOREIGN_KEY])),
            "explicitDeny",
        ),
        (
            "sagemaker:CreateTrainingJob",
            training.clone(),
            with(&JOB, ("NetworkIsolation", &["false"])),
            "explicitDeny",
        ),
        (
            "sagemaker:CreateTrainingJob",
            training.clone(),
            with(&JOB, ("EnableRemoteDebug", &["true"])),
            "explicitDeny",
        ),
        // Without a key for the volume and for the types of instances there is nothing to tell one from the other.
        (
            "sagemaker:CreateTrainingJob",
            training.clone(),
            without(&without(&JOB, "VolumeKmsKey"), "InstanceTypes"),
            "explicitDeny",
        ),
        (
            "sagemaker:CreateProcessingJob",
            sagemaker("processing-job/j"),
            without(&JOB, "NetworkIsolation"),
            "allowed",
        ),
        (
            "sagemaker:CreateTransformJob",
            sagemaker("transform-job/j"),
            vec![VOLUME, OUTPUT, TYPES],
            "allowed",
        ),
        ("sagemaker:CreateModel", sagemaker("model/m"), vec![SUBNETS, GROUPS, ISOLATED], "allowed"),
        ("sagemaker:CreateModel", sagemaker("model/m"), vec![SUBNETS, ISOLATED], "explicitDeny"),
        ("sagemaker:CreateModel", sagemaker("model/m"), vec![SUBNETS, GROUPS], "explicitDeny"),
    ];
    for left_out in ["VpcSubnets", "VpcSecurityGroupIds", "VolumeKmsKey", "OutputKmsKey", "NetworkIsolation"]
    {
        cases.push((
            "sagemaker:CreateTrainingJob",
            training.clone(),
            without(&JOB, left_out),
            "explicitDeny",
        ));
    }
    for (action, job) in [
        ("CreateProcessingJob", "processing-job"),
        ("CreateHyperParameterTuningJob", "hyper-parameter-tuning-job"),
        ("CreateAutoMLJobV2", "automl-job"),
        ("CreateMonitoringSchedule", "monitoring-schedule"),
        ("CreateModelQualityJobDefinition", "model-quality-job-definition"),
        ("CreateNotebookInstance", "notebook-instance"),
        ("CreateCompilationJob", "compilation-job"),
        ("CreateLabelingJob", "labeling-job"),
        ("CreateCluster", "cluster"),
    ] {
        let action: &'static str = Box::leak(format!("sagemaker:{action}").into_boxed_str());
        cases.push((action, sagemaker(&format!("{job}/j")), Vec::new(), "explicitDeny"));
    }
    for (action, resource, keys, expected) in cases {
        let found = decision(role, action, &resource, &keys).await?;
        ensure!(found == expected, "{role}: {action} with {keys:?}: {found}, expected {expected}");
    }
    Ok(())
}

/// What none of the roles may do, whatever a request says, and what each may.
async fn check_others(role: &str, made: &Texts) -> anyhow::Result<()> {
    let package = sagemaker("model-package/g/1");
    let approved: &[Key] = &[("ModelApprovalStatus", &["Approved"])];
    let pending: &[Key] = &[("ModelApprovalStatus", &["PendingManualApproval"])];
    let production: &[Key] = &[("ModelLifeCycle:Stage", &["Production"])];
    let to_sagemaker: &[Key] = &[("PassedToService", &["sagemaker.amazonaws.com"])];
    let to_lambda: &[Key] = &[("PassedToService", &["lambda.amazonaws.com"])];
    let bounded: &[Key] = &[("PermissionsBoundary", &["arn:aws:iam::111122223333:policy/any"])];
    let (studio, pipelines) =
        (&made["SageMakerExecutionRoleArn"], &made["SageMakerPipelineExecutionRoleArn"]);
    let stranger = "arn:aws:iam::111122223333:role/Admin";
    let production_role = "arn:aws:iam::222233334444:role/x-SageMakerModelExecutionRole-1";
    let profile = sagemaker("user-profile/d-1/bob");
    for (action, resource, keys, expected) in [
        ("sagemaker:CreateModelPackage", &*package, pending, "allowed"),
        ("sagemaker:CreateModelPackage", &package, approved, "explicitDeny"),
        ("sagemaker:UpdateModelPackage", &package, approved, "explicitDeny"),
        ("sagemaker:UpdateModelPackage", &package, production, "explicitDeny"),
        ("sagemaker:PutModelPackageGroupPolicy", &package, &[], "explicitDeny"),
        (
            "codepipeline:PutApprovalResult",
            "arn:aws:codepipeline:us-east-1:111122223333:sagemaker-p/s/a",
            &[],
            "explicitDeny",
        ),
        ("sagemaker:CreatePresignedDomainUrl", &profile, &[], "explicitDeny"),
        ("sagemaker:AddTags", &profile, &[], "explicitDeny"),
        ("sagemaker:CreateUserProfile", &profile, &[], "explicitDeny"),
        ("iam:PassRole", studio, to_sagemaker, "allowed"),
        ("iam:PassRole", pipelines, to_sagemaker, "allowed"),
        ("iam:PassRole", studio, to_lambda, "implicitDeny"),
        ("iam:PassRole", stranger, to_sagemaker, "implicitDeny"),
        ("iam:PassRole", &made["SCProjectLaunchRoleArn"], to_sagemaker, "implicitDeny"),
        ("iam:CreateRole", stranger, bounded, "explicitDeny"),
        ("iam:PutRolePolicy", studio, bounded, "explicitDeny"),
        ("sts:AssumeRole", production_role, &[], "explicitDeny"),
        ("iam:GetRole", production_role, &[], "implicitDeny"),
        ("s3:ListAllMyBuckets", "*", &[], "implicitDeny"),
        ("s3:CreateBucket", "arn:aws:s3:::any", &[], "implicitDeny"),
        ("kms:PutKeyPolicy", KEY, &[], "implicitDeny"),
    ] {
        let found = decision(role, action, resource, keys).await?;
        ensure!(found == expected, "{role}: {action} on {resource} with {keys:?}: {found}, not {expected}");
    }
    Ok(())
}

/// The team administrator approves, and makes neither versions nor deployments.
async fn check_approver(role: &str) -> anyhow::Result<()> {
    let package = sagemaker("model-package/g/1");
    let approved: &[Key] = &[("ModelApprovalStatus", &["Approved"])];
    let pipeline = "arn:aws:codepipeline:us-east-1:111122223333:sagemaker-p";
    for (action, resource, keys, expected) in [
        ("sagemaker:UpdateModelPackage", &*package, approved, "allowed"),
        ("sagemaker:CreateModelPackage", &package, approved, "explicitDeny"),
        ("codepipeline:PutApprovalResult", pipeline, &[], "allowed"),
        ("codepipeline:StartPipelineExecution", pipeline, &[], "explicitDeny"),
        ("sagemaker:CreateTrainingJob", "*", &JOB, "implicitDeny"),
        ("s3:GetObject", "arn:aws:s3:::roles-limits-dev-us-east-1-111122223333-data/x", &[], "implicitDeny"),
    ] {
        let found = decision(role, action, resource, keys).await?;
        ensure!(found == expected, "{action} on {resource}: {found}, expected {expected}");
    }
    Ok(())
}

#[test]
fn code_of_users_runs_within_the_guardrails() {
    run(async {
        let place = place().await?;
        let mut given = vec![("EnvName", "roles-limits"), ("EnvType", "dev")];
        given.extend(place.iter().take(2).map(|(name, value)| (*name, value.as_str())));
        let made = deploy("env-iam", "roles-limits-iam", &given, true).await?;
        for role in ["DataScientistRoleArn", "SageMakerExecutionRoleArn", "SageMakerPipelineExecutionRoleArn"]
        {
            check_jobs(&made[role]).await?;
            check_others(&made[role], &made).await?;
        }
        check_approver(&made["DSTeamAdministratorRoleArn"]).await?;

        // Named subnets and keys are the only ones.
        given.extend([("ApprovedSubnetIds", "subnet-2,subnet-3"), ("ApprovedKMSKeyArns", FOREIGN_KEY)]);
        let made = deploy("env-iam", "roles-limits-iam", &given, true).await?;
        let role = &made["SageMakerExecutionRoleArn"];
        let ours = with(&with(&JOB, ("VolumeKmsKey", &[FOREIGN_KEY])), ("OutputKmsKey", &[FOREIGN_KEY]));
        for (subnets, expected) in [
            (&["subnet-2"][..], "allowed"),
            (&["subnet-2", "subnet-3"], "allowed"),
            (&["subnet-1"], "explicitDeny"),
            (&["subnet-2", "subnet-1"], "explicitDeny"),
        ] {
            let keys = with(&ours, ("VpcSubnets", subnets));
            let found =
                decision(role, "sagemaker:CreateTrainingJob", &sagemaker("training-job/j"), &keys).await?;
            ensure!(found == expected, "{subnets:?}: {found}, expected {expected}");
        }
        let keys = with(&JOB, ("VpcSubnets", &["subnet-2"]));
        let found =
            decision(role, "sagemaker:CreateTrainingJob", &sagemaker("training-job/j"), &keys).await?;
        ensure!(found == "explicitDeny", "another key than the approved: {found}");
        delete("roles-limits-iam").await
    });
}

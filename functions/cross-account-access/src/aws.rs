//! The calls. The only file that knows the SDK; what leaves it is plain data.

use crate::observation::{AccountEndpoints, Observation};
use crate::plan::{Action, Change, Target};
use crate::spec::{Endpoints, Grants, Spec};
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::operation::get_key_policy::GetKeyPolicyError;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::aws::SdkConfig;
use shared::aws::partition::Partition;
use shared::aws::ssm::Ssm;
use shared::error::{Cause, cause};
use shared::policy::{NoPolicy, Policy};
use shared::reconcile::batch::Postponed;
use shared::secret::Secret;
use std::collections::BTreeMap;

/// How many accounts are read at once.
const AT_ONCE: usize = 4;
/// The name of the session in the target accounts: their logs show it.
const SESSION: &str = "sm-mlops-cross-account-access";
/// A key has one policy, and this is its name (`GetKeyPolicy`, `PolicyName`).
const KEY_POLICY: &str = "default";

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read the policy of {target}")]
    Read { target: Target, source: Cause },
    #[error("the policy of {target} cannot be read: {source}")]
    Policy { target: Target, source: NoPolicy },
    #[error("could not write the policy of {target}")]
    Write { target: Target, source: Cause },
    #[error("could not assume {role}: it must exist in that account and trust the role of the function")]
    Assume { role: String, source: Cause },
    #[error("could not read the parameters {names} in account {account}")]
    Parameters { names: String, account: String, source: Cause },
    #[error(
        "account {account} has no parameter {name}: create it there with the id of a VPC endpoint, or correct {property}"
    )]
    NoParameter { account: String, name: String, property: &'static str },
    #[error(
        "parameter {name} in account {account} does not hold the id of a VPC endpoint (vpce-...): correct it there, or correct {property}"
    )]
    NoEndpoint { account: String, name: String, property: &'static str },
}

/// The services.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    config: SdkConfig,
    kms: aws_sdk_kms::Client,
    s3: aws_sdk_s3::Client,
    sts: aws_sdk_sts::Client,
}

impl Aws {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        // An endpoint of one's own has no names for buckets.
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(config.endpoint_url().is_some());
        Self {
            config: config.clone(),
            kms: aws_sdk_kms::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sts: aws_sdk_sts::Client::new(config),
        }
    }

    /// Both policies, and the endpoints of the target accounts.
    pub(crate) async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        let endpoints = match &spec.grants {
            Some(grants) => self.endpoints(grants).await?,
            None => BTreeMap::new(),
        };
        // Read last: a policy is written as soon as possible after it was read.
        let bucket = self.bucket_policy(&spec.bucket, spec.owner()).await?;
        let key = self.key_policy(&spec.key).await?;
        Ok(Observation { partition: self.partition().to_owned(), bucket, key, endpoints })
    }

    fn partition(&self) -> &'static str {
        Partition::of(self.config.region().map_or("", |region| region.as_ref())).name
    }

    async fn bucket_policy(&self, bucket: &str, owner: Option<&str>) -> Result<Option<Policy>, Error> {
        let target = || Target::Bucket(bucket.to_owned());
        let text = match self
            .s3
            .get_bucket_policy()
            .bucket(bucket)
            .set_expected_bucket_owner(owner.map(str::to_owned))
            .send()
            .await
        {
            Ok(found) => found.policy.unwrap_or_default(),
            Err(error) => match error.code() {
                Some("NoSuchBucketPolicy") => return Ok(Some(Policy::default())),
                Some("NoSuchBucket") => return Ok(None),
                _ => return Err(Error::Read { target: target(), source: cause(error) }),
            },
        };
        Policy::read(&text).map(Some).map_err(|source| Error::Policy { target: target(), source })
    }

    async fn key_policy(&self, key: &str) -> Result<Option<Policy>, Error> {
        let target = || Target::Key(key.to_owned());
        let text = match self.kms.get_key_policy().key_id(key).policy_name(KEY_POLICY).send().await {
            Ok(found) => found.policy.unwrap_or_default(),
            Err(error)
                if error.as_service_error().is_some_and(|error| {
                    matches!(
                        error,
                        GetKeyPolicyError::NotFoundException(_)
                            | GetKeyPolicyError::KmsInvalidStateException(_)
                    )
                }) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(Error::Read { target: target(), source: cause(error) }),
        };
        Policy::read(&text).map(Some).map_err(|source| Error::Policy { target: target(), source })
    }

    async fn endpoints(&self, grants: &Grants) -> Result<BTreeMap<String, AccountEndpoints>, Error> {
        let Some(endpoints) = &grants.endpoints else { return Ok(BTreeMap::new()) };
        let accounts = stream::iter(grants.accounts.clone());
        let found = accounts.map(|account| async move {
            let found = self.endpoints_of(&account, endpoints).await?;
            Ok((account, found))
        });
        found.buffered(AT_ONCE).try_collect().await
    }

    async fn endpoints_of(&self, account: &str, endpoints: &Endpoints) -> Result<AccountEndpoints, Error> {
        let Endpoints { reader, s3, kms } = endpoints;
        let role = format!("arn:{}:iam::{account}:role/{reader}", self.partition());
        let assumed = self.sts.assume_role().role_arn(&role).role_session_name(SESSION).send().await;
        let assumed = match assumed {
            Ok(assumed) => assumed.credentials.ok_or_else(|| Cause::incomplete("no credentials")),
            Err(error) => Err(cause(error)),
        };
        let keys = assumed.map_err(|source| Error::Assume { role, source })?;
        let token = Some(keys.session_token);
        let keys = Credentials::new(keys.access_key_id, keys.secret_access_key, token, None, "reader");
        let config = self.config.clone().into_builder();
        let config = config.credentials_provider(SharedCredentialsProvider::new(keys)).build();
        let asked = Ssm::new(&config).parameters(&[s3, kms]).await;
        let asked = asked.map_err(|source| Error::Parameters {
            names: format!("{s3} and {kms}"),
            account: account.to_owned(),
            source,
        })?;
        let id = |name: &String, property| {
            let found = asked.iter().find(|parameter| parameter.name.as_ref() == Some(name));
            let value = found.and_then(|parameter| parameter.value.as_ref());
            match value.map(Secret::expose) {
                Some(id) if id.starts_with("vpce-") => Ok(id.to_owned()),
                // Its value is not told: a wrong parameter may hold anything.
                Some(_) => {
                    Err(Error::NoEndpoint { account: account.to_owned(), name: name.clone(), property })
                }
                None => Err(Error::NoParameter { account: account.to_owned(), name: name.clone(), property }),
            }
        };
        Ok(AccountEndpoints { s3: id(s3, "S3VPCESSMParamName")?, kms: id(kms, "KMSVPCESSMParamName")? })
    }

    /// Writes the policies. If one cannot be written, the statements in those that were are as before: both or neither.
    pub(crate) async fn act(&self, action: &Action) -> Result<Postponed, Error> {
        let owner = action.owner.as_deref();
        for (at, change) in action.changes.iter().enumerate() {
            let Err(error) = self.write(&change.target, &change.after, owner).await else { continue };
            for written in action.changes[..at].iter().rev() {
                if let Err(error) = self.undo(action, written).await {
                    let why = shared::error::chain(&error);
                    tracing::error!(target = %written.target, why, "could not write a policy back");
                }
            }
            return Err(error);
        }
        Ok(Postponed::default())
    }

    /// Gives a policy the statements that it had, and leaves what others have written since.
    async fn undo(&self, action: &Action, written: &Change) -> Result<(), Error> {
        let owner = action.owner.as_deref();
        let now = match &written.target {
            Target::Bucket(name) => self.bucket_policy(name, owner).await?,
            Target::Key(id) => self.key_policy(id).await?,
        };
        let Some(now) = now else { return Ok(()) };
        let own: Vec<_> = action.sids.iter().map(String::as_str).collect();
        self.write(&written.target, &now.with(&own, written.before.of(&own)), owner).await
    }

    async fn write(&self, target: &Target, policy: &Policy, owner: Option<&str>) -> Result<(), Error> {
        let failed = |source: Cause| Error::Write { target: target.clone(), source };
        let owner = owner.map(str::to_owned);
        match target {
            Target::Bucket(name) if policy.is_empty() => {
                let call = self.s3.delete_bucket_policy().bucket(name).set_expected_bucket_owner(owner);
                call.send().await.map(drop).map_err(|error| failed(cause(error)))
            }
            Target::Bucket(name) => {
                let call = self.s3.put_bucket_policy().bucket(name).set_expected_bucket_owner(owner);
                call.policy(policy.text()).send().await.map(drop).map_err(|error| failed(cause(error)))
            }
            Target::Key(id) => {
                let call = self.kms.put_key_policy().key_id(id).policy_name(KEY_POLICY).policy(policy.text());
                call.send().await.map(drop).map_err(|error| failed(cause(error)))
            }
        }
    }
}

# Secure MLOps, the solution's guide, Appendix B: the roles of an environment.
# differs: the name of the environment and not ds-team, because roles reach the buckets and keys of their own environment only
ENV_NAME=ds-team-env

aws cloudformation deploy \
    --template-file build/$AWS_DEFAULT_REGION/env-iam.yaml \
    --stack-name env-iam-roles \
    --capabilities CAPABILITY_NAMED_IAM \
    --parameter-overrides \
    EnvName=$ENV_NAME \
    EnvType=dev

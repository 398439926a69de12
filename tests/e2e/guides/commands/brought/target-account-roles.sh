# Secure MLOps, the solution's guide, Appendix B: the roles of model deployment, in the account of the environment.
# Given: ENV_NAME, ACCOUNT_ID.
aws cloudformation deploy \
    --template-file build/$AWS_DEFAULT_REGION/env-iam-target-account-roles.yaml \
    --stack-name env-iam-target-account-roles \
    --capabilities CAPABILITY_NAMED_IAM \
    --parameter-overrides \
    EnvName=$ENV_NAME \
    EnvType=dev \
    PipelineExecutionRoleArn=arn:aws:iam::$ACCOUNT_ID:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole

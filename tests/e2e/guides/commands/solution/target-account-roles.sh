# Secure MLOps, the solution's guide: the roles of a target account, where the environment does not make them. Runs in that account.
# Given: ENV_NAME, ENV_TYPE, ADMIN_ACCOUNT_ID.
aws cloudformation deploy \
                --template-file build/$AWS_DEFAULT_REGION/env-iam-target-account-roles.yaml \
                --stack-name env-iam-target-account-roles \
                --capabilities CAPABILITY_NAMED_IAM \
                --parameter-overrides \
                EnvName=$ENV_NAME \
                EnvType=$ENV_TYPE \
                PipelineExecutionRoleArn=arn:aws:iam::$ADMIN_ACCOUNT_ID:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole \
                AdministratorAccountId=$ADMIN_ACCOUNT_ID

# Secure MLOps, the solution's guide, Appendix B: the core, without capabilities. Given: S3_BUCKET_NAME and the ARNs of the three roles.
STACK_NAME="ds-team-core"

aws cloudformation create-stack \
    --template-url https://s3.$AWS_DEFAULT_REGION.amazonaws.com/$S3_BUCKET_NAME/sagemaker-mlops/core-main.yaml \
    --region $AWS_DEFAULT_REGION \
    --stack-name $STACK_NAME  \
    --disable-rollback \
    --parameters \
        ParameterKey=StackSetName,ParameterValue=$STACK_NAME \
        ParameterKey=CreateIAMRoles,ParameterValue=NO \
        ParameterKey=DSAdministratorRoleArn,ParameterValue=$DS_ADMINISTRATOR_ROLE_ARN \
        ParameterKey=SecurityControlExecutionRoleArn,ParameterValue=$SECURITY_CONTROL_ROLE_ARN \
        ParameterKey=SCLaunchRoleArn,ParameterValue=$SC_LAUNCH_ROLE_ARN

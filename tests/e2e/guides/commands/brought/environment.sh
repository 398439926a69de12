# Secure MLOps, the solution's guide, Appendix B: the environment, without capabilities.
# Given: S3_BUCKET_NAME, the ARNs of the roles, and VPC, endpoint and CIDR blocks of the network. SC_PROJECT_LAUNCH_ROLE_ARN may be empty.
STACK_NAME="ds-team-env"
ENV_NAME="ds-team-env"

aws cloudformation create-stack \
    --template-url https://s3.$AWS_DEFAULT_REGION.amazonaws.com/$S3_BUCKET_NAME/sagemaker-mlops/env-main.yaml \
    --region $AWS_DEFAULT_REGION \
    --stack-name $STACK_NAME \
    --disable-rollback \
    --parameters \
        ParameterKey=EnvName,ParameterValue=$ENV_NAME \
        ParameterKey=EnvType,ParameterValue=dev \
        ParameterKey=CreateEnvironmentIAMRoles,ParameterValue=NO \
        ParameterKey=CreateS3VPCEndpoint,ParameterValue=NO \
        ParameterKey=DSTeamAdministratorRoleArn,ParameterValue=$DS_TEAM_ADMINISTRATOR_ROLE_ARN \
        ParameterKey=DataScientistRoleArn,ParameterValue=$DATA_SCIENTIST_ROLE_ARN  \
        ParameterKey=SageMakerExecutionRoleArn,ParameterValue=$SAGEMAKER_EXECUTION_ROLE_ARN \
        ParameterKey=SetupLambdaExecutionRoleArn,ParameterValue=$SETUP_LAMBDA_EXECUTION_ROLE_ARN  \
        ParameterKey=SCProjectLaunchRoleArn,ParameterValue=$SC_PROJECT_LAUNCH_ROLE_ARN \
        ParameterKey=CreateVPC,ParameterValue=NO \
        ParameterKey=CreateNATGateways,ParameterValue=NO \
        ParameterKey=ExistingVPCId,ParameterValue=$VPC_ID \
        ParameterKey=ExistingS3VPCEndpointId,ParameterValue=$S3_VPC_ENDPOINT_ID \
        ParameterKey=CreatePrivateSubnets,ParameterValue=NO \
        ParameterKey=PrivateSubnet1ACIDR,ParameterValue=$PRIVATE_SUBNET_1A_CIDR \
        ParameterKey=PrivateSubnet2ACIDR,ParameterValue=$PRIVATE_SUBNET_2A_CIDR \
        ParameterKey=PrivateSubnet3ACIDR,ParameterValue=$PRIVATE_SUBNET_3A_CIDR  \
        ParameterKey=CreateVPCFlowLogsToCloudWatch,ParameterValue=NO \
        ParameterKey=CreateVPCFlowLogsRole,ParameterValue=NO \
        ParameterKey=AvailabilityZones,ParameterValue=${AWS_DEFAULT_REGION}a\\,${AWS_DEFAULT_REGION}b\\,${AWS_DEFAULT_REGION}c \
        ParameterKey=NumberOfAZs,ParameterValue=3

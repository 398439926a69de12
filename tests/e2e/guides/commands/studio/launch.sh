# Studio by Service Catalog: portfolio, products and roles. Given: S3_BUCKET_NAME, LAUNCH_PRINCIPAL.
# differs: a link into the console in the guide, to a template in a bucket of AWS; this is the request that it leads to, from the bucket of the release
aws cloudformation create-stack \
    --stack-name sagemaker-studio \
    --template-url https://s3.$AWS_DEFAULT_REGION.amazonaws.com/$S3_BUCKET_NAME/sagemaker-mlops/launch.template \
    --capabilities CAPABILITY_IAM \
    --parameters ParameterKey=LaunchPrincipal,ParameterValue=$LAUNCH_PRINCIPAL

# Third-party git repositories: a bucket with the code of the function.
export ACCOUNT_ID=$(aws sts get-caller-identity --query Account --output text)
export S3_BUCKET_NAME=repo-clone-lambda-${ACCOUNT_ID} 
aws s3 mb s3://${S3_BUCKET_NAME} --region us-east-1

# differs: the archive of `make package`, under its own name here
cp target/lambda/git-source.zip repo-clone-lambda.zip
aws s3 cp repo-clone-lambda.zip s3://${S3_BUCKET_NAME}/repo-clone-lambda.zip

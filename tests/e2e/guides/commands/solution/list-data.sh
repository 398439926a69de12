# Secure MLOps, the solution's guide, secure access to S3, in Studio: allowed. Given: DATA_BUCKET.
aws s3 ls s3://$DATA_BUCKET

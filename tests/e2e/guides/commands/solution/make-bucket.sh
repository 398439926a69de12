# Secure MLOps, the solution's guide, secure access to S3, in Studio: refused. Given: BUCKET.
aws s3 mb s3://$BUCKET

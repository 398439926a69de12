# Secure MLOps, the solution's guide, secure access to S3, in Studio: refused.
aws s3 ls

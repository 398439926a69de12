# Secure MLOps, the solution's guide, secure access to S3, in Studio: the execution role.
aws sts get-caller-identity

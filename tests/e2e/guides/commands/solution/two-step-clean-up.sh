# Secure MLOps, the solution's guide: the end of core and environment.
aws cloudformation delete-stack --stack-name sagemaker-mlops-env
# differs: the guide deletes the core at once; an environment goes before its core, which otherwise stays
aws cloudformation wait stack-delete-complete --stack-name sagemaker-mlops-env
aws cloudformation delete-stack --stack-name sm-mlops-core

# Secure MLOps, the solution's guide: the end of the quickstart.
aws cloudformation delete-stack --stack-name ds-quickstart

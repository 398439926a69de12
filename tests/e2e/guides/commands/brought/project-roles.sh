# Secure MLOps, the solution's guide, Appendix B: the roles of SageMaker's project templates.
aws cloudformation deploy \
    --template-file build/$AWS_DEFAULT_REGION/core-iam-sc-sm-projects-roles.yaml \
    --stack-name core-iam-sc-sm-projects-roles \
    --capabilities CAPABILITY_NAMED_IAM 

# Secure MLOps, the solution's guide, Appendix B: the end of all of it.
aws cloudformation delete-stack --stack-name ds-team-env
# differs: the guide waits for no deletion; the functions of a stack act as the roles until it is gone
aws cloudformation wait stack-delete-complete --stack-name ds-team-env
aws cloudformation delete-stack --stack-name ds-team-core
# differs: the same for the core
aws cloudformation wait stack-delete-complete --stack-name ds-team-core
aws cloudformation delete-stack --stack-name env-iam-target-account-roles
aws cloudformation delete-stack --stack-name env-iam-roles
aws cloudformation delete-stack --stack-name core-iam-shared-roles
aws cloudformation delete-stack --stack-name ds-team-vpc

# Secure MLOps, the deployment guide and the solution's guide: what the core says, once it is made.
aws cloudformation describe-stacks \
    --stack-name sm-mlops-core  \
    --output table \
    --query "Stacks[0].Outputs[*].[OutputKey, OutputValue]"

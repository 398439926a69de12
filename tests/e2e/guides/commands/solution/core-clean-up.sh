# Secure MLOps, the solution's guide: the end of the core, once the environment from the portfolio is gone.
aws cloudformation delete-stack --stack-name sm-mlops-core

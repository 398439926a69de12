# Secure MLOps, the deployment guide: lets the account of the environment list the accounts of units. Runs in the management account.
# Given: ADMIN_ACCOUNT_ID.
aws organizations register-delegated-administrator \
    --service-principal=member.org.stacksets.cloudformation.amazonaws.com \
    --account-id=$ADMIN_ACCOUNT_ID

aws organizations list-delegated-administrators  \
    --service-principal=member.org.stacksets.cloudformation.amazonaws.com

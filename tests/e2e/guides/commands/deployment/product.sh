# Secure MLOps, the deployment guide and the solution's guide: the environment from the portfolio, as the data science administrator.
# Given: S3_BUCKET_NAME, PRODUCT_ID and PROVISIONING_ARTIFACT_ID, which are outputs of the core.
# differs: a form of the console in the guide, with the two values that it requires; this is the request that the form sends
aws servicecatalog provision-product \
    --product-id $PRODUCT_ID \
    --provisioning-artifact-id $PROVISIONING_ARTIFACT_ID \
    --provisioned-product-name ds-product \
    --provisioning-parameters \
        Key=EnvName,Value=ds-product \
        Key=SeedCodeS3BucketName,Value=$S3_BUCKET_NAME \
        Key=AvailabilityZones,Value=\"${AWS_DEFAULT_REGION}a,${AWS_DEFAULT_REGION}b\"

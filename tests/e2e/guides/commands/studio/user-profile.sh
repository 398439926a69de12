# Studio by Service Catalog: a user profile, as the launch principal. Given: DOMAIN_ID, USER_PROFILE_NAME.
# differs: a form of the console in the guide; this is the request that the form sends
aws servicecatalog provision-product \
    --product-name "SageMaker Studio User Profile" \
    --provisioning-artifact-name v1.0 \
    --provisioned-product-name studio-user-profile \
    --provisioning-parameters Key=UserProfileName,Value=$USER_PROFILE_NAME Key=DomainId,Value=$DOMAIN_ID

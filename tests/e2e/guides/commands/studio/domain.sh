# Studio by Service Catalog: the domain, as the launch principal. Given: VPC_ID, SUBNETS.
# differs: a form of the console in the guide; this is the request that the form sends
aws servicecatalog provision-product \
    --product-name "SageMaker Studio Domain" \
    --provisioning-artifact-name v1.0 \
    --provisioned-product-name studio-domain \
    --provisioning-parameters Key=VpcId,Value=$VPC_ID Key=Subnets,Value=\"$SUBNETS\"

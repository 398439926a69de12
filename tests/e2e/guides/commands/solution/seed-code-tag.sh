# Secure MLOps, the solution's guide, Appendix G: lets launch roles read seed code. Given: S3_BUCKET_NAME, PROJECT_NAME, ZIP_FILE.
aws s3api put-object-tagging \
        --bucket $S3_BUCKET_NAME \
        --key $PROJECT_NAME/seed-code/$ZIP_FILE \
        --tagging 'TagSet=[{Key=servicecatalog:provisioning,Value=true}]'

# Secure MLOps, the solution's guide: templates and functions into a bucket; Appendix B and Appendix G say the same. Runs in the root of
# the project. Given: S3_BUCKET_NAME.
make package CFN_BUCKET_NAME=$S3_BUCKET_NAME

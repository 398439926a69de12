# Secure MLOps, the solution's guide: the end of a bucket that is kept. Given: BUCKET.
# differs: the bucket policy goes first, because it lets objects be touched through the endpoint only
aws s3api delete-bucket-policy --bucket $BUCKET
aws s3 rm s3://$BUCKET --recursive
aws s3 rb s3://$BUCKET

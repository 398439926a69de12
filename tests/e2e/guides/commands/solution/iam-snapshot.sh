# Secure MLOps, the solution's guide, Appendix E: what there is in IAM.
aws iam get-account-authorization-details > iam_snapshot.json

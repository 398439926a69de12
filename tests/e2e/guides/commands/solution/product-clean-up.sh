# Secure MLOps, the solution's guide: the end of the environment from the portfolio, as the data science administrator.
# differs: a button of the console in the guide; this is the request that it sends
aws servicecatalog terminate-provisioned-product --provisioned-product-name ds-product

"""Users of IAM who show a service an SSH key instead of a signature: the service asks IAM for them with a session."""

from ministack.services import iam, sts


def sign_in(body: dict) -> dict | None:
    """Credentials of a session of a user, which has the permissions of the user: a call of the bridge."""
    account, name = body["account"], body["user"]
    user = iam._users.get_scoped(account, None, name)
    if user is None:
        return None
    credentials = {
        "accessKeyId": iam._gen_session_access_key(),
        "secretAccessKey": iam._gen_secret(),
        "sessionToken": iam._gen_session_token(),
    }
    session = {
        "Arn": user["Arn"],
        "UserId": user["UserId"],
        "SecretAccessKey": credentials["secretAccessKey"],
        "SessionToken": credentials["sessionToken"],
        "AccountId": account,
        "PrincipalType": "User",
        "PrincipalName": name,
    }
    sts.register_session(credentials["accessKeyId"], session)
    return credentials

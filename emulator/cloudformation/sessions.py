"""Role sessions under new access keys, registered where ministack's own AssumeRole puts them."""

from ministack.services import iam, sts


def new_session(session_arn: str, role_id: str, expiration: float | None) -> dict:
    """Credentials of a new session; without an expiration they last as long as ministack."""
    credentials = {
        "accessKeyId": iam._gen_session_access_key(),
        "secretAccessKey": iam._gen_secret(),
        "sessionToken": iam._gen_session_token(),
    }
    session = {
        "Arn": session_arn,
        "UserId": f"{role_id}:{session_arn.rsplit('/', 1)[-1]}",
        "SecretAccessKey": credentials["secretAccessKey"],
        "SessionToken": credentials["sessionToken"],
        "AccountId": session_arn.split(":")[4],
        "PrincipalType": "AssumedRole",
    }
    if expiration is not None:
        session["Expiration"] = expiration
    sts.register_session(credentials["accessKeyId"], session)
    return credentials

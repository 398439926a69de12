"""`AWS::CodeCommit::Repository`. No row describes it: its Ref is an id that no operation takes, each property has an operation of
its own, and `Code` is a first commit, made of a zip in S3 that the actor of the stack reads.
"""

import io
import zipfile

from botocore.exceptions import ClientError
from ministack.services.cloudformation import provisioners

import actors
import forwarded
from forwarded import own_tags
from gateway_calls import call, client

NAME = "AWS::CodeCommit::Repository"
SERVICE = "codecommit"
GONE = ("RepositoryDoesNotExistException",)
# CloudFormation's, if the template names no branch.
DEFAULT_BRANCH = "main"
AUTHOR = "AWS CodeCommit"
MESSAGE = "Initial commit by AWS CodeCommit"
EXECUTABLE = 0o111


def install(handlers: dict) -> None:
    forwarded.keep_off_event_loop(NAME)
    actors.THROUGH_GATEWAY.add(NAME)
    handlers[NAME] = {"create": create, "update": update, "delete": delete}
    provisioners._REPLACING_PROPERTIES[NAME] = ()


def create(_logical_id: str, properties: dict, _stack: str) -> forwarded.Provisioned:
    refuse_triggers(properties)
    name = properties["RepositoryName"]
    given = {
        "repositoryName": name,
        "repositoryDescription": properties.get("RepositoryDescription"),
        "kmsKeyId": properties.get("KmsKeyId"),
        "tags": tags_of(properties),
    }
    made = call(SERVICE, "CreateRepository", given)["repositoryMetadata"]
    try:
        if properties.get("Code"):
            seed(name, properties["Code"])
        return made["repositoryId"], attributes(name)
    except ValueError as error:
        # Tells `operations` what is to be deleted when the stack rolls back.
        error.physical_id = made["repositoryId"]
        raise


def update(physical_id: str, old: dict, new: dict, _stack: str) -> forwarded.Provisioned:
    """Brings a repository from the old template to the new one. `Code` counts for a creation only."""
    refuse_triggers(new)
    name = new["RepositoryName"]
    if name != old["RepositoryName"]:
        call(SERVICE, "UpdateRepositoryName", {"oldName": old["RepositoryName"], "newName": name})
    if new.get("RepositoryDescription") != old.get("RepositoryDescription"):
        given = {"repositoryName": name, "repositoryDescription": new.get("RepositoryDescription") or ""}
        call(SERVICE, "UpdateRepositoryDescription", given)
    if new.get("KmsKeyId") and new["KmsKeyId"] != old.get("KmsKeyId"):
        call(SERVICE, "UpdateRepositoryEncryptionKey", {"repositoryName": name, "kmsKeyId": new["KmsKeyId"]})
    found = attributes(name)
    before, after = tags_of(old), tags_of(new)
    dropped = sorted(set(before) - set(after))
    if dropped:
        call(SERVICE, "UntagResource", {"resourceArn": found["Arn"], "tagKeys": dropped})
    if after and after != before:
        call(SERVICE, "TagResource", {"resourceArn": found["Arn"], "tags": after})
    return physical_id, found


def delete(_physical_id: str, properties: dict) -> None:
    call(SERVICE, "DeleteRepository", {"repositoryName": properties["RepositoryName"]}, gone=GONE)


def refuse_triggers(properties: dict) -> None:
    if properties.get("Triggers"):
        raise ValueError("The emulator has no triggers of repositories: use a rule of EventBridge")


def tags_of(properties: dict) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in own_tags(properties)["Tags"]}


def attributes(name: str) -> dict[str, str]:
    found = call(SERVICE, "GetRepository", {"repositoryName": name})["repositoryMetadata"]
    return {
        "Arn": found["Arn"],
        "CloneUrlHttp": found["cloneUrlHttp"],
        "CloneUrlSsh": found["cloneUrlSsh"],
        "KmsKeyId": found["kmsKeyId"],
        "Name": found["repositoryName"],
    }


def seed(name: str, code: dict) -> None:
    """Makes the first commit of the files in a zip."""
    place = code["S3"]
    version = {"VersionId": place["ObjectVersion"]} if place.get("ObjectVersion") else {}
    try:
        answer = client("s3").get_object(Bucket=place["Bucket"], Key=place["Key"], **version)
        files = files_of(answer["Body"].read())
        client(SERVICE).create_commit(
            repositoryName=name,
            branchName=code.get("BranchName") or DEFAULT_BRANCH,
            authorName=AUTHOR,
            commitMessage=MESSAGE,
            putFiles=files,
        )
    except (ClientError, zipfile.BadZipFile) as error:
        raise ValueError(f"s3://{place['Bucket']}/{place['Key']} does not become the first commit: {error}") from error


def files_of(archive: bytes) -> list[dict]:
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        entries = [entry for entry in content.infolist() if not entry.is_dir()]
        return [
            {
                "filePath": entry.filename,
                "fileMode": "EXECUTABLE" if entry.external_attr >> 16 & EXECUTABLE else "NORMAL",
                "fileContent": content.read(entry),
            }
            for entry in entries
        ]

"""Where ministack's EFS and Backup are quicker than AWS's: a mount target owns a network interface and takes time to go,
lists come in pages, and a backup job runs before it has ended.
"""

import json

from ministack.services import backup, ec2, efs, iam
from ministack.services.cloudformation import provisioners

import clock
import interfaces
from forwarded import keep_off_event_loop

# AWS says nothing about either; both are of the order that people see.
MOUNT_TARGET_SECONDS = 30
BACKUP_SECONDS = 60

# The default and the most of MaxItems in EFS's API.
PAGE = 100

originals = {
    name: getattr(efs, name)
    for name in (
        "_create_mount_target",
        "_delete_mount_target",
        "_delete_file_system",
        "_describe_access_points",
        "_describe_file_systems",
        "_describe_mount_targets",
        "_modify_mount_target_security_groups",
        "_mt_response",
    )
}


def install(handlers: dict) -> None:
    efs._create_mount_target = create_mount_target
    efs._delete_mount_target = delete_mount_target
    efs._delete_file_system = delete_file_system
    efs._describe_file_systems = lambda query: paged("_describe_file_systems", query, "FileSystems")
    efs._describe_mount_targets = describe_mount_targets
    efs._describe_access_points = describe_access_points
    efs._modify_mount_target_security_groups = modify_security_groups
    efs._mt_response = lambda target: {
        key: item for key, item in originals["_mt_response"](target).items() if key != "GoneAt"
    }
    backup._start_job = start_job
    backup._describe_job = describe_job
    backup._list_jobs = list_jobs
    handlers["AWS::EFS::MountTarget"]["delete"] = delete_mount_target_of_stack
    keep_off_event_loop("AWS::EFS::MountTarget")


# Mount targets.


def settle() -> None:
    """Takes away the mount targets whose time is over, with their interfaces."""
    for target in list(efs._mount_targets.values()):
        if clock.over(target.get("GoneAt")):
            originals["_delete_mount_target"](target["MountTargetId"])
            interfaces.drop(target["NetworkInterfaceId"])


def create_mount_target(body: dict):
    settle()
    answer = originals["_create_mount_target"](body)
    if answer[0] == 200:
        target = efs._mount_targets[json.loads(answer[2])["MountTargetId"]]
        description = f"EFS mount target for {target['FileSystemId']} ({target['MountTargetId']})"
        interface = target["NetworkInterfaceId"]
        interfaces.attach("efs", target["SubnetId"], target["SecurityGroups"], description, interface)
        if target.get("IpAddress"):
            ec2._network_interfaces[interface]["PrivateIpAddress"] = target["IpAddress"]
    return answer


def delete_mount_target(mount_target_id: str):
    settle()
    target = efs._mount_targets.get(mount_target_id)
    if target is None:
        return originals["_delete_mount_target"](mount_target_id)
    if target["LifeCycleState"] != "deleting":
        target["LifeCycleState"] = "deleting"
        target["GoneAt"] = clock.after(MOUNT_TARGET_SECONDS)
    return efs._json(204, {})


def delete_mount_target_of_stack(mount_target_id: str, properties: dict) -> None:
    """CloudFormation waits until the mount target is gone."""
    provisioners._efs_mount_target_delete(mount_target_id, properties)
    while mount_target_id in efs._mount_targets:
        clock.pause(1)
        settle()


def delete_file_system(file_system_id: str):
    """A mount target that is going still is one: NumberOfMountTargets counts it until it is gone. Access points do not keep a
    file system, by the errors of the API's reference: they go with it.
    """
    settle()
    answer = originals["_delete_file_system"](file_system_id)
    if answer[0] == 204:
        for name, access_point in list(efs._access_points.items()):
            if access_point["FileSystemId"] == file_system_id:
                del efs._access_points[name]
    return answer


def modify_security_groups(mount_target_id: str, body: dict):
    settle()
    target = efs._mount_targets.get(mount_target_id)
    if target is not None and target["LifeCycleState"] == "deleting":
        return efs._error(409, "IncorrectMountTargetState", f"Mount target '{mount_target_id}' is being deleted.")
    answer = originals["_modify_mount_target_security_groups"](mount_target_id, body)
    if answer[0] == 204:
        interface = ec2._network_interfaces[target["NetworkInterfaceId"]]
        interface["Groups"] = interfaces.groups(target["SecurityGroups"])
    return answer


def describe_mount_targets(query: dict):
    named = [name for name in ("FileSystemId", "MountTargetId", "AccessPointId") if query.get(name)]
    if len(named) != 1:
        return efs._error(
            400, "BadRequest", "Exactly one of FileSystemId, MountTargetId and AccessPointId must be specified."
        )
    if query.get("FileSystemId"):
        file_system = efs._fs_id_from(query["FileSystemId"])
        if file_system not in efs._file_systems:
            return efs._error(404, "FileSystemNotFound", f"File system '{file_system}' does not exist.")
        query = {**query, "FileSystemId": file_system}
    return paged("_describe_mount_targets", query, "MountTargets")


def describe_access_points(query: dict):
    """Access points are paged by other names than all else in EFS."""
    file_system, access_point = efs._fs_id_from(query.get("FileSystemId")), query.get("AccessPointId")
    if file_system and access_point:
        return efs._error(400, "BadRequest", "Specify either FileSystemId or AccessPointId.")
    if file_system and file_system not in efs._file_systems:
        return efs._error(404, "FileSystemNotFound", f"File system '{file_system}' does not exist.")
    if access_point and access_point not in efs._access_points:
        return efs._error(404, "AccessPointNotFound", f"Access point '{access_point}' does not exist.")
    try:
        start, size = int(query.get("NextToken") or 0), int(query.get("MaxResults") or PAGE)
    except ValueError:
        return efs._error(400, "BadRequest", "NextToken or MaxResults is not valid.")
    query = {**query, "FileSystemId": file_system, "MaxResults": str(1 << 30)}
    found = json.loads(originals["_describe_access_points"](query)[2])["AccessPoints"]
    end = start + max(size, 1)
    page = {"AccessPoints": found[start:end]}
    if end < len(found):
        page["NextToken"] = str(end)
    return efs._json(200, page)


def paged(name: str, query: dict, member: str):
    """The page of a list that Marker and MaxItems ask for."""
    settle()
    try:
        start, size = int(query.get("Marker") or 0), int(query.get("MaxItems") or PAGE)
    except ValueError:
        return efs._error(400, "BadRequest", "Marker or MaxItems is not valid.")
    answer = originals[name]({**query, "MaxItems": str(1 << 30)})
    if answer[0] != 200:
        return answer
    found = json.loads(answer[2])[member]
    end = start + min(max(size, 1), PAGE)
    page = {member: found[start:end]}
    if query.get("Marker"):
        page["Marker"] = query["Marker"]
    if end < len(found):
        page["NextMarker"] = str(end)
    return efs._json(200, page)


# Backup jobs.

original_start, original_describe, original_list = backup._start_job, backup._describe_job, backup._list_jobs


def start_job(body: dict):
    token = body.get("IdempotencyToken")
    for job in backup._jobs.values():
        if token and job["IdempotencyToken"] == token:
            member = ("BackupJobId", "RecoveryPointArn", "CreationDate", "IsParent")
            return backup._ok({name: job[name] for name in member})
    resource = body.get("ResourceArn", "")
    if ":elasticfilesystem:" in resource and efs._fs_id_from(resource) not in efs._file_systems:
        return backup._err("ResourceNotFoundException", f"Resource '{resource}' does not exist.", 400)
    answer = original_start(body)
    if answer[0] == 200:
        job = backup._jobs[json.loads(answer[2])["BackupJobId"]]
        # On AWS too a role that cannot be assumed fails the job, not the call.
        role = body.get("IamRoleArn", "")
        able = any(known["Arn"] == role for known in iam._roles.values())
        job.pop("CompletionDate")
        job.update(State="CREATED", PercentDone="0.0", ResourceType="EFS", _begun=clock.after(0), _able=able)
    return answer


def progress() -> None:
    """Brings every job to where it is by now."""
    for job in backup._jobs.values():
        if job["State"] not in ("CREATED", "RUNNING"):
            continue
        done = min(1.0, (clock.after(0) - job["_begun"]) * clock.SPEED / BACKUP_SECONDS)
        if done > 0.1 and not job["_able"]:
            message = f"IAM Role {job['IamRoleArn']} does not have sufficient permissions to execute the backup"
            job.update(State="FAILED", StatusMessage=message, CompletionDate=backup._epoch())
        elif done >= 1:
            job.update(State="COMPLETED", PercentDone="100.0", CompletionDate=backup._epoch())
        elif done > 0.1:
            job.update(State="RUNNING", PercentDone=f"{done * 100:.1f}")


def describe_job(job_id: str):
    progress()
    return shown(original_describe(job_id))


def list_jobs(query: dict):
    progress()
    return shown(original_list(query))


def shown(answer):
    """The answer without what only this module keeps in a job."""

    def own(pairs):
        return {key: item for key, item in pairs if not key.startswith("_")}

    return answer[0], answer[1], json.dumps(json.loads(answer[2], object_pairs_hook=own)).encode()

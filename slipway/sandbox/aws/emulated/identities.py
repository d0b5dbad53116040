"""IAM's users, groups, keys and policies of one's own, and the policy of a repository of images."""

import json
from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.handler import Props


def _forget_keys(aws: Aws, id: str, _old: Props) -> None:
    """A user goes with ``forceDestroy``; the provider takes its keys away before."""
    if not _old.get("forceDestroy"):
        return
    iam: Any = aws.client("iam")
    for key in iam.list_access_keys(UserName=id)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=id, AccessKeyId=key["AccessKeyId"])


def _document(aws: Aws, id: str) -> Props:
    """The text of a policy, which is its current version's."""
    client = aws.client("iam")
    version = client.get_policy(PolicyArn=id)["Policy"]["DefaultVersionId"]
    document = client.get_policy_version(PolicyArn=id, VersionId=version)["PolicyVersion"]["Document"]
    return {"policy": document if isinstance(document, str) else json.dumps(document)}


def _forget_versions(aws: Aws, id: str, _old: Props) -> None:
    """A policy is deleted after its versions but the default one."""
    iam: Any = aws.client("iam")
    for version in iam.list_policy_versions(PolicyArn=id)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=id, VersionId=version["VersionId"])


def _old_versions(aws: Aws, place: Props) -> Props:
    """Room for a new version: IAM keeps five, and the provider deletes the oldest."""
    iam: Any = aws.client("iam")
    versions = iam.list_policy_versions(PolicyArn=place["id"])["Versions"]
    if len(versions) >= 5:
        oldest = min((one for one in versions if not one["IsDefaultVersion"]), key=lambda one: one["CreateDate"])
        iam.delete_policy_version(PolicyArn=place["id"], VersionId=oldest["VersionId"])
    return {}


ROWS = (
    Row(
        type="aws:iam/policy:Policy",
        create=Call(
            operation="create_policy",
            arguments={
                "PolicyName": "{name}",
                "PolicyDocument": "{policy}",
                "Path": "{path}",
                "Description": "{description}",
            },
        ),
        update=(
            Call(
                operation="create_policy_version",
                arguments={"PolicyArn": "{id}", "PolicyDocument": "{policy}", "SetAsDefault": True},
                more=_old_versions,
            ),
        ),
        id="Policy.Arn",
        auto_name="name",
        defaults={"path": "/"},
        read={
            "arn": "Arn",
            "name": "PolicyName",
            "policyId": "PolicyId",
            "path": "Path",
            "attachmentCount": "AttachmentCount",
        },
        belongings=_document,
        before_delete=_forget_versions,
        delete=Call(operation="delete_policy", arguments={"PolicyArn": "{id}"}),
        tagging=Tagging(put="tag_policy", remove="untag_policy", subject={"PolicyArn": "{id}"}),
    ),
    Row(
        type="aws:iam/user:User",
        fixed=frozenset({"name", "path"}),
        create=Call(
            operation="create_user",
            arguments={"UserName": "{name}", "Path": "{path}", "PermissionsBoundary": "{permissionsBoundary}"},
        ),
        key="{name}",
        auto_name="name",
        defaults={"path": "/", "forceDestroy": False},
        unread=frozenset({"forceDestroy"}),
        read={"arn": "Arn", "name": "UserName", "uniqueId": "UserId", "path": "Path"},
        before_delete=_forget_keys,
        delete=Call(operation="delete_user", arguments={"UserName": "{id}"}),
        tagging=Tagging(put="tag_user", remove="untag_user", subject={"UserName": "{id}"}),
    ),
    Row(
        type="aws:iam/group:Group",
        fixed=frozenset({"name", "path"}),
        create=Call(operation="create_group", arguments={"GroupName": "{name}", "Path": "{path}"}),
        key="{name}",
        auto_name="name",
        defaults={"path": "/"},
        read={"arn": "Arn", "name": "GroupName", "uniqueId": "GroupId", "path": "Path"},
        delete=Call(operation="delete_group", arguments={"GroupName": "{id}"}),
    ),
    Row(
        type="aws:iam/userPolicy:UserPolicy",
        service="iam",
        separator=":",
        look=Call(operation="get_user_policy", arguments={"UserName": "{0}", "PolicyName": "{1}"}),
        at="@",
        create=Call(
            operation="put_user_policy",
            arguments={"UserName": "{user}", "PolicyName": "{name}", "PolicyDocument": "{policy}"},
        ),
        repeats="put_user_policy",
        key="{user}:{name}",
        auto_name="name",
        overwrites=True,
        read={"name": "PolicyName", "user": "UserName"},
        delete=Call(operation="delete_user_policy", arguments={"UserName": "{user}", "PolicyName": "{name}"}),
    ),
    Row(
        type="aws:iam/userPolicyAttachment:UserPolicyAttachment",
        service="iam",
        separator="|",
        look=Call(operation="list_attached_user_policies", arguments={"UserName": "{0}"}),
        at="AttachedPolicies[?PolicyArn=='{1}'] | [0]",
        create=Call(operation="attach_user_policy", arguments={"UserName": "{user}", "PolicyArn": "{policyArn}"}),
        key="{user}|{policyArn}",
        overwrites=True,
        read={},
        delete=Call(operation="detach_user_policy", arguments={"UserName": "{user}", "PolicyArn": "{policyArn}"}),
    ),
    Row(
        type="aws:iam/accessKey:AccessKey",
        service="iam",
        look=Call(operation="list_access_keys", arguments={"UserName": "{user}"}),
        at="AccessKeyMetadata[?AccessKeyId=='{id}'] | [0]",
        create=Call(operation="create_access_key", arguments={"UserName": "{user}"}),
        id="AccessKey.AccessKeyId",
        read={"status": "Status"},
        defaults={"status": "Active"},
        update=(
            Call(
                operation="update_access_key",
                arguments={"UserName": "{user}", "AccessKeyId": "{id}", "Status": "{status}"},
            ),
        ),
        answers={"secret": "AccessKey.SecretAccessKey"},
        delete=Call(operation="delete_access_key", arguments={"UserName": "{user}", "AccessKeyId": "{id}"}),
        secret=frozenset({"secret", "sesSmtpPasswordV4"}),
    ),
    Row(
        type="aws:ecr/repositoryPolicy:RepositoryPolicy",
        service="ecr",
        look=Call(operation="get_repository_policy", arguments={"repositoryName": "{id}"}),
        at="@",
        create=Call(
            operation="set_repository_policy",
            arguments={"repositoryName": "{repository}", "policyText": "{policy}"},
        ),
        update=(
            Call(operation="set_repository_policy", arguments={"repositoryName": "{id}", "policyText": "{policy}"}),
        ),
        key="{repository}",
        overwrites=True,
        read={"registryId": "registryId", "repository": "repositoryName"},
        delete=Call(operation="delete_repository_policy", arguments={"repositoryName": "{id}"}),
    ),
)

"""Secrets, parameters and keys: the emulator keeps them."""

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.aws.emulated.templates import same
from slipway.sandbox.handler import Props

PARAMETERS = ("String", "StringList", "SecureString")


def check_parameter(new: Props) -> dict[str, str]:
    """A type that Parameter Store has."""
    if (kind := new.get("type")) in (None, *PARAMETERS):
        return {}
    quoted = " ".join(f'"{one}"' for one in PARAMETERS)
    return {"type": f"expected type to be one of [{quoted}], got {kind}"}


def check_key(new: Props) -> dict[str, str]:
    """What of a key the sandbox does not do."""
    wrong = {}
    if new.get("enableKeyRotation"):
        wrong["enableKeyRotation"] = "the sandbox's keys do not rotate: leave it out"
    if new.get("isEnabled") is False:
        wrong["isEnabled"] = "the sandbox's keys are always enabled: leave it out"
    return wrong


def _recovery(_aws: Aws, values: Props) -> Props:
    """How long a deleted secret can be brought back: 0 days, and it is gone at once."""
    days = int(values.get("recoveryWindowInDays", 30))
    return {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}


PARAMETER = {
    "Name": "{name}",
    "Value": "{value}",
    "Type": "{type}",
    "Description": "{description}",
    "KeyId": "{keyId}",
    "Tier": "{tier}",
    "AllowedPattern": "{allowedPattern}",
}
ROWS = (
    Row(
        type="aws:secretsmanager/secret:Secret",
        at="@",
        create=Call(
            operation="create_secret",
            arguments={"Name": "{name}", "Description": "{description}", "KmsKeyId": "{kmsKeyId}"},
        ),
        update=(
            Call(
                operation="update_secret",
                arguments={"SecretId": "{id}", "Description": "{description}", "KmsKeyId": "{kmsKeyId}"},
            ),
        ),
        then=(Call(operation="put_resource_policy", arguments={"SecretId": "{id}", "ResourcePolicy": "{policy}"}),),
        id="ARN",
        auto_name="name",
        read={"arn": "ARN", "name": "Name", "description": "Description"},
        gone=("DeletedDate && 'deleted'", ("deleted",)),
        defaults={"recoveryWindowInDays": 30, "forceOverwriteReplicaSecret": False},
        unread=frozenset({"recoveryWindowInDays", "forceOverwriteReplicaSecret"}),
        delete=Call(
            operation="delete_secret",
            arguments={"SecretId": "{id}"},
            more=_recovery,
            inputs=frozenset({"recoveryWindowInDays"}),
        ),
        tagging=Tagging(subject={"SecretId": "{id}"}),
    ),
    Row(
        type="aws:secretsmanager/secretVersion:SecretVersion",
        fixed=frozenset({"versionStages"}),
        service="secretsmanager",
        separator="|",
        look=Call(operation="get_secret_value", arguments={"SecretId": "{0}", "VersionId": "{1}"}),
        at="@",
        create=Call(
            operation="put_secret_value",
            arguments={
                "SecretId": "{secretId}",
                "SecretString": "{secretString}",
                "VersionStages": "{versionStages}",
            },
        ),
        id="join('|', [ARN, VersionId])",
        read={"arn": "ARN", "secretArn": "ARN", "versionId": "VersionId"},
        # A version ends with its secret; AWS has no call that deletes one, and the provider takes its labels off.
        delete=Call(operation="describe_secret", arguments={"SecretId": "{secretId}"}),
        secret=frozenset({"secretString", "secretBinary"}),
    ),
    Row(
        type="aws:ssm/parameter:Parameter",
        create=Call(operation="put_parameter", arguments=PARAMETER),
        update=(
            Call(
                operation="put_parameter",
                arguments={
                    **{key: PARAMETER[key] for key in ("Name", "Value", "Type", "Description", "Tier")},
                    "Overwrite": True,
                },
            ),
        ),
        key="{name}",
        auto_name="name",
        check=check_parameter,
        read={"arn": "ARN", "version": "Version", "type": "Type"},
        delete=Call(operation="delete_parameter", arguments={"Name": "{id}"}),
        tagging=Tagging(
            put="add_tags_to_resource",
            remove="remove_tags_from_resource",
            subject={"ResourceType": "Parameter", "ResourceId": "{id}"},
        ),
        secret=frozenset({"value"}),
        unread=frozenset({"overwrite"}),
    ),
    Row(
        type="aws:kms/key:Key",
        create=Call(
            operation="create_key",
            arguments={
                **same("description keyUsage policy multiRegion"),
                "KeySpec": "{customerMasterKeySpec}",
            },
        ),
        update=(
            Call(operation="update_key_description", arguments={"KeyId": "{id}", "Description": "{description}"}),
            Call(
                operation="put_key_policy", arguments={"KeyId": "{id}", "PolicyName": "default", "Policy": "{policy}"}
            ),
        ),
        id="KeyMetadata.KeyId",
        check=check_key,
        read={"arn": "Arn", "keyId": "KeyId", "description": "Description"},
        gone=("KeyState", ("PendingDeletion",)),
        defaults={
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "keyUsage": "ENCRYPT_DECRYPT",
            "isEnabled": True,
            "enableKeyRotation": False,
        },
        unread=frozenset({"deletionWindowInDays", "isEnabled", "enableKeyRotation"}),
        delete=Call(
            operation="schedule_key_deletion",
            arguments={"KeyId": "{id}", "PendingWindowInDays": "{deletionWindowInDays}"},
        ),
        tagging=Tagging(
            write=lambda own: [{"TagKey": key, "TagValue": value} for key, value in own.items()],
            subject={"KeyId": "{id}"},
        ),
    ),
    Row(
        type="aws:kms/alias:Alias",
        service="kms",
        look=Call(operation="list_aliases", arguments={}),
        at="Aliases[?AliasName=='{id}'] | [0]",
        create=Call(operation="create_alias", arguments={"AliasName": "{name}", "TargetKeyId": "{targetKeyId}"}),
        update=(Call(operation="update_alias", arguments={"AliasName": "{id}", "TargetKeyId": "{targetKeyId}"}),),
        key="{name}",
        read={"arn": "AliasArn", "targetKeyId": "TargetKeyId"},
        delete=Call(operation="delete_alias", arguments={"AliasName": "{id}"}),
    ),
)

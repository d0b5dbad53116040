"""Types of AWS that are only written down: the emulator has them not, or would need machines for them."""

from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.handler import Handler, Props
from slipway.sandbox.recorded.kind import Kind


def _place(aws: Aws, new: Props) -> Props:
    aws.in_region(new)
    return {"account": aws.account, "region": aws.region}


def _kind(type: str, id: str, outputs: Props, **more: Any) -> Kind:  # noqa: ANN401 - the fields of a Kind
    return Kind(
        type=type,
        id=id,
        outputs={**outputs, "region": "{region}"},
        place=_place,
        folder=lambda aws: aws.folder,
        **{"auto_name": "name", "replace_on": frozenset({"region"}), **more},
    )


def _arn(service: str, path: str) -> str:
    return f"arn:aws:{service}:{{region}}:{{account}}:{path}"


TAGS = frozenset({"tagsAll"})
TABLE = (
    _kind(
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        "{name}",
        {"arn": _arn("autoscaling", "launchConfiguration:{hex8}:launchConfigurationName/{name}")},
        replace_on=frozenset(
            {
                *("region", "imageId", "instanceType", "iamInstanceProfile", "userData", "userDataBase64", "keyName"),
                *("securityGroups", "associatePublicIpAddress", "ebsOptimized", "spotPrice", "rootBlockDevice"),
            }
        ),
    ),
    _kind(
        "aws:autoscaling/group:Group",
        "{name}",
        {"arn": _arn("autoscaling", "autoScalingGroup:{hex8}:autoScalingGroupName/{name}")},
        defaults={"forceDelete": False, "waitForCapacityTimeout": "10m", "protectFromScaleIn": False},
    ),
    _kind(
        "aws:rds/subnetGroup:SubnetGroup",
        "{name}",
        {"arn": _arn("rds", "subgrp:{name}")},
        defaults={"description": "Managed by Pulumi"},
        derived=TAGS,
    ),
    _kind(
        "aws:rds/instance:Instance",
        "db-{hex17}",
        {
            "arn": _arn("rds", "db:{identifier}"),
            "address": "{identifier}.{hex8}.{region}.rds.amazonaws.com",
            "endpoint": "{identifier}.{hex8}.{region}.rds.amazonaws.com:3306",
            "status": "available",
            "resourceId": "db-{hex17}",
        },
        auto_name="identifier",
        defaults={"skipFinalSnapshot": False, "applyImmediately": False},
        replace_on=frozenset({"region", "engine", "username", "availabilityZone", "storageEncrypted", "kmsKeyId"}),
        secret=frozenset({"password"}),
        derived=TAGS,
    ),
    _kind(
        "aws:eks/cluster:Cluster",
        "{name}",
        {
            "arn": _arn("eks", "cluster/{name}"),
            "endpoint": "https://{hex17}.gr7.{region}.eks.amazonaws.com",
            "certificateAuthority": {"data": ""},
            "status": "ACTIVE",
            "platformVersion": "eks.1",
        },
        replace_on=frozenset({"region", "roleArn", "encryptionConfig", "kubernetesNetworkConfig"}),
        derived=TAGS,
    ),
    _kind(
        "aws:eks/nodeGroup:NodeGroup",
        "{clusterName}:{nodeGroupName}",
        {"arn": _arn("eks", "nodegroup/{clusterName}/{nodeGroupName}/{hex8}"), "status": "ACTIVE"},
        auto_name="nodeGroupName",
        replace_on=frozenset({"region", "clusterName", "nodeRoleArn", "subnetIds", "instanceTypes", "diskSize"}),
        derived=TAGS,
    ),
)
HANDLERS: dict[str, Handler] = {kind.type: kind.handler() for kind in TABLE}

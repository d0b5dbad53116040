"""ECS: the emulator keeps clusters, definitions and services; no container of theirs runs in the sandbox."""

import json
from collections.abc import Mapping
from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.handler import Props


def pairs(own: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags with ECS's small keys."""
    return [{"key": key, "value": value} for key, value in own.items()]


TAGGING = Tagging(parameter="tags", write=pairs, subject={"resourceArn": "{arn}"}, keys="tagKeys")


def plain(keys: str) -> dict[str, str]:
    """ECS writes inputs as Pulumi does."""
    return {key: f"{{{key}}}" for key in keys.split()}


def definition(_aws: Aws, place: Props) -> Props:
    """The containers, which the program gives as the text of their JSON."""
    return {"containerDefinitions": json.loads(place["containerDefinitions"])}


def placed(_aws: Aws, place: Props) -> Props:
    """A service's network; the API spells two of its words in another way."""
    network: Any = place.get("networkConfiguration")
    if not network:
        return {}
    public = "ENABLED" if network.get("assignPublicIp") else "DISABLED"
    groups = {"securityGroups": network["securityGroups"]} if network.get("securityGroups") else {}
    return {
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": network["subnets"], "assignPublicIp": public, **groups}
        }
    }


def check_definition(new: Props) -> dict[str, str]:
    """The containers are a text of JSON."""
    try:
        json.loads(new.get("containerDefinitions") or "[]")
    except ValueError as error:
        return {"containerDefinitions": f"ECS Task Definition container_definitions is invalid: {error}"}
    return {}


NETWORK = frozenset({"networkConfiguration"})
ROWS = (
    Row(
        type="aws:ecs/cluster:Cluster",
        create=Call(operation="create_cluster", arguments={"clusterName": "{name}"}),
        then=(
            Call(
                operation="update_cluster",
                arguments={"cluster": "{id}", **plain("settings configuration serviceConnectDefaults")},
            ),
        ),
        id="cluster.clusterArn",
        auto_name="name",
        identify="arn:aws:ecs:{region}:{account}:cluster/{name}",
        overwrites=True,
        read={"arn": "clusterArn", "name": "clusterName"},
        gone=("status", ("INACTIVE",)),
        delete=Call(operation="delete_cluster", arguments={"cluster": "{id}"}),
        tagging=TAGGING,
    ),
    Row(
        type="aws:ecs/taskDefinition:TaskDefinition",
        create=Call(
            operation="register_task_definition",
            arguments=plain(
                "family cpu memory networkMode requiresCompatibilities executionRoleArn taskRoleArn volumes "
                "runtimePlatform"
            ),
            more=definition,
            inputs=frozenset({"containerDefinitions"}),
        ),
        id="{family}",
        service="ecs",
        # The id is the family's; each of its revisions is a resource of its own, which its ARN names.
        look=Call(
            operation="describe_task_definition",
            arguments={},
            more=lambda _aws, place: {"taskDefinition": place.get("arn") or place["id"]},
        ),
        at="taskDefinition",
        answers={"arn": "taskDefinition.taskDefinitionArn"},
        check=check_definition,
        read={
            "arn": "taskDefinitionArn",
            "arnWithoutRevision": "arn:aws:ecs:{region}:{account}:task-definition/{family}",
            "revision": "revision",
            "family": "family",
            "cpu": "cpu",
            "memory": "memory",
            "networkMode": "networkMode",
            "requiresCompatibilities": "requiresCompatibilities",
        },
        gone=("status", ("INACTIVE",)),
        delete=Call(operation="deregister_task_definition", arguments={"taskDefinition": "{arn}"}),
        unread=frozenset({"skipDestroy", "trackLatest"}),
        defaults={"skipDestroy": False, "trackLatest": False},
        tagging=TAGGING,
    ),
    Row(
        type="aws:ecs/service:Service",
        fixed=frozenset({"capacityProviderStrategies"}),
        service="ecs",
        look=Call(operation="describe_services", arguments={"cluster": "{cluster}", "services": ["{id}"]}),
        at="services[0]",
        create=Call(
            operation="create_service",
            arguments={
                "serviceName": "{name}",
                **plain(
                    "cluster taskDefinition desiredCount launchType loadBalancers schedulingStrategy platformVersion"
                ),
                **plain("healthCheckGracePeriodSeconds enableExecuteCommand serviceConnectConfiguration"),
                **plain("capacityProviderStrategies"),
            },
            more=placed,
            inputs=NETWORK,
        ),
        update=(
            Call(
                operation="update_service",
                arguments={
                    "cluster": "{cluster}",
                    "service": "{name}",
                    **plain("taskDefinition desiredCount loadBalancers platformVersion enableExecuteCommand"),
                    **plain("healthCheckGracePeriodSeconds serviceConnectConfiguration"),
                },
                more=placed,
                inputs=NETWORK,
            ),
        ),
        id="service.serviceArn",
        auto_name="name",
        defaults={"schedulingStrategy": "REPLICA", "waitForSteadyState": False},
        unread=frozenset({"waitForSteadyState", "forceDelete", "forceNewDeployment", "triggers"}),
        read={
            "arn": "serviceArn",
            "name": "serviceName",
            "desiredCount": "desiredCount",
            "cluster": "clusterArn",
            "launchType": "launchType",
            "taskDefinition": "taskDefinition",
        },
        gone=("status", ("INACTIVE",)),
        delete=Call(
            operation="delete_service",
            arguments={"cluster": "{cluster}", "service": "{id}", "force": True},
        ),
        tagging=TAGGING,
    ),
    Row(
        type="aws:ecs/capacityProvider:CapacityProvider",
        fixed=frozenset({"tags"}),  # the emulator's ECS tags clusters, services and definitions alone
        create=Call(operation="create_capacity_provider", arguments=plain("name autoScalingGroupProvider")),
        id="capacityProvider.capacityProviderArn",
        auto_name="name",
        read={"arn": "capacityProviderArn", "name": "name"},
        gone=("status", ("INACTIVE",)),
        delete=Call(operation="delete_capacity_provider", arguments={"capacityProvider": "{id}"}),
        tagging=TAGGING,
    ),
)

"""Load balancers: the emulator keeps them; what they forward is the emulator's."""

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.aws.emulated.templates import same, seen, shaped
from slipway.sandbox.handler import Props

TAGGING = Tagging(
    put="add_tags",
    remove="remove_tags",
    subject={"ResourceArns": ["{id}"]},
)
HEALTH = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
}


def health(place: Props) -> Props:
    """A target group's health check, which is a part of the target group in the API."""
    declared = place.get("healthCheck") or {}
    matcher = {"Matcher": {"HttpCode": declared["matcher"]}} if declared.get("matcher") else {}
    return {**{theirs: declared[own] for own, theirs in HEALTH.items() if declared.get(own) is not None}, **matcher}


def actions(place: Props) -> Props:
    """A listener's default actions; AWS calls the redirection's and the fixed answer's parts configurations."""
    written: list[Props] = []
    declared: list[Props] = place.get("defaultActions") or []
    for number, one in enumerate(declared, 1):
        renamed = {f"{key}Config" if key in ("redirect", "fixedResponse", "forward") else key: one[key] for key in one}
        written.append(shaped({"order": number, **renamed}))
    return {"DefaultActions": written}


ACTIONS = frozenset({"defaultActions"})


def suffix(_aws: Aws, id: str) -> Props:
    """What CloudWatch calls a load balancer or a target group: the end of its ARN."""
    return {"arnSuffix": id.rpartition(":")[2].removeprefix("loadbalancer/")}


ROWS = (
    Row(
        type="aws:lb/loadBalancer:LoadBalancer",
        fixed=frozenset({"ipAddressType"}),
        create=Call(
            operation="create_load_balancer",
            arguments={
                **same("name subnets securityGroups ipAddressType"),
                "Type": "{loadBalancerType}",
            },
            more=lambda _aws, place: {"Scheme": "internal" if place.get("internal") else "internet-facing"},
            inputs=frozenset({"internal"}),
        ),
        update=(
            Call(
                operation="set_security_groups",
                arguments={"LoadBalancerArn": "{id}", "SecurityGroups": "{securityGroups}"},
            ),
            Call(operation="set_subnets", arguments={"LoadBalancerArn": "{id}", "Subnets": "{subnets}"}),
        ),
        id="LoadBalancers[0].LoadBalancerArn",
        auto_name="name",
        defaults={"loadBalancerType": "application", "ipAddressType": "ipv4"},
        read={
            "arn": "LoadBalancerArn",
            "dnsName": "DNSName",
            "name": "LoadBalancerName",
            "vpcId": "VpcId",
            "zoneId": "CanonicalHostedZoneId",
            "ipAddressType": "IpAddressType",
            "loadBalancerType": "Type",
            "securityGroups": "SecurityGroups",
            "subnets": "AvailabilityZones[].SubnetId",
        },
        belongings=suffix,
        belonging=frozenset({"arnSuffix"}),
        delete=Call(operation="delete_load_balancer", arguments={"LoadBalancerArn": "{id}"}),
        tagging=TAGGING,
    ),
    Row(
        type="aws:lb/targetGroup:TargetGroup",
        create=Call(
            operation="create_target_group",
            arguments=same("name port protocol protocolVersion targetType vpcId"),
        ),
        then=(
            Call(
                operation="modify_target_group",
                arguments={"TargetGroupArn": "{id}"},
                more=lambda _aws, place: health(place),
                inputs=frozenset({"healthCheck"}),
            ),
            Call(
                operation="modify_target_group_attributes",
                arguments={"TargetGroupArn": "{id}"},
                more=lambda _aws, place: {"Attributes": attributes(place)},
                inputs=frozenset({"deregistrationDelay", "stickiness", "slowStart"}),
            ),
        ),
        id="TargetGroups[0].TargetGroupArn",
        auto_name="name",
        defaults={"targetType": "instance"},
        read={
            "arn": "TargetGroupArn",
            "name": "TargetGroupName",
            **seen("port protocol targetType vpcId"),
        },
        belongings=suffix,
        belonging=frozenset({"arnSuffix"}),
        delete=Call(operation="delete_target_group", arguments={"TargetGroupArn": "{id}"}),
        tagging=TAGGING,
    ),
    Row(
        type="aws:lb/listener:Listener",
        create=Call(
            operation="create_listener",
            arguments={
                **same("loadBalancerArn port protocol sslPolicy"),
                "Certificates": [{"CertificateArn": "{certificateArn}"}],
            },
            more=lambda _aws, place: actions(place),
            inputs=ACTIONS,
        ),
        update=(
            Call(
                operation="modify_listener",
                arguments={
                    "ListenerArn": "{id}",
                    **same("port protocol sslPolicy"),
                    "Certificates": [{"CertificateArn": "{certificateArn}"}],
                },
                more=lambda _aws, place: actions(place),
                inputs=ACTIONS,
            ),
        ),
        id="Listeners[0].ListenerArn",
        defaults={"protocol": "HTTP"},
        read={
            "arn": "ListenerArn",
            **seen("loadBalancerArn port protocol"),
            "defaultActions": "DefaultActions[].{type: Type, targetGroupArn: TargetGroupArn}",
        },
        delete=Call(operation="delete_listener", arguments={"ListenerArn": "{id}"}),
        tagging=TAGGING,
    ),
)


def attributes(place: Props) -> list[dict[str, str]]:
    """What else is set on a target group, as the API's pairs."""
    sticky = place.get("stickiness") or {}
    pairs = {
        "deregistration_delay.timeout_seconds": place.get("deregistrationDelay"),
        "slow_start.duration_seconds": place.get("slowStart"),
        "stickiness.enabled": str(sticky.get("enabled", True)).lower() if sticky else None,
        "stickiness.type": sticky.get("type"),
        "stickiness.lb_cookie.duration_seconds": sticky.get("cookieDuration"),
    }
    return tags.listed({key: str(value) for key, value in pairs.items() if value is not None})

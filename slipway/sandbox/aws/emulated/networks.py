"""EC2's networks: the emulator keeps them, nothing flows through them here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.aws.emulated.templates import same, seen
from slipway.sandbox.aws.errors import unless_gone
from slipway.sandbox.handler import Props

ROUTE_ENDS = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "transitGatewayId": "TransitGatewayId",
    "vpcEndpointId": "VpcEndpointId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
    "networkInterfaceId": "NetworkInterfaceId",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
}
"""Where a route may lead: the input's name and AWS's."""
ARN = "arn:aws:ec2:{region}:{account}"


def tagging(kind: str) -> Tagging:
    """How EC2 tags a resource of a kind, as ``vpc``."""
    return Tagging(
        parameter="TagSpecifications",
        write=lambda own: [{"ResourceType": kind, "Tags": tags.listed(own)}],
        put_parameter="Tags",
        put_write=tags.listed,
        put="create_tags",
        remove="delete_tags",
        subject={"Resources": ["{id}"]},
        keys="Tags",
        write_keys=lambda keys: [{"Key": key} for key in keys],
        read="Tags",
    )


def route(place: Props) -> Props:
    """A route's arguments: where to, and through what. A route table's entries have a prefix less."""
    blocks = {
        "DestinationCidrBlock": place.get("destinationCidrBlock") or place.get("cidrBlock"),
        "DestinationIpv6CidrBlock": place.get("destinationIpv6CidrBlock") or place.get("ipv6CidrBlock"),
        "DestinationPrefixListId": place.get("destinationPrefixListId"),
    }
    ends = {theirs: place.get(own) for own, theirs in ROUTE_ENDS.items()}
    return {key: value for key, value in {**blocks, **ends}.items() if value}


def set_routes(aws: Aws, place: Props) -> Props:
    """Make a route table's entries those of its inputs, and nothing for the call that this is asked for."""
    client, id = aws.client("ec2"), place["id"]
    (table,) = client.describe_route_tables(RouteTableIds=[id])["RouteTables"]
    for there in table["Routes"]:
        if there.get("GatewayId") != "local" and there.get("DestinationCidrBlock"):
            client.delete_route(RouteTableId=id, DestinationCidrBlock=there["DestinationCidrBlock"])
    for entry in place.get("routes") or ():
        client.create_route(RouteTableId=id, **route(entry))
    return {"RouteTableIds": [id]}


def set_rules(aws: Aws, place: Props) -> Props:
    """Make a security group's rules those of its inputs; AWS's own, which lets all out, is none of them."""
    client, id = aws.client("ec2"), place["id"]
    (group,) = client.describe_security_groups(GroupIds=[id])["SecurityGroups"]
    for there, revoke in (("IpPermissions", "ingress"), ("IpPermissionsEgress", "egress")):
        if group.get(there):
            getattr(client, f"revoke_security_group_{revoke}")(GroupId=id, IpPermissions=group[there])
    for key in ("ingress", "egress"):
        if rules := [rule(one, id) for one in place.get(key) or ()]:
            getattr(client, f"authorize_security_group_{key}")(GroupId=id, IpPermissions=rules)
    return {"GroupIds": [id]}


def rule(one: Mapping[str, Any], id: str) -> Props:
    """A rule of a security group as EC2 takes it."""
    described = {"Description": one["description"]} if one.get("description") else {}
    groups = [*(one.get("securityGroups") or ()), *([id] if one.get("self") else ())]
    protocol = str(one["protocol"])
    ports = {} if protocol in ("-1", "all") else {"FromPort": int(one["fromPort"]), "ToPort": int(one["toPort"])}
    return {
        "IpProtocol": protocol,
        **ports,
        "IpRanges": [{"CidrIp": block, **described} for block in one.get("cidrBlocks") or ()],
        "Ipv6Ranges": [{"CidrIpv6": block, **described} for block in one.get("ipv6CidrBlocks") or ()],
        "UserIdGroupPairs": [{"GroupId": group, **described} for group in groups],
        "PrefixListIds": [{"PrefixListId": prefix, **described} for prefix in one.get("prefixListIds") or ()],
    }


def _detach(aws: Aws, id: str, _old: Props) -> None:
    client = aws.client("ec2")
    (gateway,) = client.describe_internet_gateways(InternetGatewayIds=[id])["InternetGateways"]
    for attachment in gateway.get("Attachments") or ():
        client.detach_internet_gateway(InternetGatewayId=id, VpcId=attachment["VpcId"])


def _disassociate(aws: Aws, id: str, _old: Props) -> None:
    (table,) = aws.client("ec2").describe_route_tables(RouteTableIds=[id])["RouteTables"]
    for association in table.get("Associations") or ():
        if not association.get("Main"):
            unless_gone(
                aws.client("ec2").disassociate_route_table, AssociationId=association["RouteTableAssociationId"]
            )


def _belongings(aws: Aws, id: str) -> Props:
    """What AWS makes with a network."""
    client = aws.client("ec2")
    own = {"Filters": [{"Name": "vpc-id", "Values": [id]}]}
    groups = client.describe_security_groups(**own)["SecurityGroups"]
    tables = client.describe_route_tables(**own)["RouteTables"]
    lists = client.describe_network_acls(**own)["NetworkAcls"]
    group = next((one["GroupId"] for one in groups if one["GroupName"] == "default"), "")
    table = next(
        (one["RouteTableId"] for one in tables if any(part.get("Main") for part in one.get("Associations") or ())), ""
    )
    rules = next((one["NetworkAclId"] for one in lists if one.get("IsDefault")), "")
    names = client.describe_vpc_attribute(VpcId=id, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    return {
        "enableDnsHostnames": names,
        "defaultSecurityGroupId": group,
        "defaultRouteTableId": table,
        "mainRouteTableId": table,
        "defaultNetworkAclId": rules,
    }


ROWS = (
    Row(
        type="aws:ec2/vpc:Vpc",
        create=Call(operation="create_vpc", arguments=same("cidrBlock instanceTenancy")),
        then=(
            Call(
                operation="modify_vpc_attribute",
                arguments={"VpcId": "{id}", "EnableDnsSupport": {"Value": "{enableDnsSupport}"}},
            ),
            Call(
                operation="modify_vpc_attribute",
                arguments={"VpcId": "{id}", "EnableDnsHostnames": {"Value": "{enableDnsHostnames}"}},
            ),
        ),
        id="Vpc.VpcId",
        read={
            **seen("cidrBlock instanceTenancy ownerId dhcpOptionsId"),
            "arn": f"{ARN}:vpc/{{id}}",
        },
        belongings=_belongings,
        belonging=frozenset(
            {"defaultSecurityGroupId", "defaultRouteTableId", "mainRouteTableId", "defaultNetworkAclId"}
        ),
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
        delete=Call(operation="delete_vpc", arguments={"VpcId": "{id}"}),
        tagging=tagging("vpc"),
    ),
    Row(
        type="aws:ec2/subnet:Subnet",
        create=Call(operation="create_subnet", arguments=same("vpcId cidrBlock availabilityZone availabilityZoneId")),
        then=(
            Call(
                operation="modify_subnet_attribute",
                arguments={"SubnetId": "{id}", "MapPublicIpOnLaunch": {"Value": "{mapPublicIpOnLaunch}"}},
            ),
        ),
        id="Subnet.SubnetId",
        read={
            **seen("vpcId cidrBlock availabilityZone availabilityZoneId mapPublicIpOnLaunch ownerId"),
            "arn": f"{ARN}:subnet/{{id}}",
        },
        defaults={"mapPublicIpOnLaunch": False},
        delete=Call(operation="delete_subnet", arguments={"SubnetId": "{id}"}),
        tagging=tagging("subnet"),
    ),
    Row(
        type="aws:ec2/internetGateway:InternetGateway",
        create=Call(operation="create_internet_gateway", arguments={}),
        then=(Call(operation="attach_internet_gateway", arguments={"InternetGatewayId": "{id}", "VpcId": "{vpcId}"}),),
        id="InternetGateway.InternetGatewayId",
        read={
            "vpcId": "Attachments[0].VpcId",
            "ownerId": "OwnerId",
            "arn": f"{ARN}:internet-gateway/{{id}}",
        },
        before_delete=_detach,
        delete=Call(operation="delete_internet_gateway", arguments={"InternetGatewayId": "{id}"}),
        tagging=tagging("internet-gateway"),
    ),
    Row(
        type="aws:ec2/routeTable:RouteTable",
        create=Call(operation="create_route_table", arguments=same("vpcId")),
        then=(
            Call(
                operation="describe_route_tables",
                arguments={},
                more=set_routes,
                inputs=frozenset({"routes"}),
            ),
        ),
        id="RouteTable.RouteTableId",
        read={**seen("vpcId ownerId"), "arn": f"{ARN}:route-table/{{id}}"},
        before_delete=_disassociate,
        delete=Call(operation="delete_route_table", arguments={"RouteTableId": "{id}"}),
        tagging=tagging("route-table"),
    ),
    Row(
        type="aws:ec2/route:Route",
        service="ec2",
        separator="_",
        look=Call(operation="describe_route_tables", arguments={"RouteTableIds": ["{0}"]}),
        at="RouteTables[0].Routes[?DestinationCidrBlock=='{1}'] | [0]",
        create=Call(
            operation="create_route",
            arguments={
                "RouteTableId": "{routeTableId}",
                "DestinationCidrBlock": "{destinationCidrBlock}",
                "DestinationIpv6CidrBlock": "{destinationIpv6CidrBlock}",
                **{theirs: f"{{{own}}}" for own, theirs in ROUTE_ENDS.items()},
            },
        ),
        update=(
            Call(
                operation="replace_route",
                arguments={
                    "RouteTableId": "{routeTableId}",
                    "DestinationCidrBlock": "{destinationCidrBlock}",
                    **{theirs: f"{{{own}}}" for own, theirs in ROUTE_ENDS.items()},
                },
            ),
        ),
        key="{routeTableId}_{destinationCidrBlock}",
        refusal="RouteAlreadyExists: The route identified by {destinationCidrBlock} already exists.",
        read={
            "instanceId": "InstanceId",
            "instanceOwnerId": "InstanceOwnerId",
            "gatewayId": "GatewayId",
            "destinationCidrBlock": "DestinationCidrBlock",
            "origin": "Origin",
            "state": "State",
        },
        delete=Call(
            operation="delete_route",
            arguments={
                "RouteTableId": "{routeTableId}",
                "DestinationCidrBlock": "{destinationCidrBlock}",
                "DestinationIpv6CidrBlock": "{destinationIpv6CidrBlock}",
            },
        ),
    ),
    Row(
        type="aws:ec2/routeTableAssociation:RouteTableAssociation",
        fixed=frozenset({"routeTableId"}),
        service="ec2",
        look=Call(
            operation="describe_route_tables",
            arguments={"Filters": [{"Name": "association.route-table-association-id", "Values": ["{id}"]}]},
        ),
        at="RouteTables[].Associations[] | [?RouteTableAssociationId=='{id}'] | [0]",
        create=Call(
            operation="associate_route_table",
            arguments={"RouteTableId": "{routeTableId}", "SubnetId": "{subnetId}", "GatewayId": "{gatewayId}"},
        ),
        id="AssociationId",
        read={"routeTableId": "RouteTableId", "subnetId": "SubnetId"},
        delete=Call(operation="disassociate_route_table", arguments={"AssociationId": "{id}"}),
    ),
    Row(
        type="aws:ec2/securityGroup:SecurityGroup",
        create=Call(
            operation="create_security_group",
            arguments={"GroupName": "{name}", "Description": "{description}", "VpcId": "{vpcId}"},
        ),
        then=(
            Call(
                operation="describe_security_groups",
                arguments={},
                more=set_rules,
                inputs=frozenset({"ingress", "egress", "revokeRulesOnDelete"}),
            ),
        ),
        id="GroupId",
        auto_name="name",
        defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
        read={
            "name": "GroupName",
            "description": "Description",
            "vpcId": "VpcId",
            "ownerId": "OwnerId",
            "arn": f"{ARN}:security-group/{{id}}",
        },
        delete=Call(operation="delete_security_group", arguments={"GroupId": "{id}"}),
        tagging=tagging("security-group"),
    ),
    Row(
        type="aws:ec2/eip:Eip",
        create=Call(operation="allocate_address", arguments={"Domain": "{domain}"}),
        then=(
            Call(
                operation="associate_address",
                arguments={
                    "AllocationId": "{id}",
                    "InstanceId": "{instance}",
                    "NetworkInterfaceId": "{networkInterface}",
                },
            ),
        ),
        id="AllocationId",
        read={
            "allocationId": "AllocationId",
            "publicIp": "PublicIp",
            "domain": "Domain",
            "arn": f"{ARN}:elastic-ip/{{id}}",
        },
        delete=Call(operation="release_address", arguments={"AllocationId": "{id}"}),
        tagging=tagging("elastic-ip"),
    ),
    Row(
        type="aws:ec2/natGateway:NatGateway",
        create=Call(operation="create_nat_gateway", arguments=same("subnetId allocationId connectivityType")),
        id="NatGateway.NatGatewayId",
        read={
            **seen("subnetId connectivityType"),
            "allocationId": "NatGatewayAddresses[0].AllocationId",
            "publicIp": "NatGatewayAddresses[0].PublicIp",
            "privateIp": "NatGatewayAddresses[0].PrivateIp",
        },
        gone=("State", ("deleted", "deleting")),
        delete=Call(operation="delete_nat_gateway", arguments={"NatGatewayId": "{id}"}),
        tagging=tagging("natgateway"),
    ),
    Row(
        type="aws:ec2/keyPair:KeyPair",
        create=Call(
            operation="import_key_pair", arguments={"KeyName": "{keyName}", "PublicKeyMaterial": "{publicKey}"}
        ),
        key="{keyName}",
        refusal="InvalidKeyPair.Duplicate: The keypair already exists",
        auto_name="keyName",
        read={
            "keyName": "KeyName",
            "keyPairId": "KeyPairId",
            "fingerprint": "KeyFingerprint",
            "keyType": "KeyType",
            "arn": f"{ARN}:key-pair/{{id}}",
        },
        delete=Call(operation="delete_key_pair", arguments={"KeyName": "{id}"}),
        # A key pair's id is its name, which EC2 does not take to tag it; the emulator never shows its tags.
        tagging=replace(tagging("key-pair"), subject={"Resources": ["{keyPairId}"]}, read=""),
    ),
    Row(
        type="aws:ec2/instance:Instance",
        fixed=frozenset({"instanceType", "iamInstanceProfile", "userData"}),
        at="Reservations[0].Instances[0]",
        create=Call(
            operation="run_instances",
            arguments={
                "ImageId": "{ami}",
                "InstanceType": "{instanceType}",
                "KeyName": "{keyName}",
                "SubnetId": "{subnetId}",
                "SecurityGroupIds": "{vpcSecurityGroupIds}",
                "SecurityGroups": "{securityGroups}",
                "Placement": {"AvailabilityZone": "{availabilityZone}"},
                "PrivateIpAddress": "{privateIp}",
                "UserData": "{userData}",
                "MinCount": 1,
                "MaxCount": 1,
            },
            more=lambda _aws, place: (
                {"IamInstanceProfile": {"Name": place["iamInstanceProfile"]}} if place.get("iamInstanceProfile") else {}
            ),
            inputs=frozenset({"iamInstanceProfile"}),
        ),
        id="Instances[0].InstanceId",
        read={
            "ami": "ImageId",
            "instanceType": "InstanceType",
            "keyName": "KeyName",
            "subnetId": "SubnetId",
            "availabilityZone": "Placement.AvailabilityZone",
            "vpcSecurityGroupIds": "SecurityGroups[].GroupId",
            "privateIp": "PrivateIpAddress",
            "privateDns": "PrivateDnsName",
            "publicIp": "PublicIpAddress",
            "publicDns": "PublicDnsName",
            "instanceState": "State.Name",
            "primaryNetworkInterfaceId": "NetworkInterfaces[0].NetworkInterfaceId",
            "arn": f"{ARN}:instance/{{id}}",
        },
        update=(
            Call(
                operation="modify_instance_attribute",
                arguments={"InstanceId": "{id}", "Groups": "{vpcSecurityGroupIds}"},
            ),
        ),
        gone=("State.Name", ("terminated", "shutting-down")),
        delete=Call(operation="terminate_instances", arguments={"InstanceIds": ["{id}"]}),
        tagging=tagging("instance"),
        unread=frozenset({"userDataReplaceOnChange", "associatePublicIpAddress"}),
    ),
)

"""What programs ask EC2 about: its networks, zones and images."""

import hashlib
import json
from typing import Any

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals
from slipway.sandbox.handler import CloudError, Props

ARN = "arn:aws:ec2:{region}:{account}:{kind}/{id}"


def get_vpc(aws: Aws, arguments: Props) -> Props:
    """The one network that fits. Raises :class:`CloudError` for none and for several."""
    with refusals("reading EC2 VPC"):
        listed = aws.client("ec2").describe_vpcs(**_asked(arguments, "VpcIds"))["Vpcs"]
    if arguments.get("default") is not None:
        listed = [one for one in listed if bool(one.get("IsDefault")) == arguments["default"]]
    vpc = _single(listed, "VPC")
    return {
        "id": vpc["VpcId"],
        "cidrBlock": vpc["CidrBlock"],
        "default": bool(vpc.get("IsDefault")),
        "state": vpc.get("State", "available"),
        "instanceTenancy": vpc.get("InstanceTenancy", "default"),
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "ownerId": vpc.get("OwnerId", aws.account),
        "arn": ARN.format(region=aws.region, account=aws.account, kind="vpc", id=vpc["VpcId"]),
        "tags": tags.mapped(vpc.get("Tags")),
        "region": aws.region,
    }


def get_subnets(aws: Aws, arguments: Props) -> Props:
    """The ids of the subnetworks that fit."""
    with refusals("reading EC2 Subnets"):
        listed = aws.client("ec2").describe_subnets(**_asked(arguments, ""))["Subnets"]
    return {**arguments, "id": aws.region, "ids": [one["SubnetId"] for one in listed], "region": aws.region}


def get_subnet(aws: Aws, arguments: Props) -> Props:
    """The one subnetwork that fits."""
    with refusals("reading EC2 Subnet"):
        listed = aws.client("ec2").describe_subnets(**_asked(arguments, "SubnetIds"))["Subnets"]
    subnet = _single(listed, "Subnet")
    return {
        "id": subnet["SubnetId"],
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet["CidrBlock"],
        "availabilityZone": subnet["AvailabilityZone"],
        "mapPublicIpOnLaunch": subnet.get("MapPublicIpOnLaunch", False),
        "arn": ARN.format(region=aws.region, account=aws.account, kind="subnet", id=subnet["SubnetId"]),
        "tags": tags.mapped(subnet.get("Tags")),
        "region": aws.region,
    }


def get_availability_zones(aws: Aws, arguments: Props) -> Props:
    """The zones of the region."""
    with refusals("reading EC2 Availability Zones"):
        listed = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    names = sorted(one["ZoneName"] for one in listed)
    ids = {one["ZoneName"]: one.get("ZoneId", "") for one in listed}
    return {
        **arguments,
        "id": aws.region,
        "names": names,
        "zoneIds": [ids[name] for name in names],
        "groupNames": [aws.region],
        "region": aws.region,
    }


def get_ami(aws: Aws, arguments: Props) -> Props:
    """The newest image that fits.

    AWS has very many; the emulator has a few. For what others publish and it does not have, an id is made of the
    question, since no machine starts from it here; an image of one's own has to be there.
    """
    owners = list(arguments.get("owners") or ())
    with refusals("reading EC2 AMIs"):
        owned = {"Owners": owners} if owners else {}
        listed = aws.client("ec2").describe_images(**owned, **_filters(arguments))["Images"]
    if listed:
        image = max(listed, key=lambda one: one.get("CreationDate", ""))
        return _image(aws, image["ImageId"], image.get("Name", ""), arguments)
    if not owners or "self" in owners:
        raise CloudError("Your query returned no results. Please change your search criteria and try again.")
    question = json.dumps([owners, arguments.get("filters"), arguments.get("nameRegex")], sort_keys=True)
    names = [name for one in arguments.get("filters") or () if one["name"] == "name" for name in one["values"]]
    id = f"ami-{hashlib.sha256(question.encode()).hexdigest()[:17]}"
    return _image(aws, id, names[0].replace("*", "x") if names else id, arguments)


def _image(aws: Aws, id: str, name: str, arguments: Props) -> Props:
    return {
        **arguments,
        # Programs also write the word: the provider answers with the value.
        "mostRecent": str(arguments.get("mostRecent", False)).lower() == "true",
        "id": id,
        "imageId": id,
        "name": name,
        "arn": f"arn:aws:ec2:{aws.region}::image/{id}",
        "architecture": "x86_64",
        "rootDeviceName": "/dev/xvda",
        "rootDeviceType": "ebs",
        "virtualizationType": "hvm",
        "state": "available",
        "region": aws.region,
    }


def _filters(arguments: Props) -> Props:
    filters: list[Any] = [
        {"Name": one["name"], "Values": list(one["values"])} for one in arguments.get("filters") or ()
    ]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (arguments.get("tags") or {}).items()]
    return {"Filters": filters} if filters else {}


def _asked(arguments: Props, ids: str) -> Props:
    named = {ids: [arguments["id"]]} if ids and arguments.get("id") else {}
    filters = _filters(arguments)
    if ids == "SubnetIds" and arguments.get("vpcId"):
        filters["Filters"] = [*filters.get("Filters", []), {"Name": "vpc-id", "Values": [arguments["vpcId"]]}]
    return {**filters, **named}


def _single(listed: list[Props], words: str) -> Props:
    if len(listed) == 1:
        return listed[0]
    if listed:
        raise CloudError(f"multiple EC2 {words}s matched; use additional constraints to reduce matches to a single one")
    raise CloudError(f"no matching EC2 {words} found")


INVOKES = {
    "aws:ec2/getVpc:getVpc": get_vpc,
    "aws:ec2/getSubnets:getSubnets": get_subnets,
    "aws:ec2/getSubnet:getSubnet": get_subnet,
    "aws:ec2/getAmi:getAmi": get_ami,
    "aws:index/getAvailabilityZones:getAvailabilityZones": get_availability_zones,
}

"""Certificates and the domains of API Gateway: the emulator issues at once, and answers for what is mapped."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.row import Call, Row, Tagging
from slipway.sandbox.aws.emulated.templates import same
from slipway.sandbox.aws.errors import refusals
from slipway.sandbox.handler import Calls, CloudError, Handler, Props
from slipway.sandbox.stores.domains import Domains

PORT = "aws"
"""The gateway's, at which API Gateway answers."""


def validation(aws: Aws, id: str) -> Props:
    """The records by which the owner of a domain shows that it is theirs."""
    options = aws.client("acm").describe_certificate(CertificateArn=id)["Certificate"]["DomainValidationOptions"]
    return {
        "domainValidationOptions": [
            {"domainName": one["DomainName"], **{f"resourceRecord{key}": one["ResourceRecord"][key] for key in RECORD}}
            for one in options
        ]
    }


RECORD = ("Name", "Type", "Value")


def keyed(keys: list[str]) -> list[dict[str, str]]:
    """The keys of tags as Certificate Manager wants them."""
    return [{"Key": key} for key in keys]


def configuration(_aws: Aws, place: Props) -> Props:
    """A domain's certificate, and how it is reached."""
    one = place["domainNameConfiguration"]
    names = {"certificateArn": "CertificateArn", "endpointType": "EndpointType", "securityPolicy": "SecurityPolicy"}
    return {"DomainNameConfigurations": [{theirs: one[own] for own, theirs in names.items() if own in one}]}


def target(aws: Aws, id: str) -> Props:
    """What a domain's record names."""
    there = aws.client("apigatewayv2").get_domain_name(DomainName=id)["DomainNameConfigurations"][0]
    return {
        "domainNameConfiguration": {
            "certificateArn": there.get("CertificateArn"),
            "endpointType": there.get("EndpointType"),
            "securityPolicy": there.get("SecurityPolicy"),
            "targetDomainName": there.get("ApiGatewayDomainName"),
            "hostedZoneId": there.get("HostedZoneId"),
        }
    }


CONFIGURATION = frozenset({"domainNameConfiguration"})
ROWS = (
    Row(
        type="aws:acm/certificate:Certificate",
        create=Call(
            operation="request_certificate",
            arguments={
                "DomainName": "{domainName}",
                "ValidationMethod": "{validationMethod}",
                "SubjectAlternativeNames": "{subjectAlternativeNames}",
            },
        ),
        id="CertificateArn",
        read={"arn": "CertificateArn", "domainName": "DomainName", "status": "Status"},
        belongings=validation,
        belonging=frozenset({"domainValidationOptions"}),
        delete=Call(operation="delete_certificate", arguments={"CertificateArn": "{id}"}),
        tagging=Tagging(
            put="add_tags_to_certificate",
            remove="remove_tags_from_certificate",
            subject={"CertificateArn": "{id}"},
            keys="Tags",
            write_keys=keyed,
        ),
    ),
    Row(
        type="aws:apigatewayv2/apiMapping:ApiMapping",
        service="apigatewayv2",
        look=Call(operation="get_api_mapping", arguments={"ApiMappingId": "{id}", "DomainName": "{domainName}"}),
        at="@",
        create=Call(operation="create_api_mapping", arguments=same("apiId domainName stage apiMappingKey")),
        update=(
            Call(
                operation="update_api_mapping",
                arguments={"ApiMappingId": "{id}", **same("apiId domainName stage apiMappingKey")},
            ),
        ),
        id="ApiMappingId",
        read={"apiId": "ApiId", "stage": "Stage"},
        delete=Call(operation="delete_api_mapping", arguments={"ApiMappingId": "{id}", "DomainName": "{domainName}"}),
    ),
)
DOMAIN = Row(
    type="aws:apigatewayv2/domainName:DomainName",
    create=Call(operation="create_domain_name", arguments=same("domainName"), more=configuration, inputs=CONFIGURATION),
    update=(
        Call(operation="update_domain_name", arguments=same("domainName"), more=configuration, inputs=CONFIGURATION),
    ),
    id="{domainName}",
    at="@",
    read={
        "domainName": "DomainName",
        "arn": "arn:aws:apigateway:{region}::/domainnames/{id}",
        "apiMappingSelectionExpression": "ApiMappingSelectionExpression",
    },
    belongings=target,
    belonging=CONFIGURATION,
    computed_within={"domainNameConfiguration": frozenset({"hostedZoneId", "targetDomainName"})},
    delete=Call(operation="delete_domain_name", arguments={"DomainName": "{id}"}),
    tagging=Tagging(write=dict, subject={"ResourceArn": "{arn}"}),
)


def domain_handler() -> Handler:
    """The row's, after which the gateway answers as the domain."""
    handler = DOMAIN.handler()
    calls = handler.calls

    def create(aws: Aws, new: Props) -> tuple[str, Props]:
        id, properties = calls.create(aws, new)
        Domains(aws.folder).lead(id, PORT, id)
        return id, properties

    def delete(aws: Aws, id: str, old: Props) -> None:
        Domains(aws.folder).drop(id)
        calls.delete(aws, id, old)

    return replace(handler, calls=replace(calls, create=create, delete=delete))


def issued(aws: Aws, new: Props) -> tuple[str, Props]:
    """Wait for a certificate: here it is issued already."""
    with refusals("waiting for ACM Certificate"):
        there: Mapping[str, Any] = aws.client("acm").describe_certificate(CertificateArn=new["certificateArn"])
    certificate = there["Certificate"]
    if certificate["Status"] != "ISSUED":
        raise CloudError(f"waiting for ACM Certificate ({new['certificateArn']}) to be issued: {certificate['Status']}")
    return certificate["CertificateArn"], {}


def still_issued(aws: Aws, id: str) -> Props | None:
    """By id: the certificate's ARN."""
    client = aws.client("acm")
    try:
        client.describe_certificate(CertificateArn=id)
    except client.exceptions.ResourceNotFoundException:
        return None
    return {"certificateArn": id}


def nothing(_aws: Aws, _id: str, _old: Props) -> None:
    """There is nothing to take away of a wait."""


HANDLERS: Mapping[str, Handler] = {
    DOMAIN.type: domain_handler(),
    "aws:acm/certificateValidation:CertificateValidation": Handler(
        calls=Calls(create=issued, read=still_issued, delete=nothing),
        replace_on=frozenset({"certificateArn", "validationRecordFqdns", "region"}),
    ),
}
"""Types of which a row alone says too little."""

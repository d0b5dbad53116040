"""A domain that leads to a function: an HTTP API that passes every request on, and its certificate."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import apigatewayv2, lambda_

from components.aws.certificate import Certificate, CertificateArgs
from components.domains import Record


@dataclass(frozen=True, kw_only=True)
class FunctionDomainArgs:
    """A function, and the domain that is to lead to it."""

    function_name: str
    alias: lambda_.Alias
    """What callers get."""
    domain: str
    """As ``shop.example.com``, not at the top of a domain."""
    awaited: bool = False
    """Whether the certificate's record is not known to be set yet."""
    labels: Mapping[str, str] = field(default_factory=dict)


class FunctionDomain(pulumi.ComponentResource):
    """Regional, and with no address of its own beside the domain.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html. A function's URL
    takes no certificate; its events have the same form: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html.
    """

    records: pulumi.Output[list[Record]]
    """What to set at the domain's name server."""

    def __init__(self, name: str, args: FunctionDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:aws:FunctionDomain", name, {}, opts)
        self.name, self._args = name, args
        certificate = Certificate(
            name,
            CertificateArgs(domain=args.domain, awaited=args.awaited, labels=args.labels),
            pulumi.ResourceOptions(parent=self),
        )
        domain = apigatewayv2.DomainName(
            name,
            domain_name=args.domain,
            domain_name_configuration={
                "certificate_arn": certificate.arn,
                "endpoint_type": "REGIONAL",
                "security_policy": "TLS_1_2",
            },
            tags=dict(args.labels),
            opts=self._child(),
        )
        api, stage = self._interface()
        apigatewayv2.ApiMapping(name, api_id=api.id, domain_name=domain.id, stage=stage.id, opts=self._child())
        target = domain.domain_name_configuration.target_domain_name
        self.records = pulumi.Output.all(certificate.records, target).apply(
            lambda both: [*both[0], Record(name=args.domain, type="CNAME", value=both[1] or "")]
        )
        self.register_outputs({"records": self.records})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _interface(self) -> tuple[apigatewayv2.Api, apigatewayv2.Stage]:
        """What passes every request on to the alias."""
        args = self._args
        api = apigatewayv2.Api(
            self.name,
            name=args.function_name,
            protocol_type="HTTP",
            disable_execute_api_endpoint=True,
            tags=dict(args.labels),
            opts=self._child(),
        )
        integration = apigatewayv2.Integration(
            self.name,
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=args.alias.invoke_arn,
            payload_format_version="2.0",
            opts=self._child(),
        )
        apigatewayv2.Route(
            self.name,
            api_id=api.id,
            route_key="$default",
            target=integration.id.apply(lambda id: f"integrations/{id}"),
            opts=self._child(),
        )
        stage = apigatewayv2.Stage(
            self.name, api_id=api.id, name="$default", auto_deploy=True, tags=dict(args.labels), opts=self._child()
        )
        lambda_.Permission(
            f"{self.name}-may-invoke",
            function=args.function_name,
            qualifier=args.alias.name,
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            source_arn=api.execution_arn.apply(lambda arn: f"{arn}/*"),
            opts=self._child(),
        )
        return api, stage

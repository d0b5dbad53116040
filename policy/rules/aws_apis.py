"""API Gateway: who may call a method."""

from collections.abc import Iterator

from policy.model import Context, Resource, rule
from policy.values import fault, readable

METHODS = {
    "aws:apigateway/method:Method": ("authorization", "httpMethod"),
    "aws:apigatewayv2/route:Route": ("authorizationType", "routeKey"),
    "aws:appsync/graphQLApi:GraphQLApi": ("authenticationType", "name"),
}
"""Type -> the properties that say who may call and what."""


@rule(
    "aws-api-auth",
    source="Checkov CKV_AWS_59, CKV_AWS_309",
    remedy="Name an authorizer or AWS_IAM, or agree an exception in the stack's file.",
    types=tuple(METHODS),
)
def api_asks(method: Resource, context: Context) -> Iterator[str]:
    """Methods of an API ask who calls.

    A method that asks for no identity can be called by anyone, at our cost.

    Each method asks for a signature, a token or a key of its callers; a browser's question before a call is free.
    """
    how, what = METHODS[method.type]
    value, called = method.get(how), str(method.get(what, "")).upper()
    if (
        readable(value)
        and value in (None, "", "NONE", "API_KEY")
        and not called.startswith("OPTIONS")
        and not context.sandbox
    ):
        yield fault(how, value, "'AWS_IAM', 'JWT', 'COGNITO_USER_POOLS' or 'CUSTOM'")


RULES = (api_asks,)

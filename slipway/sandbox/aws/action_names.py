"""Which right a request needs: the emulator's own answer, where it has the right one.

The emulator reads the action out of a request before it asks the caller's policies. Of Lambda it knows some thirty of a
hundred operations; of the others it takes another in their place, or lets the request pass. So it does with
CloudWatch in the protocol that the SDKs speak today. And it believes a word in a request's query or headers that its
own routes do not look at. Here the action follows from that by which the service would route, and what is no operation
needs a right that no policy but one for all of the service gives.
"""

import re
from collections.abc import Mapping
from typing import Any

RPC = re.compile(r"/service/[^/]+/operation/([A-Za-z]+)/?")
"""The path of a request in CBOR: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html."""
OF_LAMBDA: Mapping[str, str] = {
    "Invoke": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
    "GetLayerVersionByArn": "GetLayerVersion",
}
"""The operations whose right has another name:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html."""
BY_PATH = frozenset({"lambda", "s3", "scheduler"})
"""Services that route by method and path alone."""
UNKNOWN = "UnknownOperation"


def install(iam_actions: Any) -> None:  # noqa: ANN401 - the emulator's module
    """Let the emulator ask for these rights."""
    own = iam_actions.extract_iam_action
    iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]

    def action(
        service: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, Any],
    ) -> str | None:
        if service == "lambda":
            operation = iam_actions._match_rest_action("lambda", method, path, query) or UNKNOWN
            return f"lambda:{OF_LAMBDA.get(operation, operation)}"
        if service in BY_PATH:
            headers = {name: value for name, value in headers.items() if name not in ("x-amz-target", "content-type")}
            query = {name: value for name, value in query.items() if name != "Action"}
        elif rpc := RPC.fullmatch(path):
            return f"{iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service, service)}:{rpc[1]}"
        return own(service, method, path, headers, body, query) or f"{service}:{UNKNOWN}"

    iam_actions.extract_iam_action = action

"""Calls without an answer, of buckets and rules: as Lambda takes them, of an alias too.

The emulator tries such a call again and tells of its failure, as far as that was set of the function itself; of an
alias it forgets it, and a rule's call it does not try again. Neither asks the function whether it may be called.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
from typing import Any

from slipway.sandbox.handler import Props


def install(lambda_svc: Any, s3: Any, eventbridge: Any) -> None:  # noqa: ANN401 - the emulator's modules
    """Let the emulator's buckets and rules call functions so."""

    def call(arn: str, event: Any, service: str) -> None:  # noqa: ANN401 - a value of JSON
        name, _, qualifier = arn.split(":", 6)[6].partition(":")
        declared = lambda_svc._functions.get(name) or {}
        if not lets_call(declared.get("policy") or {}, arn, service):
            return
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if not function or not config:
            return
        settings = (declared.get("event_invoke_configs") or {}).get(qualifier)
        record = {**lambda_svc._execution_record_for_config(function, config), "event_invoke_config": settings}
        lambda_svc.invoke_async_with_retry(record, event)

    def by_bucket(arn: str, event: Any, _region: str) -> None:  # noqa: ANN401
        call(arn, event, "s3.amazonaws.com")

    def by_rule(arn: str, payload: str) -> None:
        call(arn, _decoded(payload), "events.amazonaws.com")

    s3._deliver_event_to_lambda = by_bucket
    eventbridge._dispatch_to_lambda = by_rule


def lets_call(policy: Props, arn: str, service: str) -> bool:
    """Whether a function's own policy lets a service call what an ARN names."""
    return any(
        statement.get("Effect") == "Allow"
        and statement.get("Resource") == arn
        and (statement.get("Principal") or {}).get("Service") == service
        and statement.get("Action") in ("lambda:InvokeFunction", "lambda:*")
        for statement in policy.get("Statement", [])
    )


def _decoded(payload: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(payload)
    except ValueError:
        return {"body": payload}

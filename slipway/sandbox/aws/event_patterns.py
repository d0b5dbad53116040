"""Patterns of events, as EventBridge takes them: objects whose leaves are lists.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

import json

from slipway.sandbox.handler import Props


def check(new: Props) -> dict[str, str]:
    """What EventBridge refuses of a rule's pattern."""
    pattern = new.get("eventPattern")
    reason = _refused(pattern) if isinstance(pattern, str) else ""
    words = "InvalidEventPatternException: Event pattern is not valid. Reason: "
    return {"eventPattern": words + reason} if reason else {}


def _refused(pattern: str) -> str:
    try:
        value = json.loads(pattern)
    except ValueError as error:
        return str(error)
    return _no_lists(value, "") if isinstance(value, dict) else "Filter is not an object"


def _no_lists(value: Props, place: str) -> str:
    """The first leaf that is no list, or an empty one."""
    for key, one in value.items():
        if isinstance(one, dict):
            if reason := _no_lists(one, f"{place}{key}."):
                return reason
        elif not isinstance(one, list):
            return f'"{place}{key}" must be an object or an array'
        elif not one:
            return f'"{place}{key}": Empty arrays are not allowed'
    return ""

"""AWS's query protocol from the server's side, by botocore's model of the service: forms in, XML out, both validated.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from slipway.sandbox.aws import clients

SERVICE = "elasticbeanstalk"
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to write, as the colours in an app's log: https://www.w3.org/TR/xml/#charsets."""


Shape = Any
"""Botocore's, and its models of operations: they carry no types."""


class QueryError(Exception):
    """A refusal: AWS's code for it, and the status of the answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


@cache
def model() -> ServiceModel:
    """The service as botocore knows it."""
    return clients.service_model(SERVICE)


def operation(form: Mapping[str, str]) -> Shape:
    """What a form asks for. Raises :class:`QueryError`."""
    name = form.get("Action", "")
    if name not in list(model().operation_names):  # pyright: ignore
        raise QueryError("InvalidAction", f"Could not find operation {name} for version {form.get('Version', '')}")
    return model().operation_model(name)


def parameters(asked: Shape, form: Mapping[str, str]) -> dict[str, Any]:
    """The operation's parameters out of a form, validated by the model. Raises :class:`QueryError`."""
    shape = asked.input_shape
    if shape is None:
        return {}
    names = {name for name in form if name not in ("Action", "Version")}
    values = _value(shape, form, "", names) or {}
    if names:
        raise QueryError("MalformedInput", f"Unexpected parameter: {min(names)}")
    report = ParamValidator().validate(values, shape)
    if report.has_errors():
        raise QueryError("ValidationError", f"1 validation error detected: {report.generate_report()}")
    _hold_enumerations(shape, values, "")
    return values


def answer(asked: Shape, result: Mapping[str, Any]) -> str:
    """The body of an answer. Raises ValueError for a result that the model does not allow."""
    shape, wrapped = asked.output_shape, ""
    if shape is not None:
        report = ParamValidator().validate(dict(result), shape)
        if report.has_errors():
            raise ValueError(report.generate_report())
        wrapper = shape.serialization.get("resultWrapper", f"{asked.name}Result")
        wrapped = f"<{wrapper}>{_xml(shape, result)}</{wrapper}>"
    name, namespace = f"{asked.name}Response", model().metadata["xmlNamespace"]
    return f'<{name} xmlns="{namespace}">{wrapped}{_metadata()}</{name}>'


def refusal(error: QueryError) -> str:
    """The body of an answer that refuses."""
    sender = "Sender" if error.status < 500 else "Receiver"
    words = f"<Type>{sender}</Type><Code>{escape(error.code)}</Code><Message>{escape(str(error))}</Message>"
    namespace = model().metadata["xmlNamespace"]
    return f'<ErrorResponse xmlns="{namespace}"><Error>{words}</Error><RequestId>{uuid4()}</RequestId></ErrorResponse>'


def _metadata() -> str:
    return f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>"


def _value(shape: Shape, form: Mapping[str, str], at: str, names: set[str]) -> Any:  # noqa: ANN401
    """The value of a shape below a name of the form; None without one. Takes what it reads from ``names``."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members.items()
        values = {name: _value(member, form, f"{at}.{name}" if at else name, names) for name, member in members}
        return {name: value for name, value in values.items() if value is not None} or None
    if kind == "list":
        if form.get(at) == "":
            names.discard(at)
            return []
        items: list[Any] = []
        while (item := _value(shape.member, form, f"{at}.member.{len(items) + 1}", names)) is not None:
            items.append(item)
        return items or None
    if at not in form:
        return None
    names.discard(at)
    return _scalar(kind, form[at], at)


def _scalar(kind: str, text: str, at: str) -> Any:  # noqa: ANN401
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise QueryError("MalformedInput", f"{at} must be true or false, got {text!r}")
        return text.lower() == "true"
    try:
        if kind in ("integer", "long"):
            return int(text)
        return datetime.fromisoformat(text) if kind == "timestamp" else text
    except ValueError:
        raise QueryError("MalformedInput", f"{at} is no {kind}: {text!r}") from None


def _hold_enumerations(shape: Shape, value: Any, at: str) -> None:  # noqa: ANN401
    """Raises :class:`QueryError`: botocore's own validation leaves enumerations to the service."""
    if shape.type_name == "structure":
        for name, item in value.items():
            _hold_enumerations(shape.members[name], item, f"{at}.{name}")
    elif shape.type_name == "list":
        for item in value:
            _hold_enumerations(shape.member, item, at)
    elif (allowed := getattr(shape, "enum", None)) and value not in allowed:
        message = f"Value '{value}' at '{at.lstrip('.')}' failed to satisfy constraint: Member must satisfy enum value "
        raise QueryError("ValidationError", f"1 validation error detected: {message}set: [{', '.join(allowed)}]")


def _xml(shape: Shape, value: Any) -> str:  # noqa: ANN401
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        present = [(name, item) for name, item in value.items() if item is not None]
        return "".join(f"<{name}>{_xml(members[name], item)}</{name}>" for name, item in present)
    if kind == "list":
        return "".join(f"<member>{_xml(shape.member, item)}</member>" for item in value)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"
    return escape(UNWRITABLE.sub("\ufffd", str(value)), {"\r": "&#13;"})

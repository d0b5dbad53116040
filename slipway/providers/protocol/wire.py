"""Property values between the wire and the handlers.

Handlers see plain values: secrets opened, files as :class:`Asset`, what is unknown as :data:`UNKNOWN`. Whatever they
leave as it was goes back exactly as it came, signatures included. The codec itself is `slipway.wire.values`.
"""

from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2

from slipway.providers.protocol.handler import Asset, Props
from slipway.wire import signatures, values
from slipway.wire.signatures import ARCHIVE, ASSET, OUTPUT, RESOURCE, SECRET, SIGNATURE

DEFAULTS = "__defaults"
"""The key under which the bridge lists what a Check has filled in; handlers do not see it."""


class Unknown:
    """A value that a preview cannot know; there is one, :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


def plain(value: struct_pb2.Value) -> Any:  # noqa: ANN401 - any JSON
    """A value as handlers see it: secrets opened, whole numbers ints, files as :class:`Asset`."""
    return _plain(values.from_value(value))


def plain_props(struct: struct_pb2.Struct) -> Props:
    """An object as handlers see it; a property that is null counts as not given."""
    return _plain_object(values.from_struct(struct))


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return _SPECIAL.get(value.get(SIGNATURE, ""), _plain_object)(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return UNKNOWN if isinstance(value, str) and value == signatures.UNKNOWN else value


def _plain_object(value: Props) -> Props:
    return {key: _plain(item) for key, item in value.items() if item is not None and key != DEFAULTS}


def filled_in(inputs: struct_pb2.Struct) -> frozenset[str] | None:
    """The inputs that a Check has filled in; None where the object comes from no Check."""
    if DEFAULTS not in inputs.fields:
        return None
    return frozenset(item.string_value for item in inputs.fields[DEFAULTS].list_value.values)


def _content(value: Props) -> Any:  # noqa: ANN401
    return _plain(value.get("value", signatures.UNKNOWN))


def _reference(value: Props) -> Any:  # noqa: ANN401
    return _plain(value["id"]) if "id" in value else value.get("urn", "")


def _asset(value: Props) -> Asset:
    return _file(value, is_archive=False)


def _archive(value: Props) -> Asset:
    return _file(value, is_archive=True)


def _file(value: Props, *, is_archive: bool) -> Asset:
    path, uri = value.get("path") or "", value.get("uri") or ""
    return Asset(
        sha256=value.get("hash") or "",
        path=Path(path) if path else None,
        text=value.get("text") if not path and not uri else None,
        is_archive=is_archive,
        uri=uri,
        parts=value.get("assets") or {},
    )


_SPECIAL = {SECRET: _content, OUTPUT: _content, ASSET: _asset, ARCHIVE: _archive, RESOURCE: _reference}


def is_unknown(value: Any) -> bool:  # noqa: ANN401
    """Whether a plain value is unknown or holds something that is."""
    return any(isinstance(part, Unknown) for part in values.parts(value))


def is_secret(value: struct_pb2.Value) -> bool:
    """Whether a value on the wire is secret or holds something that is."""
    return values.has_secrets(values.without_outputs(values.from_value(value)))


def secret_keys(*structs: struct_pb2.Struct) -> frozenset[str]:
    """The properties that are secret, as a whole or in part, in any of these objects."""
    return frozenset(key for struct in structs for key, value in struct.fields.items() if is_secret(value))


def to_struct(props: Props, *, secret: frozenset[str], origin: struct_pb2.Struct) -> struct_pb2.Struct:
    """An object for the wire.

    A property that equals the same one in ``origin`` is taken from there as it stands, so nested signatures and the
    sources of files survive; the others are secret as a whole where ``secret`` names them.
    """
    struct = struct_pb2.Struct()
    for key, value in props.items():
        if key in origin.fields and plain(origin.fields[key]) == value:
            struct.fields[key].CopyFrom(origin.fields[key])
            if key not in secret or is_secret(origin.fields[key]):
                continue
        struct.fields[key].CopyFrom(to_value(value, secret=key in secret))
    return struct


def to_value(value: Any, *, secret: bool = False) -> struct_pb2.Value:  # noqa: ANN401
    """One plain value for the wire, marked as a secret where it is one."""
    signed = values.rewrite(value, _signed)
    return values.to_value(values.secret(signed) if secret else signed)


def _signed(part: Any) -> Any:  # noqa: ANN401
    """A part of a plain value as the wire signs it."""
    if isinstance(part, Unknown):
        return signatures.UNKNOWN
    if not isinstance(part, Asset):
        return part
    file: Props = {SIGNATURE: ARCHIVE if part.is_archive else ASSET, "hash": part.sha256}
    content = {"path": str(part.path) if part.path else None, "text": part.text, "uri": part.uri, "assets": part.parts}
    return {**file, **{key: value for key, value in content.items() if value or (key == "text" and value == "")}}

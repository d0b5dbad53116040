"""Property values between the wire and the handlers.

The wire marks what is more than JSON by a signature key in an object (a secret, an asset, an archive, an output value)
and an unknown by a string of its own. Handlers see plain values; whatever they leave as it was goes back exactly as it
came, marks included.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2

from slipway.providers.protocol.handler import Asset, Props
from slipway.wire import signatures as marks
from slipway.wire.signatures import ARCHIVE, ASSET, OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWNS


class Unknown:
    """A value that a preview cannot know; there is one, :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class UnsupportedValueError(ValueError):
    """The wire holds a kind of value that is not served here; says which, and what to use instead."""


def plain(value: struct_pb2.Value) -> Any:  # noqa: ANN401 - any JSON
    """A value as handlers see it: secrets opened, whole numbers ints, files as :class:`Asset`."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        mark = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
        return SPECIAL[mark](fields) if mark in SPECIAL else plain_props(value.struct_value)
    if kind == "list_value":
        return [plain(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWNS else value.string_value
    return value.bool_value if kind == "bool_value" else None


def plain_props(struct: struct_pb2.Struct) -> Props:
    """An object as handlers see it; a property that is null counts as not given."""
    found = {key: plain(value) for key, value in struct.fields.items()}
    return {key: value for key, value in found.items() if value is not None}


def _opened(fields: Mapping[str, struct_pb2.Value]) -> Any:  # noqa: ANN401
    return plain(fields["value"])


def _output(fields: Mapping[str, struct_pb2.Value]) -> Any:  # noqa: ANN401
    return plain(fields["value"]) if "value" in fields else UNKNOWN


def _reference(fields: Mapping[str, struct_pb2.Value]) -> Any:  # noqa: ANN401
    return plain(fields["id"]) if "id" in fields else _text(fields, "urn")


def _asset(fields: Mapping[str, struct_pb2.Value]) -> Asset:
    return _file(fields, is_archive=False)


def _archive(fields: Mapping[str, struct_pb2.Value]) -> Asset:
    if "assets" in fields:
        raise UnsupportedValueError("an AssetArchive: give one file, as pulumi.FileArchive")
    return _file(fields, is_archive=True)


def _file(fields: Mapping[str, struct_pb2.Value], *, is_archive: bool) -> Asset:
    if _text(fields, "uri"):
        raise UnsupportedValueError(f"the remote file {_text(fields, 'uri')!r}: give a local one, as pulumi.FileAsset")
    path = _text(fields, "path")
    return Asset(
        sha256=_text(fields, "hash"),
        path=Path(path) if path else None,
        text=_text(fields, "text") if "text" in fields and not path else None,
        is_archive=is_archive,
    )


def _text(fields: Mapping[str, struct_pb2.Value], key: str) -> str:
    """A field's text; asking a message's map for a key that it lacks would put it in."""
    return fields[key].string_value if key in fields else ""


SPECIAL = {SECRET: _opened, ASSET: _asset, ARCHIVE: _archive, RESOURCE: _reference, OUTPUT: _output}


def is_unknown(value: Any) -> bool:  # noqa: ANN401
    """Whether a plain value is unknown or holds something that is."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return isinstance(value, Unknown)


def is_secret(value: struct_pb2.Value) -> bool:
    """Whether a value on the wire is secret or holds something that is."""
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return any(is_secret(item) for item in value.list_value.values)
    if kind != "struct_value":
        return False
    fields = value.struct_value.fields
    mark = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if mark == SECRET or (mark == OUTPUT and "secret" in fields and fields["secret"].bool_value):
        return True
    return any(is_secret(item) for item in fields.values())


def secret_keys(*structs: struct_pb2.Struct) -> frozenset[str]:
    """The properties that are secret, as a whole or in part, in any of these objects."""
    return frozenset(key for struct in structs for key, value in struct.fields.items() if is_secret(value))


def to_struct(props: Props, *, secret: frozenset[str], origin: struct_pb2.Struct) -> struct_pb2.Struct:
    """An object for the wire.

    A property that equals the same one in ``origin`` is taken from there as it stands, so nested marks and the sources
    of files survive; the others are secret as a whole where ``secret`` names them.
    """
    struct = struct_pb2.Struct()
    for key, value in props.items():
        if key in origin.fields and plain(origin.fields[key]) == value:
            struct.fields[key].CopyFrom(origin.fields[key])
            if key not in secret or is_secret(origin.fields[key]):
                continue
        struct.fields[key].CopyFrom(_sealed(to_value(value)) if key in secret else to_value(value))
    return struct


def to_value(value: Any) -> struct_pb2.Value:  # noqa: ANN401
    """One plain value for the wire."""
    found = struct_pb2.Value()
    if isinstance(value, bool):
        found.bool_value = value
    elif isinstance(value, int | float):
        found.number_value = value
    elif isinstance(value, str):
        found.string_value = value
    elif value is None:
        found.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, Unknown):
        found.string_value = marks.UNKNOWN
    elif isinstance(value, Asset):
        found.struct_value.CopyFrom(_file_struct(value))
    elif isinstance(value, dict):
        found.struct_value.CopyFrom(struct_pb2.Struct())
        for key, item in value.items():
            found.struct_value.fields[key].CopyFrom(to_value(item))
    else:
        found.list_value.CopyFrom(struct_pb2.ListValue(values=[to_value(item) for item in value]))
    return found


def _file_struct(asset: Asset) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update({SIGNATURE: ARCHIVE if asset.is_archive else ASSET, "hash": asset.sha256})
    if asset.path is not None:
        struct.update({"path": str(asset.path)})
    elif asset.text is not None:
        struct.update({"text": asset.text})
    return struct


def _sealed(value: struct_pb2.Value) -> struct_pb2.Value:
    found = struct_pb2.Value()
    found.struct_value.fields[SIGNATURE].string_value = SECRET
    found.struct_value.fields["value"].CopyFrom(value)
    return found

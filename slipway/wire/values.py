"""Property values as engine and providers hold them: plain JSON, with Pulumi's signature key on what is more than JSON.

A secret is ``{SIGNATURE: SECRET, "value": v}``, an unknown is the string ``UNKNOWN``; assets, archives and resource
references are dicts as on the wire. Numbers that are whole are ints, as they are written in a checkpoint.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slipway.wire.signatures import ARCHIVE, ASSET, OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWN, UNKNOWNS

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Struct, Value

Props = dict[str, Any]


def from_struct(struct: "Struct") -> Props:
    """Properties off the wire, sorted: a map of a message comes in another order in every process."""
    return {key: from_value(struct.fields[key]) for key in sorted(struct.fields)}


def from_value(value: "Value") -> Any:  # noqa: ANN401 - any JSON
    """One value off the wire."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWNS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        fields = from_struct(value.struct_value)
        return _reference(fields) if fields.get(SIGNATURE) == RESOURCE else fields
    if kind == "list_value":
        return [from_value(item) for item in value.list_value.values]
    return None


def _reference(fields: Props) -> Props:
    """A reference to a resource as a checkpoint has it: type and name are in the URN."""
    reference: Props = {SIGNATURE: RESOURCE, "urn": fields.get("urn", "")}
    if "id" in fields:
        reference["id"] = fields["id"]
    return {**reference, "packageVersion": fields.get("packageVersion", "")}


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What is sent of special values, to a peer that does or does not understand them, in one kind of call."""

    secrets: bool = True
    resources: bool = True
    """Whether references are sent whole, not as the id or the URN alone."""
    unknowns: bool = True
    """Whether unknowns are sent; else the property or list element that is unknown is left out."""
    asset_contents: bool = True
    """Whether assets and archives are sent whole, not as their hash alone."""


WHOLE = Dialect()


def to_struct(props: Mapping[str, Any], dialect: Dialect = WHOLE) -> "Struct":
    """Properties as they go over the wire."""
    from google.protobuf.struct_pb2 import Struct

    struct = Struct()
    _fill_fields(struct.fields, props, dialect)
    return struct


def to_value(value: Any) -> "Value":  # noqa: ANN401
    """One value as it goes over the wire."""
    from google.protobuf.struct_pb2 import Value

    message = Value()
    _fill(message, value, WHOLE)
    return message


def _fill_fields(fields: Any, props: Mapping[str, Any], dialect: Dialect) -> None:  # noqa: ANN401
    for key, value in props.items():
        if dialect.unknowns or not _is_unknown(value):
            _fill(fields[key], value, dialect)


def _is_unknown(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and value == UNKNOWN


def _fill(target: "Value", value: Any, dialect: Dialect) -> None:  # noqa: ANN401
    if isinstance(value, dict):
        while is_secret(value) and not dialect.secrets:
            value = value["value"]
        special = _SPECIAL.get(signature(value) or "")
        value = special(value, dialect) if special else value
    if isinstance(value, dict):
        target.struct_value.Clear()
        target.struct_value.SetInParent()
        _fill_fields(target.struct_value.fields, value, dialect)
    elif isinstance(value, list | tuple):
        target.list_value.Clear()
        target.list_value.SetInParent()
        for item in value:
            if dialect.unknowns or not _is_unknown(item):
                _fill(target.list_value.values.add(), item, dialect)
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif value is None:
        target.null_value = 0  # type: ignore[assignment]
    else:
        target.string_value = value


def _sent_file(value: Props, dialect: Dialect) -> Props:
    return value if dialect.asset_contents else {key: value[key] for key in (SIGNATURE, "hash") if key in value}


def _sent_reference(value: Props, dialect: Dialect) -> Any:  # noqa: ANN401
    identity = value.get("id")
    if not dialect.resources:
        return value["urn"] if identity is None else identity
    _, _, kind, name = value["urn"].split("::", 3)
    reference: Props = {SIGNATURE: RESOURCE, "urn": value["urn"], "name": name, "type": kind.rsplit("$", 1)[-1]}
    if identity is not None:
        reference["id"] = "" if identity == UNKNOWN else identity
    return reference | ({"packageVersion": version} if (version := value.get("packageVersion")) else {})


_SPECIAL: dict[str, Callable[[Props, Dialect], Any]] = {
    ASSET: _sent_file,
    ARCHIVE: _sent_file,
    RESOURCE: _sent_reference,
}


_FILES = frozenset({ASSET, ARCHIVE})
_HASH_ALONE = frozenset({SIGNATURE, "hash"})


def signature(value: Any) -> str | None:  # noqa: ANN401
    """What a special value is; None for plain JSON."""
    return value.get(SIGNATURE) if isinstance(value, dict) else None


def is_secret(value: Any) -> bool:  # noqa: ANN401
    """Whether the value itself is marked as secret."""
    return signature(value) == SECRET


def secret(value: Any) -> Any:  # noqa: ANN401
    """The value, marked as secret once; what is secret in it stays marked, as Pulumi keeps it."""
    return value if is_secret(value) else {SIGNATURE: SECRET, "value": value}


def rewrite(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """The value with ``change`` applied to every part of it, innermost first."""
    if isinstance(value, dict):
        value = {key: rewrite(item, change) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        value = [rewrite(item, change) for item in value]
    return change(value)


def bare(value: Any) -> Any:  # noqa: ANN401
    """The value without any mark of secrecy."""
    return rewrite(value, lambda part: part["value"] if is_secret(part) else part)


def masked(value: Any) -> Any:  # noqa: ANN401
    """The value as a person may see it: every secret is the text ``[secret]``."""
    if is_secret(value):
        return "[secret]"
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def parts(value: Any) -> Iterator[Any]:  # noqa: ANN401
    """The value and everything in it."""
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def with_contents(value: Any, *sources: Any) -> Any:  # noqa: ANN401
    """The value, in which every asset or archive that is a hash alone has the content that ``sources`` have of it.

    Providers are sent files as hashes and may answer with them; the program's SDK reads no asset without content.
    """
    contents = {
        (signature(part), part["hash"]): part
        for source in sources
        for part in parts(source)
        if signature(part) in _FILES and "hash" in part and not part.keys() <= _HASH_ALONE
    }

    def completed(part: Any) -> Any:  # noqa: ANN401
        if signature(part) not in _FILES or not part.keys() <= _HASH_ALONE:
            return part
        return contents.get((signature(part), part.get("hash")), part)

    return rewrite(value, completed)


def has_secrets(value: Any) -> bool:  # noqa: ANN401
    """Whether anything in the value is secret."""
    return any(is_secret(part) for part in parts(value))


def has_unknowns(value: Any) -> bool:  # noqa: ANN401
    """Whether anything in the value is not known yet."""
    return any(part == UNKNOWN for part in parts(value) if isinstance(part, str))


def dependencies_of(value: Any) -> list[str]:  # noqa: ANN401
    """The URNs that output values in ``value`` say they come from, each once."""
    result: dict[str, None] = {}
    for part in parts(value):
        if signature(part) == OUTPUT:
            result.update(dict.fromkeys(part.get("dependencies") or ()))
    return list(result)


def without_outputs(value: Any) -> Any:  # noqa: ANN401
    """Output values replaced by what they hold: a plain value, a secret or an unknown."""

    def downgrade(part: Any) -> Any:  # noqa: ANN401
        if signature(part) != OUTPUT:
            return part
        inner = part.get("value", UNKNOWN)
        return secret(inner) if part.get("secret") else inner

    return rewrite(value, downgrade)


def as_outputs(props: Props, needs: Mapping[str, list[str]]) -> Props:
    """Secrets and unknowns as output values, and the top of each property as one that names what it ``needs``.

    So a function of the program sees Outputs, and what it passes on still says where it comes from.
    """

    def upgrade(part: Any) -> Any:  # noqa: ANN401
        if is_secret(part):
            inner = part["value"]
            if signature(inner) == OUTPUT:
                return {**inner, "secret": True}
            return {SIGNATURE: OUTPUT, "value": inner, "secret": True}
        return {SIGNATURE: OUTPUT} if isinstance(part, str) and part in UNKNOWNS else part

    result: Props = {}
    for name, value in props.items():
        upgraded = rewrite(value, upgrade)
        if needs.get(name):
            wrapped = upgraded if signature(upgraded) == OUTPUT else {SIGNATURE: OUTPUT, "value": upgraded}
            upgraded = {
                **wrapped,
                "dependencies": list(dict.fromkeys([*wrapped.get("dependencies", []), *needs[name]])),
            }
        result[name] = upgraded
    return result


def same(one: Any, other: Any) -> bool:  # noqa: ANN401
    """Whether two values are equal; assets and archives are when their hashes are, references when their URNs are."""
    if isinstance(one, dict) and isinstance(other, dict):
        kind = signature(one)
        if kind != signature(other):
            return False
        if kind in (ASSET, ARCHIVE):
            return one.get("hash") == other.get("hash")
        if kind == RESOURCE:
            return one.get("urn") == other.get("urn")
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return (type(one) is type(other) and one == other) or (_number(one) and _number(other) and one == other)


def _number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and not isinstance(value, bool)

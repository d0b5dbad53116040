"""A type that is only written down: what its id and its outputs look like; and the handler that comes of it."""

import ipaddress
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from slipway.sandbox.handler import Asset, Calls, CloudError, Handler, Props
from slipway.sandbox.stores.records import Records

ADDRESSES = ipaddress.ip_network("203.0.113.0/24")
"""Set aside for documentation: an address of it leads nowhere. https://www.rfc-editor.org/rfc/rfc5737"""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resource type.

    Texts are templates of the inputs, of what ``place`` says of the cloud (``project``, ``account`` …), and of what is
    drawn at the creation: ``hex8``, ``hex17``, ``digits`` and ``address``.
    """

    type: str
    id: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Output -> a template, a value, or a list or mapping of such."""
    place: Callable[[Any, Props], Props]
    """``place(cloud, new)``: what the cloud adds to the inputs. Raises :class:`CloudError` where it would refuse."""
    folder: Callable[[Any], Path]
    """``folder(cloud)``: the sandbox's."""
    auto_name: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    replace_on: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    derived: frozenset[str] = frozenset()
    """Outputs that the package derives from the inputs, as those of tags and labels."""

    def handler(self) -> Handler:
        """What the provider host calls."""
        return Handler(
            calls=Calls(
                create=partial(create, self),
                read=partial(read, self),
                update=partial(update, self),
                delete=partial(delete, self),
            ),
            defaults=lambda new: {**self.defaults, **new},
            auto_name=self.auto_name,
            replace_on=self.replace_on | ({self.auto_name} - {""}),
            settled=self.settled,
            computed=frozenset(self.outputs) | self.derived,
            volatile=self.derived,
            secret=self.secret,
            note=f"{self.type} is only recorded in the sandbox: nothing of it runs or answers",
        )


def create(kind: Kind, cloud: Any, new: Props) -> tuple[str, Props]:  # noqa: ANN401 - either cloud
    """Write it down; what is there already is refused."""
    if missing := [key for key in kind.required if new.get(key) in (None, "")]:
        raise CloudError(f"Missing required argument: {', '.join(missing)} of {kind.type}")
    values = {**new, **kind.place(cloud, new), **_drawn()}
    id = kind.id.format_map(values)
    records = Records(kind.folder(cloud))
    if records.get(kind.type, id) is not None:
        raise CloudError(f"creating {kind.type} ({id}): it is there already")
    outputs = _filled(kind.outputs, {**values, "id": id})
    records.put(kind.type, id, {**plain(new), **outputs})
    return id, outputs


def read(kind: Kind, cloud: Any, id: str) -> Props | None:  # noqa: ANN401
    """As it was written down."""
    return Records(kind.folder(cloud)).get(kind.type, id)


def update(kind: Kind, cloud: Any, id: str, _old: Props, new: Props) -> Props:  # noqa: ANN401
    """Write it down anew; its outputs stay."""
    records = Records(kind.folder(cloud))
    there = records.get(kind.type, id) or {}
    outputs = {key: value for key, value in there.items() if key in kind.outputs}
    records.put(kind.type, id, {**plain(new), **outputs})
    return outputs


def delete(kind: Kind, cloud: Any, id: str, _old: Props) -> None:  # noqa: ANN401
    """Take the record away."""
    Records(kind.folder(cloud)).drop(kind.type, id)


def plain(value: Any) -> Any:  # noqa: ANN401
    """A value as JSON: of a file its hash."""
    if isinstance(value, Asset):
        return value.sha256
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def _filled(template: Any, values: Props) -> Any:  # noqa: ANN401
    if isinstance(template, str):
        return template.format_map(values)
    if isinstance(template, Mapping):
        return {key: _filled(part, values) for key, part in template.items()}
    return [_filled(part, values) for part in template] if isinstance(template, list) else template


def _drawn() -> Props:
    hosts = ADDRESSES.num_addresses - 2
    return {
        "hex8": secrets.token_hex(4),
        "hex17": secrets.token_hex(9)[:17],
        "digits": str(10**18 + secrets.randbelow(9 * 10**18)),
        "address": str(ADDRESSES[1 + secrets.randbelow(hosts)]),
    }

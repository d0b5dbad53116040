"""What a row of the table says of a resource type, and the handler that comes of it.

The catalog says how AWS is asked for the resource (its ``ask``); the row says what is called to make, change and delete
it, and where an answer has which property. What follows from that is not written a second time: an input that only
the creation takes replaces when it changes, and an input that no call takes is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jmespath

from slipway.catalog.model import AwsCall
from slipway.catalog.table import row_of
from slipway.providers.protocol.diff import differ
from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.emulated.templates import filled, names
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.handler import Calls, CloudError, Handler, Props, creation

NO_REGIONS = frozenset({"iam"})
"""Services whose types have no input ``region``."""
FILLED = re.compile(r"\{\w+\}")
"""What makes a text a template and no JMESPath: a JMESPath's braces have a colon in them."""
PLACEHOLDER = re.compile(r"\{([a-zA-Z]+)\}")
OF_ALL = frozenset({"region", "tags", "tagsAll", "id", "account", "arn"})
"""Values that every template may name: they are no inputs of the type's own."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the type's service."""

    operation: str
    """boto3's name of it."""
    arguments: Mapping[str, Any]
    """A template: see :mod:`slipway.sandbox.aws.emulated.templates`."""
    more: Callable[[Aws, Props], Props] | None = None
    """Arguments that are no plain template of the inputs."""
    inputs: frozenset[str] = frozenset()
    """The inputs that ``more`` reads."""

    @property
    def takes(self) -> frozenset[str]:
        """The inputs that the call writes."""
        return (names(self.arguments) - OF_ALL) | self.inputs


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How a service writes tags."""

    parameter: str = "Tags"
    """The creation's parameter."""
    write: Callable[[Mapping[str, str]], Any] = tags.listed
    """The tags as the creation takes them."""
    put_parameter: str = ""
    put_write: Callable[[Mapping[str, str]], Any] | None = None
    """The same of ``put``, where it is something else."""
    put: str = "tag_resource"
    remove: str = "untag_resource"
    subject: Mapping[str, Any] = field(default_factory=lambda: {"ResourceArn": "{arn}"})
    """The arguments of both that name the resource."""
    keys: str = "TagKeys"
    write_keys: Callable[[list[str]], Any] = list
    read: str = ""
    """Where the answer of the read has them, as pairs; "" where it has none."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource type."""

    type: str
    create: Call
    delete: Call
    key: str = ""
    """A template of the inputs that is the id, and by which what is made can be found."""
    id: str = ""
    """Without a key, the id: a JMESPath of the creation's answer, or a template of the inputs (with a brace in it)."""
    then: tuple[Call, ...] = ()
    """Called after the creation and at a change, each where one of its inputs is set, or has changed."""
    update: tuple[Call, ...] = ()
    """Called at a change alone."""
    repeats: str = ""
    """The operation that a change calls with the creation's arguments: the same ``put_…``, or an ``update_…``."""
    read: Mapping[str, str] = field(default_factory=dict)
    """Property -> a JMESPath of what there is, or a template (with a brace in it)."""
    service: str = ""
    """boto3's name of the service, of a type about which the catalog does not ask."""
    look: Call | None = None
    """How AWS is asked for one, by its id, the id's parts, and the known properties; by default as the catalog does."""
    at: str = ""
    """A JMESPath, with placeholders, of the resource in that answer; by default the catalog's key."""
    separator: str = ""
    """Between the parts of an id: ``{0}``, ``{1}`` …"""
    omits: str = ""
    """What an id leaves out where it is the first part, as the provider does with the name of the default bus."""
    belongings: Callable[[Aws, str], Props] | None = None
    """Outputs that other calls have, by the id."""
    belonging: frozenset[str] = frozenset()
    """Their names."""
    computed_within: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Input -> keys in it that AWS alone fills in."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Outputs that the creation's answer alone has, as a secret key."""
    gone: tuple[str, tuple[str, ...]] = ("", ())
    """A JMESPath and its values of which the resource counts as gone though it is still shown."""
    tagging: Tagging | None = None
    auto_name: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    identify: str = ""
    """Without a key, a template of the inputs where what is made can be found by it; "" where AWS draws the id."""
    overwrites: bool = False
    refusal: str = ""
    """A template of AWS's own refusal of a second one of the same name, where the emulator has none."""
    before_delete: Callable[[Aws, str, Props], None] | None = None
    check: Callable[[Props], dict[str, str]] | None = None
    unread: frozenset[str] = frozenset()
    """Inputs that are of the program alone, as ``forceDelete``: AWS is not told of them."""
    secret: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    """Inputs that AWS changes in place and the sandbox does not: a change is refused in the preview."""

    @property
    def client(self) -> str:
        """boto3's name of the type's service."""
        return self.service or self._ask.service

    @property
    def looking(self) -> Call:
        """The call that finds one."""
        return self.look or Call(operation=self._ask.operation, arguments=self._ask.arguments)

    @property
    def place(self) -> str:
        """Where the answer of that call has it."""
        return self.at or self._ask.key

    @property
    def _ask(self) -> AwsCall:
        ask = row_of(self.type).ask
        if not isinstance(ask, AwsCall):
            raise TypeError(f"{self.type}: neither its row nor the catalog says how AWS is asked for it")
        return ask

    @property
    def identity(self) -> frozenset[str]:
        """Inputs by which the resource is called, deleted or looked for: they cannot change while it lives."""
        templates = [self.delete.arguments, self.finds, self.ids if "{" in self.ids else "", self.auto_name_template]
        arguments = self.look.arguments if self.look else {}
        return frozenset().union(*map(names, templates), names(arguments)) & self.create.takes - self.unread

    @property
    def ids(self) -> str:
        """Where the new resource's id comes from."""
        return self.key or self.id

    @property
    def finds(self) -> str:
        """The template of the id by which what an interrupted creation made is looked for; "" without one."""
        return self.key or self.identify

    @property
    def changes(self) -> tuple[Call, ...]:
        """What is called at a change, each where one of its inputs has changed."""
        return (*self.then, *([replace(self.create, operation=self.repeats)] if self.repeats else []), *self.update)

    @property
    def auto_name_template(self) -> str:
        """The automatic name as a template."""
        return f"{{{self.auto_name}}}" if self.auto_name else ""

    @property
    def changeable(self) -> frozenset[str]:
        """Inputs that change in place."""
        inputs = frozenset().union(*(call.takes for call in self.changes), self.unread)
        return inputs - self.identity

    @property
    def inputs(self) -> frozenset[str]:
        """All inputs that are served."""
        own = self.create.takes | self.changeable | self.identity | self.defaults.keys() | ({self.auto_name} - {""})
        return own | ({"tags"} if self.tagging else set()) | self.regions

    @property
    def filled_in(self) -> frozenset[str]:
        """Inputs that AWS fills in where the program leaves them out."""
        return self.settled | (self.read.keys() & self.inputs - self.defaults.keys())

    @property
    def regions(self) -> frozenset[str]:
        """The input ``region`` of a type that lies in one."""
        return frozenset() if self.client in NO_REGIONS else frozenset({"region"})

    def handler(self) -> Handler:
        """What the provider host calls."""
        outputs = (self.read.keys() | self.answers.keys() | self.belonging) - self.inputs - {"region"}
        return Handler(
            check=partial(check, self),
            defaults=lambda new: {**self.defaults, **new},
            calls=Calls(
                create=partial(create, self),
                read=partial(read, self),
                update=partial(update, self),
                delete=partial(delete, self),
            ),
            refresh=partial(read, self),
            auto_name=self.auto_name,
            identify=(lambda aws, new: str(filled(self.finds, values(aws, "", new)))) if self.finds else None,
            overwrites=self.overwrites,
            settled=self.filled_in,
            refuse_change=partial(refuse_change, self),
            replace_on=(self.create.takes | self.regions) - self.changeable - self.fixed,
            computed_within=self.computed_within,
            computed=frozenset(outputs | ({"tagsAll"} if self.tagging else set())),
            volatile=frozenset({"tagsAll"} if self.tagging else set()),
            secret=self.secret,
        )


def values(aws: Aws, id: str, properties: Props) -> Props:
    """What a template may name."""
    return {**properties, "id": id, "account": aws.account, "region": aws.region}


def check(row: Row, new: Props) -> dict[str, str]:
    """What is wrong with the inputs; those that the sandbox does not act on are refused by name."""
    words = row_of(row.type).words
    unserved = {
        key: f"the sandbox does not serve {key!r} of a {words}: leave it out"
        for key, value in new.items()
        if key not in row.inputs and value not in (None, False, [], {}, "", 0)
    }
    return {**unserved, **(row.check(new) if row.check else {})}


def refuse_change(row: Row, _aws: Aws, old: Props, new: Props, _state: Props) -> str:
    """Why the inputs cannot become these here."""
    changed = sorted(key for key in row.fixed if differ(old.get(key), new.get(key)))
    if not changed:
        return ""
    words = row_of(row.type).words
    return (
        f"{', '.join(changed)} of a {words}: AWS changes it in place, the sandbox does not; "
        "to have it made anew: `slipway up --replace URN`"
    )


def create(row: Row, aws: Aws, new: Props) -> tuple[str, Props]:
    """Make it, and set what has a call of its own."""
    aws.in_region(new)
    _refuse_taken(row, aws, new)
    with refusals(f"creating {title(row)} ({new.get(row.auto_name) or row.type.rpartition(':')[2]})"):
        answer = _ask(row, aws, row.create, values(aws, "", new), _tags(row, new))
    drawn = {key: jmespath.search(where, answer) for key, where in row.answers.items()}
    place = {**values(aws, "", new), **drawn}
    id = str(filled(row.ids, place) if "{" in row.ids else jmespath.search(row.ids, answer))
    id = id.removeprefix(f"{row.omits}{row.separator}") if row.omits else id
    try:
        for call in row.then:
            if any(new.get(key) not in (None, [], {}) for key in call.takes):
                with refusals(f"creating {title(row)} ({id})"):
                    _ask(row, aws, call, values(aws, id, new))
        return id, {**drawn, **(read(row, aws, id, {**new, **drawn}) or {})}
    except CloudError as error:
        raise CloudError(str(error), id=id, properties=new) from error


def _refuse_taken(row: Row, aws: Aws, new: Props) -> None:
    """Raise :class:`CloudError` where another of the name is there, as AWS does.

    What an interrupted creation of the same resource made is taken over: by who made it where it can be found by its
    inputs (the servicer has asked already), and here on the engine's word where it cannot.
    """
    resumes = creation.get().resumes and not row.finds
    id = filled(row.finds or row.ids, values(aws, "", new)) if row.refusal and not resumes else None
    if id is not None and read(row, aws, str(id), new) is not None:
        raise CloudError(f"creating {title(row)} ({id}): {filled(row.refusal, values(aws, '', new))}")


def read(row: Row, aws: Aws, id: str, known: Props | None = None) -> Props | None:
    """It as AWS has it; ``known`` are properties that its id alone does not say."""
    parts = {str(number): part for number, part in enumerate(_parts(row, id) if row.separator else [])}
    named = _named(row, id)
    place = {**values(aws, id, {**named, **(known or {})}), **parts}
    with refusals(f"reading {title(row)} ({id})"):
        operation = getattr(aws.client(row.client), row.looking.operation)
        drawn = row.looking.more(aws, place) if row.looking.more else {}
        answer = unless_gone(operation, **(filled(row.looking.arguments, place) or {}), **drawn)
    there = jmespath.search(filled(row.place, place) or "@", answer) if answer else None
    there = there[0] if isinstance(there, list) and there else there
    path, ends = row.gone
    if not there or (path and jmespath.search(path, there) in ends):
        return None
    properties = named | {key: _found(where, there, place) for key, where in row.read.items()}
    properties = {key: value for key, value in properties.items() if value is not None}
    if row.tagging and row.tagging.read:
        pairs = jmespath.search(row.tagging.read, there) or []
        own = {pair.get("Key", pair.get("key")): pair.get("Value", pair.get("value")) for pair in pairs}
        properties |= tags.incoming({key: value for key, value in own.items() if not key.startswith("aws:")})
    more = row.belongings(aws, id) if row.belongings else {}
    return {**properties, **more, **dict.fromkeys(row.regions, aws.region)}


def update(row: Row, aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Make the calls whose inputs have changed."""
    state = {**new, **(read(row, aws, id, new) or {})}
    outputs = {key: value for key, value in state.items() if key not in row.inputs}
    place = {**outputs, **values(aws, id, new), "arn": state.get("arn")}
    with refusals(f"updating {title(row)} ({id})"):
        for call in row.changes:
            if any(_changed(row, key, old, new) for key in call.takes - row.identity):
                _ask(row, aws, call, place)
        if row.tagging:
            _retag(row, row.tagging, aws, place, old, new)
    return read(row, aws, id, new) or {}


def _changed(row: Row, key: str, old: Props, new: Props) -> bool:
    """Whether an input is another one: not where the program leaves out what AWS has filled in."""
    return differ(old.get(key), new.get(key)) and (key in new or key not in row.filled_in)


def delete(row: Row, aws: Aws, id: str, old: Props) -> None:
    """Delete it; what is gone already counts as deleted."""
    if read(row, aws, id, old) is None:
        return
    with refusals(f"deleting {title(row)} ({id})"):
        if row.before_delete:
            row.before_delete(aws, id, old)
        service = aws.client(row.client)
        place = values(aws, id, old)
        drawn = row.delete.more(aws, place) if row.delete.more else {}
        arguments = {**(filled(row.delete.arguments, place) or {}), **drawn}
        unless_gone(getattr(service, row.delete.operation), **arguments)


def title(row: Row) -> str:
    """What messages call it."""
    return f"{row.client.upper()} {row.type.rpartition(':')[2]}"


def _parts(row: Row, id: str) -> list[str]:
    parts = id.split(row.separator) if row.separator else [id]
    return [row.omits, *parts] if row.omits and len(parts) < len(PLACEHOLDER.findall(row.key)) else parts


def _named(row: Row, id: str) -> Props:
    """The inputs that an id is made of: an import knows nothing else."""
    inputs = PLACEHOLDER.findall(row.key)
    whole = (row.separator or "\0").join(f"{{{key}}}" for key in inputs)
    parts = _parts(row, id)
    return dict(zip(inputs, parts, strict=True)) if whole == row.key and len(parts) == len(inputs) else {}


def _ask(row: Row, aws: Aws, call: Call, place: Props, more: Props | None = None) -> Any:  # noqa: ANN401
    arguments = {**(filled(call.arguments, place) or {}), **(call.more(aws, place) if call.more else {})}
    return getattr(aws.client(row.client), call.operation)(**arguments, **(more or {}))


def _tags(row: Row, new: Props) -> Props:
    carried = tags.outgoing(new)
    return {row.tagging.parameter: row.tagging.write(carried)} if row.tagging and carried else {}


def _retag(row: Row, tagging: Tagging, aws: Aws, place: Props, old: Props, new: Props) -> None:
    client, subject = aws.client(row.client), filled(tagging.subject, place)
    parameter, write = tagging.put_parameter or tagging.parameter, tagging.put_write or tagging.write
    tags.replace(
        old.get("tags") or {},
        new,
        lambda added: getattr(client, tagging.put)(**subject, **{parameter: write(added)}),
        lambda dropped: getattr(client, tagging.remove)(**subject, **{tagging.keys: tagging.write_keys(dropped)}),
    )


def _found(where: str, there: Any, place: Props) -> Any:  # noqa: ANN401
    if FILLED.search(where):
        return filled(where, place)
    return jmespath.search(where, there)

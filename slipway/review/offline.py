"""The clouds, where there are none: answers what a provider answers in a preview, without a network call.

Types that the sandbox has a handler of are checked, completed and compared by it, as the sandbox does; the inputs of
any other are taken as they are.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NoReturn

from slipway.catalog.regions import DEFAULT
from slipway.engine.providers.protocol import Checked, Diff, ProviderError, Read, Subject
from slipway.engine.values import urn as urns
from slipway.providers.protocol import changes, wire
from slipway.providers.protocol.facts import UNMEASURED, Facts
from slipway.review import placeholders
from slipway.sandbox.handler import CloudError, Handler, Package
from slipway.sandbox.host.server import PACKAGES, load
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props, from_struct, rewrite, to_struct
from slipway.wire.variables import HOME

NEEDS_CLOUD = (
    "is only known to the cloud, and a review asks none: take the `_output` form of the function, whose result may be "
    "unknown"
)


@cache
def package_of(name: str) -> Package:
    """The sandbox's package of this name; one without handlers for a package that it does not serve."""
    return load(name) if name in PACKAGES else Package(name, "", {}, lambda _config, **_: None)


def handlers_of(package: str) -> Mapping[str, Handler]:
    """The sandbox's handlers of a package by type; none for a package it does not serve."""
    return package_of(package).handlers


def facts_of(package: Package, urn: str) -> Facts:
    """What the real plugin says of a resource's type."""
    return package.facts.get(urns.type_of(urn), UNMEASURED)


class OfflineProvider:
    """One package. With ``readable`` texts have placeholders for what is not known yet, else they are unknown.

    ``partition`` is AWS's, of the region that the provider is for.
    """

    def __init__(self, package: str, *, readable: bool, partition: str = DEFAULT) -> None:
        self._package, self._readable, self._partition = package_of(package), readable, partition
        self._handlers = self._package.handlers

    def check(self, subject: Subject, *, keep_old: bool) -> Checked:
        """The inputs with the handler's defaults, or what the handler finds wrong with those that are known."""
        checked = self._check(subject, keep_old=keep_old)
        return replace(checked, inputs=placeless(checked.inputs))

    def _check(self, subject: Subject, *, keep_old: bool) -> Checked:
        handler = self._handlers.get(urns.type_of(subject.urn))
        if handler is None:
            return Checked(subject.inputs)
        struct = to_struct(placeholders.hidden(subject.inputs))
        inputs = wire.plain_props(struct)
        named = dict(subject.inputs)
        if handler.auto_name and handler.auto_name not in inputs:
            old = subject.old_inputs.get(handler.auto_name) if keep_old else None
            named[handler.auto_name] = old or f"{urns.name_of(subject.urn)}-<<7 characters>>"
        try:
            completed = handler.defaults(inputs)
            wrong = handler.check({key: value for key, value in completed.items() if not wire.is_unknown(value)})
        except CloudError as refusal:
            raise ProviderError(str(refusal)) from refusal
        answer = from_struct(wire.to_struct(completed, secret=wire.secret_keys(struct), origin=struct))
        before = from_struct(struct)
        defaults = {key: value for key, value in answer.items() if key not in before or before[key] != value}
        filled_in = sorted(({**named, **defaults}).keys() - subject.inputs.keys())
        return Checked({**named, **defaults, wire.DEFAULTS: filled_in}, tuple(wrong.items()))

    def diff(self, subject: Subject) -> Diff:
        """What changed and what of it replaces; a type without a handler is compared by the engine itself."""
        handler = self._handlers.get(urns.type_of(subject.urn))
        if handler is None:
            return Diff(None)
        old, new = _settled(subject.old_inputs, subject.inputs)
        after = to_struct(new)
        inputs = changes.Inputs(
            old=wire.plain_props(to_struct(old)),
            new=wire.plain_props(after),
            state=wire.plain_props(to_struct(subject.old_outputs)),
            derived={},
            filled_in=wire.filled_in(after),
            ignore=tuple(subject.ignore),
        )
        try:
            outcome = changes.decide(self._package, handler, facts_of(self._package, subject.urn), inputs)
        except CloudError as refusal:
            raise ProviderError(str(refusal)) from refusal
        result = outcome.changes
        return Diff(
            some=bool(result),
            replace=tuple(sorted({str(change.path[0]) for change in result if change.replaces})),
            changed=tuple(sorted({str(change.path[0]) for change in result})),
            detailed={change.text: (change.kind + "-replace" * change.replaces, True) for change in result},
            delete_first=outcome.delete_first,
        )

    def create(self, subject: Subject) -> tuple[str, Props]:
        """What is known of a resource before it is made; a replacement's identifiers are new ones."""
        handler = self._handlers.get(urns.type_of(subject.urn))
        renewed = bool(subject.id)
        computed = handler.computed if handler else placeholders.ALWAYS
        outputs = {key: self._unknown(key, subject.urn, renewed=renewed) for key in sorted(computed)}
        identity = placeholders.placeholder("id", subject.urn, renewed=renewed) if self._readable else ""
        return identity, {**_without_unknown(outputs, keep=handler is not None), **subject.inputs}

    def update(self, subject: Subject) -> Props:
        """The outputs after an update: what an update never touches stays, the rest is not known yet."""
        handler = self._handlers.get(urns.type_of(subject.urn))
        if handler is None:
            return {**subject.old_outputs, **subject.inputs}
        olds = subject.old_outputs
        stays = {key: olds[key] for key in handler.computed if key in olds and key not in handler.volatile}
        moves = {key: self._unknown(key, subject.urn, renewed=True) for key in handler.volatile}
        return {**stays, **moves, **subject.inputs}

    def read(self, subject: Subject) -> Read:
        """A resource that exists already: what the program says of it, and nothing more is known."""
        handler = self._handlers.get(urns.type_of(subject.urn))
        outputs = {key: self._unknown(key, subject.urn) for key in sorted(handler.computed)} if handler else {}
        return Read(subject.id, subject.inputs, {**outputs, **subject.inputs})

    def delete(self, subject: Subject) -> None:
        """Nothing is deleted in a preview."""

    def cancel(self) -> None:
        """Nothing runs."""

    def invoke(self, token: str, args: Props, *, preview: bool) -> NoReturn:
        """Functions are answered by :class:`slipway.review.monitor.OfflineMonitor`."""
        del args, preview
        raise ProviderError(f"{token} {NEEDS_CLOUD}")

    def _unknown(self, output: str, urn: str, *, renewed: bool = False) -> str:
        if self._readable and output in placeholders.TEXTS:
            return placeholders.placeholder(output, urn, renewed=renewed, partition=self._partition)
        return UNKNOWN


def placeless(inputs: Props) -> Props:
    """The inputs with paths into the state folder as every revision has them.

    One revision stands in the project's folder and the other in a copy elsewhere, so that the same folder has a
    relative path for one and an absolute one for the other.
    """
    folder = os.environ.get(HOME, "")
    prefixes = [f"{folder}/", f"{os.path.relpath(folder)}/"] if folder else []

    def shared(part: Any) -> Any:  # noqa: ANN401 - any JSON
        for prefix in prefixes if isinstance(part, str) else ():
            if part.startswith(prefix):
                return f".slipway/{part.removeprefix(prefix)}"
        return part

    return rewrite(inputs, shared)


def known_answer(package: Package | None, token: str, args: Props, config: Mapping[str, Any]) -> Props | None:
    """The result of a function that no cloud is needed for; None where one is."""
    if package is None or token not in package.invokes or token not in _CLOUDLESS:
        return None
    if placeholders.contains(args):
        return None
    if token == _GET_REGION and not (args.get("region") or config.get("region")):
        return None
    return package.invokes[token](_Region(str(config.get("region", ""))), args)


class _Region:
    """All that the functions below ask of an account."""

    def __init__(self, region: str) -> None:
        self.region = region


_GET_REGION = "aws:index/getRegion:getRegion"
_CLOUDLESS = frozenset(
    {_GET_REGION, "aws:index/getPartition:getPartition", "aws:iam/getPolicyDocument:getPolicyDocument"}
)


def _without_unknown(outputs: Props, *, keep: bool) -> Props:
    """Of a type without a handler, leave out what is unknown: the SDK takes what is missing for that."""
    return outputs if keep else {key: value for key, value in outputs.items() if value != UNKNOWN}


def _settled(old: Any, new: Any) -> tuple[Any, Any]:  # noqa: ANN401 - any JSON
    """Both values with what is unknown in both made equal: it comes from a resource that does not change."""
    if old == UNKNOWN and new == UNKNOWN:
        return "", ""
    if isinstance(old, dict) and isinstance(new, dict):
        pairs = {key: _settled(old[key], new[key]) for key in old.keys() & new.keys()}
        return (
            {key: pairs[key][0] if key in pairs else value for key, value in old.items()},
            {key: pairs[key][1] if key in pairs else value for key, value in new.items()},
        )
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        settled = [_settled(*pair) for pair in zip(old, new, strict=True)]
        return [pair[0] for pair in settled], [pair[1] for pair in settled]
    return old, new

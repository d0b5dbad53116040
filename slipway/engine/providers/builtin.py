"""The provider ``pulumi`` that every engine carries: stack references, stashes, and resources looked up by URN."""

import uuid
from collections.abc import Callable
from typing import NoReturn

from slipway.engine.checkpoint.state import Resource
from slipway.engine.errors import EngineError
from slipway.engine.providers.protocol import Checked, Diff, ProviderError, Read, Subject
from slipway.engine.values import urn as urns
from slipway.wire.signatures import UNKNOWN
from slipway.wire.values import Props, bare, has_secrets, same

STACK_REFERENCE, STASH = "pulumi:pulumi:StackReference", "pulumi:index:Stash"
_INPUTS = {STACK_REFERENCE: "name", STASH: "input"}


class BuiltinProvider:
    """See the module. ``outputs`` reads another stack's outputs; ``find`` a resource of the running operation."""

    def __init__(self, outputs: Callable[[str], Props], find: Callable[[str], Resource | None]) -> None:
        self._outputs, self._find = outputs, find

    def check(self, subject: Subject, *, keep_old: bool) -> Checked:
        """Each type takes one property."""
        del keep_old
        name = self._input(subject)
        if unknown := sorted(subject.inputs.keys() - {name}):
            return Checked(subject.inputs, ((unknown[0], f'unknown property "{unknown[0]}"'),))
        if name not in subject.inputs:
            return Checked(subject.inputs, ((name, f'missing required property "{name}"'),))
        return Checked(subject.inputs)

    def diff(self, subject: Subject) -> Diff:
        """Another stack is another reference."""
        key = self._input(subject)
        if same(subject.old_inputs.get(key), subject.inputs.get(key)):
            return Diff(False)
        return Diff(True, replace=(key,)) if key == "name" else Diff(True, changed=(key,))

    def create(self, subject: Subject) -> tuple[str, Props]:
        """Read the other stack, or keep the value."""
        identity = "" if subject.preview else str(uuid.uuid4())
        if self._input(subject) == "name":
            return identity, self._reference(subject.inputs)
        return identity, {"input": subject.inputs["input"], "output": subject.inputs["input"]}

    def read(self, subject: Subject) -> Read:
        """Read the other stack anew; a stash is what it was."""
        if self._input(subject) == "name":
            return Read(subject.id, subject.old_inputs, self._reference(subject.old_inputs or subject.inputs))
        return Read(subject.id, subject.old_inputs, subject.old_outputs)

    def update(self, subject: Subject) -> Props:
        """A stash keeps the output it was made with."""
        return {"input": subject.inputs["input"], "output": subject.old_outputs.get("output")}

    def delete(self, subject: Subject) -> None:
        """Nothing exists outside the state."""

    def invoke(self, token: str, args: Props, *, preview: bool) -> tuple[Props, tuple[tuple[str, str], ...]]:
        """The three functions of the package."""
        del preview
        functions = {
            "pulumi:pulumi:readStackOutputs": lambda: self._reference(args),
            "pulumi:pulumi:getResource": lambda: self._resource(args),
        }
        if token not in functions:
            self._refuse(f"unrecognized function name: '{token}'")
        return functions[token](), ()

    def cancel(self) -> None:
        """Nothing runs."""

    def _input(self, subject: Subject) -> str:
        type_ = urns.type_of(subject.urn)
        if type_ not in _INPUTS:
            self._refuse(f"unrecognized resource type '{type_}'")
        return _INPUTS[type_]

    def _reference(self, args: Props) -> Props:
        name = bare(args.get("name"))
        if name == UNKNOWN:
            return {"name": UNKNOWN, "outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        if not isinstance(name, str):
            self._refuse('property "name" must be a string')
        try:
            outputs = self._outputs(name)
        except EngineError as error:
            raise ProviderError(str(error)) from error
        sealed = sorted(key for key, value in outputs.items() if has_secrets(value))
        return {"name": name, "outputs": outputs, "secretOutputNames": sealed}

    def _resource(self, args: Props) -> Props:
        resource = self._find(args["urn"])
        if resource is None:
            self._refuse(f"unknown resource {args['urn']}")
        return {"urn": resource.urn, "id": resource.id, "state": resource.outputs}

    @staticmethod
    def _refuse(message: str) -> NoReturn:
        raise ProviderError(message)

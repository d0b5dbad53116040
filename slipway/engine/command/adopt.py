"""``import``: adopt resources that exist, and write the declarations that describe them.

Takes one resource as ``TYPE NAME ID``, or several as ``--file``: ``{"resources": [{"type", "name", "id"}], …}``.
"""

import argparse
import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.state import Resource
from slipway.engine.command.run import perform_on
from slipway.engine.command.stack import confirm
from slipway.engine.errors import EngineError, UsageError
from slipway.engine.operation.evaluation import Evaluation
from slipway.engine.operation.operation import Operation
from slipway.engine.plan.ops import StepOp
from slipway.engine.plan.steps import Goal, ProviderRequest, Step
from slipway.engine.project.workspace import Workspace
from slipway.engine.values import urn as urns
from slipway.wire.values import Props, bare, signature

INTERNAL = "__"
"""How the names begin of what a provider keeps for itself."""


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """One resource to be imported."""

    type: str
    name: str
    id: str
    parent: str = ""
    provider: str = ""
    properties: tuple[str, ...] = ()
    version: str = ""
    component: bool = False

    def __post_init__(self) -> None:
        if self.type.count(":") != 2:
            raise UsageError(f"{self.type!r} is not a resource type: PACKAGE:MODULE:TYPE is expected, as aws:s3:Bucket")
        if not self.name or (not self.id and not self.component):
            raise UsageError(f"the resource {self.type} {self.name} to import has no name or no id")


def import_(args: argparse.Namespace) -> int:
    """Import resources, and print or write their declarations."""
    workspace = Workspace.here(Path.cwd())
    stack = workspace.stack(getattr(args, "stack", None))
    chosen = _chosen(args, urns.root(stack, workspace.project.name))
    if not args.preview_only:
        confirm(args, f"Do you want to import {len(chosen)} resource(s) into {stack}?")
    imported: list[tuple[Adopted, Resource]] = []
    status = perform_on(
        args,
        workspace,
        stack,
        lambda operation: imported.extend(_import(operation, chosen, protect=args.protect)),
        preview=args.preview_only,
    )
    if args.generate_code and imported:
        code = _code([resource for adopted, resource in imported if not adopted.component])
        if args.out:
            Path(args.out).write_text(code)
        elif not args.json:
            print(
                f"\nPlease copy the following code into your Pulumi application. Not doing so will delete these\n"
                f"resources (or report an error, as they are protected) with the next `up`:\n\n{code}"
            )
    return status


def _chosen(args: argparse.Namespace, root: str) -> list[Adopted]:
    parent = _reference(args.parent, "--parent")[1] if args.parent else root
    provider = _reference(args.provider, "--provider")[1] if args.provider else ""
    properties = tuple(filter(None, (args.properties or "").split(",")))
    if args.file:
        return _listed(Path(args.file), root)
    if len(args.words) != 3:
        raise UsageError("name the resource as TYPE NAME ID, or a list of them by --file")
    type_, name, identity = args.words
    return [Adopted(type=type_, name=name, id=identity, parent=parent, provider=provider, properties=properties)]


def _listed(path: Path, root: str) -> list[Adopted]:
    """The resources of an import file; a parent is a name in its ``nameTable``, or of another one in the list."""
    try:
        document = json.loads(path.read_text())
        names = {"": root, **document.get("nameTable", {})}
        rows = []
        for row in document["resources"]:
            parent = names[row.get("parent", "")]
            stack, project = root.split("::")[0].removeprefix("urn:pulumi:"), root.split("::")[1]
            names[row.get("logicalName") or row["name"]] = urns.make(stack, project, parent, row["type"], row["name"])
            rows.append(
                Adopted(
                    type=row["type"],
                    name=row["name"],
                    id=row.get("id", ""),
                    parent=parent,
                    provider=names[row["provider"]] if row.get("provider") else "",
                    properties=tuple(row.get("properties", ())),
                    version=row.get("version", ""),
                    component=bool(row.get("component")),
                )
            )
        return rows
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not an import file: {error}") from error


def _reference(text: str, flag: str) -> tuple[str, str]:
    name, equals, urn = text.partition("=")
    if not equals or not urns.is_valid(urn):
        raise UsageError(f"{flag} {text}: NAME=URN is expected")
    return name, urn


def _import(operation: Operation, chosen: list[Adopted], *, protect: bool) -> list[tuple[Adopted, Resource]]:
    """Read each resource, and keep it beside what the stack has already. Raises :class:`EngineError`."""
    evaluation = operation.machine.evaluation()
    imported = []
    try:
        _keep_the_rest(operation, evaluation)
        for adopted in chosen:
            goal = _goal(operation, adopted, protect=protect)
            answer = evaluation.register(goal)
            if answer.exception() is not None:  # its reason has been reported
                break
            imported.append((adopted, answer.result().resource))
    finally:
        evaluation.close()
    return imported


def _keep_the_rest(operation: Operation, evaluation: Evaluation) -> None:
    """What the stack has already stays as it is, and stands before what is imported; an empty one gets its root."""
    progress, context = operation.machine.progress, operation.context
    stay = [resource for resource in progress.old if not resource.delete]
    progress.seen |= {resource.urn for resource in stay}
    operation.machine.executor.submit([Step(StepOp.SAME, resource, resource) for resource in stay]).exception()
    root = urns.root(context.stack, context.project.name)
    if root not in progress.olds:
        goal = Goal(type=urns.ROOT_TYPE, name=urns.name_of(root), custom=False, inputs={})
        evaluation.register(goal).exception()


def _goal(operation: Operation, adopted: Adopted, *, protect: bool) -> Goal:
    context, progress = operation.context, operation.machine.progress
    urn = urns.make(context.stack, context.project.name, adopted.parent, adopted.type, adopted.name)
    if urn in progress.olds:
        raise EngineError(f"resource '{urn}' already exists")
    package = ProviderRequest(urns.package_of(adopted.type), adopted.version)
    default = urns.make(
        context.stack, context.project.name, "", f"{urns.PROVIDER_PREFIX}{package.package}", package.name
    )
    owner = progress.olds.get(adopted.provider or default)
    if adopted.provider and owner is None:
        raise EngineError(f"the provider {adopted.provider} is not in the stack")
    reference = f"{owner.urn}::{owner.id}" if owner else ""
    operation.machine.registry.ensure(reference)
    return Goal(
        type=adopted.type,
        name=adopted.name,
        custom=not adopted.component,
        inputs={},
        parent=adopted.parent,
        id="" if adopted.component else adopted.id,
        protect=protect and not adopted.component,
        provider="" if adopted.component else reference,
        default_provider=None if reference or adopted.component else package,
        adopted=True,
    )


def _code(resources: list[Resource]) -> str:
    """Declarations in Python of what was imported."""
    modules = sorted({_module(resource.type) for resource in resources})
    lines = ["import pulumi", *(f"import {module.split('.')[0]} as {_alias(module)}" for module in _packages(modules))]
    for resource in resources:
        name = urns.name_of(resource.urn)
        lines += ["", f"{_variable(name)} = {_constructor(resource.type)}({name!r},"]
        inputs = sorted(_shown(resource.inputs).items())
        lines += [f"    {_snake(key)}={_literal(value, 1)}," for key, value in inputs]
        options = ["protect=True"] if resource.protect else []
        lines.append(f"    opts=pulumi.ResourceOptions({', '.join(options)}))")
    return "\n".join(lines) + "\n"


def _packages(modules: list[str]) -> list[str]:
    return sorted({module.split(".")[0] for module in modules})


def _alias(module: str) -> str:
    return module.split(".")[0].removeprefix("pulumi_")


def _module(type_: str) -> str:
    package, _, rest = type_.partition(":")
    name = rest.partition(":")[0].partition("/")[0]
    return f"pulumi_{package.replace('-', '_')}" + ("" if name in ("", "index") else f".{name.lower()}")


def _constructor(type_: str) -> str:
    module = _module(type_).removeprefix("pulumi_").split(".")
    parts = [f"{part}_" if keyword.iskeyword(part) else part for part in module]
    return ".".join([*parts, type_.rpartition(":")[2]])


def _variable(name: str) -> str:
    text = re.sub(r"\W", "_", name)
    return f"_{text}" if not text.isidentifier() or keyword.iskeyword(text) else text


def _snake(name: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    return f"{text}_" if keyword.iskeyword(text) else text


def _shown(value: Props) -> Props:
    """A map without what providers keep for themselves among the inputs, as ``__defaults``."""
    return {key: item for key, item in value.items() if not key.startswith(INTERNAL)}


def _literal(value: Any, depth: int) -> str:  # noqa: ANN401 - any JSON
    if signature(value) is not None:
        plain: Props | Any = bare(value)
        return f"pulumi.Output.secret({plain!r})" if plain != value else repr(value)
    pad, end = "    " * (depth + 1), "    " * depth
    if isinstance(value, dict) and (value := _shown(value)):
        inner = "".join(f"{pad}{key!r}: {_literal(item, depth + 1)},\n" for key, item in value.items())
        return f"{{\n{inner}{end}}}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{pad}{_literal(item, depth + 1)},\n" for item in value) + f"{end}]"
    return repr(value)

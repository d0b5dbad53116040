"""Stack clones, throw-away copies of a stack: ``slipway stack new demo-NAME --from dev --expires 3d``.

    the source's file -> derive unique names, leave out what two stacks cannot share -> the clone's file

Only the file is written; its comments stay.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from slipway.errors import UserError
from slipway.stack.expiry import span, today
from slipway.stack.project import Project
from slipway.stack.settings_file import is_sandbox

PREFIX = "demo-"
LONGEST_NAME = 100
"""Characters of a stack's name: https://www.pulumi.com/docs/iac/concepts/stacks/"""
LONGEST_FUNCTION = 64
"""Characters of a Lambda function's name, in which the stack's is."""

DERIVED = {
    ("slipway:gcp", "project", "prefix"): 23,
    ("slipway:gcp", "source_bucket"): 63,
    ("slipway:aws", "source_bucket"): 63,
    ("slipway:registries", "aws", "name"): 63,
}
"""Names that two stacks cannot both have, and how long each may be."""

MAX_INSTANCES = 2
"""The ceiling of an ephemeral stack; a kept one's may be higher."""


@dataclass(frozen=True)
class StackClone:
    """The clone's settings file, and how it differs from the source's."""

    text: str
    """The new stack's file."""
    left_out: tuple[str, ...]
    """Keys of the source that the clone does not have, each with the reason."""
    renamed: tuple[tuple[str, str, str], ...]
    """Key, the name in the source, the name in the clone."""


def new(name: str, source: str, expires: str, owner: str | None) -> int:
    """Write the clone's file and print the next commands. Raises :class:`UserError`."""
    project = Project.find()
    path, clone, until = _written(project, name, source, expires, owner)
    print(f"made {path.relative_to(project.root)}: a copy of {source} until {until}, prolonged by {expires} at each up")
    for key, before, after in clone.renamed:
        print(f"  {key}: {after} (there {before})")
    for line in clone.left_out:
        print(f"  left out: {line}")
    print("next:")
    if not is_sandbox(project, name):
        print(f"  pulumi stack init {name}")
    print(f"  slipway up --stack {name}")
    return 0


def make_clone(project: Project, name: str, source: str, expires: str, owner: str, budget: int | None = None) -> Path:
    """Write the clone's file; the file. ``budget`` is its amount a month, the source's where it is None.

    Raises :class:`UserError`.
    """
    return _written(project, name, source, expires, owner, budget)[0]


def _written(
    project: Project, name: str, source: str, expires: str, owner: str | None, budget: int | None = None
) -> tuple[Path, StackClone, date]:
    """The clone's file, its content, and its last day."""
    origin = project.stack_file(source).read_text(encoding="utf-8")
    check_name(name, project)
    if owner is not None and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", owner):
        raise UserError(f"an owner is a label, 1 to 63 characters of a-z, 0-9, '_' and '-', got {owner!r}")
    until = today() + span(expires)
    clone = clone_settings(
        origin,
        project=project.name,
        source=source,
        name=name,
        until=until,
        after=expires,
        owner=owner,
        budget=budget,
    )
    path = project.root / "stacks" / f"Pulumi.{name}.yaml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(clone.text)
    except FileExistsError:
        raise UserError(f"{path} is there already") from None
    return path, clone, until


def check_name(name: str, project: Project) -> None:
    """Raises :class:`UserError` for a name that a clone cannot have, and for one that is in use."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise UserError(f"a stack's name must have letters, digits, '_', '.' and '-' only, got {name!r}")
    if len(name) > LONGEST_NAME:
        raise UserError(f"a stack's name has {LONGEST_NAME} characters at most, got {len(name)}: {name!r}")
    if not name.startswith(PREFIX) or name == PREFIX:
        raise UserError(
            f"a throw-away copy is called {PREFIX}NAME, got {name!r}: say {PREFIX}{name.strip('-') or 'NAME'}"
        )
    names = {stack.casefold(): stack for stack in project.stacks}
    if name.casefold() in names:
        raise UserError(f"there is a stack {names[name.casefold()]!r} already: choose another name, or `slipway up` it")


def clone_settings(
    origin: str,
    *,
    project: str,
    source: str,
    name: str,
    until: date,
    after: str,
    owner: str | None,
    budget: int | None = None,
) -> StackClone:
    """The settings file of the clone ``name``, made of ``source``'s. Raises :class:`UserError` if it cannot be made."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(re.sub(r"\A(?:#.*\n)+", "", origin)) or CommentedMap()
    config = document.get("config") or CommentedMap()
    if existing := _at(config, ("slipway:gcp", "project", "id")):
        raise UserError(
            f"{source!r} uses the existing project {existing!r}, and its copy would deploy into it: "
            "copy a stack that makes its own (slipway:gcp.project.prefix)"
        )
    _refuse_long(config, project, name)
    _set_lifecycle(config, until, after, owner)
    if budget is not None:
        _set_budget(config, source, budget)
    renamed = tuple(_rename(config, source, name))
    left_out = (*_drop_sealed(document, config), *_reduce(config))
    out = io.StringIO()
    yaml.dump(document, out)
    head = f"# A throw-away copy of {source}: `slipway up` prolongs it, `slipway destroy --stack {name}` ends it.\n"
    return StackClone(f"{head}{out.getvalue().rstrip()}\n", left_out, renamed)


def derived_name(old: str, source: str, name: str, longest: int) -> str:
    """``old`` with the clone's name in place of the source's, else after it; cut, with a digest, if it is too long."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    words = old.split("-")
    joined = "-".join(slug if word == source else word for word in words) if source in words else f"{old}-{slug}"
    if len(joined) <= longest:
        return joined
    digest = hashlib.sha256(f"{old}/{name}".encode()).hexdigest()[:6]
    return f"{slug[: longest - len(digest) - 1].rstrip('-')}-{digest}"


def _set_lifecycle(config: CommentedMap, until: date, after: str, owner: str | None) -> None:
    """Kind, owner, last day and span; new keys stand below the owner."""
    config["slipway:kind"] = "ephemeral"
    if owner:
        config["slipway:owner"] = owner
    for key, value in (
        ("slipway:expires_after", after),
        ("slipway:expires", DoubleQuotedScalarString(until.isoformat())),
    ):
        if key in config:
            config[key] = value
        else:
            place = list(config).index("slipway:kind") + 1
            config.insert(place, key, value)


def _set_budget(config: CommentedMap, source: str, amount: int) -> None:
    """The amount a month; currency and address stay the source's. Raises :class:`UserError` where it has no budget."""
    budget = config.get("slipway:budget")
    if not isinstance(budget, CommentedMap):
        raise UserError(
            f"--budget {amount}: the stack {source!r} has no budget to change"
            + (
                ": a sandbox costs nothing, leave the option out"
                if config.get("slipway:environment") == "sandbox"
                else ": `slipway config explain budget` shows its settings"
            )
        )
    budget["amount"] = amount


def _rename(config: CommentedMap, source: str, name: str) -> Iterator[tuple[str, str, str]]:
    for path, longest in DERIVED.items():
        place, key = _at(config, path[:-1]), path[-1]
        if isinstance(place, CommentedMap) and (old := place.get(key)):
            place[key] = new = derived_name(old, source, name, longest)
            yield ".".join(path), old, new


def _drop_sealed(document: CommentedMap, config: CommentedMap) -> Iterator[str]:
    """Leave out values that are sealed with the source's key, and the key's own settings."""
    if config.pop("slipway:secrets", None) is not None:
        yield "slipway:secrets, sealed with the other stack's key: set them anew where the apps need them"
    if config.get("slipway:environment") != "sandbox":
        for key in ("encryptionsalt", "encryptedkey"):
            if document.pop(key, None) is not None:
                yield f"{key}: `pulumi stack init` makes its own"


def _reduce(config: CommentedMap) -> Iterator[str]:
    """Leave out or lower the settings that would cost money or take something from the source stack."""
    apps = config.get("slipway:apps") or {}
    for name in [name for name, app in apps.items() if app.get("platform") == "pythonanywhere"]:
        del apps[name]
        yield f"apps.{name}: its account has one web app at that domain, which is the other stack's"
    for key in [key for key in config if key.startswith("pythonanywhere:")]:
        del config[key]
    for name, app in apps.items():
        scaling = app.get("scaling") or {}
        if scaling.pop("min_instances", 0):
            yield f"apps.{name}.scaling.min_instances: an ephemeral stack runs no idle instances"
        if scaling.get("max_instances", 0) > MAX_INSTANCES:
            scaling["max_instances"] = MAX_INSTANCES
            yield f"apps.{name}.scaling.max_instances over {MAX_INSTANCES}"
        if app.pop("reserved_concurrency", None) is not None:
            yield f"apps.{name}.reserved_concurrency: it is the account's, which others use too"


def _refuse_long(config: CommentedMap, project: str, name: str) -> None:
    for app, settings in (config.get("slipway:apps") or {}).items():
        function = f"{project}-{name}-{app}"
        if settings.get("platform") == "lambda" and not re.fullmatch(
            rf"[A-Za-z0-9_-]{{1,{LONGEST_FUNCTION}}}", function
        ):
            raise UserError(
                f"the function of {app} would be called {function!r}, and Lambda takes {LONGEST_FUNCTION} characters "
                "of letters, digits, '_' and '-': choose another name for the stack"
            )


def _at(config: CommentedMap, path: tuple[str, ...]) -> CommentedMap | str | None:
    node = config
    for step in path:
        node = node.get(step) if isinstance(node, CommentedMap) else None
    return node

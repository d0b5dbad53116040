"""Programs made of a grammar: resources, components, options, aliases, secrets, assets, failures, and their edits.

A :class:`Drawn` is data: what the program is in each of its steps, and the commands that are played. Its text is a
Pulumi program that reads the data of its step, in the form of the conformance scenarios.
"""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Spec = dict[str, Any]
"""One step of a program: ``providers``, ``resources`` and ``outputs``, in the order of declaration."""

TEXTS = st.sampled_from(["a", "b", "", "größe", "with space", 'quo"te', "a/b:c", "$x"])
NAMES = ["a", "b", "c", "d", "e", "f"]
HEAD = '''"""A generated program.

order: free
run: {commands}
"""
import json
import pathlib
from typing import Any

from conf import STEP, Conf, Group, Thing, pulumi

# The SDK ends a program where an output is not of its declared type, with other requests under way: a matter of chance.
Thing.__annotations__ = dict.fromkeys(("serial", "value", "sealed"), pulumi.Output[Any])

SPECS = json.loads(r"""{spec}""")[:STEP]
SPEC = SPECS[-1]
'''
BODY = """
made = {}


def value(node):
    kind, given = node
    if kind == "plain":
        return given
    if kind == "secret":
        return pulumi.Output.secret(value(given))
    if kind == "list":
        return [value(item) for item in given]
    if kind == "map":
        return {key: value(item) for key, item in given.items()}
    if kind == "asset":
        return pulumi.StringAsset(given or " ")  # the SDK takes an empty one, and ends the program at the answer
    if kind == "file":
        path = pathlib.Path(f"place{STEP}.txt")
        path.write_text(given)
        return pulumi.FileAsset(str(path))
    if kind == "archive":
        return pulumi.AssetArchive({name: pulumi.StringAsset(text or " ") for name, text in given.items()})
    name, output = given
    if kind == "ref" and name in made:
        return made[name] if output == "" else getattr(made[name], output).apply(text)
    return None


def text(value):
    # Of an asset its kind: its own text has its address in memory, another one in every run.
    return type(value).__name__ if isinstance(value, (pulumi.Asset, pulumi.Archive)) else str(value)


def options(given):
    opts = {}
    for key, item in given.items():
        if key in ("depends_on", "replace_with"):
            chosen = [made[name] for name in item if name in made]
            if chosen:
                opts[key] = chosen
        elif key in ("parent", "deleted_with", "provider"):
            if item in made:
                opts[key] = made[item]
        elif key == "aliases":
            opts[key] = [pulumi.Alias(name=name) for name in item]
        elif key == "custom_timeouts":
            opts[key] = pulumi.CustomTimeouts(**item)
        elif key == "replacement_trigger":
            opts[key] = value(item)
        else:
            opts[key] = item
    return pulumi.ResourceOptions(**opts)


# A failure stops what has not begun; so that this is the same in every run, resources of such a program queue up.
FAILING = {"failCreate", "partialCreate", "failUpdate"}
SERIAL = any(FAILING & row["inputs"].keys() for row in SPEC["resources"]) or any(
    row["options"].get("protect") for spec in SPECS for row in spec["resources"]  # its replacement is refused
)

for row in SPEC["resources"]:
    opts = options(row["options"])
    if SERIAL:
        opts.depends_on = [resource for resource in made.values() if isinstance(resource, Thing)]
    if row["kind"] == "provider":
        made[row["name"]] = Conf(row["name"], opts, **row["inputs"])
    elif row["kind"] == "group":
        made[row["name"]] = Group(row["name"], opts)
    else:
        made[row["name"]] = Thing(row["name"], opts, **{key: value(item) for key, item in row["inputs"].items()})
for key, node in SPEC["outputs"].items():
    pulumi.export(key, value(node))
if SPEC["fails"]:

    def fail(_):
        raise RuntimeError("the program failed")

    pulumi.Output.all(*(resource.urn for resource in made.values())).apply(fail)
"""


@dataclass(frozen=True)
class Drawn:
    """A program in all its steps, and what is played with it."""

    steps: tuple[Spec, ...]
    commands: tuple[str, ...]

    @property
    def text(self) -> str:
        """The program's source, with its commands in the docstring."""
        spec = json.dumps(list(self.steps), ensure_ascii=True)
        return HEAD.format(commands="; ".join(self.commands), spec=spec) + BODY


def _plain() -> st.SearchStrategy[list]:
    whole = st.integers(-3, 3)
    return st.tuples(st.just("plain"), st.one_of(TEXTS, whole, st.booleans(), st.none())).map(list)


def _leaves(earlier: list[str]) -> st.SearchStrategy[list]:
    leaves = [
        _plain(),
        _plain().map(lambda node: ["secret", node]),
        TEXTS.map(lambda text: ["asset", text]),
        TEXTS.map(lambda text: ["file", text]),
        st.dictionaries(st.sampled_from(["x", "y"]), TEXTS, min_size=1).map(lambda files: ["archive", files]),
    ]
    if earlier:
        outputs = st.sampled_from(["serial", "value", "id", "urn", "sealed", ""])
        leaves.append(st.tuples(st.sampled_from(earlier), outputs).map(lambda pair: ["ref", list(pair)]))
        leaves.append(st.sampled_from(earlier).map(lambda name: ["ref", [name, "serial"]]))
    return st.one_of(leaves)


def _values(earlier: list[str]) -> st.SearchStrategy[list]:
    leaf = _leaves(earlier)
    return st.one_of(
        leaf,
        leaf,
        st.lists(leaf, max_size=2).map(lambda items: ["list", items]),
        st.dictionaries(st.sampled_from(["k", "a.b"]), leaf, max_size=2).map(lambda items: ["map", items]),
    )


@st.composite
def _inputs(draw: st.DrawFn, earlier: list[str]) -> Spec:
    inputs = {key: draw(_values(earlier)) for key in draw(st.lists(st.sampled_from(["value", "other"]), unique=True))}
    if draw(st.integers(0, 3)) == 0:
        inputs["replaceKey"] = draw(st.one_of(_plain(), _leaves(earlier)) if earlier else _plain())
    if draw(st.integers(0, 5)) == 0:
        inputs["deleteFirst"] = ["plain", True]
    if draw(st.integers(0, 4)) == 0:
        inputs["secretValue"] = _TEXT
    failing = {0: "failCreate", 1: "partialCreate", 2: "failUpdate"}.get(draw(st.integers(0, 50)))
    if failing:
        inputs[failing] = ["plain", True]
    return inputs


_TEXT = ["plain", "x"]
_PATHS = st.lists(
    st.sampled_from(["value", "other", "value.k", "value[0]", "*", "replaceKey"]), max_size=2, unique=True
)


@st.composite
def _options(draw: st.DrawFn, things: list[str], groups: list[str], providers: list[str], *, custom: bool) -> Spec:
    options: Spec = {}

    def maybe(chance: int, key: str, strategy: st.SearchStrategy) -> None:
        if draw(st.integers(1, chance)) == 1:
            options[key] = draw(strategy)

    if groups:
        maybe(2, "parent", st.sampled_from(groups))
    if things:
        names = st.lists(st.sampled_from(things), min_size=1, max_size=2, unique=True)
        maybe(3, "depends_on", names)
        if custom:
            maybe(8, "deleted_with", st.sampled_from(things))
            maybe(10, "replace_with", names)
    if providers and custom:
        maybe(4, "provider", st.sampled_from(providers))
    if custom:
        maybe(12, "protect", st.booleans())
        maybe(10, "retain_on_delete", st.booleans())
        maybe(6, "ignore_changes", _PATHS)
        maybe(8, "replace_on_changes", _PATHS)
        maybe(8, "additional_secret_outputs", st.just(["value"]))
        maybe(8, "delete_before_replace", st.booleans())
        maybe(10, "custom_timeouts", st.just({"create": "5m"}))
        maybe(10, "replacement_trigger", _plain())
        maybe(10, "version", st.sampled_from(["1.0.0", "2.0.0"]))
    return options


@st.composite
def _resource(draw: st.DrawFn, name: str, before: list[Spec]) -> Spec:
    things = [row["name"] for row in before if row["kind"] == "thing"]
    groups = [row["name"] for row in before if row["kind"] == "group"]
    providers = [row["name"] for row in before if row["kind"] == "provider"]
    kind = draw(st.sampled_from(["thing", "thing", "thing", "thing", "group", "provider"]))
    options = draw(_options(things, groups, providers, custom=kind == "thing"))
    inputs: Spec = {}
    if kind == "thing":
        inputs = draw(_inputs(things))
    elif kind == "provider":
        inputs = {"region": draw(st.sampled_from(["eu", "us"])), "zone": draw(st.sampled_from(["z1", "z2"]))}
    return {"kind": kind, "name": name, "inputs": inputs, "options": options}


@st.composite
def _first(draw: st.DrawFn) -> Spec:
    rows: list[Spec] = []
    for name in NAMES[: draw(st.integers(1, 5))]:
        rows.append(draw(_resource(name, rows)))
    return {"resources": rows, "outputs": draw(_outputs(rows)), "fails": False}


@st.composite
def _outputs(draw: st.DrawFn, rows: list[Spec]) -> Spec:
    things = [row["name"] for row in rows if row["kind"] == "thing"]
    keys = draw(st.lists(st.sampled_from(["one", "two"]), unique=True))
    return {key: draw(_leaves(things)) for key in keys}


@st.composite
def _edited(draw: st.DrawFn, spec: Spec) -> Spec:
    """The next step: something is changed, taken away, renamed with or without an alias, or added."""
    rows = [dict(row) for row in spec["resources"]]
    for _ in range(draw(st.integers(1, 3))):
        edit = draw(st.sampled_from(["inputs", "inputs", "options", "remove", "rename", "add", "replace"]))
        if edit == "add" or not rows:
            name = draw(st.sampled_from([*NAMES, "g", "h"]))
            if name not in [row["name"] for row in rows]:
                rows.append(draw(_resource(name, rows)))
            continue
        place = draw(st.integers(0, len(rows) - 1))
        row, before = rows[place], rows[:place]
        things = [other["name"] for other in before if other["kind"] == "thing"]
        if edit == "remove":
            rows.pop(place)
        elif edit == "rename":
            new = row["name"] + "2"
            if new in [other["name"] for other in rows]:
                continue
            aliases = {"aliases": [row["name"]]} if draw(st.booleans()) else {}
            rows[place] = {**row, "name": new, "options": {**row["options"], **aliases}}
        elif row["kind"] == "thing" and edit == "inputs":
            rows[place] = {**row, "inputs": draw(_inputs(things))}
        elif row["kind"] == "thing" and edit == "replace":
            rows[place] = {**row, "inputs": {**row["inputs"], "replaceKey": draw(_plain())}}
        elif row["kind"] == "provider":
            rows[place] = {**row, "inputs": {**row["inputs"], "zone": draw(st.sampled_from(["z1", "z2"]))}}
        else:
            groups = [other["name"] for other in before if other["kind"] == "group"]
            providers = [other["name"] for other in before if other["kind"] == "provider"]
            options = draw(_options(things, groups, providers, custom=row["kind"] == "thing"))
            rows[place] = {**row, "options": options}
    fails = draw(st.integers(0, 12)) == 0
    return {"resources": rows, "outputs": draw(_outputs(rows)), "fails": fails}


@st.composite
def programs(draw: st.DrawFn) -> Drawn:
    """A program of two or three steps, and four to seven commands."""
    steps = [draw(_first())]
    for _ in range(draw(st.integers(1, 2))):
        steps.append(draw(_edited(steps[-1])))
    commands = ["up 1"]
    for number in range(2, len(steps) + 1):
        things = [row["name"] for row in steps[number - 2]["resources"] if row["kind"] == "thing"]
        if draw(st.integers(0, 5)) == 0 and things:
            changed = draw(st.sampled_from(["value=tampered", "gone"]))
            commands.append(f"drift {draw(st.sampled_from(things))} {changed}")
            commands.append("refresh")
        if draw(st.booleans()):
            commands.append(f"preview {number}")
        flags = draw(st.sampled_from(["", "", "", "", " --refresh", " --continue-on-error"]))
        commands.append(f"up {number}{flags}")
    if draw(st.booleans()):
        commands.append(f"preview {len(steps)}")
    commands.append("destroy")
    return Drawn(tuple(steps), tuple(commands))

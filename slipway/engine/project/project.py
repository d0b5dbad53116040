"""Pulumi.yaml, and each stack's Pulumi.<stack>.yaml: where they lie, what they say, how they are changed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.engine.checkpoint.secrets import Secrets
from slipway.engine.errors import StateError, UsageError
from slipway.engine.project import yamlfile
from slipway.engine.values.paths import parse

_KINDS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: not isinstance(value, dict | list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


@dataclass(frozen=True)
class Project:
    """A program and its settings, as Pulumi.yaml describes them."""

    root: Path
    """The folder of Pulumi.yaml."""
    name: str
    document: dict[str, Any]

    @property
    def program(self) -> Path:
        """The folder that the program runs in."""
        return (self.root / str(self.document.get("main") or ".")).resolve()

    def stack_file(self, stack: str) -> Path:
        """Where a stack's settings are."""
        folder = self.document.get("stackConfigDir") or ""
        if not folder and isinstance(self.document.get("config"), str):
            folder = self.document["config"]
        return self.root / str(folder) / f"Pulumi.{stack}.yaml"

    def key(self, text: str) -> str:
        """The full name of a setting; one without a namespace is the project's. Raises :class:`UsageError`."""
        if text.count(":") > 1 and ":config:" in text:
            text = text.replace(":config:", ":", 1)
        if text.count(":") > 1 or not text or text.endswith(":") or text.startswith(":"):
            raise UsageError(f"{text!r} is not a configuration key: KEY or NAMESPACE:KEY is allowed")
        return text if ":" in text else f"{self.name}:{text}"


def find_project(start: Path) -> Project:
    """The project of the nearest folder upward that holds a Pulumi.yaml. Raises :class:`UsageError`."""
    for folder in (start, *start.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (folder / name).is_file():
                document = yamlfile.read(folder / name)
                if not isinstance(document.get("name"), str) or not document["name"]:
                    raise UsageError(f"{folder / name} has no name: the project's name is required")
                return Project(folder, str(document["name"]), document)
    raise UsageError(
        f"no Pulumi.yaml project file found (searching upwards from {start}). Run the command in a project, or name "
        "one with --cwd"
    )


class StackSettings:
    """The settings of one stack."""

    def __init__(self, project: Project, stack: str, path: Path | None = None) -> None:
        self.project, self.stack = project, stack
        self.path = path or project.stack_file(stack)
        self.document = yamlfile.read(self.path)
        self.values: dict[str, Any] = {}
        for key, value in (self.document.get("config") or {}).items():
            self.values[project.key(key)] = value

    @property
    def salt(self) -> str:
        """The encryptionsalt; empty where there is none."""
        return str(self.document.get("encryptionsalt") or "")

    def keep_salt(self, salt: str) -> None:
        """Write the encryptionsalt."""
        self.document["encryptionsalt"] = salt
        yamlfile.edit(self.path, lambda document: document.update(encryptionsalt=salt))

    def has_secrets(self) -> bool:
        """Whether any setting is sealed."""
        return any(_is_sealed(value) for value in self.values.values())

    def effective(self, *, validate: bool = True) -> dict[str, Any]:
        """Every setting with the project's defaults.

        Raises :class:`UsageError` for a missing or mistyped one, unless ``validate`` is off.
        """
        values = dict(self.values)
        declared = self.project.document.get("config")
        for short, schema in (declared if isinstance(declared, dict) else {}).items():
            key = self.project.key(short)
            if not isinstance(schema, dict):
                values.setdefault(key, schema)
                continue
            default = schema.get("value", schema.get("default"))
            if key not in values and default is None:
                if validate and key.startswith(f"{self.project.name}:"):
                    raise UsageError(
                        f"Stack '{self.stack}' is missing configuration value '{short}': set it with "
                        f"`slipway engine config set {short} VALUE` or in {self.path}"
                    )
                continue
            values.setdefault(key, default)
            if validate:
                self._check(short, schema, values[key])
        return values

    def effective_value(self, key: str) -> Any:  # noqa: ANN401
        """One setting, or the project's default of it; None where there is neither."""
        declared = self.project.document.get("config")
        for short, schema in (declared if isinstance(declared, dict) else {}).items():
            if self.project.key(short) == key and key not in self.values:
                return schema.get("value", schema.get("default")) if isinstance(schema, dict) else schema
        return self.values.get(key)

    def for_program(self, secrets: Callable[[], Secrets], *, validate: bool = True) -> tuple[dict[str, str], list[str]]:
        """Every setting as the SDK takes it (texts, JSON where it is more), and the names of the secret ones."""
        texts: dict[str, str] = {}
        sealed: list[str] = []
        for key, value in self.effective(validate=validate).items():
            if _is_sealed(value):
                sealed.append(key)
            try:
                texts[key] = as_text(opened(value, secrets))
            except StateError as damaged:
                raise StateError(f"{key}: {damaged}; `slipway engine config set --secret` seals it anew") from damaged
        return texts, sealed

    def set(self, text: str, value: Any, *, path: bool) -> None:  # noqa: ANN401
        """Write one setting."""
        steps = parse_path(text) if path else [text]
        steps[0] = self.project.key(str(steps[0]))

        def change(document: Any) -> None:  # noqa: ANN401
            config = document.setdefault("config", {})
            name = _spelling(config, self.project, steps[0])
            _put(config, [name, *steps[1:]], value)

        yamlfile.edit(self.path, change)

    def remove(self, text: str, *, path: bool) -> bool:
        """Remove one setting; whether it was there."""
        steps = parse_path(text) if path else [text]
        steps[0] = self.project.key(str(steps[0]))
        removed = False

        def change(document: Any) -> None:  # noqa: ANN401
            nonlocal removed
            config = document.get("config") or {}
            *above, last = [_spelling(config, self.project, steps[0]), *steps[1:]]
            for step in above:
                if not _has(config, step):
                    return
                config = config[step]
            removed = _has(config, last)
            if removed:
                del config[last]

        if self.path.exists():
            yamlfile.edit(self.path, change)
        return removed

    def _check(self, name: str, schema: dict[str, Any], value: Any) -> None:  # noqa: ANN401
        kind = str(schema.get("type") or "")
        if kind and kind in _KINDS and not _is_sealed(value) and not _KINDS[kind](_typed(value, kind)):
            raise UsageError(
                f"Stack '{self.stack}' with configuration key '{name}' must be of type '{kind}', got {as_text(value)!r}"
            )


def opened(value: Any, secrets: Callable[[], Secrets]) -> Any:  # noqa: ANN401
    """The value with what is sealed in it opened."""
    if isinstance(value, dict):
        if set(value) == {"secure"} and isinstance(value["secure"], str):
            return secrets().open_text(value["secure"])
        return {key: opened(item, secrets) for key, item in value.items()}
    return [opened(item, secrets) for item in value] if isinstance(value, list) else value


def as_text(value: Any) -> str:  # noqa: ANN401
    """A setting as one text: a scalar as it is spelt, anything else as JSON."""
    if isinstance(value, str):
        return str(value)
    return json.dumps(yamlfile.resolved(value), separators=(",", ":"))


def parse_path(text: str) -> list[str | int]:
    """The steps of a property path such as ``a.b[0]["c.d"]``. Raises :class:`UsageError`."""
    try:
        steps = parse(text)
    except ValueError as error:
        raise UsageError(f"invalid configuration path {text!r}: {error}") from error
    if not steps or isinstance(steps[0], int):
        raise UsageError(f"invalid configuration path {text!r}: it must start with a key")
    return steps


def _is_sealed(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_is_sealed, value.values()))
    return isinstance(value, list) and any(map(_is_sealed, value))


def _typed(value: Any, kind: str) -> Any:  # noqa: ANN401
    plain = yamlfile.resolved(value)
    if kind in ("boolean", "integer") and isinstance(plain, str):
        words: dict[str, Any] = {"true": True, "false": False}
        return words.get(plain, int(plain) if plain.lstrip("-").isdigit() else plain)
    return plain


def _spelling(config: Any, project: Project, key: Any) -> Any:  # noqa: ANN401
    """How the file spells a key: a project's own key may stand there without its namespace."""
    short = str(key).removeprefix(f"{project.name}:")
    return short if short in config and key not in config else key


def _has(container: Any, step: str | int) -> bool:  # noqa: ANN401
    if isinstance(step, int):
        return isinstance(container, list) and step < len(container)
    return isinstance(container, dict) and step in container


def _put(container: Any, steps: Sequence[str | int], value: Any) -> None:  # noqa: ANN401
    *above, last = steps
    for step, following in zip(above, steps[1:], strict=True):
        if not _has(container, step):
            _store(container, step, [] if isinstance(following, int) else {})
        container = container[step]
    _store(container, last, value)


def _store(container: Any, step: str | int, value: Any) -> None:  # noqa: ANN401
    if isinstance(step, int):
        if not isinstance(container, list) or step > len(container):
            raise UsageError(f"the index {step} is beyond the end of the list")
        container[step : step + 1] = [value]
    elif isinstance(container, dict):
        container[step] = value
    else:
        raise UsageError(f"the key {step!r} cannot be set: what is there is not a map")

"""A stack's settings file, read as the engine reads it; nothing here writes one."""

from collections.abc import Mapping
from typing import Any

from slipway.engine.errors import UsageError
from slipway.engine.project.yamlfile import read, resolved
from slipway.errors import UserError
from slipway.stack.project import Project


def config_of(project: Project, stack: str) -> Mapping[str, Any]:
    """The mapping below ``config``, as plain values.

    Raises :class:`UserError` for a stack without a file, and for a file that is no stack's.
    """
    return _read(project, stack)[0]


def salt_of(project: Project, stack: str) -> str:
    """The file's ``encryptionsalt``; "" where it has none. Raises as :func:`config_of` does."""
    return _read(project, stack)[1]


def is_sandbox(project: Project, stack: str) -> bool:
    """Whether the stack's environment is the local sandbox. Raises as :func:`config_of` does."""
    return config_of(project, stack).get("slipway:environment") == "sandbox"


def _read(project: Project, stack: str) -> tuple[Mapping[str, Any], str]:
    file = project.stack_file(stack)
    try:
        document = resolved(read(file))
        config = document.get("config") or {}
        config.get("")  # a mapping, or an error that says what it is instead
    except (UsageError, AttributeError) as wrong:
        raise UserError(f"{file} is not the YAML of a stack: {wrong}") from None
    return config, str(document.get("encryptionsalt") or "")

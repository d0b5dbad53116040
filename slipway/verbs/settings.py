"""Set one setting of a stack: ``slipway config set``."""

from slipway.stack.session import Run, backend_of
from slipway.stack.settings_file import refuse_unless_writable
from slipway.verbs.explain import refuse_unknown


def set_setting(run: Run, key: str, value: str | None, *, secret: bool) -> int:
    """Let the engine write a setting into the stack's file, sealed if ``secret``; its exit status.

    Without a value the engine reads it from the standard input, so that no secret stands in a shell's history. Raises
    :class:`UserError` for a setting that there is not: the next `up` would refuse it.
    """
    refuse_unknown(run.project, key)
    refuse_unless_writable(run.settings.path)
    path = ["--path"] if "." in key or "[" in key else []
    words = ["config", "set", "--stack", run.stack, *path, "--secret" if secret else "--plaintext", "--", key]
    return backend_of(run).run([*words, *([value] if value is not None else [])])

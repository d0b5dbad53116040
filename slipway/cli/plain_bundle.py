"""``slipway bundle APP``, as it is typed most often, without what only the other commands need: no parser, no rich.

Where nothing changed, the answer is there before anything of the bundle is loaded.
"""

import os
import sys

from slipway.bundle import stat_cache


def plain(name: str) -> int:
    """Make the artifact of the app called ``name``, say what and where it is; the command's exit status."""
    unchanged = _unchanged(name)
    if unchanged is not None:
        print(unchanged)
        return 0
    import gc

    # Only now: the answer above must not wait for these.
    from slipway.errors import UserError
    from slipway.stack.project import Project
    from slipway.verbs.artifacts import app_artifact, in_words

    gc.disable()  # a short life without cycles: looking for them takes a tenth of it
    try:
        artifact = app_artifact(Project.find(), name)
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 1
    print(in_words(artifact.kind, artifact.digest, str(artifact.path)))
    return 0


def _unchanged(name: str) -> str | None:
    """The answer about an app that has not changed; None in every other case."""
    root, app = os.getcwd(), name.replace("-", "_")  # noqa: PTH109
    while root and not os.path.isfile(f"{root}/Pulumi.yaml"):  # noqa: PTH113
        root = root.rpartition("/")[0]
    if not root or not app.isidentifier():
        return None
    state = os.path.abspath(os.environ.get("SLIPWAY_HOME") or f"{root}/.slipway")  # noqa: PTH100
    entry = stat_cache.look_up(f"{state}/cache/bundle", os.path.realpath(f"{root}/app_src/{app}"), "")
    if entry is None:
        return None
    kind, digest, _, path = entry
    try:
        os.utime(f"{path}.members")
    except OSError:
        return None
    return f"{kind} {digest}\n{path}"

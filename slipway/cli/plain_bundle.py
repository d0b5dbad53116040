"""``slipway bundle APP``, as it is typed most often, without what only the other commands need: no parser, no rich.

Where nothing changed, the answer is there before anything of the bundle is loaded.
"""

import os
import sys

from slipway.bundle import seen


def plain(name: str) -> int:
    """Make the artifact of the app called ``name``, say what and where it is; the command's exit status."""
    unchanged = _unchanged(name)
    if unchanged is not None:
        print("{} {}\n{}".format(*unchanged))
        return 0
    import gc

    # Only now: the answer above must not wait for these.
    from slipway.errors import UserError
    from slipway.stack.project import Project
    from slipway.verbs.artifacts import app_artifact, in_words

    gc.disable()  # a short life without cycles: looking for them takes a tenth of it
    try:
        project = Project.find()
        artifact = app_artifact(project, name)
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 1
    print(in_words(artifact.kind, artifact.digest, str(artifact.path)))
    return 0


def _unchanged(name: str) -> list[str] | None:
    """Kind, digest and place of the artifact of an app that has not changed; None in every other case."""
    root = os.getcwd()  # noqa: PTH109
    while not os.path.isfile(f"{root}/Pulumi.yaml"):  # noqa: PTH113
        root, _, below = root.rpartition("/")
        if not below:
            return None
    home = os.path.abspath(os.environ.get("SLIPWAY_HOME") or f"{root}/.slipway")  # noqa: PTH100
    app, cache = name.replace("-", "_"), f"{home}/cache/bundle"
    if not app.isidentifier():
        return None
    entry = seen.recall(cache, os.path.realpath(f"{root}/app_src/{app}"), "")
    if entry is None:
        return None
    try:
        os.utime(f"{entry[0][2]}.members")
    except OSError:
        return None
    return entry[0]

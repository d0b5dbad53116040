"""``slipway bundle APP``, as it is typed most often, without what only the other commands need: no parser, no rich.

Where nothing changed, the answer is there before anything of the bundle is loaded.
"""

import os
import sys

from slipway.bundle import seen


def plain(name: str) -> int:
    """Make the artifact of the app called ``name``, say what and where it is; the command's exit status."""
    found = _unchanged(name)
    if found is not None:
        print("{} {}\n{}".format(*found))
        return 0
    import gc

    # Only now: the answer above must not wait for these.
    from slipway.errors import UserError
    from slipway.stack.project import Project
    from slipway.verbs.artifacts import cache_of, folder_of, made, said_of

    gc.disable()  # a short life without cycles: looking for them takes a tenth of it
    try:
        project = Project.find()
        artifact = made(folder_of(project, name), "", {}, cache_of(project))
    except UserError as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 1
    print(said_of(artifact.kind, artifact.digest, str(artifact.path)))
    return 0


def _unchanged(name: str) -> list[str] | None:
    """Kind, digest and place of the artifact, where the app is known and as it was; whatever else is not for here."""
    root = os.getcwd()  # noqa: PTH109
    while not os.path.isfile(f"{root}/Pulumi.yaml"):  # noqa: PTH113
        root, _, below = root.rpartition("/")
        if not below:
            return None
    home = os.path.abspath(os.environ.get("SLIPWAY_HOME") or f"{root}/.slipway")  # noqa: PTH100
    app, cache = name.replace("-", "_"), f"{home}/cache/bundle"
    if not app.isidentifier():
        return None
    found = seen.recall(cache, os.path.realpath(f"{root}/app_src/{app}"), "")
    if found is None:
        return None
    try:
        os.utime(f"{found[0][2]}.members")
    except OSError:
        return None
    return found[0]

"""Container build context: the Dockerfile's inputs and nothing else, as a tar for ``docker build -``."""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from slipway.bundle.artifact import Artifact
from slipway.bundle.build import build
from slipway.bundle.cache import Cache
from slipway.bundle.dockerfiles import Read, reads_of
from slipway.bundle.entries import Interface, served, started
from slipway.bundle.errors import BundleError
from slipway.bundle.locks import LOCK, NOT_DEPLOYED, lock_of, packed_locks
from slipway.bundle.made_dockerfile import made_dockerfile
from slipway.bundle.own_metadata import own_metadata
from slipway.bundle.plan import App, Kind, Limits, Plan, Wheels, own_files
from slipway.bundle.platforms import debian_platform
from slipway.bundle.tree import LeftOut, read_beside

DOCKERFILE = "Dockerfile"
IGNORE = ".dockerignore"
TREE = "image"
"""The folder of the context that is copied as it is."""
FILES = f"{TREE}/app"
"""The folder of the app's files in the context of a Dockerfile that is made."""
GUNICORN = "gunicorn.conf.py"
GUNICORN_FILE = Path(__file__).parents[1] / "inside" / GUNICORN
"""How gunicorn logs in an image whose Dockerfile is made; an app's own file counts instead."""
WILDCARD = re.compile(r"[*?\[]")
PACKAGES = "packages"
"""The folder that the app's wheels are put into; a Dockerfile that can do without says ``COPY … package[s] …``."""


def container_context(
    source: Path,
    *,
    dockerfile: str = DOCKERFILE,
    python: str = "",
    architecture: str = "x86_64",
    entry: str = "",
    interface: str = "",
    command: str = "",
    allow_keys_in: Sequence[str] = (),
    data: Sequence[str] = (),
    cache: Cache | None = None,
) -> Artifact:
    """The build context of an image.

    Only what ``dockerfile`` copies or mounts is in it, less what ``.dockerignore`` names, so that an image's tag does
    not change with a file that is not in the image. With ``python`` (the base image's, ``3.11``) the wheels of the
    app's lock are in it too, unpacked below ``packages/``, where the Dockerfile has room for them: the build then needs
    no network and no pip. An app without a Dockerfile is built by one that is made, which serves ``entry`` as
    ``interface`` or runs ``command``. Raises :class:`BundleError`, also where what it copies is missing.
    """
    web = {"entry": entry, "interface": interface, "command": command, "folders": tuple(data)}
    settings = {name: value for name, value in web.items() if value}
    options = {"dockerfile": dockerfile, "python": python, "architecture": architecture, **settings}
    return build(KIND, source, cache=cache, data=tuple(data), allow_keys_in=tuple(allow_keys_in), **options)


def plan(
    app: App,
    *,
    dockerfile: str = DOCKERFILE,
    python: str = "",
    architecture: str = "x86_64",
    entry: str = "",
    interface: str = "",
    command: str = "",
    folders: Sequence[str] = (),
) -> Plan:
    """The Dockerfile, by that name wherever it lies, and the files it reads; its packages where a Python is named."""
    if dockerfile not in app and interface:
        return _made(app, python or "3.13", architecture, entry, interface, command, folders)
    app.need(dockerfile, "the context is what it reads")
    ignored = _ignored(app, dockerfile)
    offered = [path for path in app.tree.files if path not in ignored]
    used = {dockerfile} if dockerfile == DOCKERFILE else set[str]()
    empty = dict[str, bytes]()
    room = False
    for read in reads_of(app.text(dockerfile)):
        result = _matching(read.pattern, offered)
        vendored = not result and PACKAGES in _matching(read.pattern, [PACKAGES])
        room = room or vendored
        # A pattern may match nothing, as BuildKit has it; what is named has to be there.
        may_lack = not read.built or (vendored and python) or WILDCARD.search(read.pattern) or _is_all(read.pattern)
        if not result and _is_environment(read.pattern):
            empty[posixpath.normpath(read.pattern.lstrip("/"))] = OF_THE_ENVIRONMENT
        elif not result and not may_lack:
            raise BundleError(_nothing(app, dockerfile, read, ignored))
        used.update(result)
    left_out = [LeftOut(path, IGNORE) for path in ignored - used]
    left_out += [LeftOut(path, f"{dockerfile} does not read it") for path in set(offered) - used - {dockerfile}]
    scripts = _with_plain_ends(app, used)
    return Plan(
        own={**{path: path for path in sorted(used - {*scripts})}, DOCKERFILE: dockerfile},
        made={**empty, **scripts},
        wheels=_wheels(app, python, architecture, room=room) if python else None,
        left_out=tuple(left_out),
    )


def needed(source: Path, options: Mapping[str, object]) -> tuple[str, ...]:
    """What the Dockerfile names for the image: as tests, or a database that comes with the app."""
    try:
        text = (source / str(options.get("dockerfile") or DOCKERFILE)).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    patterns = [read.pattern for read in reads_of(text) if read.built]
    named = [posixpath.normpath(one.lstrip("/")) for one in patterns if not WILDCARD.search(one) and not _is_all(one)]
    return tuple(sorted({*named}))


def _with_plain_ends(app: App, paths: Iterable[str]) -> dict[str, bytes]:
    """The scripts with Windows' line ends, without them: no kernel finds an interpreter that ends with a return."""
    scripts = {path: app.read(path) for path in paths if app.contents[path].executable}
    return {
        path: text.replace(b"\r\n", b"\n")
        for path, text in scripts.items()
        if text.startswith(b"#!") and text.partition(b"\n")[0].endswith(b"\r")
    }


OF_THE_ENVIRONMENT = b"# The values are in the container's environment: a file of them is never part of an image.\n"
ENVIRONMENT = re.compile(r"\.env(?:\.[\w.-]+)?|[\w-]+\.env|\.flaskenv")
"""Names of files with the values of environment variables."""


def _is_environment(pattern: str) -> bool:
    """Whether a COPY names a file of environment variables, which is never packed: an empty one is in its place."""
    return bool(ENVIRONMENT.fullmatch(posixpath.basename(pattern)))


def _made(
    app: App, python: str, architecture: str, entry: str, interface: str, command: str, folders: Sequence[str]
) -> Plan:
    """The plan of an app without a Dockerfile: one is made, and the app's files lie below :data:`FILES`."""
    platform = debian_platform(python, architecture)
    how = started(command) if interface == Interface.command else served("container", entry, interface)
    lock = lock_of(app, platform, add=how.add)
    text = made_dockerfile(entry, interface, command, python=python, files=TREE, data=folders)
    ignored = _ignored(app)
    own, left_out = own_files(app, *NOT_DEPLOYED, *packed_locks(), *(LeftOut(path, IGNORE) for path in ignored))
    return Plan(
        own={f"{FILES}/{path}": path for path in own},
        made={
            DOCKERFILE: text.encode(),
            LOCK: lock.text,
            **{f"{FILES}/{name}": content for name, content in {**own_metadata(app), **how.made}.items()},
            **({f"{FILES}/{GUNICORN}": GUNICORN_FILE.read_bytes()} if entry and GUNICORN not in app else {}),
        },
        wheels=Wheels.of(lock, root=app.root, platform=platform, prefix=f"{PACKAGES}/") if lock else None,
        left_out=left_out,
    )


def _wheels(app: App, python: str, architecture: str, *, room: bool) -> Wheels | None:
    """The packages of the app's lock; none for a Dockerfile that has no place for them, and so fetches them itself."""
    if not room:
        return None
    platform = debian_platform(python, architecture)
    lock = lock_of(app, platform)
    return Wheels.of(lock, root=app.root, platform=platform, prefix=f"{PACKAGES}/") if lock else None


def _ignored(app: App, dockerfile: str = DOCKERFILE) -> set[str]:
    """What ``.dockerignore`` names, or one of the Dockerfile's own, which counts instead.

    Its patterns start at the root and the last one decides, unlike git's.
    """
    import pathspec

    own = f"{dockerfile}{IGNORE}"
    text = read_beside(app.tree.root, own if (app.tree.root / own).is_file() else IGNORE)
    lines = (line.strip() for line in text.splitlines())
    rules = pathspec.PathSpec.from_lines("gitignore", [_rooted(line) for line in lines if line and line[0] != "#"])
    return {path for path in app.tree.files if rules.check_file(path).include}


def _rooted(line: str) -> str:
    mark, pattern = ("!", line[1:]) if line.startswith("!") else ("", line)
    pattern = posixpath.normpath(pattern.strip()).lstrip("/")
    return f"{mark}/{pattern}" if pattern != "." else f"{mark}/**"


def _matching(pattern: str, paths: Iterable[str]) -> set[str]:
    """The paths a source of COPY stands for: itself, what it matches part by part, and what is below either."""
    if _is_all(pattern):
        return set(paths)
    parts = [re.compile(fnmatch.translate(part)) for part in posixpath.normpath(pattern.lstrip("/")).split("/")]
    result: set[str] = set()
    for path in paths:
        names = path.split("/")
        if len(names) >= len(parts) and all(part.match(name) for part, name in zip(parts, names, strict=False)):
            result.add(path)
    return result


def _is_all(pattern: str) -> bool:
    return posixpath.normpath(pattern or ".").strip("/") in ("", ".")


def _nothing(app: App, dockerfile: str, read: Read, ignored: set[str]) -> str:
    out = [(path, IGNORE) for path in ignored] + [(one.path, one.why) for one in app.tree.left_out]
    named = posixpath.normpath(read.pattern)
    why = next((f", which is left out ({why})" for path, why in out if path.rstrip("/") == named), "")
    return (
        f"{app.tree.root / dockerfile} reads {read.pattern!r}{why or ', which the app does not have'} "
        f"({read.instruction})"
    )


KIND = Kind(
    name="container-context",
    says="container build context",
    suffix=".tar",
    limits=Limits(target="a container build", source="this project's own bound"),
    plan=plan,
    fits=lambda app: DOCKERFILE in app,
    needed=needed,
)

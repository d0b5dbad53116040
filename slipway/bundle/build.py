"""Builds an artifact. The stages, each of which hands frozen data to the next:

0. ``build_cache``: where ``stat`` says the same of everything as last time, last time's artifact is the answer.
1. ``tree``: the folder is looked through; what is hostile is refused, what does not belong stays out.
2. ``index``: each file's content is known, from its bytes or from what ``stat`` remembers.
3. the kind's ``plan``: what goes where, which wheels are needed. Pure; here a missing entry point is found.
4. the key of all that: where the cache has its artifact, that is it.
5. ``wheels``: dependencies, installed and deflated once.
6. ``deflate_cache``: what no pack holds yet is deflated.
7. ``zips`` or ``tars``: the members are copied in order; the finished file is renamed to its digest.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from slipway.bundle import keys, records
from slipway.bundle.artifact import Artifact, digest_of
from slipway.bundle.binaries import unfit
from slipway.bundle.build_cache import Chosen, cached_artifact, options_key_of, store
from slipway.bundle.cache import Cache
from slipway.bundle.content import Content, content_of_bytes
from slipway.bundle.deflate_cache import DEFLATE_SETTINGS, Member
from slipway.bundle.errors import BundleError
from slipway.bundle.file_stamps import Stamp, stamp_of
from slipway.bundle.ignore import IGNORE_FILE
from slipway.bundle.index import contents_of
from slipway.bundle.limits import check_packed, check_unpacked
from slipway.bundle.locks.workspace import workspace_of
from slipway.bundle.names import check_name, check_together
from slipway.bundle.plan import App, Kind, Plan
from slipway.bundle.sources import Source
from slipway.bundle.tree import Tree, look_through
from slipway.bundle.wheels import key_of, vendor
from slipway.bundle.writers import WRITERS

ALLOW_KEYS_IN = "allow_keys_in"
"""The option of every kind that names files which may hold a key: a list of paths."""

DATA = "data"
"""The option of every kind that names what the running app writes itself: a list of paths, which stay out."""

COMMON = frozenset({ALLOW_KEYS_IN, DATA})
"""Options that no kind's plan is told of."""

_DIGEST = re.compile(r"[0-9a-f]{64}(?![^.])")

FORMAT = 1
"""Counted up whenever the same inputs are to give other bytes, so that no cache answers with the old ones."""


def build(kind: Chosen, source: Path, *, cache: Cache | None = None, **options: object) -> Artifact:
    """The artifact of an app's folder, from the cache where nothing changed.

    ``kind`` may be what chooses one by the look of the app. ``options`` are the kind's own, and for every kind
    ``allow_keys_in``, the files that may hold a key, and ``data``, what the running app writes itself. Raises
    :class:`BundleError`.
    """
    cache = cache or Cache.around(source)
    options = {name: value for name, value in options.items() if value or name not in COMMON}
    try:
        with cache.shared():
            return cached_artifact(kind, source, cache, options) or _built(kind, source, cache, options)
    except OSError as wrong:
        raise BundleError(
            f"the artifact of {source} cannot be made in {cache.root}: {wrong.strerror or wrong}. Make room or set "
            "SLIPWAY_HOME to a folder that can be written"
        ) from wrong


def _built(kind: Chosen, source: Path, cache: Cache, options: Mapping[str, object]) -> Artifact:
    began_ns, options_key = time.time_ns(), options_key_of(kind, options)
    needed = kind.needed(source, options) if isinstance(kind, Kind) else ()
    app = read_app(source, cache, data=options.get(DATA) or (), needed=needed)
    kind = kind if isinstance(kind, Kind) else kind(app)
    plan = kind.plan(app, **{name: value for name, value in options.items() if name not in COMMON})
    _check_plan(app, kind, plan)
    _check_keys(app, plan, allowed=options.get(ALLOW_KEYS_IN) or ())
    key = _key(kind, app, plan)
    artifact = _from_cache(kind, key, cache)
    if artifact is None:
        artifact = _make(kind, app, plan, key, cache)
        cache.bound()
    left_out = tuple(sorted({*app.tree.left_out, *plan.left_out}, key=lambda one: one.path))
    name = plan.file_name or artifact.path.name
    artifact = replace(artifact, left_out=left_out, file_name=name, kind=kind.name, options=options)
    if options_key is not None:
        store(options_key, app, artifact, cache, began_ns, elsewhere=_elsewhere(app, plan))
    return artifact


def read_app(source: Path, cache: Cache, *, data: object = (), needed: Sequence[str] = ()) -> App:
    """The app in a folder: looked through and read, without its ``data``, with what is ``needed`` by its name."""
    if not isinstance(data, list | tuple):
        raise BundleError(f"{DATA} is a list of the app's paths, got {data!r}")
    tree = look_through(source, cache=cache.root, data=data, needed=needed)
    contents, in_memory = contents_of(tree, cache.file("index", f"{_identity(tree.root, f'keys {keys.FORMAT}')}.json"))
    return App(tree=tree, contents=contents, in_memory=in_memory)


def _elsewhere(app: App, plan: Plan) -> dict[str, Stamp]:
    """The stamps of what was read outside of the app's folder, by path: its workspace's lock, packages in folders."""
    stamps: dict[str, Stamp] = {}
    workspace = workspace_of(app.root)
    if workspace is not None and workspace.root != app.root:
        files = [path for path in (workspace.lock, workspace.root / "pyproject.toml") if path.is_file()]
        stamps |= {str(path): stamp_of(path.lstat()) for path in files}
    for pin in plan.wheels.built if plan.wheels else ():
        if pin.folder:
            tree = look_through((app.root / pin.folder).resolve())
            stamps |= {f"{tree.root}/{path}": stamp for path, stamp in tree.stamps.items()}
    return stamps


def _check_plan(app: App, kind: Kind, plan: Plan) -> None:
    """What can be refused before anything is installed or packed."""
    if not plan.own and not plan.made and plan.wheels is None:
        raise BundleError(f"{app.tree.root} has no file that belongs into an artifact")
    for name in plan.made:
        check_name(name)
        if name in plan.own:
            raise BundleError(f"{app.tree.root / plan.own[name]} is in the place of {name}, which is made: rename it")
    sizes = {name: app.contents[path].size for name, path in plan.own.items()}
    check_unpacked(app.name, sizes, kind.limits, elsewhere=plan.elsewhere)
    if plan.wheels is None:
        return
    platform = plan.wheels.platform
    for path in plan.own.values():
        machine = app.contents[path].machine
        if why := unfit(path, machine, architecture=platform.architecture, python=platform.python):
            raise BundleError(f"{app.tree.root / path} {why}; the app is made for {platform}")


def _check_keys(app: App, plan: Plan, *, allowed: object) -> None:
    """Refuse a packed file that holds a key, unless the app's settings allow that file."""
    if not isinstance(allowed, list | tuple):
        raise BundleError(f"{ALLOW_KEYS_IN} is a list of the app's files, got {allowed!r}")
    for path in sorted(set(plan.own.values()) - set(allowed)):
        for line, what in app.contents[path].keys:
            raise BundleError(
                f"{app.tree.root / path}, line {line}, holds {what}: everybody with the artifact could use it. Take it "
                f"out, and revoke it where it was ever committed; the app gets it as a sealed setting instead. If it "
                f"is harmless, write `{ALLOW_KEYS_IN}: [{path}]` in the app's settings, or leave the file out "
                f"({IGNORE_FILE})"
            )


def _key(kind: Kind, app: App, plan: Plan) -> str:
    """A digest of everything the artifact's bytes follow from."""
    facts = {
        "format": [FORMAT, DEFLATE_SETTINGS, kind.name, kind.suffix],
        "own": {name: app.contents[path].sha256 for name, path in plan.own.items()},
        "made": {name: hashlib.sha256(data).hexdigest() for name, data in plan.made.items()},
        "wheels": [key_of(plan.wheels), plan.wheels.prefix] if plan.wheels else None,
        "elsewhere": plan.elsewhere,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _from_cache(kind: Kind, key: str, cache: Cache) -> Artifact | None:
    note_record = records.read_json(cache.file("keys", f"{key}.json"))
    if not isinstance(note_record, dict) or not _DIGEST.fullmatch(str(note_record.get("digest"))):
        return None
    place = cache.file("artifacts", f"{note_record['digest']}{kind.suffix}")
    record = records.find(place)
    if record is None:
        return None
    cache.used(place)
    return _artifact(kind, note_record["digest"], record)


def _make(kind: Kind, app: App, plan: Plan, key: str, cache: Cache) -> Artifact:
    wheels = _vendored(app, plan, cache)
    with cache.alone(key):
        if artifact := _from_cache(kind, key, cache):
            return artifact  # another process was faster
        own = {name: app.contents[path] for name, path in plan.own.items()}
        generated = {name: content_of_bytes(data) for name, data in plan.made.items()}
        manifest, sizes = _union(app, own | generated, wheels, plan)
        check_unpacked(app.name, sizes, kind.limits, elsewhere=plan.elsewhere)
        digest = digest_of(manifest)
        place = cache.file("artifacts", f"{digest}{kind.suffix}")
        latest = cache.file("latest", f"{_identity(app.tree.root, kind.name, DEFLATE_SETTINGS)}.json")
        sources = _sources(app, plan, own, generated, wheels)
        with cache.workplace() as work:
            out = work / f"artifact{kind.suffix}"
            packs = [wheels.pack] if wheels else []
            packs += [record.pack for record in [_latest(latest, cache)] if record]
            members = WRITERS[kind.suffix](out, sources, packs, work)
            check_packed(app.name, out.stat().st_size, sizes, kind.limits)
            prefix = plan.wheels.prefix if plan.wheels else ""
            owners = {prefix + path: owner for path, owner in wheels.owners.items()} if wheels else {}
            packages = wheels.packages if wheels else {}
            _note(cache.file("artifacts", f"{digest}.json"), _described(manifest, sizes, owners, packages), work)
            record = records.keep(out, place, members=members, owners=owners, packages=packages)
            _note(cache.file("keys", f"{key}.json"), {"digest": digest}, work)
            _note(latest, {"file": place.name}, work)
        return _artifact(kind, digest, record)


def _vendored(app: App, plan: Plan, cache: Cache) -> records.Record | None:
    if plan.wheels is None or not (plan.wheels.lock.strip() or plan.wheels.built):
        return None
    return vendor(plan.wheels, app.name, key_of(plan.wheels), cache.store)


def _union(
    app: App, files: Mapping[str, Content], wheels: records.Record | None, plan: Plan
) -> tuple[dict[str, str], dict[str, int]]:
    """Manifest and sizes of the app's files and the dependencies together."""
    manifest = {name: content.sha256 for name, content in files.items()}
    sizes = {name: content.size for name, content in files.items()}
    prefix = plan.wheels.prefix if plan.wheels else ""
    for path, member in wheels.members.items() if wheels else ():
        name = prefix + path
        if name in manifest and manifest[name] != member.sha256:
            owner = wheels.owners.get(path, "") if wheels else ""
            raise BundleError(f"{app.tree.root / name} is in the place of a file of the package {owner}: rename it")
        manifest[name], sizes[name] = member.sha256, member.size
    check_together(manifest, of=f"the artifact of {app.name}")
    return dict(sorted(manifest.items())), dict(sorted(sizes.items()))


def _sources(
    app: App,
    plan: Plan,
    own: Mapping[str, Content],
    generated: Mapping[str, Content],
    wheels: records.Record | None,
) -> dict[str, Source]:
    """Where each member's bytes can be had, sorted by the member's name."""
    sources = {
        name: Source(own[name], opener=_opener(app.tree, path), data=app.in_memory.get(path))
        for name, path in plan.own.items()
    }
    sources |= {name: Source(generated[name], data=data) for name, data in plan.made.items()}
    prefix = plan.wheels.prefix if plan.wheels else ""
    for path, member in wheels.members.items() if wheels else ():
        sources[prefix + path] = Source(_content_of(member))
    return dict(sorted(sources.items()))


def _opener(tree: Tree, path: str) -> Callable[[], Any]:
    return lambda: tree.open(path)


def _content_of(member: Member) -> Content:
    return Content(member.sha256, member.size, executable=member.mode == 0o755)


def _latest(note: Path, cache: Cache) -> records.Record | None:
    record = records.read_json(note)
    if not isinstance(record, dict) or not _DIGEST.match(str(record.get("file"))):
        return None
    return records.find(cache.file("artifacts", record["file"]))


def _artifact(kind: Kind, digest: str, record: records.Record) -> Artifact:
    direct = kind.limits.direct
    return Artifact(
        path=record.file,
        digest=digest,
        manifest={path: member.sha256 for path, member in record.members.items()},
        sizes={path: member.size for path, member in record.members.items()},
        owners=record.owners,
        packages=record.packages,
        sha256=record.sha256,
        direct_upload=direct is None or record.file.stat().st_size <= direct,
    )


def _described(
    manifest: Mapping[str, str], sizes: Mapping[str, int], owners: Mapping[str, str], packages: Mapping[str, str]
) -> dict[str, Any]:
    return {"manifest": manifest, "sizes": sizes, "owners": dict(owners), "packages": dict(packages)}


def _note(file: Path, value: object, work: Path) -> None:
    temporary = work / "note"
    records.write_json(temporary, value)
    temporary.replace(file)


def _identity(root: Path, *facts: str) -> str:
    """A name for a folder of this machine; stays in the cache, never in an artifact."""
    named = "\n".join((str(root), *facts))
    return hashlib.sha256(named.encode(errors="surrogateescape")).hexdigest()[:32]  # a path need not be text

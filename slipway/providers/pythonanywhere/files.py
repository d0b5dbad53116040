"""The files of an app: exactly those of a manifest, in a folder of the account's, by their digests.

One zip brings them. What it has below ``packed`` goes up as one file, a zip again, for the WSGI file to unpack: the API
takes 40 requests a minute, and a Flask app's dependencies are 300 files.

What an app has written there is never written over, nor deleted. ``deployed`` in the state says what was uploaded; a
file that is not as it was uploaded was changed there. A change of the program that would touch such a file is refused
in the preview, until the program chooses: ``data`` names what is the app's own, ``changed`` says for all others whether
they stay (``keep``) or give way (``overwrite``).
"""

import fnmatch
import hashlib
import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Mapping

from slipway.providers.protocol.handler import Asset, Calls, CloudError, Handler, Props, creation
from slipway.providers.pythonanywhere.account import Account
from slipway.providers.pythonanywhere.wsgi import RECORDS

PACKS = ".packages"
"""The folder of packed files and of what is unpacked from them; it goes with the resource, whole."""
CACHES = "__pycache__"
REFUSE, KEEP, OVERWRITE = CHANGED = ("refuse", "keep", "overwrite")
"""What becomes of files that were changed there since they were uploaded, and that the program changes too."""
_HOME = re.compile(r"/home/[^/]+/.+")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def check(new: Props) -> dict[str, str]:
    """A folder below a home, and paths that stay in it."""
    wrong: dict[str, str] = {}
    directory, manifest = new.get("directory"), new.get("manifest")
    if isinstance(directory, str) and (not _HOME.fullmatch(directory) or posixpath.normpath(directory) != directory):
        wrong["directory"] = f"must be a folder below /home/USER, without a slash at its end, got {directory!r}"
    if new.get("changed") not in (None, *CHANGED):
        wrong["changed"] = f"must be one of {', '.join(CHANGED)}, got {new['changed']!r}"
    for path in manifest if isinstance(manifest, dict) else ():
        if not path or path.startswith(("/", "../")) or posixpath.normpath(path) != path:
            wrong["manifest"] = f"must have paths inside of the folder, got {path!r}"
    return wrong


def pack_name(members: Mapping[str, str]) -> str:
    """What the zip of these packed files (path -> sha256) is called: its name tells its content."""
    text = "\n".join(f"{path} {sha256}" for path, sha256 in sorted(members.items()))
    return f"{PACKS}/{hashlib.sha256(text.encode()).hexdigest()[:16]}.zip"


def manifest_of(manifest: Mapping[str, str], packed: str) -> dict[str, str]:
    """What is uploaded of an artifact's manifest: each file by its sha256, those below ``packed`` as one."""
    inside = {path: sha256 for path, sha256 in manifest.items() if packed and path.startswith(packed)}
    own = {path: sha256 for path, sha256 in manifest.items() if path not in inside}
    return {**own, **({pack_name(inside): "packed"} if inside else {})}


def create(account: Account, new: Props) -> tuple[str, Props]:
    """Upload them all; what an interrupted creation has uploaded is written again."""
    id = new["directory"]
    there = {path.removeprefix(f"{id}/") for path in account.tree(id)}
    resumed = creation.get().resumes
    retained = [] if resumed else _kept(account, id, {}, new, there & new["manifest"].keys())
    _upload(account, new, {path: sha256 for path, sha256 in new["manifest"].items() if path not in retained})
    return id, {"deployed": new["manifest"]}


def refuse_change(account: Account | None, _old: Props, new: Props, state: Props) -> str:
    """Which files the app has changed since they were uploaded, where the change would touch them.

    Asks for those files alone that the change is about.
    """
    if account is None:  # a review plans without a cloud
        return ""
    if new.get("changed", REFUSE) != REFUSE or state.get("directory") != new.get("directory"):
        return ""
    if not isinstance(new.get("manifest"), dict):
        return ""
    try:
        _kept(account, new["directory"], _deployed(state), new, _touched(state, new))
    except CloudError as error:
        return str(error)
    return ""


def refresh(account: Account, id: str, old: Props) -> Props | None:
    """The files of the known manifest as they are; others in the folder are the app's own business."""
    properties: dict[str, str] = {}
    packs = (
        account.list_folder(f"{id}/{PACKS}") if any(path.startswith(f"{PACKS}/") for path in old["manifest"]) else []
    )
    for path, sha256 in old["manifest"].items():
        if path.startswith(f"{PACKS}/"):
            if path.removeprefix(f"{PACKS}/") in (packs or []):
                properties[path] = "packed"
        elif _is_data(path, old):
            properties[path] = sha256
        elif (content := account.read_file(f"{id}/{path}")) is not None:
            properties[path] = hashlib.sha256(content).hexdigest()
    return {"directory": id, "manifest": properties} if properties else None


def read(account: Account, id: str) -> Props | None:
    """For an import: every file below the folder but caches."""
    result = [path.removeprefix(f"{id}/") for path in account.tree(id) if not path.endswith("/")]
    paths = [path for path in result if CACHES not in path.split("/")]
    return refresh(account, id, {"manifest": dict.fromkeys(paths, "")})


def update(account: Account, id: str, old: Props, new: Props) -> Props:
    """Upload what changed, then delete what the program has no more; nothing that the app has changed since."""
    before, after, deployed = old.get("manifest") or {}, new["manifest"], _deployed(old)
    touched = _touched(old, new)
    retained = _kept(account, id, deployed, new, touched)
    _upload(account, new, {path: after[path] for path in touched & after.keys() if path not in retained})
    for path in sorted(touched - after.keys()):
        if path not in retained:
            account.remove_file(f"{id}/{path}")
    if _packs(before) - after.keys():
        _prune(account, id, {*before, *after})
    return {"deployed": {**after, **{path: deployed[path] for path in retained if path in deployed}}}


def delete(account: Account, id: str, old: Props) -> None:
    """Delete them and Python's caches, and the folder where nothing is left in it; what the app has written stays."""
    account.remove_file(f"{id}/{PACKS}")
    account.remove_file(f"{id}/{RECORDS}")
    for path, sha256 in sorted(_deployed(old).items()):
        if not path.startswith(f"{PACKS}/") and _live(account, id, path) == sha256 and not _is_data(path, old):
            account.remove_file(f"{id}/{path}")
    below = account.tree(id)
    if all(path.endswith("/") or CACHES in path.split("/") for path in below):
        account.remove_file(id)
        return
    for path in below:
        if path.endswith(f"/{CACHES}/"):
            account.remove_file(path.rstrip("/"))


def _deployed(state: Props) -> dict[str, str]:
    """What was uploaded, by path; a state of before that was recorded has its manifest alone."""
    return state.get("deployed") or state.get("manifest") or {}


def _packs(manifest: Iterable[str]) -> set[str]:
    return {path for path in manifest if path.startswith(f"{PACKS}/")}


def _touched(state: Props, new: Props) -> set[str]:
    """The paths that a change would write or delete, but for what is packed."""
    before, deployed, after = state.get("manifest") or {}, _deployed(state), new["manifest"]
    differs = {path for path, sha256 in after.items() if sha256 not in (before.get(path), deployed.get(path))}
    differs |= {path for path in after.keys() & before.keys() if before[path] != after[path]}
    # What was uploaded before it became the app's own stays.
    differs |= {path for path in (before.keys() | deployed.keys()) - after.keys() if not _is_data(path, new)}
    return differs - {path for path in _packs(differs) if path not in after}


def _kept(account: Account, id: str, deployed: Mapping[str, str], new: Props, paths: Iterable[str]) -> list[str]:
    """Which of these paths stay as they are there. Raises :class:`CloudError` where the program has to choose."""
    changed = [
        path
        for path in sorted(paths)
        if not path.startswith(f"{PACKS}/")
        and _live(account, id, path) not in (None, deployed.get(path), new["manifest"].get(path, ""))
    ]
    own = [path for path in changed if _is_data(path, new)]
    others = [path for path in changed if path not in own]
    if others and new.get("changed", REFUSE) == REFUSE:
        raise CloudError(
            f"{id}: {', '.join(others)} {'was' if len(others) == 1 else 'were'} changed there since the last "
            "deployment, and this one would write over that. Nothing was changed. Choose in the app's settings: "
            f"`data: [{', '.join(others)}]` for what the app writes itself (never written over, nor deleted), "
            f"`changed: {KEEP}` to leave such files as they are there, or `changed: {OVERWRITE}` to take those of "
            "this folder"
        )
    return changed if new.get("changed", REFUSE) == KEEP else own


def _live(account: Account, id: str, path: str) -> str | None:
    content = account.read_file(f"{id}/{path}")
    return None if content is None else hashlib.sha256(content).hexdigest()


def _is_data(path: str, props: Props) -> bool:
    """Whether a file is the app's own, by the patterns of ``data``: a path, a folder, or with ``*``."""
    return any(
        fnmatch.fnmatchcase(path, pattern) or path.startswith(f"{pattern.rstrip('/')}/")
        for pattern in props.get("data") or ()
    )


def _prune(account: Account, id: str, retained: set[str]) -> None:
    """Take away the packs before the last one: the processes that go on until the reload have that one open."""
    names = {name.rstrip("/") for name in account.list_folder(f"{id}/{PACKS}") or ()}
    packages = {
        path.removeprefix(f"{PACKS}/").removesuffix(".zip") for path in retained if path.startswith(f"{PACKS}/")
    }
    for name in sorted(names):
        if name.removesuffix(".zip") not in packages:
            account.remove_file(f"{id}/{PACKS}/{name}")


def _upload(account: Account, new: Props, changed: Mapping[str, str]) -> None:
    if not changed:
        return
    source, directory = new.get("source"), new["directory"]
    if not isinstance(source, Asset):
        raise CloudError(f"the files of {directory} need a source, a zip as pulumi.FileArchive; got none")
    with zipfile.ZipFile(io.BytesIO(source.read())) as archive:
        inside = set(archive.namelist())
        for path in sorted(changed):
            if path.startswith(f"{PACKS}/"):
                account.write_file(f"{directory}/{path}", _packed(archive, new.get("packed") or ""))
            elif path in inside:
                account.write_file(f"{directory}/{path}", archive.read(path))
            else:
                raise CloudError(f"the manifest names {path!r}, which the source does not hold")


def _packed(archive: zipfile.ZipFile, prefix: str) -> bytes:
    """What is below ``prefix``, as a zip of its own: the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(name for name in archive.namelist() if name.startswith(prefix) and not name.endswith("/")):
            info = zipfile.ZipInfo(name.removeprefix(prefix), _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            # Once more for the way there: fast matters more here than the last tenth of the size.
            made.writestr(info, archive.read(name), compresslevel=1)
    return out.getvalue()


HANDLERS = {
    "pythonanywhere:index:Files": Handler(
        check=check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        refresh=refresh,
        replace_on=frozenset({"directory"}),
        carried=frozenset({"source"}),
        refuse_change=refuse_change,
        computed=frozenset({"deployed"}),
        volatile=frozenset({"deployed"}),
    )
}

"""Files: read, listed, written, deleted and shared, inside of what is the account's own."""

import posixpath
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from slipway.sandbox.pythonanywhere.accounts import Account
from slipway.sandbox.pythonanywhere.answers import Answer, Refusal, not_found, required
from slipway.sandbox.pythonanywhere.world import World

LARGEST = 100 << 20
"""Bytes of one upload."""
MOST_LISTED = 1000
READABLE = ("/var/log/", "/var/www/", "/tmp/")  # noqa: S108 - a path of the stand-in's own machine
WRITABLE = ("/var/www/", "/tmp/")  # noqa: S108


def read(world: World, account: Account, path: str) -> Answer:
    """A file's bytes, or what is in a folder."""
    _allowed(account, path, READABLE)
    place = world.place(path)
    if place.is_dir():
        return Answer(200, {entry.name: _entry(account, path, entry) for entry in sorted(place.iterdir())})
    if not place.is_file():
        raise not_found()
    return Answer(200, place.read_bytes())


def write(world: World, account: Account, path: str, content: bytes | None) -> Answer:
    """Create (201) or replace (200) a file."""
    _allowed(account, path, WRITABLE)
    if content is None:
        raise Refusal(400, {"detail": "You must provide a file with the name 'content'."})
    place = world.place(path)
    if place.is_dir():
        raise Refusal(400, {"detail": f"{path} is a directory."})
    if len(content) > LARGEST:
        raise Refusal(413, {"detail": f"The file is larger than {LARGEST >> 20} MiB."})
    there = place.stat().st_size if place.is_file() else 0
    if used(world, account) - there + len(content) > account.plan.disk:
        raise Refusal(403, {"detail": "You have exceeded your disk quota, no more files can be written."})
    existed = place.is_file()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    world.own(place)
    return Answer(200 if existed else 201)


def remove(world: World, account: Account, path: str) -> Answer:
    """Delete a file, or a folder with all in it."""
    _allowed(account, path, (*WRITABLE, "/var/log/"))
    place = world.place(path)
    if place.is_dir():
        shutil.rmtree(place)
    elif place.exists():
        place.unlink()
    else:
        raise not_found()
    return Answer(204)


def tree(world: World, account: Account, path: str) -> Answer:
    """Every path below a folder, folders with a slash at their end, as far as the limit goes."""
    _allowed(account, path, READABLE)
    place = world.place(path)
    if not place.is_dir():
        raise Refusal(400, {"detail": f"{path} is not a directory."})
    top = path.rstrip("/")
    return Answer(200, sorted(_below(place, top))[:MOST_LISTED])


def share(world: World, account: Account, method: str, path: str) -> Answer:
    """Start, look at or stop the sharing of a file."""
    required({"path": path}, "path")
    _allowed(account, path, ())
    with world.changed() as state:
        shared = state["shared"].get(path)
        if method == "POST":
            if not world.place(path).is_file():
                raise not_found()
            url = shared or f"/user/{account.user}/shares/{secrets.token_hex(16)}/"
            state["shared"][path] = url
            return Answer(200 if shared else 201, {"url": url})
        if shared is None:
            raise not_found()
        if method == "DELETE":
            del state["shared"][path]
            return Answer(204)
        return Answer(200, {"url": shared})


def used(world: World, account: Account) -> int:
    """Bytes that count towards the quota."""
    home = world.place(account.home)
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) if home.exists() else 0


def _allowed(account: Account, path: str, others: tuple[str, ...]) -> None:
    clean = posixpath.normpath(path) + ("/" if path.endswith("/") else "")
    if clean.rstrip("/") == account.home or clean.startswith((f"{account.home}/", *others)):
        return
    raise Refusal(403, {"detail": "You do not have permission to access this path."})


def _entry(account: Account, folder: str, entry: Path) -> dict[str, str]:
    kind = "directory" if entry.is_dir() else "file"
    path = posixpath.join(folder, entry.name)
    return {"type": kind, "url": f"/api/v0/user/{account.user}/files/path{path}"}


def _below(place: Path, top: str) -> Iterator[str]:
    for path in place.rglob("*"):
        yield f"{top}/{path.relative_to(place).as_posix()}{'/' if path.is_dir() else ''}"

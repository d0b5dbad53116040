"""A root file system from packages' files: one tar, the same bytes for the same packages.

    unpack each package's tar -> leave documentation out -> merge /bin, /lib, /sbin into /usr -> links, users, folders

Times are 0, owners are numbers, names are in order. Nothing of a package's scripts runs.
"""

import io
import posixpath
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from slipway.sandbox.images.debian import TRIPLETS, PackagesError
from slipway.sandbox.images.recipes import UID, USER, Recipe

MERGED = ("bin", "lib", "lib64", "sbin")
"""Debian 12's root has these as links into /usr; its packages still ship files below them."""

LEFT_OUT = (
    "usr/share/doc-base/",
    "usr/share/man/",
    "usr/share/locale/",
    "usr/share/info/",
    "usr/share/lintian/",
    "usr/share/bug/",
    "usr/share/applications/",
    "usr/share/pixmaps/",
    "usr/share/gcc/",
    "usr/lib/python3.11/test/",
    "usr/lib/systemd/",
    "etc/init.d/",
    "etc/logrotate.d/",
)
DEPENDS = re.compile(r"^(?:Pre-)?Depends:.*\n(?:[ \t].*\n)*", re.MULTILINE)
DPKG_FOLDERS = ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "var/lib/dpkg/alternatives",
                "var/cache/apt/archives/partial", "var/lib/apt/lists/partial", "var/log/apt", "root")  # fmt: skip
AUTHORITIES = "usr/share/ca-certificates/mozilla/"
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
EXTERNALLY_MANAGED = "usr/lib/python3.11/EXTERNALLY-MANAGED"
"""What keeps pip from installing beside Debian's packages (PEP 668): in an image of one app there are none to guard."""
USERS = f"root:x:0:0:root:/root:/bin/sh\n{USER}:x:{UID}:{UID}::/tmp:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
GROUPS = f"root:x:0:\ntty:x:5:\n{USER}:x:{UID}:\nnogroup:x:65534:\n"
Entry = tuple[tarfile.TarInfo, bytes]


def root(recipe: Recipe, files: Sequence[Path], architecture: str) -> bytes:
    """The tar of the image's only layer. Raises :class:`PackagesError` for a package that cannot be unpacked."""
    result: dict[str, Entry] = {}
    for file in files:
        for entry in _unpacked(file):
            result.setdefault(entry[0].name, entry)
    for entry in _added(recipe):
        result[entry[0].name] = entry
    if recipe.managed:
        result |= {entry[0].name: entry for entry in _managed(files)}
        result |= {entry[0].name: entry for entry in _debian_users(result)}
    for entry in _certificates(result, recipe):
        result[entry[0].name] = entry
    result.pop(EXTERNALLY_MANAGED, None)
    if recipe.compiled:
        result |= {entry[0].name: entry for entry in _compiled(result, recipe.compiled, architecture)}
    return _written(result)


def _unpacked(package: Path) -> Iterator[Entry]:
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True)
    if done.returncode:
        raise PackagesError(f"{package} cannot be unpacked: {done.stderr.decode().strip()}; delete it, then again")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        for member in tar:
            name = _placed(member.name)
            if not name or name in MERGED or f"{name}/".startswith(LEFT_OUT) or _is_document(name):
                continue
            data = tar.extractfile(member) if member.isfile() else None
            yield _normal(member, name), data.read() if data else b""


def _is_document(name: str) -> bool:
    return name.startswith("usr/share/doc/") and posixpath.basename(name) != "copyright"


def _placed(name: str) -> str:
    name = posixpath.normpath(name).lstrip("/").removeprefix("./")
    if name == ".":
        return ""
    return f"usr/{name}" if name.split("/")[0] in MERGED and "/" in name else name


def _normal(member: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size = member.type, member.mode, member.size
    entry.uid, entry.gid = member.uid, member.gid
    entry.linkname = _placed(member.linkname) if member.islnk() else member.linkname
    return entry


def _added(recipe: Recipe) -> Iterator[Entry]:
    for name in MERGED:
        yield _link(name, f"usr/{name}")
        yield _folder(f"usr/{name}")
    for link, target in recipe.links.items():
        yield _link(link, target)
    for name, text in (("etc/passwd", USERS), ("etc/group", GROUPS)):
        yield _file(name, text.encode())
    yield _folder("tmp", mode=0o1777)
    for name in recipe.folders:
        yield _folder(name, owner=UID)
    for name, text in recipe.files.items():
        yield _file(name, text.encode())


def _managed(files: Sequence[Path]) -> Iterator[Entry]:
    """What dpkg and apt keep: the packages that are there, and the folders that they write to.

    Raises :class:`PackagesError`.
    """
    stanzas: list[str] = []
    for file in files:
        done = subprocess.run(["dpkg-deb", "--field", file], capture_output=True, text=True)
        if done.returncode:
            raise PackagesError(f"{file} cannot be read: {done.stderr.strip()}; delete it, then again")
        # The list of packages says what is enough here: apt is not to add what they name beside it.
        fields = DEPENDS.sub("", done.stdout).rstrip()
        stanzas.append(f"{fields}\nStatus: install ok installed\n")
    yield _file("var/lib/dpkg/status", "\n".join(stanzas).encode())
    for name in DPKG_FOLDERS:
        yield _folder(name)


def _debian_users(result: dict[str, Entry]) -> Iterator[Entry]:
    """Debian's own users and groups, as the script of its package would write them.

    :data:`USER` is none of them: Dockerfiles make users of that name.
    """
    for name in ("passwd", "group"):
        entry = result.get(f"usr/share/base-passwd/{name}.master")
        if entry is None:
            continue
        text = entry[1].replace(b":*:", b":x:").decode()
        yield _file(f"etc/{name}", text.encode())
        if name == "passwd":
            people = [row.partition(":")[0] for row in text.splitlines()]
            yield _file("etc/shadow", "".join(f"{person}:*:19000:0:99999:7:::\n" for person in people).encode(), 0o640)


def _certificates(result: dict[str, Entry], recipe: Recipe) -> Iterator[Entry]:
    """The authorities of Debian's package in one file, as its script would write it."""
    texts = [data for name, (_, data) in sorted(result.items()) if name.startswith(AUTHORITIES)]
    if texts and BUNDLE not in recipe.files:
        yield _file(BUNDLE, b"".join(texts))


def _compiled(result: dict[str, Entry], python: str, architecture: str) -> Iterator[Entry]:
    """The bytecode of the library, made by the very Python that is inside, run from a folder by its own loader."""
    library = f"usr/lib/{python}/"
    with tempfile.TemporaryDirectory() as work:
        with tarfile.open(fileobj=io.BytesIO(_written(result))) as tar:
            tar.extractall(work, members=_wanted(tar, library), filter="fully_trusted")  # noqa: S202 - our own tar
        inside = Path(work)
        loader = next(inside.glob(f"usr/lib/{TRIPLETS[architecture]}/ld-linux*.so*"))
        run = [loader, "--library-path", loader.parent, inside / "usr/bin" / python, "-I", "-S"]
        words = ["-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", work, "-p", "/"]
        done = subprocess.run(
            [*run, *words, inside / library],
            env={"PYTHONHOME": str(inside / "usr"), "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise PackagesError(
                f"the library of {python} could not be compiled: {done.stdout[-300:]}{done.stderr[-300:]}"
            )
        for path in sorted(inside.rglob("*.pyc")):
            name = path.relative_to(inside).as_posix()
            yield _folder(posixpath.dirname(name))
            yield _file(name, path.read_bytes())


def _wanted(tar: tarfile.TarFile, library: str) -> list[tarfile.TarInfo]:
    """What compiling needs: the library, the interpreter, the shared objects."""
    needed = (library, "usr/bin/python", "usr/lib/x86_64-linux-gnu/", "usr/lib/aarch64-linux-gnu/", "usr/lib64/")
    result = []
    for member in tar:
        if member.name.startswith(needed):
            member.uid = member.gid = 0
            result.append(member)
    return result


def _written(result: dict[str, Entry]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        # A hard link comes after what it links to.
        for name in sorted(result, key=lambda name: (result[name][0].islnk(), name)):
            info, data = result[name]
            tar.addfile(info, io.BytesIO(data) if info.isfile() else None)
    return out.getvalue()


def _file(name: str, data: bytes, mode: int = 0o644) -> Entry:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), mode
    return info, data


def _folder(name: str, *, mode: int = 0o755, owner: int = 0) -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, owner, owner
    return info, b""


def _link(name: str, target: str) -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, target
    return info, b""

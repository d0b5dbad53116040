"""Folders that mean harm, or could: refused with the path named, nothing followed, nothing written outside."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.bundle import BundleError, Cache, static_folder
from slipway.bundle.names import check_together
from slipway.bundle.tree import look_through

CASES = sorted((Path(__file__).parents[2] / "cases/bundle/hostile").glob("*.json"))


def make_file(root: Path, path: str, text: str = "x") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def make_link(root: Path, path: str, target: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).symlink_to(target.replace("{outside}", str(root.parent / "outside")))


def make_socket(root: Path, path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        try:
            os.chdir(root)  # a socket's address is at most 108 bytes
            listening.bind(path)
        finally:
            os.chdir(here)


def make_name(root: Path, escaped: str) -> None:
    name = os.fsencode(str(root)) + b"/" + escaped.encode().decode("unicode_escape").encode("latin-1")
    with open(name, "w"):  # noqa: PTH123 (bytes that are not UTF-8 are no Path)
        pass


MAKE: dict[str, Callable[..., object]] = {
    "file": make_file,
    "link": make_link,
    "hard link": lambda root, path, target: (root / path).hardlink_to(root / target),
    "fifo": lambda root, path: os.mkfifo(root / path),
    "socket": make_socket,
    "mode": lambda root, path, mode: (root / path).chmod(int(mode, 8)),
    "sparse": lambda root, path, size: os.truncate(os.open(root / path, os.O_CREAT | os.O_WRONLY), size),
    "name": make_name,
    "device": lambda root, path: os.mknod(root / path, 0o20666, os.makedev(1, 3)),
}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_hostile_folder_is_refused(case: Path, tmp_path: Path, cache: Cache):
    """One file a case: how the folder is made, and every word the refusal has to have."""
    told = json.loads(case.read_text())
    root = tmp_path / "app"
    make_file(tmp_path, "outside/secret.txt", "must not be read")
    make_file(root, "index.html")
    for what, *details in told["make"]:
        try:
            MAKE[what](root, *details)
        except PermissionError:
            pytest.skip(f"this user may not make a {what}")
    before = snapshot(tmp_path)
    with pytest.raises(BundleError) as refused:
        static_folder(root, cache=cache)
    for words in told["refused"]:
        assert words in str(refused.value)
    assert "\n" not in str(refused.value).split("Largest files")[0], "a name from outside must not break the message"
    assert snapshot(tmp_path) == before
    assert not list(cache.root.rglob("*.zip"))


def snapshot(folder: Path) -> set[bytes]:
    inside = (
        os.fsencode(at) + b"/" + os.fsencode(name)
        for at, folders, files in os.walk(folder)
        for name in (*folders, *files)
    )
    return {path for path in inside if b"/cache" not in path}


def test_too_many_files_are_refused_early(folder):
    """A folder of 100,000 files is refused once the bound is passed; here with a bound of its own."""
    source = folder({f"{i}.txt": "" for i in range(30)})
    with pytest.raises(BundleError, match=r"more than 20 files.*\.slipwayignore"):
        look_through(source, most_files=20)


def test_a_file_that_changes_while_it_is_read_is_refused(folder):
    """Half of an old file and half of a new one must never be deployed."""
    source = folder({"main.py": "old\n"})
    tree = look_through(source)
    with pytest.raises(BundleError, match=r"main\.py changed while it was read"), tree.open("main.py") as fd:
        (source / "main.py").write_text("newer\n")
        os.pread(fd, 100, 0)


@pytest.mark.parametrize("exchanged", ["main.py", "package"])
def test_what_becomes_a_link_after_the_walk_is_not_followed(folder, tmp_path: Path, exchanged: str):
    """Between looking and reading, a file or folder exchanged for a link leads nowhere."""
    source = folder({"main.py": "x", "package/main.py": "x"})
    outside = folder({"main.py": "secret"}, "outside")
    tree = look_through(source)
    path = source / exchanged
    path.rename(tmp_path / "away")
    path.symlink_to(outside / "main.py" if exchanged == "main.py" else outside)
    inside = "main.py" if exchanged == "main.py" else "package/main.py"
    with pytest.raises(BundleError, match="changed while it was read"), tree.open(inside):
        pytest.fail("what lies outside must not even be handed out for reading")


def test_a_link_to_a_file_of_the_app_is_a_copy_of_it(folder, cache: Cache):
    """The one harmless link: both names hold the same bytes."""
    source = folder({"index.html": "hello"})
    (source / "default.html").symlink_to("index.html")
    artifact = static_folder(source, cache=cache)
    assert artifact.manifest["default.html"] == artifact.manifest["index.html"]


@pytest.mark.parametrize(
    "names", [["a/b", "a"], ["A/b", "a"], ["Ab", "aB"], ["ß", "SS"], ["e\u0301", "\u00e9"], ["a/x", "A/y"]]
)
def test_names_that_one_folder_cannot_hold_together(names: list[str]):
    """On a system that folds case or Unicode forms, one of the two would be lost."""
    with pytest.raises(BundleError, match="the app holds"):
        check_together(names)


def test_a_missing_folder_and_an_empty_one_are_named(tmp_path: Path, cache: Cache):
    """Each gets one message that says which folder."""
    with pytest.raises(BundleError, match=f"there is no folder {tmp_path}/nowhere"):
        static_folder(tmp_path / "nowhere", cache=cache)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BundleError, match="empty has no file that belongs"):
        static_folder(tmp_path / "empty", cache=cache)

"""Base images: the same packages give the same image, which runs what Python needs and nothing more."""

import io
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from slipway.sandbox.images import bases, debian, root
from slipway.sandbox.images.bases import Base
from slipway.sandbox.images.debian import Package, PackagesError
from slipway.sandbox.images.recipes import RECIPES, Recipe

pytestmark = pytest.mark.skipif(not shutil.which("apt-get"), reason="base images are made of Debian's packages")

SMALL = Recipe(
    name="slipway-tests/small",
    says="",
    packages=("busybox-static", "netbase"),
    links={"usr/bin/sh": "busybox"},
    folders=("data",),
)


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """The packages' files, of the user's own store."""
    return debian.fetch(debian.wanted(SMALL.packages), debian.store())


def test_a_root_tells_nothing_of_when_and_where_it_was_made(files: list[Path]):
    """The same bytes each time; times are 0, owners numbers, documentation out, /bin merged into /usr."""
    made = root.root(SMALL, files, debian.architecture())
    assert made == root.root(SMALL, list(reversed(files)), debian.architecture())
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        found = {member.name: member for member in tar}
        users = tar.extractfile("etc/passwd")
        assert users is not None
        assert b"app:x:10001:10001:" in users.read()
    assert {(member.mtime, member.uname, member.gname) for member in found.values()} == {(0, "", "")}
    assert found["bin"].linkname == "usr/bin"
    assert found["usr/bin/busybox"].isfile()
    assert found["usr/bin/sh"].linkname == "busybox"
    assert (found["data"].uid, found["tmp"].mode) == (10001, 0o1777)
    assert not [name for name in found if name.startswith(("usr/share/man", "bin/"))]
    documents = [name for name in found if name.startswith("usr/share/doc/") and found[name].isfile()]
    assert all(name.endswith("/copyright") for name in documents)


def test_a_name_says_what_an_image_is_made_of():
    """Another version of a package is another tag; another recipe is another label, whatever the versions."""
    one, two = Package("a_1_amd64.deb", "0" * 64), Package("a_2_amd64.deb", "0" * 64)
    assert Base(SMALL, "amd64", [one]).tag != Base(SMALL, "amd64", [two]).tag
    assert Base(SMALL, "amd64", [one]).tag != Base(SMALL, "arm64", [one]).tag
    assert Base(SMALL, "amd64", [one]).reference.startswith("slipway-tests/small:")
    assert len({bases.label(which) for which in RECIPES}) == len(RECIPES)
    assert bases.is_one("slipway/python-base:1234")
    assert not bases.is_one("127.0.0.1:5000/slipway/python-base:1234")


def test_a_package_that_apt_does_not_know_is_named():
    """With what to do."""
    with pytest.raises(PackagesError, match=r"apt-get update"):
        debian.wanted(["slipway-no-such-package"])


def test_a_file_that_was_damaged_is_fetched_again(tmp_path: Path):
    """What lies in the store is used only where it is what apt's list says."""
    wanted = debian.wanted(["netbase"])
    (path,) = debian.fetch(wanted, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(b"half")
    assert debian.fetch(wanted, tmp_path)[0].read_bytes() == whole
    with pytest.raises(PackagesError, match="is not what apt's list says it is"):
        debian.fetch([Package(wanted[0].file, "0" * 64)], tmp_path)


@pytest.mark.docker
@pytest.mark.slow
def test_the_same_packages_make_the_same_image(base: tuple[Any, str], tmp_path: Path):
    """Removed from the daemon and made again, from files fetched before, it has the same id."""
    client, _ = base
    packages = debian.wanted(SMALL.packages)
    layer = root.root(SMALL, debian.fetch(packages, debian.store()), debian.architecture())
    archive = bases.archive("python", Base(SMALL, debian.architecture(), packages), layer)
    (first,) = client.images.load(archive)
    client.images.remove(first.id, force=True)
    (second,) = client.images.load(archive)
    assert first.id == second.id
    client.images.remove(second.id, force=True)


@pytest.mark.docker
def test_the_python_base_runs_without_rights(base: tuple[Any, str]):
    """Nobody's user, no network, nothing to write to: the library is there, and compiled already."""
    client, name = base
    code = "import ssl, sqlite3, ctypes, lzma, bz2, uuid, json, os; print(os.getuid(), os.path.exists(json.__cached__))"
    said = client.containers.run(
        name, ["python", "-c", code], user="10001:10001", read_only=True, network_mode="none", remove=True
    )
    assert said == b"10001 True\n"


@pytest.mark.docker
def test_the_python_base_has_time_zones_and_authorities(base: tuple[Any, str]):
    """As the slim image of Python's maintainers: an app tells the time elsewhere, and trusts whom browsers trust."""
    client, name = base[0], bases.have(base[0], "python").reference
    code = (
        "import datetime, ssl, zoneinfo; day = datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Asia/Tokyo')); "
        "print(day.utcoffset(), ssl.create_default_context().cert_store_stats()['x509_ca'] > 100)"
    )
    said = client.containers.run(name, ["python", "-c", code], user="10001:10001", network_mode="none", remove=True)
    assert said == b"9:00:00 True\n"


@pytest.mark.docker
def test_what_is_built_of_a_base_is_not_taken_for_one(base: tuple[Any, str], tiny: str):
    """It inherits the label, and may be newer."""
    client, name = base
    dockerfile = io.BytesIO(f"FROM {name}\nLABEL a=b\n".encode())
    built, _ = client.images.build(fileobj=dockerfile, tag="slipway-tests/x:1", rm=True, forcerm=True)
    try:
        assert bases.newest(client, "python") == name
    finally:
        client.images.remove(built.id, force=True)

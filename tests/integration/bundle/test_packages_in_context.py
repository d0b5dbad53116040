"""Container contexts that bring the app's packages along, so that a build needs no network."""

import tarfile

import pytest

from slipway.bundle import BundleError, Cache, container_context

OPTIONAL = "ARG BASE\nFROM ${BASE}\nCOPY requirements.txt package[s] packages/\nCOPY main.py ./\n"
NEEDED = "FROM scratch\nCOPY packages packages/\n"


def test_the_locks_packages_are_in_the_context(folder, cache: Cache, wheelhouse):
    """Unpacked below packages/, with the bytes of the wheels, whether they were packed there or not."""
    wheelhouse.add("tool", files={"tool/__init__.py": b"x = 1\n" * 100, "tool/data.bin": b"\0"})
    source = folder({"main.py": "", "Dockerfile": OPTIONAL, "requirements.txt": wheelhouse.lock("tool")})
    artifact = container_context(source, python="3.11", cache=cache)
    with tarfile.open(artifact.path) as inside:
        found = {name: handle.read() for name in inside.getnames() if (handle := inside.extractfile(name))}
    assert found["packages/tool/__init__.py"] == b"x = 1\n" * 100
    assert found["packages/tool/data.bin"] == b"\0"
    assert artifact.packages == {"tool": "1.0"}


def test_without_a_python_the_build_installs_them(folder, cache: Cache, wheelhouse):
    """The same Dockerfile: its pattern may match nothing, and the lock is there to install from."""
    wheelhouse.add("tool")
    source = folder({"main.py": "", "Dockerfile": OPTIONAL, "requirements.txt": wheelhouse.lock("tool")})
    assert sorted(container_context(source, cache=cache).manifest) == ["Dockerfile", "main.py", "requirements.txt"]


def test_a_dockerfile_without_a_place_for_them_fetches_them_itself(folder, cache: Cache, wheelhouse):
    """Most are written so: nothing is added that the build would not read."""
    wheelhouse.add("tool")
    files = {
        "main.py": "",
        "Dockerfile": "FROM scratch\nCOPY main.py ./\n",
        "requirements.txt": wheelhouse.lock("tool"),
    }
    assert sorted(container_context(folder(files), python="3.11", cache=cache).manifest) == ["Dockerfile", "main.py"]


def test_an_app_without_a_dockerfile_gets_one(folder, cache: Cache, wheelhouse):
    """Its files below app/, its packages beside them, and what serves it as the last instruction."""
    wheelhouse.add("gunicorn")
    source = folder({"src/shop.py": "app = 1\n", "requirements.txt": wheelhouse.lock("gunicorn")})
    artifact = container_context(source, python="3.11", entry="src/shop:app", interface="wsgi", cache=cache)
    files = {name for name in artifact.manifest if not name.startswith("packages/")}
    inside = {"gunicorn.conf.py", "slipway_entry.py", "src/shop.py"}
    assert files == {"Dockerfile", "requirements.txt", *(f"image/app/{name}" for name in inside)}
    with tarfile.open(artifact.path) as inside:
        handle = inside.extractfile("Dockerfile")
        assert handle is not None
        assert '"slipway_entry:app"]' in handle.read().decode().splitlines()[-1]


def test_machine_code_for_another_machine_is_refused(folder, cache: Cache, wheelhouse, elf):
    """As for a function: it would fail in the container, not in the build."""
    wheelhouse.add("native", files={"native/core.so": elf("arm64")})
    source = folder({"main.py": "", "Dockerfile": OPTIONAL, "requirements.txt": wheelhouse.lock("native")})
    with pytest.raises(BundleError, match="which is for arm64"):
        container_context(source, python="3.11", cache=cache)


@pytest.mark.parametrize(
    ("dockerfile", "options", "why"),
    [
        (NEEDED, {}, "reads 'packages', which the app does not have"),
        (OPTIONAL, {"python": "three"}, "'three' is no version of Python: write it as 3.11"),
        (OPTIONAL, {"python": "3.11", "architecture": "sparc"}, "no architecture 'sparc': choose one of x86_64"),
    ],
)
def test_what_cannot_be_is_refused(folder, cache: Cache, wheelhouse, dockerfile: str, options: dict, why: str):
    """Packages without a place, a place without packages, and a platform that is none."""
    wheelhouse.add("tool")
    source = folder({"main.py": "", "Dockerfile": dockerfile, "requirements.txt": wheelhouse.lock("tool")})
    with pytest.raises(BundleError, match=why):
        container_context(source, cache=cache, **options)

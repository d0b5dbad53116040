"""Dependencies: wheels alone, hashed, for the declared Python and machine, without a trace of this one."""

import zipfile

import pytest

from slipway.bundle import BundleError, Cache, lambda_layer, lambda_zip
from slipway.bundle.locks import lock
from slipway.bundle.platforms import LAMBDA, lambda_platform

CODE = {"lambda_function.py": "x = 1\n"}


def test_nothing_of_the_installation_is_inside(folder, cache: Cache, wheelhouse):
    """Scripts with an interpreter's path, lists of installed files and the installer's name stay out."""
    wheelhouse.add(
        "tool", files={"tool/__init__.py": b"x = 1\n", "tool/sub/data.bin": b"\0"}, scripts={"tool": "tool:x"}
    )
    artifact = lambda_zip(folder(CODE | {"requirements.txt": wheelhouse.lock("tool")}), cache=cache)
    info = "tool-1.0.dist-info"
    theirs = ["METADATA", "WHEEL", "entry_points.txt"]
    assert sorted(artifact.manifest) == sorted(
        ["lambda_function.py", "tool/__init__.py", "tool/sub/data.bin", *(f"{info}/{name}" for name in theirs)]
    )
    assert artifact.packages == {"tool": "1.0"}
    assert artifact.owners["tool/sub/data.bin"] == "tool"
    with zipfile.ZipFile(artifact.path) as inside:
        assert inside.read("tool/__init__.py") == b"x = 1\n"


def test_the_app_and_its_packages_stand_in_one_order(folder, cache: Cache, wheelhouse):
    """By name, wherever a file comes from: a listing reads well, and no order of work can show."""
    wheelhouse.add("tool")
    source = folder(CODE | {"zebra.py": "", "a.py": "", "requirements.txt": wheelhouse.lock("tool")})
    artifact = lambda_zip(source, cache=cache)
    with zipfile.ZipFile(artifact.path) as inside:
        assert inside.namelist() == sorted(inside.namelist()) == list(artifact.manifest)


@pytest.mark.parametrize("machine", ["arm64", "i386"])
def test_machine_code_of_another_machine_is_refused(folder, cache: Cache, wheelhouse, elf, machine: str):
    """The package is named; it would fail at import time, in the cloud."""
    wheelhouse.add("native", files={"native/core.so": elf(machine)})
    source = folder(CODE | {"requirements.txt": wheelhouse.lock("native")})
    with pytest.raises(BundleError, match=rf"the package native of app brings native/core\.so, which is for {machine}"):
        lambda_zip(source, cache=cache)
    assert not list(cache.root.rglob("*.zip"))


def test_machine_code_of_the_right_machine_is_taken(folder, cache: Cache, wheelhouse, elf):
    """The same library is right for arm64 and wrong for x86_64."""
    wheelhouse.add("native", files={"native/core.so": elf("arm64")})
    source = folder(CODE | {"requirements.txt": wheelhouse.lock("native")})
    assert "native/core.so" in lambda_zip(source, architecture="arm64", cache=cache).manifest


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("core.cpython-310-x86_64-linux-gnu.so", "is for Python 3.10"),
        ("core.pyd", "is for Windows"),
        ("libcore.dylib", "is for macOS"),
    ],
)
def test_an_extension_for_another_python_or_system_is_refused(
    folder, cache: Cache, wheelhouse, elf, file: str, why: str
):
    """An extension module that this Python would never load means that the one it needs is missing."""
    wheelhouse.add("native", files={f"native/{file}": elf("x86_64")})
    with pytest.raises(BundleError, match=rf"the package native .*{why}.*Python 3\.11"):
        lambda_zip(folder(CODE | {"requirements.txt": wheelhouse.lock("native")}), cache=cache)


def test_one_fitting_form_of_a_module_is_enough(folder, cache: Cache, wheelhouse, elf):
    """A package may carry its extension for several Pythons side by side."""
    versions = {f"native/core.cpython-{v}-x86_64-linux-gnu.so": elf("x86_64") for v in (310, 311)}
    wheelhouse.add("native", files=versions)
    lambda_zip(folder(CODE | {"requirements.txt": wheelhouse.lock("native")}), cache=cache)


def test_a_library_of_the_apps_own_is_checked_too(folder, cache: Cache, elf):
    """What was compiled on a laptop and left in the folder is named by its path."""
    with pytest.raises(BundleError, match=r"app/fast\.so is for arm64; the app is made for .*x86_64"):
        lambda_zip(folder(CODE | {"fast.so": elf("arm64")}), cache=cache)


@pytest.mark.parametrize(
    ("tag", "python", "architecture", "fits"),
    [
        ("cp311-cp311-manylinux_2_17_x86_64", "3.11", "x86_64", True),
        ("cp311-cp311-manylinux_2_28_x86_64", "3.11", "x86_64", False),
        ("cp312-cp312-manylinux_2_28_x86_64", "3.12", "x86_64", True),
        ("cp312-cp312-manylinux_2_34_x86_64", "3.12", "x86_64", False),
        ("cp312-cp312-manylinux_2_28_aarch64", "3.12", "arm64", True),
        ("cp312-cp312-manylinux_2_28_aarch64", "3.12", "x86_64", False),
        ("cp312-cp312-musllinux_1_2_x86_64", "3.12", "x86_64", False),
        ("cp312-cp312-win_amd64", "3.12", "x86_64", False),
        ("cp310-cp310-manylinux_2_17_x86_64", "3.11", "x86_64", False),
        ("cp38-abi3-manylinux_2_17_x86_64", "3.13", "x86_64", True),
    ],
)  # fmt: skip
def test_the_platform_follows_the_runtime(
    folder, cache: Cache, wheelhouse, tag: str, python: str, architecture: str, fits: bool
):
    """Amazon Linux 2 takes manylinux_2_17, Amazon Linux 2023 takes manylinux_2_28; another wheel is no wheel."""
    wheelhouse.add("native", tag=tag)
    source = folder(CODE | {"requirements.txt": wheelhouse.lock("native")})
    if fits:
        assert "native.py" in lambda_zip(source, python=python, architecture=architecture, cache=cache).manifest
        return
    with pytest.raises(BundleError, match=r"(?s)requirements of app cannot be had as wheels for Python.*native"):
        lambda_zip(source, python=python, architecture=architecture, cache=cache)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"python": "2.7"}, r"no Python '2\.7'.*choose one of 3\.11"),
        ({"architecture": "mips"}, "'mips'.*x86_64, arm64"),
    ],
)
def test_an_unknown_runtime_is_refused(folder, cache: Cache, options: dict[str, str], words: str):
    """What Lambda does not have is refused with what it has."""
    with pytest.raises(BundleError, match=words):
        lambda_zip(folder(CODE), cache=cache, **options)


def test_the_runtime_may_be_named_as_lambda_names_it():
    """``python3.12`` and ``3.12`` are the same runtime."""
    assert {lambda_platform(f"python{v}", "arm64") == lambda_platform(v, "arm64") for v in LAMBDA} == {True}


def test_a_wrong_hash_is_refused(folder, cache: Cache, wheelhouse):
    """Bytes other than the locked ones are never unpacked into an artifact."""
    wheelhouse.add("tool")
    wrong = wheelhouse.lock("tool").replace("sha256:", "sha256:0000")[:-5] + "\n"
    with pytest.raises(BundleError, match=r"(?s)requirements of app cannot be had.*tool"):
        lambda_zip(folder(CODE | {"requirements.txt": wrong}), cache=cache)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"requirements.in": "tool\n"},
            r"depends on tool \(requirements\.in\), and no lock pins it: run `slipway lock .*app`",
        ),
        (
            {"requirements.in": "Other_Tool\n", "requirements.txt": ""},
            r"lacks Other_Tool, which requirements\.in asks for",
        ),
        (
            {"requirements.txt": "tool==1.0\n"},
            r"depends on tool \(requirements\.txt\), and no lock pins it: run `slipway lock .*app`",
        ),
        ({"requirements.in": "tool\n", "requirements.txt": "tool>=1 --hash=sha256:00\n"}, "pinned with =="),
        ({"requirements.txt": "-e ../elsewhere\n"}, r"depends on \.\./elsewhere.*no lock"),
        ({"requirements.txt": "--index-url https://example.org/simple\n"}, "index-url"),
        ({"requirements.txt": "git+https://example.org/x.git\n"}, "git"),
    ],
)
def test_a_lock_that_is_none_is_refused(folder, cache: Cache, wheelhouse, files: dict[str, str], words: str):
    """Missing, older than what it was compiled from, or open in what it takes: one message, with the remedy."""
    with pytest.raises(BundleError, match=words):
        lambda_zip(folder(CODE | files), cache=cache)


def test_a_lock_that_lacks_a_dependency_of_a_dependency_is_refused(folder, cache: Cache, wheelhouse):
    """Everything that is installed has to be in the lock."""
    wheelhouse.add("base")
    wheelhouse.add("tool", requires=("base",))
    with pytest.raises(BundleError, match=r"(?s)requirements of app cannot be had.*base"):
        lambda_zip(folder(CODE | {"requirements.txt": wheelhouse.lock("tool")}), cache=cache)


def test_a_module_of_the_app_may_not_stand_in_for_a_packages(folder, cache: Cache, wheelhouse):
    """Which of the two would win depends on who unpacks."""
    wheelhouse.add("tool")
    with pytest.raises(BundleError, match=r"app/tool\.py is in the place of a file of the package tool"):
        lambda_zip(folder(CODE | {"tool.py": "mine", "requirements.txt": wheelhouse.lock("tool")}), cache=cache)


def test_a_layer_holds_the_packages_and_its_functions_none(folder, cache: Cache, wheelhouse):
    """Functions share the layer; it counts towards their limit, and has to hold what their locks pin."""
    wheelhouse.add("tool")
    wheelhouse.add("other")
    source = folder(CODE | {"requirements.txt": wheelhouse.lock("tool")})
    layer = lambda_layer(source, cache=cache)
    assert sorted(layer.manifest) == [
        "python/tool-1.0.dist-info/METADATA",
        "python/tool-1.0.dist-info/WHEEL",
        "python/tool.py",
    ]
    assert list(lambda_zip(source, layers=[layer], cache=cache).manifest) == ["lambda_function.py"]
    more = folder(CODE | {"requirements.txt": wheelhouse.lock("other", "tool")}, "more")
    with pytest.raises(BundleError, match=r"the layers of more lack other, which its requirements\.txt pins"):
        lambda_zip(more, layers=[layer], cache=cache)
    with pytest.raises(BundleError, match="no dependencies to make a layer of"):
        lambda_layer(folder(CODE, "bare"), cache=cache)


def test_lock_pins_with_hashes_and_names_no_place(folder, wheelhouse):
    """The lock of two machines is the same: no registry, no folder, no date; what is pinned already stays."""
    wheelhouse.add("base")
    wheelhouse.add("tool", requires=("base",))
    source = folder({"requirements.in": "tool\n"})
    made = lock(source).read_text()
    assert [line.split()[0] for line in made.splitlines() if "==" in line] == ["base==1.0", "tool==1.0"]
    assert made.count("--hash=sha256:") == 2
    assert str(source.parent) not in made
    assert "http" not in made
    wheelhouse.add("tool", "2.0", requires=("base",))
    assert lock(source).read_text() == made
    assert "tool==2.0" in lock(source, upgrade=True).read_text()


def test_requirements_that_do_not_resolve_give_the_resolvers_reason(folder, wheelhouse):
    """One message: which list, for which Python, why; the old lock stays."""
    wheelhouse.add("tool", requires=("base>=3",))
    wheelhouse.add("base")
    source = folder({"requirements.in": "tool\n", "requirements.txt": "old\n"})
    with pytest.raises(BundleError, match=r"requirements\.in does not resolve for Python 3\.11 and later: .*base>=3"):
        lock(source)
    assert (source / "requirements.txt").read_text() == "old\n"
    with pytest.raises(BundleError, match=r"there is no .*requirements\.in"):
        lock(folder({}, "bare"))


def test_an_unreachable_index_is_said(folder, cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Nothing listens there: the message says what to do about it, and nothing is kept."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    pinned = "tool==1.0 --hash=sha256:" + "0" * 64 + "\n"
    with pytest.raises(BundleError, match="the package index cannot be reached"):
        lambda_zip(folder(CODE | {"requirements.txt": pinned}), cache=cache)
    assert list((cache.root / "deps").glob("*")) == []


def test_dependencies_are_installed_once_for_all_that_pin_them(folder, cache: Cache, wheelhouse):
    """A second app with the same lock, and an edited one, are made without uv: its wheels are gone."""
    wheelhouse.add("tool")
    pinned = {"requirements.txt": wheelhouse.lock("tool")}
    source = folder(CODE | pinned)
    lambda_zip(source, cache=cache)
    for wheel in wheelhouse.folder.iterdir():
        wheel.unlink()
    (source / "lambda_function.py").write_text("x = 2\n")
    assert "tool.py" in lambda_zip(source, cache=cache).manifest
    assert "tool.py" in lambda_zip(folder(CODE | pinned, "second"), cache=cache).manifest
    assert len(list((cache.root / "deps").glob("*.pack"))) == 1

"""Every lock that Python projects have is read, or refused with the command that writes it anew."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.bundle import BundleError, Cache
from slipway.bundle.build import read_app
from slipway.bundle.locks import lock_of
from slipway.bundle.platforms import Platform

CASES = sorted((Path(__file__).parents[2] / "cases/locks").iterdir())
REFUSED: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/bundle/requirements/locks_refused.yaml").read_text()
)
LINUX = Platform("3.12", "x86_64", "2_28")


HASH = f"--hash=sha256:{'a' * 64}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_lock_pins_what_the_platform_needs(tmp_path: Path, cache: Cache, case: Path):
    """Neither what is for development nor what another system needs; extras and what those need are there."""
    expected = yaml.safe_load((case / "expected.yaml").read_text())
    app = Path(shutil.copytree(case, tmp_path / "app", ignore=shutil.ignore_patterns("expected.yaml")))
    pinned = lock_of(read_app(app / expected.get("app", ""), cache), LINUX)
    assert re.findall(r"^(\S+==\S+)", pinned.text.decode(), re.MULTILINE) == expected["pins"]
    assert [f"{pin.name} {pin.url or pin.folder}" for pin in pinned.built] == expected.get("built", [])
    assert pinned.complete


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"requirements.txt": "flask\n"}, r"depends on flask \(requirements\.txt\).*run `slipway lock .*app`"),
        ({"pyproject.toml": '[project]\nname = "a"\ndependencies = ["flask>=3"]\n'}, r"flask \(pyproject\.toml\)"),
        ({"Pipfile": '[packages]\nflask = "*"\n'}, r"depends on flask \(Pipfile\)"),
        ({"setup.cfg": "[options]\ninstall_requires =\n  flask>2\n"}, r"depends on flask \(setup\.cfg\)"),
        ({"setup.py": "from setuptools import setup\nsetup(install_requires=['flask'])\n"}, r"flask \(setup\.py\)"),
        ({"setup.py": "from x import y\nsetup(install_requires=y())\n"}, r"computes install_requires"),
        ({"requirements.txt": "-r more.txt\n", "more.txt": "flask\n"}, r"depends on flask"),
        ({"requirements.txt": "-r ../more.txt\n"}, r"includes \.\./more\.txt, which the app does not have"),
        ({"requirements.txt": "x @ git+https://example.org/x.git@main\n"}, r"by no commit"),
        ({"requirements.txt": "x @ http://example.org/x.whl\n"}, r"takes a package from http"),
        ({"uv.lock": "version = 1\n"}, r"has no project in the folder"),
        ({"uv.lock": "version = \n"}, r"uv\.lock is no lock that can be read.*`uv lock`"),
        ({"pylock.toml": 'lock-version = "2.0"\n'}, r"lock-version '2\.0'"),
        ({"pylock.toml": 'lock-version = "1.0"\nrequires-python = ">=3.13"\n'}, r"for Python >=3\.13"),
        ({"poetry.lock": '[[package]]\nname = "x"\nversion = "1"\ngroups = ["main"]\n'}, r"pins x without a hash"),
        (
            {"requirements.txt": "flask\n", "pylock.toml": 'lock-version = "1.0"\n[tool.slipway]\ninputs = "0"\n'},
            r"pylock\.toml is older than requirements\.txt",
        ),
        ({"requirements.txt": "flask\n", "pdm.lock": "[metadata]\n"}, r"lacks flask.*run `pdm lock`"),
        (
            {"requirements.in": "flask<3\n", "requirements.txt": f"flask==3.1.3 {HASH}\n"},
            r"pins flask 3\.1\.3, and requirements\.in asks for flask<3 since: run `slipway lock .*app`",
        ),
        (
            {
                "requirements.in": "flask\n",
                "requirements.txt": f"flask==3.1.3 {HASH}\n    # via -r requirements.in\nclick==8.5.1 {HASH}\n"
                "    # via\n    #   -r requirements.in\n    #   flask\n",
            },
            r"has click, which requirements\.in does not ask for any more: run `slipway lock .*app`",
        ),
        (
            {
                "pyproject.toml": '[project]\nname = "a"\ndependencies = ["flask>=4"]\n',
                "pdm.lock": f'[metadata]\n[[package]]\nname = "flask"\nversion = "3.1.3"\ngroups = ["default"]\n'
                f'files = [{{file = "flask.whl", hash = "{HASH.partition("=")[2]}"}}]\n',
            },
            r"pins flask 3\.1\.3, and pyproject\.toml asks for flask>=4 since: run `pdm lock`",
        ),
    ],
)
def test_dependencies_without_their_lock_are_refused(folder, cache: Cache, files: dict[str, str], words: str):
    """An app never goes anywhere without its packages: what asks for them is named, and the command that locks them."""
    with pytest.raises(BundleError, match=words):
        lock_of(read_app(folder(files), cache), LINUX)


def test_adapters_are_added_where_the_lock_lacks_them(folder, cache: Cache):
    """The app's own version counts; what an adapter needs itself comes with it."""
    pins = f"uvicorn==0.40 --hash=sha256:{'0' * 64}\n"
    app = read_app(folder({"requirements.txt": pins}), cache)
    added = lock_of(app, LINUX, add=("gunicorn", "uvicorn-worker")).text.decode()
    assert sorted(re.findall(r"^([\w-]+)==", added, re.MULTILINE)) == ["gunicorn", "uvicorn", "uvicorn-worker"]
    assert "uvicorn==0.40" in added


def test_an_older_server_gets_the_adapter_that_takes_it(folder, cache: Cache):
    """uvicorn-worker's newest version needs uvicorn 0.36: an app that pins an older one gets the worker before it."""
    pins = f"uvicorn==0.34.0 --hash=sha256:{'0' * 64}\n"
    added = lock_of(read_app(folder({"requirements.txt": pins}), cache), LINUX, add=("uvicorn-worker",)).text.decode()
    assert re.findall(r"^uvicorn-worker==(.*) ", added, re.MULTILINE) == ["0.3.0"]


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_an_installer_would_obey_is_refused_in_a_lock(folder, cache: Cache, case: dict[str, Any]):
    """Options and lines in its texts, addresses without hashes, and repositories without a commit."""
    package = json.loads(json.dumps(case["package"]).replace("HASH", f"sha256:{'a' * 64}"))
    key = "packages" if case["file"] == "pylock.toml" else "package"
    text = f'lock-version = "1.0"\nmetadata = {{}}\n{key} = {toml([{"name": "six", **package}])}\n'
    app = folder({"main.py": "", case["file"]: text})
    with pytest.raises(BundleError, match=rf"{re.escape(case['file'])} .*{case['says']}.*: write it anew with `"):
        lock_of(read_app(app, cache), LINUX)


def toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(part)}" for key, part in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)

"""A project of one's own around the installed Slipway: ``slipway new project FOLDER``.

Its folder has the program, the settings of a sandbox, one app, a workflow that checks a change, and a pin of Slipway.
"""

import json
import os
import re
import sys
from importlib.metadata import distribution
from pathlib import Path

import slipway
from slipway.errors import UserError
from slipway.verbs.new import FUNCTION, IGNORED

TEMPLATES = Path(__file__).with_name("project_files")
APP = "hello"
TEST = '''"""The function's own tests: `slipway test hello`."""

import json

from lambda_function import lambda_handler


def test_it_says_hello():
    """The answer is JSON."""
    assert json.loads(lambda_handler({}, None)["body"]) == {"hello": "hello"}
'''
README = """# NAME

Python apps, taken to where they run by Slipway: apps below `app_src/`, settings below `stacks/`.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/slipway up --stack sandbox
    .venv/bin/slipway test hello
    .venv/bin/slipway add ../my-app
    .venv/bin/slipway destroy --stack sandbox --yes
"""


def new_project(folder: Path) -> int:
    """Write a project into a folder that is made; the exit status. Raises :class:`UserError`."""
    if folder.exists():
        raise UserError(f"{folder} is there already: name another folder")
    if not folder.absolute().parent.is_dir():
        raise UserError(f"there is no folder {folder.absolute().parent}, which {folder.name} would be in")
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    if not re.match(r"[a-z]", name):
        raise UserError(f"{folder.name!r} gives no name of a project: start it with a letter, as my-apps")
    words = {"NAME": name, "PREFIX": name[:20].strip("-"), "PROVIDER": _provider(), "PYTHON": _python()}
    files = {
        "Pulumi.yaml": _template("Pulumi.yaml"),
        "__main__.py": _template("program.txt"),
        "stacks/Pulumi.sandbox.yaml": _template("Pulumi.sandbox.yaml"),
        ".github/workflows/check.yml": _template("check.yml"),
        f"app_src/{APP}/lambda_function.py": FUNCTION.replace("NAME", APP),
        f"app_src/{APP}/tests/test_hello.py": TEST,
        "requirements.txt": f"{pin()}\n",
        "README.md": README,
        ".gitignore": f"{IGNORED}.slipway/\n",
    }
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(re.sub("|".join(words), lambda match: words[match[0]], text), encoding="utf-8")
    print(f"wrote {folder}: {', '.join(files)}")
    if "file:" in files["requirements.txt"]:
        print("note: requirements.txt names a folder of this machine, which Slipway was installed from")
    print(f"take it live with `cd {folder} && slipway up --stack sandbox`")
    return 0


def pin() -> str:
    """The line of a requirements file that installs the Slipway that runs (PEP 610 tells where it came from)."""
    installed = distribution("slipway")
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if commit := origin.get("vcs_info", {}).get("commit_id"):
        return f"slipway @ {origin['vcs_info']['vcs']}+{origin['url']}@{commit}"
    return f"slipway @ {origin['url']}" if origin else f"slipway=={installed.version}"


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _provider() -> str:
    """Where `pulumi` finds the provider: in the project's environment, where Slipway is installed like others."""
    place = Path(slipway.__file__).parent / "providers/pythonanywhere"
    prefix = Path(sys.prefix)
    return f".venv/{place.relative_to(prefix).as_posix()}" if place.is_relative_to(prefix) else os.fspath(place)


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))

"""Plays programs of Pulumi's examples on a sandbox: up, an up that changes nothing, destroy; each as it stands.

    git clone https://github.com/pulumi/examples /tmp/examples
    python -m tests.examples.play /tmp/examples [--write] [NAME ...]

``examples.yaml`` has the programs with their settings, and what some need that the sandbox has not: those are not
played. With ``--write`` it is told what became of each.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from slipway.sandbox import composition
from slipway.sandbox.composition.environment import environment

ROOT, TABLE = Path(__file__).parents[2], Path(__file__).parent / "examples.yaml"
COMMANDS = (
    ("up", "--yes", "--skip-preview"),
    ("up", "--yes", "--skip-preview", "--expect-no-changes"),
    ("destroy", "--yes", "--skip-preview"),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a program: empty where all three commands ended well, else the command and the first reason."""

    program: str
    failed: str
    seconds: float
    printed: str


@contextmanager
def sandbox() -> Iterator[Mapping[str, str]]:
    """The variables of a sandbox that lives as long as the block; its Docker daemon is none."""
    with tempfile.TemporaryDirectory(prefix="examples-") as folder:
        state_folder = Path(folder) / ".slipway"
        os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        composition.ensure(state_folder, ROOT)
        try:
            yield environment(state_folder, ROOT)
        finally:
            composition.stop(state_folder)


def prepare(variables: Mapping[str, str], backend: Path) -> None:
    """Make the Google project that the examples ask for."""
    with tempfile.TemporaryDirectory(prefix="project-") as work:
        folder = Path(work) / "project"
        shutil.copytree(Path(__file__).parent / "project", folder)
        (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
        answer = _engine(folder, variables, backend, COMMANDS[0])
        if answer.returncode:
            raise SystemExit(answer.stdout + answer.stderr)


def play(examples: Path, name: str, row: Mapping[str, Any], variables: Mapping[str, str], backend: Path) -> Outcome:
    """Play each of the program's folders in turn, and destroy them the other way round."""
    began, printed = time.monotonic(), ""
    folders = row.get("folders") or {"": row.get("settings") or {}}
    with tempfile.TemporaryDirectory(prefix="example-") as work:
        home = backend / name
        home.mkdir(parents=True)
        for folder, settings in folders.items():
            copy = Path(work) / (folder or "program")
            shutil.copytree(examples / name / folder, copy)
            lines = "\n".join(f"  {key}: {value}" for key, value in {"aws:region": "us-east-1", **settings}.items())
            (copy / "Pulumi.dev.yaml").write_text(f"config:\n{lines}\n")
        order = [*((folder, words) for folder in folders for words in COMMANDS[:2])]
        order += [(folder, COMMANDS[2]) for folder in reversed(folders)]
        for folder, words in order:
            answer = _engine(Path(work) / (folder or "program"), variables, home, words)
            printed += answer.stdout + answer.stderr
            if answer.returncode:
                return Outcome(name, f"{' '.join(words[:1])}: {_reason(answer)}", time.monotonic() - began, printed)
    return Outcome(name, "", time.monotonic() - began, printed)


def _engine(
    folder: Path, variables: Mapping[str, str], backend: Path, words: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    backend.mkdir(parents=True, exist_ok=True)
    own = {"PULUMI_BACKEND_URL": f"file://{backend}", "PYTHONPATH": str(ROOT), "USER": "anna"}
    command = [sys.executable, "-m", "slipway", "engine", *words, "--stack", "dev"]
    environ = {**os.environ, **variables, **own}
    init = [*command[:4], "stack", "init", "dev"]
    if words[0] == "up" and "--expect-no-changes" not in words:
        subprocess.run(init, cwd=folder, env=environ, capture_output=True, check=False, timeout=120)
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=300)


def _reason(answer: "subprocess.CompletedProcess[str]") -> str:
    lines = [line.strip() for line in (answer.stdout + answer.stderr).splitlines()]
    errors = [line for line in lines if "error:" in line and "update failed" not in line and line != "error:"]
    return (errors or lines or ["nothing was printed"])[0]


def main() -> int:
    """Play the programs that are named, or all of the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    table = yaml.safe_load(TABLE.read_text())
    passed = 0
    with sandbox() as variables, tempfile.TemporaryDirectory(prefix="examples-states-") as states:
        chosen = {
            name: row for name, row in table.items() if name in args.names or not (args.names or row.get("needs"))
        }
        if any(name.startswith("gcp") for name in chosen):
            prepare(variables, Path(states) / "project")
        for name, row in chosen.items():
            outcome = play(args.examples, name, row, variables, Path(states))
            passed += not outcome.failed
            print(f"{name}: {outcome.failed or 'passed'} ({outcome.seconds:.0f} s)", flush=True)
            if args.show:
                print(outcome.printed, flush=True)
            row["outcome"] = outcome.failed or "passed"
    print(f"{passed} of {len(chosen)} passed")
    if args.write:
        TABLE.write_text(yaml.safe_dump(table, sort_keys=False, width=110, allow_unicode=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())

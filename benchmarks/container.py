"""From an edited line to the new answer of a running container, beside docker build, push and run by hand.

    python benchmarks/container.py --work /tmp/container-benchmark --runs 5
    python benchmarks/container.py --work … --write      # also the table in docs/benchmarks/container.md

Both have the same app, context, base, registry, engine, limits and locks, deployed once before; they take turns.
Measured are wall-clock seconds from the saved edit until the container's port answers with the new text. Slipway's
command goes on after that: it waits for the health check, writes the state and asks every path once more. Needs a
Docker engine, Debian's docker-registry and a `docker` that builds with BuildKit.
"""

import argparse
import json
import os
import platform
import select
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ("Pulumi.yaml", "__main__.py", "stacks", "components", "app_src", "slipway")
APP, TEXT = "dockerize", "Hello World!"
BY_HAND = f"slipway-by-hand-{os.getpid()}"
"""The other way's container."""
PATIENCE = 120.0
"""Seconds until somebody has to look why there is no new answer."""
STARTS = ("docker", "events", "--filter", "type=container", "--filter", "event=start", "--format", "{{.ID}}")
"""Says when the new container has started. It is not asked before: what is sent to an address whose interface is only
being made looks for it in vain, and the kernel looks again after a second, whoever asks."""
LOCKS = (
    "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true", "--restart=unless-stopped",
    "--memory=128m", "--memory-swap=128m", "--cpus=0.5", "--log-opt=max-size=10m", "--log-opt=max-file=3",
    "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=16m,mode=1777",
)  # fmt: skip
"""What the stack's container has, said to `docker run`."""


@dataclass
class Way:
    """A way from an edited line to its answer."""

    name: str
    source: Path
    """The file whose line is edited."""
    port: int
    commands: Callable[[int], Sequence[Sequence[str]]]
    """The commands of a turn, one after the other."""
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    to_answer: list[float] = field(default_factory=list)
    to_end: list[float] = field(default_factory=list)

    def turn(self, number: int) -> None:
        """Edit, deploy, and note when the answer is there and when the commands are through."""
        text = f"answer {number} of {self.name}"
        source = self.source.read_text()
        began = time.monotonic()
        self.source.write_text(source.replace(said_in(source), text))
        words = [" ".join(map(_quoted, command)) for command in self.commands(number)]
        started = subprocess.Popen(STARTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        running = subprocess.Popen(
            ["sh", "-c", " && ".join(words)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        until = began + PATIENCE
        while not select.select([started.stdout], [], [], 0.1)[0] and running.poll() is None:
            continue
        started.terminate()
        while answer(self.port) != text:
            if time.monotonic() > until or (running.poll() or 0) != 0:
                running.kill()
                raise SystemExit(f"{self.name} never answered {text!r}:\n{running.communicate()[0]}")
            time.sleep(0.02)
        self.to_answer.append(time.monotonic() - began)
        said = running.communicate()[0]
        self.to_end.append(time.monotonic() - began)
        if running.returncode:
            raise SystemExit(f"{self.name} failed:\n{said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder for the clone; made anew, and removed")
    parser.add_argument("--runs", type=int, default=5, help="how often each way is measured; the median is shown")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/container.md")
    given = parser.parse_args()
    work = given.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    slipway = cloned(work / "slipway")
    by_hand = None
    try:
        slipway.turn(0)
        by_hand = hand(work / "hand", slipway)
        by_hand.turn(0)
        for way in (slipway, by_hand):
            way.to_answer.clear()
            way.to_end.clear()
        for number in range(1, given.runs + 1):
            for way in (slipway, by_hand):
                way.turn(number)
                print(f"  run {number}, {way.name}: {way.to_answer[-1]:.2f} s", file=sys.stderr)
        text = table(slipway, by_hand)
        print(text)
        if given.write:
            publish(text, given.runs)
    finally:
        if by_hand:
            subprocess.run(["docker", "rm", "--force", "--volumes", BY_HAND], capture_output=True, check=False)
        for words in (["destroy", "--yes", "--stack", "sandbox"], ["sandbox", "stop"]):
            command = [sys.executable, "-m", "slipway", *words]
            subprocess.run(command, cwd=slipway.folder, env=slipway.environment, capture_output=True, check=False)
        shutil.rmtree(work, ignore_errors=True)


def cloned(folder: Path) -> Way:
    """The program with a stack of this one app."""
    folder.mkdir(parents=True)
    for name in PROGRAM:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    port, file = free_port(), folder / "stacks/Pulumi.sandbox.yaml"
    document = yaml.safe_load(file.read_text())
    config = document["config"]
    config["slipway:apps"] = {APP: {**config["slipway:apps"][APP], "publish": port}}
    for left_out in ("slipway:monitoring", "slipway:registries", "slipway:gcp"):
        config.pop(left_out, None)
    file.write_text(yaml.safe_dump(document))
    # PYTHON…: whoever measures may have Python write no bytecode, and would measure its compiler.
    others = ("PULUMI_", "AWS_", "SLIPWAY_", "PYTHON")
    mine = {key: value for key, value in os.environ.items() if not key.startswith(others)}
    words = [sys.executable, "-m", "slipway", "up", "--stack", "sandbox", "--engine", "embedded"]
    return Way(
        "slipway",
        folder / "app_src" / APP / "main.py",
        port,
        lambda _: [words],
        folder,
        {**mine, "PYTHONPATH": str(folder)},
    )


def hand(folder: Path, slipway: Way) -> Way:
    """The same context with the same base, built and pushed to the same registry by Docker's own command."""
    contexts = slipway.folder / ".slipway/cache/bundle/contexts"
    shutil.copytree(max(contexts.iterdir(), key=lambda path: path.stat().st_mtime), folder)
    found = subprocess.run(
        [sys.executable, "-m", "slipway", "sandbox", "env"],
        cwd=slipway.folder, env=slipway.environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    said = dict(line.removeprefix("export ").split("=", 1) for line in found.splitlines() if "SLIPWAY_" in line)
    told = {key: value.strip("'\"") for key, value in said.items()}
    registry, port = told["SLIPWAY_REGISTRY"], free_port()
    docker, environment = builder(folder.parent)
    login = [docker, "login", "--username", told["SLIPWAY_REGISTRY_USER"], "--password-stdin", registry]
    password = told["SLIPWAY_REGISTRY_PASSWORD"]
    subprocess.run(login, env=environment, input=password, text=True, capture_output=True, check=True)

    def commands(number: int) -> list[list[str]]:
        image = f"{registry}/by-hand/{APP}:1.0.{number}"
        gone = [[docker, "stop", "--time=10", BY_HAND], [docker, "rm", BY_HAND]] if number else []
        place = [f"--name={BY_HAND}", f"--publish=127.0.0.1:{port}:5000"]
        return [
            [docker, "build", "--quiet", f"--build-arg=BASE={told['SLIPWAY_BASE_IMAGE']}", f"--tag={image}", "."],
            [docker, "push", "--quiet", image],
            *gone,
            [docker, "run", "--detach", *place, *LOCKS, image],
        ]

    return Way("docker build, push, run", folder / "main.py", port, commands, folder, environment)


def builder(work: Path) -> tuple[str, dict[str, str]]:
    """A `docker` that builds with BuildKit, and its environment: a login of its own. Exits where there is none."""
    (work / "docker").mkdir()
    environment = {**os.environ, "DOCKER_CONFIG": str(work / "docker"), "DOCKER_BUILDKIT": "1"}
    for docker in ("docker", "/usr/bin/docker"):
        tried = subprocess.run(
            [docker, "build", "--help"], env=environment, capture_output=True, text=True, check=False
        )
        if tried.returncode == 0 and "buildx component is missing" not in tried.stderr + tried.stdout:
            broken = subprocess.run(
                [docker, "build", "-"],
                env=environment,
                input="FROM scratch\n",
                capture_output=True,
                text=True,
                check=False,
            )
            if "BuildKit is enabled but" not in broken.stderr:
                return docker, environment
    raise SystemExit("no `docker` here builds with BuildKit: install buildx, or Debian's docker.io")


def said_in(source: str) -> str:
    """The text that the app answers now."""
    return source.split('Response("', 1)[1].split('"', 1)[0]


def answer(port: int) -> str:
    """What the port answers; "" where nothing does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as response:
            return response.read().decode()
    except (OSError, HTTPException):
        return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def table(slipway: Way, by_hand: Way) -> str:
    """Markdown: a row a figure, a column a way."""
    rows = {
        "from an edited line to the new answer": (slipway.to_answer, by_hand.to_answer),
        "until the commands are through": (slipway.to_end, by_hand.to_end),
    }
    lines = [f"| seconds | {slipway.name} | {by_hand.name} | ratio |", "| --- | ---: | ---: | ---: |"]
    for what, (ours, theirs) in rows.items():
        one, other = statistics.median(ours), statistics.median(theirs)
        lines.append(f"| {what} | {one:.2f} | {other:.2f} | {one / other:.2f} |")
    return "\n".join(lines)


def publish(text: str, runs: int) -> None:
    facts = json.loads(
        subprocess.run(["docker", "version", "--format", "{{json .Server}}"], capture_output=True).stdout
    )
    machine = f"{os.cpu_count()} cores under a load of {os.getloadavg()[1]:.0f}, Docker {facts['Version']}"
    (ROOT / "docs/benchmarks/container.md").write_text(
        "# From an edited line to the new answer of a container\n\n"
        f"Median of {runs}, of the app `dockerize`, deployed before, on this machine ({machine}, "
        f"Python {platform.python_version()}). Made by `python benchmarks/container.py --work FOLDER --write`.\n\n"
        f"{text}\n\n"
        "- Both ways have the same context, base, registry, engine, limits and locks, and take turns.\n"
        "- slipway: `slipway up`. It says what it does, keeps a state, deploys by digest, waits until the health check "
        "is content, and asks every path; by hand none of that is done.\n"
        "- docker build, push, run: `docker build`, `docker push`, `docker stop`, `docker rm`, `docker run`.\n"
        "- Either lets the old container finish what it answers, which takes gunicorn up to half a second.\n"
        "- Before slipway builds, Python imports the command, the engine, Pulumi's SDK and the provider's, and the "
        "program runs: that is what it takes longer. The aim is 1.3 times Docker's own commands.\n"
        "- Asked is from the moment the engine says that the new container has started.\n"
    )


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)


if __name__ == "__main__":
    main()

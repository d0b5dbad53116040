"""From an edited line to the new answer of a running container, beside docker build, push and run by hand.

    python benchmarks/container.py --work /tmp/container-benchmark --runs 5
    python benchmarks/container.py --work … --write      # also the table in docs/benchmarks/container.md

All have the same app, context, base, registry, engine, limits and locks, deployed once before; they take turns.
Measured are wall-clock seconds from the saved edit until the container's port answers with the new text. Slipway
goes on after that: it waits for the health check, writes the state and asks every path once more. Needs a
Docker daemon, Debian's docker-registry and a `docker` that builds with BuildKit.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from container_ways import Watched, Way, free_port

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ("Pulumi.yaml", "__main__.py", "stacks", "components", "app_src", "slipway")
APP, TEXT = "dockerize", "Hello World!"
BY_HAND = f"slipway-by-hand-{os.getpid()}"
"""The other way's container."""
LOCKS = (
    "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true", "--restart=unless-stopped",
    "--memory=128m", "--memory-swap=128m", "--cpus=0.5", "--log-opt=max-size=10m", "--log-opt=max-file=3",
    "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=16m,mode=1777",
)  # fmt: skip
"""What the stack's container has, said to `docker run`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder for the clone; made anew, and removed")
    parser.add_argument("--runs", type=int, default=5, help="how often each way is measured; the median is shown")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/container.md")
    given = parser.parse_args()
    work = given.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    words = [sys.executable, "-m", "slipway"]
    stack = ["--stack", "sandbox", "--engine", "embedded"]
    up = Way("slipway up", *cloned(work / "up"), commands=lambda _: [[*words, "up", *stack]])
    watch = Watched("slipway watch", *cloned(work / "watch"), commands=lambda _: [[*words, "watch", *stack]])
    ways = [watch, up]
    try:
        for way in ways:
            way.turn(0)
        ways.append(hand(work / "hand", up))
        ways[-1].turn(0)
        for way in ways:
            way.to_answer.clear()
            way.to_end.clear()
        for number in range(1, given.runs + 1):
            for way in ways:
                way.turn(number)
                print(f"  run {number}, {way.name}: {way.to_answer[-1]:.2f} s", file=sys.stderr)
        text = table(ways)
        print(text)
        if given.write:
            publish(text, given.runs)
    finally:
        watch.end()
        subprocess.run(["docker", "rm", "--force", "--volumes", BY_HAND], capture_output=True, check=False)
        listing = ["docker", "images", "--quiet", "--filter", "reference=*/by-hand/*"]
        found = subprocess.run(listing, capture_output=True, text=True, check=False)
        subprocess.run(["docker", "rmi", "--force", *{*found.stdout.split()}], capture_output=True, check=False)
        for way in (up, watch):
            for verb in (["destroy", "--yes", "--stack", "sandbox"], ["sandbox", "stop"]):
                subprocess.run([*words, *verb], cwd=way.folder, env=way.environment, capture_output=True, check=False)
        shutil.rmtree(work, ignore_errors=True)


def cloned(folder: Path) -> tuple[Path, int, Path, dict[str, str]]:
    """The program with a stack of this one app: the file to edit, the app's port, the folder, the environment."""
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
    return folder / "app_src" / APP / "main.py", port, folder, {**mine, "PYTHONPATH": str(folder)}


def hand(folder: Path, slipway: Way) -> Way:
    """The same context with the same base, built and pushed to the same registry by Docker's own command."""
    contexts = slipway.folder / ".slipway/cache/bundle/contexts"
    built = [path for path in contexts.iterdir() if (path / "main.py").is_file()]
    shutil.copytree(max(built, key=lambda path: path.stat().st_mtime), folder)
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

    return Way("docker build, push, run", folder / "main.py", port, folder, environment, commands)


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


def table(ways: Sequence[Way]) -> str:
    """Markdown: a row a way, with how often it takes what the last one does."""
    lines = [
        "| seconds | from an edited line to the new answer | ratio | until the commands are through | ratio |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    by_hand = ways[-1]
    for way in ways:
        answer, through = statistics.median(way.to_answer), statistics.median(way.to_end)
        ratios = answer / statistics.median(by_hand.to_answer), through / statistics.median(by_hand.to_end)
        lines.append(f"| {way.name} | {answer:.2f} | {ratios[0]:.2f} | {through:.2f} | {ratios[1]:.2f} |")
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
        "- All have the same context, base, registry, engine, limits and locks, and take turns.\n"
        "- slipway says what it does, keeps a state, deploys by digest, waits until the health check is content, and "
        "asks every path; by hand none of that is done. Docker makes the first health check after two seconds.\n"
        "- slipway watch: it was started before, and sees by itself that the file was saved.\n"
        "- docker build, push, run: `docker build`, `docker push`, `docker stop`, `docker rm`, `docker run`.\n"
        "- slipway starts the new container beside the old one and switches a proxy to it once it is well, so that no "
        "request is lost; by hand the app is away from `docker stop` until the new container answers.\n"
        "- Each lets the old container finish what it answers, which takes gunicorn up to half a second.\n"
        "- The aim is 1.3 times Docker's own commands. `slipway up` starts with half a second in which Python imports "
        "the command, the engine, Pulumi's SDK and the provider's.\n"
        "- Asked is from the moment the engine says that the new container has started.\n"
    )


if __name__ == "__main__":
    main()

"""How long an artifact takes, beside the tools others use: cold, warm, one line edited, nothing changed.

The four states are the same for all tools; STATES says what they are.

    python benchmarks/bundle.py --work /tmp/bundle-benchmark            # installs the peers there once, then measures
    python benchmarks/bundle.py --work … --runs 5 --only slipway uv     # fewer tools, more runs
    python benchmarks/bundle.py --work … --write                        # also docs/benchmarks/bundle.md and its plot

Every tool's bytecode is compiled beforehand. Each figure is the median of wall-clock seconds of the whole command as
one types it, interpreter start included; the tools take turns, so that a busy moment of the machine hits them alike.
Needs zip and the package registries, and npm for Serverless. A tool that cannot be installed is left out, and said.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bundle_apps import APPS, edit, write
from bundle_peers import PEERS, Peer, install
from svg import bars

ROOT = Path(__file__).parents[1]
STATES = {
    "cold caches": "a fresh clone on a fresh machine: the tool is installed, and no cache of anything is there",
    "warm caches": (
        "a second clone: every cache outside of the folder is as an earlier build left it, and nothing the tool made "
        "is in the folder"
    ),
    "one line edited": "built before; then one line of the app is changed, and it is built again at once",
    "nothing changed": "built again after that, once unmeasured and once measured",
}
SIZES_MB = (1, 50, 100, 200, 240)

Figures = dict[tuple[str, str, str], list[float]]
"""(app, state, tool) -> seconds, a run each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder for the tools and the apps; kept")
    parser.add_argument("--runs", type=int, default=5, help="how often each figure is measured; the median is shown")
    parser.add_argument("--minutes", type=float, default=60, help="after these no further run is begun")
    parser.add_argument("--only", nargs="+", choices=sorted(PEERS), default=list(PEERS), help="which tools")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/bundle.md and bundle.svg")
    given = parser.parse_args()
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    run([sys.executable, "-m", "slipway.cli.warm"])  # as `make setup` does
    peers = {name: PEERS[name] for name in given.only if install(PEERS[name], work / "tools")}
    figures: Figures = {}
    began = time.monotonic()
    runs = 0
    for turn in range(given.runs):
        if turn and time.monotonic() - began > given.minutes * 60:
            break
        runs += 1
        for app in APPS:
            for name, peer in peers.items():
                if peer.turns is not None and turn >= peer.turns:
                    continue
                for state, seconds in measured(peer, app, work):
                    figures.setdefault((app, state, name), []).append(seconds)
                    print(f"  run {turn + 1}, {app}, {state}, {name}: {seconds:.2f} s", file=sys.stderr)
    text = "\n".join([*table(figures, peers), "", floor(), "", *memory(work)])
    print(text)
    if given.write:
        publish(text, figures, peers, runs)


def measured(peer: Peer, app: str, work: Path) -> list[tuple[str, float]]:
    """The four states of one app with one tool, in the order in which they follow from each other."""
    folder, caches = work / "apps" / f"{peer.name}-{app}", work / "caches" / peer.name
    for gone in (folder, caches):
        shutil.rmtree(gone, ignore_errors=True)
    source = folder / peer.inside
    source.mkdir(parents=True)
    caches.mkdir(parents=True)
    write(app, source, peer.layout, locks=work / "apps")
    peer.prepare(source, app)
    time.sleep(0.3)  # nobody types the command in the same tick of the clock
    cold = timed(peer, folder, caches, work)
    for output in peer.outputs:
        shutil.rmtree(folder / output, ignore_errors=True)
    warm = timed(peer, folder, caches, work)
    edit(source, peer.layout)
    edited = timed(peer, folder, caches, work)
    time.sleep(0.3)
    timed(peer, folder, caches, work)
    return list(zip(STATES, (cold, warm, edited, timed(peer, folder, caches, work)), strict=True))


def timed(peer: Peer, folder: Path, caches: Path, work: Path) -> float:
    """Seconds of one build; fails where the tool fails or makes nothing."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SLIPWAY_", "VIRTUAL_ENV"))},
        "UV_CACHE_DIR": str(caches / "uv"),
        "PIP_CACHE_DIR": str(caches / "pip"),
        "XDG_CACHE_HOME": str(caches / "user"),
        "SLIPWAY_HOME": str(folder / ".made"),
        **peer.environment,
    }
    words = peer.command(work / "tools" / peer.name)
    began = time.monotonic()
    done = subprocess.run(words, cwd=folder / peer.inside, env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - began
    if peer.reports and not done.returncode:
        seconds = float(done.stdout.split()[-1])
    if done.returncode or not list(folder.glob(peer.makes)):
        raise SystemExit(f"{peer.name} made no {peer.makes} in {folder}:\n{done.stdout}{done.stderr}")
    return seconds


def table(figures: Figures, peers: dict[str, Peer]) -> list[str]:
    """Markdown: a row an app and state, a column a tool, and how many times the fastest other one takes ours."""
    ours = [name for name, peer in peers.items() if peer.ours]
    others = [name for name in peers if name not in ours]
    heads = ["app", "state", *peers, *(f"fastest other / {name}" for name in ours if others)]
    lines = [f"| {' | '.join(heads)} |", "| --- | --- |" + " ---: |" * (len(heads) - 2)]
    for app, told in APPS.items():
        for state in STATES:
            seconds = {name: statistics.median(figures[app, state, name]) for name in peers}
            cells = [f"{value:.3f}" for value in seconds.values()]
            cells += [f"{min(seconds[other] for other in others) / seconds[name]:.1f}" for name in ours if others]
            lines.append(f"| {told.says} | {state} | {' | '.join(cells)} |")
    return lines


def floor() -> str:
    """What no command in Python can be faster than, said in a sentence."""
    seconds = []
    for _ in range(15):
        began = time.monotonic()
        run([sys.executable, "-c", "pass"])
        seconds.append(time.monotonic() - began)
    return (
        f"A Python that does nothing takes {statistics.median(seconds):.3f} s here. Where an app is one file without "
        "dependencies, pip and uv have nothing to do, and `cp` and `zip` are done by then: no command in Python can be "
        "ahead of them in these rows; a program that runs already is."
    )


def run(words: list[str]) -> None:
    subprocess.run(words, check=True, capture_output=True)


def memory(work: Path) -> list[str]:
    """Markdown: the most memory a build takes, by the size of the app."""
    lines = ["| app of (MB, half of it incompressible) | peak memory (MB) |", "| ---: | ---: |"]
    program = (
        "import resource\nfrom pathlib import Path\nfrom slipway.bundle import Cache, lambda_zip\n"
        "lambda_zip(Path.cwd(), cache=Cache(Path.cwd().parent / 'memory-cache'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    for size in SIZES_MB:
        folder = work / "apps" / "memory"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "lambda_function.py").write_text("x = 1\n")
        with (folder / "data.bin").open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(1 << 19) + bytes(1 << 19))
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
        lines.append(f"| {size} | {done.stdout.strip()} |")
        shutil.rmtree(folder.parent / "memory-cache")
    return lines


def publish(text: str, figures: Figures, peers: dict[str, Peer], runs: int) -> None:
    """Write the tables and the plot into docs/benchmarks."""
    out = ROOT / "docs/benchmarks"
    out.mkdir(exist_ok=True)
    notes = "\n".join(f"- {name}{peer.version and ' ' + peer.version}: {peer.says}" for name, peer in peers.items())
    load = os.getloadavg()[2]
    fewer = ", ".join(f"{name} {peer.turns}" for name, peer in peers.items() if peer.turns and peer.turns < runs)
    runs_said = f"{runs} run{'s' * (runs > 1)} of each" + (f" ({fewer})" if fewer else "")
    busy = f"{os.cpu_count()} cores under a load of {load:.0f}, {runs_said}"
    states = "\n".join(f"- {state}: {means}" for state, means in STATES.items())
    machine = f"{busy}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    (out / "bundle.md").write_text(
        "# How long an artifact takes\n\n"
        f"Seconds of the whole command, median, on one machine ({machine}). "
        "Made by `python benchmarks/bundle.py --work FOLDER --write`; for comparing tools with each other, since the "
        "seconds follow the machine.\n\n![Seconds by state](bundle.svg)\n\n"
        f"{text}\n\n## The states, the same for all tools\n\n{states}\n\n## The tools\n\n{notes}\n\n"
        "Zappa is left out: it asks an index of its own that a closed network does not have, which would be no fair "
        "row.\n"
    )
    groups = {
        f"{told.short}, {state}": {name: statistics.median(figures[app, state, name]) for name in peers}
        for app, told in APPS.items()
        for state in STATES
    }
    (out / "bundle.svg").write_text(bars("Seconds to an artifact (logarithmic; shorter is better)", groups))


if __name__ == "__main__":
    main()

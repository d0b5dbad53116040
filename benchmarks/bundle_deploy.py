"""From an edited line to the new answer of the hello function, and a preview of nothing, beside CDK and SAM.

    python benchmarks/bundle_deploy.py --work /tmp/deploy-benchmark --runs 5
    python benchmarks/bundle_deploy.py --work … --write      # also the table in docs/benchmarks/bundle-deploy.md

Each tool has the same function, deployed once before, and an emulator of the same version: the sandbox's own, and
one that CDK and SAM share, with aws-sam-translator added to it. Measured are wall-clock seconds from the saved edit
until an invocation returns the new text, and of the command that shows what a deployment would change while nothing
does. The tools take turns. Needs npm, a Node that CDK takes, and the package registries.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bundle_deploy_tools import BIN, ROOT, Tool, answer_with, cdk, ours, run, sam, slipway, start_emulator

TABLE = ("from an edited line to the new answer", "a preview of no change")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder for the tools and the projects; kept")
    parser.add_argument("--runs", type=int, default=5, help="how often each figure is measured; the median is shown")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/bundle-deploy.md")
    given = parser.parse_args()
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    emulator, port = start_emulator(work)
    try:
        tools = [slipway(work), cdk(work, port), sam(work, port)]
        figures: dict[tuple[str, str], list[float]] = {}
        for turn in range(given.runs):
            for tool in tools:
                for row, seconds in zip(TABLE, (edited(tool, f"answer {turn}"), previewed(tool)), strict=True):
                    figures.setdefault((row, tool.name), []).append(seconds)
                    print(f"  run {turn + 1}, {row}, {tool.name}: {seconds:.2f} s", file=sys.stderr)
        text = "\n".join(table(figures, tools))
        print(text)
        if given.write:
            publish(text, tools, given.runs)
    finally:
        emulator.terminate()
        emulator.wait()
        subprocess.run([BIN / "slipway", "sandbox", "stop"], cwd=work / "slipway", env=ours(work), check=False)


def edited(tool: Tool, text: str) -> float:
    """Seconds from an edit until the function answers with it."""
    answer_with(tool.code, text)
    began = time.monotonic()
    for words in tool.deploy:
        run(words, tool.folder, tool.environment)
    said = tool.ask()
    seconds = time.monotonic() - began
    if text not in said:
        raise SystemExit(f"{tool.name} deployed {text!r}, and the function says {said!r}")
    return seconds


def previewed(tool: Tool) -> float:
    """Seconds of a preview that has nothing to show."""
    began = time.monotonic()
    run(tool.preview, tool.folder, tool.environment)
    return time.monotonic() - began


def table(figures: dict[tuple[str, str], list[float]], tools: list[Tool]) -> list[str]:
    """Markdown: a row a task, a column a tool."""
    names = [tool.name for tool in tools]
    lines = [f"| | {' | '.join(names)} | fastest other / {names[0]} |", "| --- |" + " ---: |" * (len(names) + 1)]
    for row in TABLE:
        seconds = [statistics.median(figures[row, name]) for name in names]
        cells = [f"{value:.2f}" for value in seconds]
        lines.append(f"| {row} | {' | '.join(cells)} | {min(seconds[1:]) / seconds[0]:.1f} |")
    return lines


def publish(text: str, tools: list[Tool], runs: int) -> None:
    notes = "\n".join(f"- {tool.name}: {tool.says}" for tool in tools)
    machine = f"{os.cpu_count()} cores under a load of {os.getloadavg()[2]:.0f}, Python {platform.python_version()}"
    (ROOT / "docs/benchmarks/bundle-deploy.md").write_text(
        "# From an edited line to the new answer\n\n"
        f"Seconds, median of {runs}, of the hello function with its dependencies (pydantic), deployed before, in the "
        f"AWS emulator of this machine ({machine}). Made by "
        "`python benchmarks/bundle_deploy.py --work FOLDER --write`.\n\n"
        f"{text}\n\n{notes}\n"
    )


if __name__ == "__main__":
    main()

"""Kills commands of the demo, and services of its sandbox, at random moments, and asks each time for the same end.

    python -m tests.demo.kill_campaign --moments 200 --engine embedded --seed 1 --log FILE    # by hand; some hours
    python -m tests.demo.kill_campaign --table FILE...

undisturbed commands (how long each takes) -> a command of the list, killed -> `cancel` -> `up` -> nothing would change
-> now and then `destroy`: nothing is left

Two ways to die, by turns: the command and everything that it has started in its session, after a random part of the
time that it takes; and whichever process of the sandbox is the next to create, rename or remove a file below the state
folder, at a random one of those moments, killed by itself before it has done so.

Each moment is a line of JSON in the log; what did not heal is a finding, with what the commands printed.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.demo.clones import Clone

APPS = ("time-service", "hello-function", "hello-flask")
"""One on each of the clouds that need no Docker daemon."""
CODE = {
    "app_src/time_service/main.py": ("Welcome to the time service", "Welcome {n} to the time service"),
    "app_src/hello_flask/flask_app.py": ("Hello from Flask!", "Hello {n} from Flask!"),
    "app_src/hello_function/lambda_function.py": ("Loading function", "Loading function {n}"),
}
HOOK = Path(__file__).parent / "killed_at_a_file"
"""The folder of a ``sitecustomize`` that kills its process at a file operation."""
FILE_OPERATIONS = 120
"""At which creation, renaming or removal of a file by a process it is killed at the latest; mostly at an early one."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A command that was killed, and what came of it."""

    operation: str
    engine: str
    way: str
    """``time`` or ``file``."""
    at: float
    """Seconds after the command's start, or how many file operations of a process."""
    struck: bool
    """Whether anything was killed before the command had ended."""
    finding: str = ""
    """What did not heal, and what was printed; "" where everything did."""


class Finding(Exception):
    """Something did not heal."""


class Campaign:
    """A clone, and the commands on it. ``numbers`` draws the moments."""

    def __init__(self, folder: Path, engine: str, numbers: random.Random) -> None:
        self.clone, self.engine, self._numbers = Clone(folder, engine), engine, numbers
        self.clone.keep_only(*APPS)
        self._originals = {path: (folder / path).read_text() for path in CODE}
        self._edits = self._healed = 0
        self._seconds: dict[str, float] = {}

    def edit(self) -> None:
        """Change the code of every app."""
        self._edits += 1
        for path, (before, after) in CODE.items():
            text = self._originals[path]
            if before in text:
                text = text.replace(before, after.format(n=self._edits))
            (self.clone.folder / path).write_text(f"{text}\n# edit {self._edits}\n")

    def command(self, *words: str) -> str:
        """What a command prints that has to succeed. Raises :class:`Finding`."""
        try:
            return self.clone.run(*words, "--stack", "sandbox", *self._engine(words[0]))
        except (AssertionError, TimeoutError) as failed:
            raise Finding(str(failed)[-3000:]) from failed

    def _engine(self, verb: str) -> list[str]:
        return [] if verb == "sandbox" else ["--engine", self.engine]

    def round(self) -> Iterator[Moment]:
        """Each operation once, killed, and healed."""
        self.command("up")
        for operation, (prepare, words) in OPERATIONS.items():
            prepare(self)
            way = self._numbers.choice(("time", "time", "file"))
            if operation not in self._seconds:
                self._seconds[operation] = 6.0
            yield self._disturbed(operation, words, way)
        self.leave_nothing()

    def _disturbed(self, operation: str, words: tuple[str, ...], way: str) -> Moment:
        at = (
            round(self._numbers.uniform(0.3, self._seconds[operation]), 2)
            if way == "time"
            else round(FILE_OPERATIONS ** self._numbers.random())
        )
        struck, printed = self._kill(words, operation, way, at)
        finding = ""
        try:
            self.heal()
        except Finding as failed:
            finding = f"{printed[-1500:]}\n--- then ---\n{failed}"
        return Moment(operation=operation, engine=self.engine, way=way, at=at, struck=struck, finding=finding)

    def _kill(self, words: tuple[str, ...], operation: str, way: str, at: float) -> tuple[bool, str]:
        environment = self.clone.environment()
        if way == "file":
            environment |= {
                "SLIPWAY_KILL_AT": str(int(at)),
                "SLIPWAY_KILL_BELOW": str(self.clone.folder / ".slipway"),
                "PYTHONPATH": f"{HOOK}{os.pathsep}{environment['PYTHONPATH']}",
            }
        arguments = [sys.executable, "-m", "slipway", *words, "--stack", "sandbox", *self._engine(words[0])]
        with tempfile.TemporaryFile("w+") as output:
            began = time.monotonic()
            process = subprocess.Popen(
                arguments,
                cwd=self.clone.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                process.wait(at if way == "time" else 600)
                struck = process.returncode == -signal.SIGKILL or self._a_service_died()
                if not process.returncode:
                    self._seconds[operation] = max(1.0, time.monotonic() - began)
            except subprocess.TimeoutExpired:
                struck = True
            end_session(process.pid)
            process.wait()
            output.seek(0)
            return struck, output.read()

    def _a_service_died(self) -> bool:
        return (self.clone.folder / ".slipway/killed").exists()

    def heal(self) -> None:
        """`cancel` and `up`, and everything answers; every third time also: nothing would change. Raises Finding."""
        (self.clone.folder / ".slipway/killed").unlink(missing_ok=True)
        self.command("cancel", "--yes")
        self.command("up")
        self._healed += 1
        if self._healed % 3 == 0 and not self.clone.nothing_would_change():
            raise Finding(f"after `cancel` and `up` a preview would change something:\n{self.command('preview')}")

    def leave_nothing(self) -> None:
        """`destroy`, and nothing is left, as it says and as the machine has it. Raises :class:`Finding`."""
        printed = self.command("destroy", "--yes")
        if "nothing is left" not in printed:
            raise Finding(printed[-3000:])
        processes = [process for process in self.clone.processes() if process.status() != psutil.STATUS_ZOMBIE]
        if processes:
            raise Finding(f"processes are left: {processes}")


def _edited(campaign: Campaign) -> None:
    campaign.edit()


def _same(_campaign: Campaign) -> None:
    return


def _down(campaign: Campaign) -> None:
    campaign.leave_nothing()


def _with_two_versions(campaign: Campaign) -> None:
    campaign.edit()
    campaign.command("up")


def _served_by_the_newest(campaign: Campaign) -> None:
    for app in APPS[:2]:
        campaign.clone.run("rollback", app, "--forget", "--stack", "sandbox", status=None)


OPERATIONS: dict[str, tuple[Callable[[Campaign], None], tuple[str, ...]]] = {
    "update": (_edited, ("up",)),
    "refresh": (_same, ("refresh", "--yes")),
    "canary": (_edited, ("up", "--canary", "20", "--all")),
    "rollback": (_with_two_versions, ("rollback", "time-service")),
    "destroy": (_served_by_the_newest, ("destroy", "--yes")),
    "up": (_down, ("up",)),
}
"""How to come to where a command begins, and the command, in the order of a round."""


def end_session(leader: int) -> None:
    """End every process of a session: a command, and the engine and the program that it started."""
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader:
                process.send_signal(signal.SIGKILL)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue


def main() -> int:
    """Run the campaign, or print the table of the logs; 1 where something did not heal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--engine", choices=("embedded", "pulumi"), default="embedded")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, default=Path("kill-campaign.jsonl"))
    parser.add_argument("--table", type=Path, nargs="+")
    options = parser.parse_args()
    if options.table:
        print(table([json.loads(line) for path in options.table for line in path.read_text().splitlines()]))
        return 0
    numbers = random.Random(options.seed)
    findings = moments = 0
    while moments < options.moments:
        with tempfile.TemporaryDirectory(prefix="slipway-campaign-") as folder:
            campaign = Campaign(Path(folder, "clone"), options.engine, numbers)
            for moment in moments_of(campaign):
                with options.log.open("a") as log:
                    log.write(f"{json.dumps(asdict(moment))}\n")
                moments += moment.struck
                findings += bool(moment.finding)
                print(
                    f"{moments} moments, {findings} findings: {moment.operation} {moment.way} {moment.at}", flush=True
                )
                if moment.finding or moments >= options.moments:
                    break
            campaign.clone.run("sandbox", "stop", status=None)
            for process in campaign.clone.processes():
                process.kill()
    return bool(findings)


def moments_of(campaign: Campaign) -> Iterator[Moment]:
    """Rounds without end; a finding between two moments is one of its own."""
    try:
        while True:
            yield from campaign.round()
    except Finding as failed:
        yield Moment(operation="between", engine=campaign.engine, way="none", at=0, struck=False, finding=str(failed))


def table(moments: list[dict[str, object]]) -> str:
    """A row an operation, as Markdown: how many moments struck, by engine and way, and how many healed."""
    struck = [moment for moment in moments if moment["struck"] or moment["finding"]]
    columns = [(engine, way) for engine in ("embedded", "pulumi") for way in ("time", "file")]
    counts = Counter((moment["operation"], moment["engine"], moment["way"]) for moment in struck)
    healed = Counter(moment["operation"] for moment in struck if not moment["finding"])
    rows = [
        "| killed in | embedded, by time | embedded, at a file | `pulumi`, by time | `pulumi`, at a file | healed |"
    ]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    names = [*OPERATIONS, *sorted({str(moment["operation"]) for moment in struck} - {*OPERATIONS})]
    for name in names:
        cells = [counts[name, *column] for column in columns]
        rows.append(f"| {name} | {' | '.join(map(str, cells))} | {healed[name]} of {sum(cells)} |")
    total = [sum(counts[name, *column] for name in names) for column in columns]
    rows.append(f"| **all** | {' | '.join(map(str, total))} | {sum(healed.values())} of {sum(total)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

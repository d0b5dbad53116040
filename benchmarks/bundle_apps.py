"""The apps that the bundle benchmark makes artifacts of, in the layout each tool asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HANDLER = {"lambda": "lambda_function.py", "chalice": "app.py"}
LIBRARY = {"lambda": "parts", "chalice": "chalicelib"}
START = {
    "lambda": "def lambda_handler(event, context):\n    return 'hello'\n",
    "chalice": (
        "from chalice import Chalice\n\napp = Chalice(app_name='benchmark')\n\n\n"
        "@app.lambda_function()\ndef hello(event, context):\n    return 'hello'\n"
    ),
}
HEAVY = ("flask", "requests", "pydantic", "cryptography")


@dataclass(frozen=True)
class App:
    """One app: how it is called in the table and on the plot, what it depends on, how many files are its own."""

    says: str
    short: str
    wanted: tuple[str, ...] = ()
    own: int = 0


APPS = {
    "bare": App("one file, no dependencies", "one file"),
    "heavy": App("Flask, requests, pydantic, cryptography (30 MB)", "30 MB", HEAVY),
    "many": App("2,000 files of its own", "2,000 files", own=2000),
}


def write(app: str, folder: Path, layout: str, *, locks: Path) -> None:
    """Write an app; its lock is compiled once and kept in ``locks``."""
    told = APPS[app]
    (folder / HANDLER[layout]).write_text(START[layout])
    for number in range(told.own):
        package = folder / LIBRARY[layout] / f"p{number // 50}"
        package.mkdir(parents=True, exist_ok=True)
        lines = (f"value_{line} = {number * line}\n" for line in range(100))
        (package / f"m{number}.py").write_text("".join(lines))
    if not told.wanted:
        (folder / "requirements.txt").write_text("")
        return
    kept = locks / f"lock-{app}"
    if not (kept / "requirements.txt").exists():
        from slipway.bundle import lock

        kept.mkdir(exist_ok=True)
        (kept / "requirements.in").write_text("\n".join(told.wanted) + "\n")
        lock(kept)
    (folder / "requirements.txt").write_text((kept / "requirements.txt").read_text())


def edit(folder: Path, layout: str) -> None:
    """Change one line of the app's code."""
    place = folder / HANDLER[layout]
    place.write_text(place.read_text().replace("'hello'", "'hello again'"))


def unhashed(folder: Path) -> None:
    """Take the hashes out of the lock, for tools that cannot read them: less work for them, not more."""
    lock = folder / "requirements.txt"
    pins = (line.split(" \\")[0].split(" ;")[0] for line in lock.read_text().splitlines() if "==" in line)
    lock.write_text("".join(f"{pin}\n" for pin in pins if not pin.startswith(("colorama", " "))))


def nothing(_folder: Path, _app: str) -> None:
    """A tool that needs no file of its own."""


Prepare = Callable[[Path, str], None]

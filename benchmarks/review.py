"""How long a review of one changed app takes, and how big its forms are: ``python benchmarks/review.py``.

The project is copied into a temporary folder under git, the time service edited, and the command run as a user would,
in a process of its own. Budget on 2 cores: 10 s over four environments; a page below 1 MB at 500 resources.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from slipway.review.fit import length
from slipway.review.markdown import markdown
from slipway.review.model import Change, Environment, Item, Op, Review
from slipway.review.page import page

ROOT = Path(__file__).parents[1]
COMMAND = """
import sys
from pathlib import Path
from slipway.cli.review import review
out = sys.argv[1]
sys.exit(review(base="HEAD", head="worktree", stack=None, markdown=Path(out + ".md"), json=Path(out + ".json"),
                html=Path(out + ".html")))
"""
EVERY: tuple[Op, ...] = ("create", "same", "update", "same", "replace", "same", "delete", "same")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="reviews of a fresh edit that are measured")
    rounds = parser.parse_args().rounds
    stacks = len(list((ROOT / "stacks").glob("Pulumi.*.yaml")))
    with tempfile.TemporaryDirectory() as place:
        root = copied(Path(place) / "project")
        first = reviewed(root, Path(place), 0)
        warm = [reviewed(root, Path(place), number) for number in range(1, rounds + 1)]
        sizes = {form: (Path(place) / f"review.{form}").stat().st_size for form in ("md", "json", "html")}
    print(f"{'one app edited, ' + str(stacks) + ' environments':44} {'seconds':>9} {'of CPU':>9}")
    print(f"{'  first review: nothing cached':44} {first[0]:9.1f} {first[1]:9.1f}")
    middle = sorted(warm)[rounds // 2]
    print(f"{'  another edit, median of ' + str(rounds):44} {middle[0]:9.1f} {middle[1]:9.1f}")
    print(f"{'  … and the slowest':44} {max(warm)[0]:9.1f} {max(warm)[1]:9.1f}")
    print(f"\n{'sizes':44} {'kB':>9}")
    for form, size in sizes.items():
        print(f"{'  this review as ' + form:44} {size / 1e3:9.1f}")
    big = Review(base="b", head="h", environments=tuple(environment(name, 500) for name in ("dev", "staging", "prod")))
    started = time.perf_counter()
    html = page(big)
    print(f"{'  page: three environments of 500 resources':44} {len(html.encode()) / 1e3:9.1f}")
    print(f"{'  … rendered in (s)':44} {time.perf_counter() - started:9.2f}")
    print(f"{'  Markdown of the same (characters, in 1,000)':44} {length(markdown(big)) / 1e3:9.1f}")


def copied(root: Path) -> Path:
    """The project's files under git, with nothing else of this machine."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        identity = ["-c", "user.name=b", "-c", "user.email=b@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *words], cwd=root, check=True)
    return root


def reviewed(root: Path, place: Path, number: int) -> tuple[float, float]:
    """Edit the time service and review: seconds that passed, and seconds of processors that were used."""
    main_file = root / "app_src" / "time_service" / "main.py"
    main_file.write_text(main_file.read_text() + f"\n# edit {number}\n")
    environment = {**os.environ, "SLIPWAY_HOME": str(place / "home")}
    started, used = time.perf_counter(), processors()
    words = [sys.executable, "-c", COMMAND, str(place / "review")]
    subprocess.run(words, cwd=root, env=environment, check=True)
    return time.perf_counter() - started, processors() - used


def processors() -> float:
    """Seconds of processor time of the processes that have ended: what a busy machine does not stretch."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment(name: str, count: int) -> Environment:
    """An environment of ``count`` resources, half of them changed, each needing the two before it."""
    urns = [f"urn:pulumi:{name}::p::aws:s3/bucket:Bucket::resource-{number:04}" for number in range(count)]
    change = Change(path="some.property.of.it", kind="update", old='"the old value"', new='"the new value"')
    items = [
        Item(
            urn=urn,
            type="aws:s3/bucket:Bucket",
            name=urn.rsplit("::", 1)[-1],
            op=EVERY[number % len(EVERY)],
            needs=tuple(urns[max(0, number - 2) : number]),
            changes=(change,) * 12 if EVERY[number % len(EVERY)] != "same" else (),
        )
        for number, urn in enumerate(urns)
    ]
    return Environment(name=name, status="compared", items=tuple(items))


if __name__ == "__main__":
    main()

"""No sealed setting and no secret of the user is anywhere but where it is needed, whatever is done with a stack."""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.sandbox.databases import programs
from slipway.sandbox.docker import daemon
from slipway.sandbox.services.processes import MARK
from tests.demo.clones import ENGINES, Clone, drop_unused
from tests.docker.conftest import free_port
from tests.sealed import canaries
from tests.sealed.canaries import Hunt, Sighting

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(900)]

APPS = ("time-service", "hello-function", "time-service-beanstalk", "hello-flask")
CONTAINERS = ("dockerize", "hello-container", "hello-run")
NEEDS_IT = "import os, sys; sys.exit(len(os.environ['CANARY']) < 20)"
READS = f'python -c "{NEEDS_IT}"'
"""A release command that needs its app's secret: a deployment whose command does not get it fails."""
RELEASES = ("time-service-beanstalk", "hello-function", "dockerize", "hello-run")
"""Apps with a release command: container commands of Beanstalk, a call of Lambda, a container, a job of Cloud Run."""
RELEASED_BY_FILE = ("app_src/hello_flask/Procfile",)
"""And by a Procfile: PythonAnywhere, where the WSGI file runs it."""
USERS = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GITHUB_TOKEN",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "MY_OWN_TOKEN",
    "PULUMI_ACCESS_TOKEN",
    "PYTHONANYWHERE_TOKEN",
)
"""Variables of the user in which a secret of theirs is."""
EVERY = 0.2
"""Seconds between two looks at the processes while a command runs."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a secret of an app has to be, and why."""

    apps: tuple[str, ...]
    where: str
    """A pattern of a file below the project, or of a process's environment."""
    why: str
    always: bool = True
    """Whether a run always shows it there; what is over within a moment may be missed."""


DATABASE = "the password of a database"
GUNICORN = r"environ of .*gunicorn .*main:app"
PLACES = (
    Place(
        apps=("time-service", "time-service-beanstalk", "dockerize", "hello-container", "hello-run"),
        where=GUNICORN,
        why="the app itself: its environment is where it reads the secret",
    ),
    Place(
        apps=CONTAINERS,
        where=r"environ of python3 -ISc ",
        why="the health check, which Docker starts in the container with the container's environment",
        always=False,
    ),
    Place(
        apps=("hello-flask", *RELEASES),
        where=r"environ of .*" + re.escape(NEEDS_IT),
        why="the release command itself, which has its app's environment",
        always=False,
    ),
    Place(
        apps=("dockerize",),
        where=r"docker inspect of the ended dockerize-release-\w+",
        why="the Docker daemon: it keeps what a container was made with, until the next version's takes its place",
    ),
    Place(
        apps=("hello-function",),
        where=r"environ of \S*python\S* (-I -S \S+/as_user\.py .*)?\S*/ministack-lambda-\S*hello-function\S*",
        why="the function itself",
    ),
    Place(
        apps=("time-service", "hello-run", DATABASE),
        where=r"\.slipway/sandbox/google\.sqlite(-wal)?",
        why="the local Google Cloud is the store that gives a version its variables when it is started again",
    ),
    Place(
        apps=("time-service-beanstalk",),
        where=r"\.slipway/sandbox/beanstalk/[^/]+/[^/]+\.secrets",
        why="the local Beanstalk: what an instance has read of its secrets, for when it is started again",
    ),
    Place(
        apps=("hello-flask",),
        where=r"\.slipway/sandbox/pythonanywhere/root/var/www/\w+_wsgi\.py",
        why="PythonAnywhere knows no variables: the WSGI file sets them",
    ),
    Place(
        apps=(*APPS, *CONTAINERS),
        where=r"environ of \S*python\S* .*(pulumi-language-python-exec|slipway/engine/\S*|__main__\.py).*",
        why="Pulumi's own way of handing the settings to the program, while the program runs",
        always=False,
    ),
)
"""All of them are files that their owner alone may read (0600 below 0700), or memory of that user's processes."""
OF_THE_DAEMON = re.compile(r"environ of (\S*/)?(runc|containerd-shim\S*|docker-init|/proc/self/exe)\b")
"""What starts a container: it has the environment of the container for a moment."""


@dataclass
class Watched(Clone):
    """A clone whose every command is watched: what it prints, and what the processes of the machine show meanwhile."""

    folder: Path
    engine: str
    docker: bool = False
    user: Mapping[str, str] = field(default_factory=dict)
    outputs_of: dict[str, str] = field(default_factory=dict)
    forks = False

    def __post_init__(self) -> None:
        Clone.__init__(self, self.folder, self.engine)

    def environment(self) -> dict[str, str]:
        """The user's, with secrets in it."""
        return {**super().environment(), **self.user}

    def does(self, *words: str, status: int | None = 0) -> str:
        """Run a command and keep what it prints."""
        printed = self.run(*words, status=status)
        self.outputs_of[f"{len(self.outputs_of)} slipway {' '.join(words)}"] = printed
        return printed

    def engine_does(self, *words: str) -> None:
        """The same for a command of the engine."""
        self.outputs_of[f"{len(self.outputs_of)} engine {' '.join(words)}"] = self.engine_command(*words)

    def seal(self, app: str, value: str) -> None:
        """Seal a variable of an app, by the standard input."""
        words = ["secret", "set", app, "CANARY", "--engine", self.engine]
        command = [sys.executable, "-m", "slipway", *words]
        subprocess.run(command, cwd=self.folder, env=self.environment(), input=value, text=True, check=True)

    def settings(self, change: "Any") -> None:
        """Change the stack's file."""
        path = self.folder / "stacks/Pulumi.sandbox.yaml"
        document = yaml.safe_load(path.read_text())
        change(document["config"])
        path.write_text(yaml.safe_dump(document))


class Watch(threading.Thread):
    """Looks at the arguments and the environments of all processes, again and again."""

    def __init__(self, hunt: Hunt) -> None:
        super().__init__(daemon=True)
        self._hunt, self._ended = hunt, threading.Event()
        self.sightings: set[Sighting] = set()
        self.of_services: set[Sighting] = set()

    def run(self) -> None:
        """Until it is told to end."""
        known: set[tuple[int, bytes]] = set()
        while not self._ended.wait(EVERY):
            for process, sighting in self._hunt.in_processes(known):
                self.sightings.add(sighting)
                if _is_service(process):
                    self.of_services.add(sighting)

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()


def _is_service(process: int) -> bool:
    try:
        return f"{MARK}=".encode() in Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return False


def publish_anywhere(config: dict[str, Any]) -> None:
    """Ports that the machine chooses for what is published."""
    for app in config["slipway:apps"].values():
        if app["platform"] == "container":
            app["publish"] = free_port()
    config.pop("slipway:monitoring", None)


@pytest.fixture(params=ENGINES)
def clone(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A stack with an app on every platform, those in containers where there is a daemon and the engine is ours."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as above:
        containers = request.param == "embedded" and daemon.find() is not None
        user = {name: canaries.draw() for name in USERS}
        made = Watched(Path(above) / "clone", request.param, docker=containers, user=user)
        kept = (*APPS, *(CONTAINERS if containers else ()))

        def choose(config: dict[str, Any]) -> None:
            config["slipway:apps"] = {name: config["slipway:apps"][name] for name in kept}
            if programs.folder() is not None:
                config["slipway:apps"]["time-service"]["database"] = "postgres"
            for name in set(RELEASES) & set(kept):
                config["slipway:apps"][name]["release"] = READS
            publish_anywhere(config)
            drop_unused(config)

        made.settings(choose)
        for name in RELEASED_BY_FILE:
            (made.folder / name).write_text(f"release: {READS}\n")
        yield made
        made.run("destroy", "--yes", "--stack", "sandbox", "--engine", made.engine, status=None)
        made.run("sandbox", "stop", status=None)


def journey(clone: Watched, cores: Mapping[str, str]) -> None:
    """Everything that is done with a stack, from its first preview to an `up` that fails."""
    on = ("--stack", "sandbox", "--engine", clone.engine)
    clone.does("preview", *on)
    for app, core in cores.items():
        clone.seal(app, core + canaries.TAIL)
    clone.does("preview", *on)
    clone.does("preview", "--json", *on)
    clone.does("up", *on)
    clone.does("review", status=None)
    clone.edit("app_src/time_service/main.py", "Welcome to", "This is")
    clone.does("up", *on)
    clone.does("rollback", "time-service", *on)
    clone.does("refresh", *on)
    for app in cores:
        clone.does("logs", app)
        clone.does("versions", app, status=None)
    clone.does("status", "--stack", "sandbox")
    clone.does("secret", "list", "--engine", clone.engine)
    clone.does("sandbox", "status")
    clone.does("sandbox", "env")
    (clone.folder / "students.txt").write_text("ada\nbob\n")
    clone.does("classroom", "students.txt", "--from", "sandbox", "--engine", clone.engine)
    clone.engine_does("stack", "output", "--json", "--stack", "sandbox")
    clone.engine_does("stack", "export", "--stack", "sandbox")
    clone.engine_does("config", "--stack", "sandbox")
    # Longer than what Lambda takes; AWS repeats the variables in its refusal.
    clone.seal("hello-function", cores["hello-function"] + "x" * 5000)
    clone.edit("app_src/hello_flask/flask_app.py", "import", "import nothing_of_this_name\nimport")
    clone.does("up", *on, status=None)
    clone.does("status", "--stack", "sandbox", status=None)


def test_a_canary_is_where_it_has_to_be_and_nowhere_else(clone: Watched):
    """Outputs, states, backups, history, logs, arguments, environments, temporary files, artifacts, image layers."""
    apps = yaml.safe_load((clone.folder / "stacks/Pulumi.sandbox.yaml").read_text())["config"]["slipway:apps"]
    cores = {app: canaries.draw() for app in apps}
    hunt = Hunt({**cores, **{f"the user's {name}": core for name, core in clone.user.items()}})
    watch, since = Watch(hunt), time.time()
    watch.start()
    try:
        journey(clone, cores)
    finally:
        watch.end()

    sightings = set(watch.sightings)
    if password := password_of_a_database(clone):
        hunt = Hunt({**hunt.cores, DATABASE: password})
    for command, printed in clone.outputs_of.items():
        sightings |= set(hunt.in_bytes(printed.encode(), f"what `{command}` printed"))
    sightings |= set(hunt.in_files(clone.folder))
    for folder in written_outside():
        sightings |= set(hunt.in_files(folder, [clone.folder.parent, *of_others(folder)], since))
    if clone.docker:
        sightings |= set(in_images(hunt, clone))
        sightings |= set(in_containers(hunt, clone))

    for place in (place for place in PLACES if place.always):
        for app in set(place.apps) & set(cores):
            there = [s for s in sightings if s.canary == app and re.match(place.where, s.place)]
            assert there, f"{app} was not seen where it has to be ({place.why}): the search is blind there"
    wrong = sorted(s for s in sightings if not permitted(s))
    assert not wrong, "\n".join(map(str, wrong))
    assert [s for s in watch.of_services if s.canary.startswith("the user's ")] == []
    wide = [path for path in private_files(clone, sightings) if path.stat().st_mode & 0o077]
    assert wide == []


def permitted(sighting: Sighting) -> bool:
    """Whether the table of places has it; the user's own secrets are in the environment of what the user started."""
    if sighting.canary.startswith("the user's "):
        return sighting.place.startswith("environ of ")
    if sighting.form == "clear" and OF_THE_DAEMON.match(sighting.place):
        return True
    return any(sighting.canary in place.apps and re.match(place.where, sighting.place) for place in PLACES)


def password_of_a_database(clone: Watched) -> str:
    """What is in an app's ``DATABASE_URL``, by the environment of its process; "" where none has one."""
    here = str(clone.folder).encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environment = (folder / "environ").read_bytes()
            address = re.search(rb"DATABASE_URL=\w+://[^:]+:([^@\0]+)@", environment)
            if address and (here in environment or here in (folder / "cmdline").read_bytes()):
                return address[1].decode()
    return ""


def private_files(clone: Watched, sightings: set[Sighting]) -> list[Path]:
    """The files of the table that hold a canary."""
    paths = {clone.folder / sighting.place for sighting in sightings}
    return [path for path in paths if path.is_file()]


def written_outside() -> list[Path]:
    """Where commands could leave something beside the project."""
    home = Path.home()
    folders = [Path(tempfile.gettempdir()), Path("/dev/shm"), home / ".slipway", home / ".docker", home / ".pulumi"]
    return [folder for folder in folders if folder.is_dir() and os.access(folder, os.R_OK)]


def of_others(folder: Path) -> list[Path]:
    """Folders of temporary files that are other tests' own."""
    return [*folder.glob("pytest-of-*"), *(path for path in folder.glob("*") if (path / "clone").is_dir())]


def in_images(hunt: Hunt, clone: Watched) -> Iterator[Sighting]:
    """In every layer and in the history of the images that the clone's registry names."""
    ports = json.loads((clone.folder / ".slipway/sandbox/services.json").read_text())["services"]["registry"]["ports"]
    listed = subprocess.run(
        ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"], capture_output=True, text=True, check=True
    ).stdout.split()
    ours = [name for name in listed if name.startswith(f"127.0.0.1:{ports['http']}/") and not name.endswith("<none>")]
    assert ours, "no image of the clone was found: the search is blind there"
    for name in ours:
        for words in (["image", "inspect", name], ["history", "--no-trunc", name]):
            printed = subprocess.run(["docker", *words], capture_output=True, check=True).stdout
            yield from hunt.in_bytes(printed, f"docker {words[0]} of {name}")


def in_containers(hunt: Hunt, clone: Watched) -> Iterator[Sighting]:
    """In what the daemon tells of the clone's ended containers, in their logs and in what they have written."""
    resources = json.loads(clone.engine_command("stack", "export", "--stack", "sandbox"))["deployment"]["resources"]
    names = [one["outputs"]["name"] for one in resources if one["type"] == "docker:index/container:Container"]
    ended = listed("ps", "--all", "--filter", "status=exited", "--format", "{{.Names}}")
    ours = [name for name in ended if name in names or name.startswith("dockerize-release")]
    assert ours, "no ended container of the clone was found: the search is blind there"
    for name in ours:
        for words in (["inspect", name], ["logs", name], ["diff", name], ["export", name]):
            done = subprocess.run(["docker", *words], capture_output=True, check=True)
            yield from hunt.in_bytes(done.stdout + done.stderr, f"docker {words[0]} of the ended {name}")


def listed(*words: str) -> list[str]:
    """The words that a command of Docker prints."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("form", canaries.forms("ca-0"))
def test_the_search_sees_every_form(form: str, tmp_path: Path):
    """A canary in a file of a zip in a tar in gzip is seen, whatever it is written as."""
    import gzip
    import io
    import tarfile
    import zipfile

    core = canaries.draw()
    text = canaries.forms(core)[form]
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inside.txt", b"before " + text + b" behind")
    with tarfile.open(fileobj=tarred, mode="w") as packed:
        item = tarfile.TarInfo("inside.zip")
        item.size = len(zipped.getvalue())
        packed.addfile(item, io.BytesIO(zipped.getvalue()))
    (tmp_path / "layer").write_bytes(gzip.compress(tarred.getvalue()))
    hunt = Hunt({"one": core, "another": canaries.draw()})
    assert [s.canary for s in hunt.in_files(tmp_path)] == ["one"]

"""The kinds, each by what its target needs of it."""

import json
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from slipway.bundle import (
    KINDS,
    BundleError,
    Cache,
    app_engine_zip,
    beam_package,
    beanstalk_zip,
    container_context,
    lambda_zip,
)  # fmt: skip
from slipway.bundle.build import read_app
from slipway.bundle.dockerfiles import reads_of
from slipway.bundle.kinds import kind_named, kind_of

DOCKERFILES = sorted((Path(__file__).parents[2] / "cases/bundle/dockerfiles").glob("*.json"))
LOCK = "tool==1.0 --hash=sha256:" + "0" * 64 + "\n"


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (["lambda_function.py", "requirements.txt"], "lambda-zip"),
        (["main.py"], "app-engine-zip"),
        (["main.py", "Procfile"], "beanstalk-zip"),
        (["main.py", "Dockerfile"], "container-context"),
        (["index.html"], "static-folder"),
    ],
)
def test_a_folder_shows_what_it_is_meant_for(folder, cache: Cache, files: list[str], name: str):
    """The first kind of the table that fits is taken, unless one is named."""
    app = read_app(folder(dict.fromkeys(files, "")), cache)
    assert kind_of(app).name == name
    assert kind_named("static-folder").name == "static-folder"


def test_a_pipeline_is_known_by_its_lock(folder, cache: Cache):
    """What pins Beam is a pipeline, whatever its module is called."""
    pins = "apache-beam[gcp]==2.70.0 --hash=sha256:" + "0" * 64
    assert kind_of(read_app(folder({"wordcount.py": "", "requirements.txt": pins}), cache)).name == "beam-package"


def test_an_unknown_kind_and_a_folder_that_shows_none_are_named(folder, cache: Cache):
    """Both messages list the kinds there are."""
    app = read_app(folder({"notes.txt": ""}), cache)
    with pytest.raises(BundleError, match="no kind of artifact called 'zip': choose one of lambda-zip"):
        kind_named("zip")
    with pytest.raises(BundleError, match="does not show what it is meant for: say it with --kind"):
        kind_of(app)


def test_every_kind_is_in_the_table_under_its_name():
    """One file a kind, one table of kinds."""
    assert {name: kind.name for name, kind in KINDS.items()} == {name: name for name in KINDS}
    files = {
        path.stem.replace("_", "-") for path in Path(sys.modules["slipway.bundle.kinds"].__path__[0]).glob("[a-z]*.py")
    }
    assert files == set(KINDS)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ("other.handler", r"app/other\.py is missing: the handler other\.handler is to be in it"),
        ("lambda_function", "not of the form"),
        ("tests.handler", r"tests\.py is missing"),
    ],
)
def test_a_handler_that_is_not_there_is_refused(folder, cache: Cache, handler: str, words: str):
    """Lambda would only find out when it is called."""
    source = folder({"lambda_function.py": "x", "package/__init__.py": "x", "package/sub.py": "x"})
    for right in ("lambda_function.handler", "package.handler", "package.sub.handler"):
        lambda_zip(source, handler=right, cache=cache)
    with pytest.raises(BundleError, match=words):
        lambda_zip(source, handler=handler, cache=cache)


def test_app_engine_takes_source_and_lock_and_the_stacks_configuration(folder, cache: Cache):
    """The app's own app.yaml is left out and said: the stack declares the configuration, which the digest covers."""
    source = folder(
        {"main.py": "app = 1", "requirements.in": "tool\n", "requirements.txt": LOCK, "app.yaml": "runtime: go"}
    )
    plain = app_engine_zip(source, cache=cache)
    assert sorted(plain.manifest) == ["main.py", "requirements.txt"]
    assert ("app.yaml", "the stack declares the runtime configuration") in [
        (one.path, one.why) for one in plain.left_out
    ]
    declared = {"runtime": "python312", "env_variables": {"B": "no", "A": "1e3"}, "entrypoint": "gunicorn main:app"}
    first = app_engine_zip(source, configuration=declared, cache=cache)
    turned = app_engine_zip(source, configuration=dict(reversed(declared.items())), cache=cache)
    assert first.digest == turned.digest != plain.digest
    with zipfile.ZipFile(first.path) as inside:
        assert YAML(typ="safe", pure=True).load(inside.read("app.yaml")) == declared


@pytest.mark.parametrize(
    ("files", "configuration", "words"),
    [
        (["app.py"], {}, r"app/main\.py is missing: App Engine starts `app` in it"),
        (["main.py"], {"runtime": "python27"}, r"no runtime 'python27'.*python311"),
        (["main.py"], {"handlers": object()}, r"a value that app\.yaml cannot hold"),
        (["main.py", "requirements.in"], {}, "run `slipway lock .*app`"),
    ],
)
def test_what_app_engine_would_refuse_is_refused_here(
    folder, cache: Cache, files: list[str], configuration: dict, words: str
):
    """No entry point, an unknown runtime, a missing lock: before anything is uploaded."""
    with pytest.raises(BundleError, match=words):
        app_engine_zip(folder(dict.fromkeys(files, "tool\n")), configuration=configuration, cache=cache)


def test_beanstalk_gets_a_procfile(folder, cache: Cache):
    """Made for the entry where the app has none; the app's own is taken as it is."""
    source = folder({"main.py": "", "requirements.txt": LOCK, ".platform/hooks/predeploy/x.sh": "#!/bin/sh\n"})
    artifact = beanstalk_zip(source, cache=cache)
    assert sorted(artifact.manifest) == [".platform/hooks/predeploy/x.sh", "Procfile", "main.py", "requirements.txt"]
    with zipfile.ZipFile(artifact.path) as inside:
        assert inside.read("Procfile") == b"web: gunicorn --bind 127.0.0.1:8000 main:app\n"
        assert inside.getinfo(".platform/hooks/predeploy/x.sh").external_attr >> 16 & 0o777 == 0o755
    (source / "Procfile").write_text("web: uvicorn main:app --port 8000\nworker: python main.py\n")
    with zipfile.ZipFile(beanstalk_zip(source, cache=cache).path) as inside:
        assert inside.read("Procfile").startswith(b"web: uvicorn")


def test_a_release_command_is_beanstalks_container_command_and_no_process(folder, cache: Cache):
    """Run by the leader alone, with the app's packages; the platform would run a Procfile's line again and again."""
    source = folder({"main.py": "app = 1", "Procfile": "web: gunicorn main:app\nrelease: python migrate.py\n"})
    with zipfile.ZipFile(beanstalk_zip(source, release="python migrate.py", cache=cache).path) as inside:
        assert inside.read("Procfile") == b"web: gunicorn main:app\n"
        declared = json.loads(inside.read(".ebextensions/90-release.config"))["container_commands"]["90_release"]
    assert declared == {
        "command": "source /var/app/venv/*/bin/activate && python migrate.py",
        "leader_only": True,
    }


@pytest.mark.parametrize(
    ("files", "entry", "words"),
    [
        ({"main.py": ""}, "other:app", r"app/other\.py is missing"),
        ({"main.py": ""}, "main", "not of the form module:application"),
        ({"main.py": ""}, "main:app; rm -rf /", "not of the form"),
        ({"main.py": "", "Procfile": "gunicorn main:app\n"}, "main:app", "a line is `name: command`"),
        ({"main.py": "", "Procfile": "worker: python main.py\n"}, "main:app", "starts no `web` process"),
    ],
)
def test_a_procfile_that_starts_nothing_is_refused(folder, cache: Cache, files: dict[str, str], entry: str, words: str):
    """What would come up without answering is refused here."""
    with pytest.raises(BundleError, match=words):
        beanstalk_zip(folder(files), entry=entry, cache=cache)


@pytest.mark.parametrize("case", DOCKERFILES, ids=lambda path: path.stem)
def test_a_context_is_what_the_dockerfile_reads(case: Path, folder, cache: Cache):
    """One file a case: a Dockerfile, what lies in the folder, and what of it the context holds, or the refusal."""
    told = json.loads(case.read_text())
    files = dict.fromkeys(told["folder"], "x") | {"Dockerfile": "\n".join(told["dockerfile"]) + "\n"}
    if "dockerignore" in told:
        files[".dockerignore"] = "\n".join(told["dockerignore"])
    source = folder(files)
    if "refused" in told:
        with pytest.raises(BundleError) as refused:
            container_context(source, cache=cache)
        assert all(words in str(refused.value) for words in told["refused"])
        return
    artifact = container_context(source, cache=cache)
    assert sorted(artifact.manifest) == sorted(["Dockerfile", *told["context"]])


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


def test_a_script_with_windows_line_ends_starts_all_the_same(folder, cache: Cache):
    """A checkout on Windows has them; no kernel finds the interpreter then. Other texts stay as they are."""
    source = folder({"Dockerfile": "FROM x\nCOPY . /\n", "start.sh": "#!/bin/sh\r\nexec serve\r\n", "a.txt": "one\r\n"})
    with tarfile.open(container_context(source, cache=cache).path) as tar:
        texts = {member.name: _read(tar, member) for member in tar if member.name != "Dockerfile"}
        assert tar.getmember("start.sh").mode == 0o755
    assert texts == {"start.sh": b"#!/bin/sh\nexec serve\n", "a.txt": b"one\r\n"}


def test_a_context_tells_nothing_of_the_machine(folder, cache: Cache):
    """No owner, no time, modes by content, names in order; long names and large files too."""
    deep = "d" * 90 + "/" + "f" * 120 + ".txt"
    source = folder(
        {"Dockerfile": "FROM scratch\nCOPY . .\n", "run": "#!/bin/sh\n", deep: "x", "big": bytes(3_000_000)}
    )
    (source / "big").chmod(0o600)
    artifact = container_context(source, cache=cache)
    with tarfile.open(artifact.path) as tar:
        members = tar.getmembers()
        assert [member.name for member in members] == sorted(["Dockerfile", "run", deep, "big"])
        assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members} == {(0, 0, "", "", 0)}
        assert {m.name: m.mode for m in members if m.name in ("run", "big")} == {"run": 0o755, "big": 0o644}
        assert tar.extractfile("big").read() == bytes(3_000_000)


def test_a_variable_only_the_build_knows_takes_everything():
    """Leaving out what might be read would break the build; taking too much only costs a rebuild."""
    assert [read.pattern for read in reads_of("ARG FILE\nCOPY $FILE ${OTHER:-x.txt} /srv/\n")] == [".", "x.txt"]


BEAM_LOCK = f"apache-beam[gcp]==2.70.0 --hash=sha256:{'0' * 64}\n"


def test_what_no_worker_runs_is_no_part_of_a_pipelines_package(folder, cache: Cache):
    """Texts for people, tests and samples: a change of one makes no other package, and so no paid run."""
    files = {"main.py": "", "requirements.txt": BEAM_LOCK}
    unused = {"README.md": "a", "LICENSE": "a", "count_test.py": "a = 1", "sample.txt": "a", "texts/b.txt": "a"}
    samples = "sample.txt\ntexts/"
    before = beam_package(folder({**files, **unused}, "one/app"), sample=samples, cache=cache)
    after = beam_package(
        folder({**files, "README.md": "b", "texts/c.txt": "c"}, "two/app"), sample=samples, cache=cache
    )
    assert before.digest == after.digest
    assert {path for path in before.manifest if ".dist-info" not in path} == {"main.py"}


def test_another_main_is_an_entry_point_of_the_package(folder, cache: Cache):
    """A template runs it; one that is not there is refused, and so is a folder that locks no Beam."""
    source = folder({"jobs/count.py": "", "requirements.txt": BEAM_LOCK})
    with zipfile.ZipFile(beam_package(source, main="jobs/count.py", cache=cache).path) as inside:
        (points,) = (name for name in inside.namelist() if name.endswith("/entry_points.txt"))
        assert inside.read(points) == b"[slipway.pipeline]\nmain = jobs.count\n"
    with pytest.raises(BundleError, match=r"nope\.py is missing: a template runs it, says the setting main"):
        beam_package(source, main="nope.py", cache=cache)
    with pytest.raises(BundleError, match="locks no apache-beam"):
        beam_package(folder({"main.py": ""}, "other"), cache=cache)


def test_a_changed_pipeline_is_another_version(folder, cache: Cache):
    """A worker that has the old one installed must not take it for the new one."""
    source = folder({"wordcount.py": "N = 7\n", "requirements.txt": BEAM_LOCK})
    before = beam_package(source, cache=cache).file_name
    (source / "wordcount.py").write_text("N = 8\n")
    assert beam_package(source, cache=cache).file_name != before
    with pytest.raises(BundleError, match="no module to make a package of"):
        beam_package(folder({"notes.txt": ""}, "notes"), cache=cache)


def test_a_made_file_never_takes_the_place_of_the_apps_own(folder, cache: Cache):
    """Two files of one name in a bundle: the build stops, and names the app's."""
    source = folder({"app.py": "", "slipway_entry.py": "mine"})
    with pytest.raises(BundleError, match=r"slipway_entry\.py is in the place of slipway_entry\.py, which is made"):
        beanstalk_zip(source, entry="app:create()", cache=cache)

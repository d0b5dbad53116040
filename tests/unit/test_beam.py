"""When Beam's environment is asked for: by who has a pipeline, and by nobody else."""

from pathlib import Path

import pytest

from slipway.sandbox.dataflow import beam

APPS = {
    "site": {"platform": "app-engine", "source": "app_src/site"},
    "count": {"platform": "dataflow", "source": "app_src/count", "optional": True},
}
ALWAYS = {"always": {"platform": "dataflow", "source": "app_src/always"}}


COUNT, SECOND = {"count": "app_src/count"}, {"always": "app_src/always"}


@pytest.mark.parametrize(
    ("apps", "present", "needed"),
    [(APPS, (), {}), (APPS, ("site",), {}), (APPS, ("count", "site"), COUNT), ({**APPS, **ALWAYS}, (), SECOND)],
)
def test_a_stack_needs_beam_for_the_pipelines_that_are_brought_in(apps, present, needed):
    """An optional one by this command, or by an earlier one; the others always."""
    assert beam.sources(apps, present) == needed


@pytest.mark.parametrize("apps", [{}, "nonsense", None, {"site": "nonsense"}])
def test_a_stack_without_apps_needs_no_beam(apps):
    """A mistake in a stack's file is the program's to report."""
    assert beam.sources(apps, ()) == {}


SHARED = b"apache-beam[gcp]==2.70.0 --hash=sha256:0\nnumpy==2.0.0\nwin==1 ; sys_platform == 'win32'\n"


class Uv:
    """Makes what `uv` would make, and remembers what it was asked to install."""

    def __init__(self) -> None:
        self.installed: list[bytes] = []

    def __call__(self, *words: str) -> None:
        if words[0] == "venv":
            packages = Path(words[-1]) / "lib/python3.11/site-packages"
            packages.mkdir(parents=True, exist_ok=True)
            (Path(words[-1]) / "bin").mkdir(exist_ok=True)
            (Path(words[-1]) / "bin/python").touch()
            return
        place = Path(words[words.index("--python") + 1]).parents[1]
        lock = Path(words[-1]).read_bytes()
        self.installed.append(lock)
        for requirement in beam.requirements_in(lock):
            name, _, version = requirement.partition("==")
            info = place / f"lib/python3.11/site-packages/{name.partition('[')[0]}-{version}.dist-info"
            info.mkdir(exist_ok=True)
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {name.partition('[')[0]}\nVersion: {version}\n"
            )


@pytest.fixture
def uv(monkeypatch, tmp_path):
    """A project with a list of its own, whose environments are made below a temporary folder."""
    monkeypatch.setattr(beam.sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(beam, "run_uv", made := Uv())
    (tmp_path / beam.LIST).write_bytes(SHARED)
    return made


def test_pipelines_whose_pins_are_among_the_list_share_an_environment(uv, tmp_path):
    """Whatever the order; it is made once, and a marker of another system asks for nothing."""
    first = beam.make_for(tmp_path, "count", b"numpy==2.0.0\napache-beam==2.70.0\n", lambda _line: None)
    assert beam.make_for(tmp_path, "other", b"apache-beam==2.70.0\n", lambda _line: None) == first
    assert beam.python_for(b"numpy==2.0.0\n") == first == tmp_path / "venv/beam/bin/python"
    assert uv.installed == [SHARED]


@pytest.mark.parametrize("lock", [b"apache-beam==2.70.0\npandas==3.0.0\n", b"apache-beam[gcp]==2.60.0\n"])
def test_another_lock_has_an_environment_of_its_own(uv, tmp_path, lock):
    """A further package, or another version of Beam: the app's own lock says what it runs on."""
    said = []
    beam.make(tmp_path, lambda _line: None)
    assert beam.python_for(lock) is None
    own = beam.make_for(tmp_path, "count", lock, said.append)
    assert own == beam.python_for(lock) != beam.python()
    assert said == [
        f"setting up: the packages of count in {own.parents[1].relative_to(tmp_path)} (some hundred MB, once)"
    ]
    assert beam.make_for(tmp_path, "count", lock, said.append) == own
    assert uv.installed == [SHARED, lock]


def test_a_project_without_a_list_has_an_environment_a_lock(uv, tmp_path):
    """As one that was made around the installed slipway."""
    (tmp_path / beam.LIST).unlink()
    lock = b"apache-beam==2.70.0\n"
    assert beam.make_for(tmp_path, "count", lock, lambda _line: None) == beam.python(lock)

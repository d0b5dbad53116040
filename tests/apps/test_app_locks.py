"""Locks that `slipway add` makes: where there is none, and anew where an old one cannot be installed."""

import re
from pathlib import Path

import pytest

from slipway.bundle import BundleError
from slipway.bundle.cache import Cache
from slipway.bundle.interpreters import OWN
from slipway.bundle.kinds.app_engine_zip import app_engine_zip
from slipway.bundle.kinds.lambda_zip import lambda_zip
from slipway.bundle.locks import lock_of
from slipway.bundle.locks.compiled import lock
from slipway.bundle.locks.wanted import wanted_of
from slipway.bundle.plan import App
from slipway.bundle.tree import look_through
from slipway.recognise import recognise
from slipway.verbs.app_locks import add_missing, bound, lock_anew, lock_app_folder, loosen, older_days, relax
from slipway.verbs.artifacts import wheels_for
from slipway.verbs.newer_versions import Lost

OLD_LOCK = """
[[package]]
name = "markupsafe"
version = "1.0"
groups = ["main"]
files = [{file = "MarkupSafe-1.0.tar.gz", hash = "sha256:a6"}]
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A Flask app's folder without dependencies."""
    (tmp_path / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    return tmp_path


def test_an_empty_list_gets_what_the_code_imports(app: Path, capsys: pytest.CaptureFixture[str]):
    """An app with an empty requirements.txt would go without its framework; the list says so, and the lock has it."""
    (app / "requirements.txt").write_text("# nothing yet\n")
    assert lock_app_folder(recognise(app), "app-engine", OWN, sandbox=True) == OWN
    assert (app / "requirements.txt").read_text() == "# nothing yet\nflask\n"
    assert 'name = "werkzeug"' in (app / "pylock.toml").read_text()
    assert "of what the code imports: flask" in capsys.readouterr().out


def test_a_lock_that_is_there_is_left_alone(app: Path):
    """What its authors pinned counts."""
    (app / "pyproject.toml").write_text('[tool.poetry.dependencies]\nmarkupsafe = ">=1.0"\n')
    (app / "poetry.lock").write_text(OLD_LOCK)
    assert lock_app_folder(recognise(app), "app-engine", OWN, sandbox=True) == ""
    assert not (app / "pylock.toml").exists()


def test_an_old_lock_is_made_anew_from_what_the_app_declares(app: Path, capsys: pytest.CaptureFixture[str]):
    """Beside the old one, which stays as it is; the output has the reason."""
    (app / "pyproject.toml").write_text('[tool.poetry.dependencies]\nmarkupsafe = ">=1.0"\n')
    (app / "poetry.lock").write_text(OLD_LOCK)
    why = f"the requirements of shop do not install on Python {OWN}: markupsafe==1.0 exists as source only: ask for x"
    assert lock_anew(recognise(app), "app-engine", OWN, why)
    assert 'name = "markupsafe"' in (app / "pylock.toml").read_text()
    assert (app / "poetry.lock").read_text() == OLD_LOCK
    assert (
        f"poetry.lock does not install on Python {OWN} (markupsafe==1.0 exists as source only)"
        in capsys.readouterr().out
    )


def test_an_old_lock_is_made_anew_near_to_itself(app: Path, capsys: pytest.CaptureFixture[str]):
    """A list without versions would bring today's; the major versions that the old lock has come first."""
    (app / "pyproject.toml").write_text('[tool.poetry.dependencies]\nmarkupsafe = "*"\n')
    (app / "poetry.lock").write_text(OLD_LOCK)
    assert lock_anew(recognise(app), "app-engine", OWN, "")
    assert '\nversion = "1.1.1"\n' in (app / "pylock.toml").read_text()
    assert "with later releases of the same major versions" in capsys.readouterr().out


def test_what_compiles_a_part_that_it_can_do_without_is_built_in_pure_python(app: Path, tmp_path: Path):
    """MarkupSafe of 2019 has no wheel for this Python, and runs without the part that makes it faster."""
    (app / "requirements.in").write_text("markupsafe==1.1.1\n")
    lock(app)
    artifact = lambda_zip(app, entry="app:app", interface="wsgi", cache=Cache(tmp_path / "cache"))
    inside = [path for path in artifact.manifest if path.startswith("markupsafe/")]
    assert "markupsafe/_native.py" in inside
    assert not [path for path in inside if path.endswith(".so")]


def test_pins_are_not_loosened(app: Path):
    """A list of exact versions with hashes is what its authors want: nothing else is taken in its place."""
    (app / "requirements.txt").write_text(f"markupsafe==1.0 --hash=sha256:{'0' * 64}\n")
    assert not lock_anew(recognise(app), "app-engine", OWN, "")


def test_pins_name_the_day_of_older_versions(app: Path):
    """A month after the newest version that the app pins came out, by its lock; what it does not pin says nothing."""
    (app / "requirements.txt").write_text("flask==1.1.2\nclick\n")
    (app / "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "uv"\n'
        '[[packages]]\nname = "flask"\nversion = "1.1.2"\n'
        'wheels = [{ url = "x", upload-time = 2020-04-03T18:41:49Z, hashes = { sha256 = "00" } }]\n'
        '[[packages]]\nname = "click"\nversion = "8.3.0"\n'
        'wheels = [{ url = "x", upload-time = 2025-09-18T00:00:00Z, hashes = { sha256 = "00" } }]\n'
    )
    assert older_days(recognise(app)) == {"2020-05-03": "a month after the newest version that it pins"}


@pytest.mark.parametrize(
    ("name", "text", "source"),
    [
        (
            "pyproject.toml",
            'six = {index = "corp"}\n[[tool.uv.index]]\nname = "corp"\nurl = "https://pypi.example/"',
            "index 'corp'",
        ),
        (
            "pyproject.toml",
            'six = {url = "https://files.example/six-1.16.0-py3-none-any.whl"}',
            "https://files.example/",
        ),
        ("pyproject.toml", 'six = {git = "http://git.example/six"}', "http://git.example/six, which others may change"),
        ("Pipfile", 'six = {version = "*", index = "corp"}', "index 'corp'"),
        ("Pipfile", 'six = {file = "https://files.example/six.whl"}', "https://files.example/six.whl"),
        ("poetry", 'six = {version = "*", source = "corp"}', "index 'corp'"),
        ("poetry", 'six = {url = "https://files.example/six.whl"}', "https://files.example/six.whl"),
    ],
)
def test_a_package_of_another_place_is_not_taken_from_the_machines_index(app: Path, name: str, text: str, source: str):
    """There a stranger may have made one of the same name."""
    before = {
        "pyproject.toml": '[project]\nname = "a"\nversion = "0"\ndependencies = ["six"]\n[tool.uv.sources]\n',
        "Pipfile": "[packages]\n",
        "poetry": "[tool.poetry.dependencies]\n",
    }[name]
    (app / name.replace("poetry", "pyproject.toml")).write_text(before + text + "\n")
    with pytest.raises(BundleError, match=re.escape(source)):
        lock(app)


def test_an_index_whose_packages_everybody_has_is_no_other_place(tmp_path: Path):
    """PyPI by its address, and PyTorch's own."""
    sources = '[tool.uv.sources]\nsix = {index = "p"}\ntorch = {index = "t"}\n'
    indexes = "".join(
        f'[[tool.uv.index]]\nname = "{name}"\nurl = "{url}"\n'
        for name, url in {"p": "https://pypi.org/simple", "t": "https://download.pytorch.org/whl/cpu"}.items()
    )
    text = f'[project]\nname = "a"\nversion = "0"\ndependencies = ["six", "torch"]\n{sources}{indexes}'
    assert wanted_of({"pyproject.toml": text}.get, where="a").elsewhere == ()


def test_a_pin_that_does_not_build_gives_way_to_a_later_release(app: Path, tmp_path: Path):
    """The list stays as it is; the lock names the requirement that it took instead, and is taken as current."""
    (app / "requirements.txt").write_text("markupsafe==1.0\n")
    refusal = "markupsafe==1.0 exists as source only and does not build on this machine: ask for another"
    assert loosen(recognise(app), "app-engine", OWN, refusal)
    text = (app / "pylock.toml").read_text()
    assert 'instead = { markupsafe = "markupsafe>1.0,<2" }' in text
    assert (app / "requirements.txt").read_text() == "markupsafe==1.0\n"
    artifact = app_engine_zip(app, entry="app:app", interface="wsgi", python=OWN, cache=Cache(tmp_path / "cache"))
    assert "requirements.txt" in artifact.manifest


def test_a_package_that_an_error_shows_to_be_missing_is_locked(app: Path):
    """A known package that is imported and declared nowhere; one that is not known is not guessed."""
    (app / "requirements.txt").write_text("markupsafe\n")
    error = "shop: ModuleNotFoundError: No module named '{}' (in the artifact)"
    assert not add_missing(recognise(app), "app-engine", OWN, error.format("unheard_of"))
    assert add_missing(recognise(app), "app-engine", OWN, error.format("itsdangerous.url_safe"))
    assert 'name = "itsdangerous"' in (app / "pylock.toml").read_text()


def test_what_sqlalchemy_needs_for_asyncio_is_locked(app: Path):
    """It names greenlet in words of its own, which newer releases do not bring along."""
    (app / "requirements.txt").write_text("markupsafe\n")
    error = "shop: ImportError: The SQLAlchemy asyncio module requires that the Python 'greenlet' library is installed."
    assert add_missing(recognise(app), "app-engine", OWN, error)
    assert 'name = "greenlet"' in (app / "pylock.toml").read_text()


def test_a_package_that_was_added_is_not_added_again(app: Path):
    """Where the error stays the same, something else is wrong."""
    (app / "requirements.txt").write_text("markupsafe\n")
    error = "shop: ModuleNotFoundError: No module named 'itsdangerous.url_safe'"
    assert add_missing(recognise(app), "app-engine", OWN, error)
    assert not add_missing(recognise(app), "app-engine", OWN, error)


def test_a_later_release_that_does_not_install_either_gives_way_to_a_later_one(app: Path):
    """What an earlier lock took is remembered, so that the same one is not tried for ever."""
    (app / "requirements.txt").write_text("markupsafe==1.0\n")
    refusal = "markupsafe, of shop, exists as source only and compiles markupsafe/_speedups.so: what this machine"
    assert loosen(recognise(app), "pythonanywhere", OWN, refusal)
    assert loosen(recognise(app), "pythonanywhere", OWN, refusal)
    assert 'instead = { markupsafe = "markupsafe>1.0" }' in (app / "pylock.toml").read_text()


def test_a_pin_that_contradicts_another_one_gives_way(app: Path, capsys: pytest.CaptureFixture[str]):
    """What another package of the list needs decides; the app's own list stays as it is."""
    (app / "requirements.txt").write_text("flask==2.3.3\nwerkzeug==1.0.1\n")
    assert lock_app_folder(recognise(app), "app-engine", OWN, sandbox=True) == OWN
    assert 'instead = { werkzeug = "werkzeug" }' in (app / "pylock.toml").read_text()
    assert "with werkzeug: what the app pins does not install" in capsys.readouterr().out


def test_psycopg2_is_taken_as_its_authors_build_it(app: Path):
    """It exists as source only, and its release with wheels is another package; a lock that has that one is current."""
    (app / "requirements.txt").write_text("psycopg2==2.9.5\n")
    refusal = "psycopg2, of shop, exists as source only and compiles its parts: what this machine"
    assert loosen(recognise(app), "pythonanywhere", OWN, refusal)
    assert 'instead = { psycopg2 = "psycopg2-binary>=2.9.5,<3" }' in (app / "pylock.toml").read_text()
    files = App(tree=look_through(app), contents={})
    assert b"psycopg2-binary==2.9" in lock_of(files, wheels_for("pythonanywhere", OWN)).text


def test_what_must_compile_is_refused_before_it_is_built(app: Path, tmp_path: Path):
    """A build of Pillow takes minutes, and what it gives may not run on the platform."""
    (app / "requirements.in").write_text("pillow==6.2.2\n")
    lock(app)
    with pytest.raises(BundleError, match=r"pillow, of .*, exists as source only and compiles its parts|has no wheel"):
        lambda_zip(app, entry="app:app", interface="wsgi", cache=Cache(tmp_path / "cache"))


def test_all_pins_give_way_to_later_releases(app: Path):
    """The nearest way keeps the major versions; a list with hashes stays as it is."""
    (app / "requirements.txt").write_text("markupsafe==2.0.0\nitsdangerous\n")
    assert relax(recognise(app), "app-engine", OWN, 0)
    assert 'instead = { markupsafe = "markupsafe>=2.0.0,<3" }' in (app / "pylock.toml").read_text()
    assert relax(recognise(app), "app-engine", OWN, 2)
    assert 'instead = { markupsafe = "markupsafe>=2.0.0" }' in (app / "pylock.toml").read_text()
    (app / "requirements.txt").write_text(f"markupsafe==1.0 --hash=sha256:{'0' * 64}\n")
    assert not relax(recognise(app), "app-engine", OWN, 0)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements.in"])
def test_a_package_that_lost_a_name_gives_way_to_an_earlier_release(app: Path, name: str):
    """Today's version lacks what the app imports; its list stays as it is where the lock can say that itself."""
    (app / name).write_text("markupsafe>=2\nitsdangerous\n")
    lost = Lost(package="markupsafe", version="3.0.2", what="markupsafe.soft_unicode")
    assert bound(recognise(app), "app-engine", OWN, lost)
    text = (app / ("pylock.toml" if name == "requirements.txt" else "requirements.in")).read_text()
    assert "markupsafe>=2,<3" in text


def test_a_package_that_is_missing_is_listed_where_slipway_wrote_the_list(app: Path):
    """A lock of that list is no more than what it says, so that the next look at the app takes it as current."""
    (app / "requirements.in").write_text("markupsafe\n")
    error = "shop: ModuleNotFoundError: No module named 'itsdangerous'"
    assert add_missing(recognise(app), "app-engine", OWN, error)
    assert (app / "requirements.in").read_text() == "markupsafe\nitsdangerous\n"
    assert "itsdangerous==" in (app / "requirements.txt").read_text()


def test_a_pipeline_is_locked_with_what_dataflow_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Beam's extra for Google Cloud, in the release that the app pins; the app's own list stays as it is."""
    (tmp_path / "main.py").write_text(
        "import apache_beam as beam\n\nif __name__ == '__main__':\n    beam.Pipeline().run()\n"
    )
    (tmp_path / "requirements.txt").write_text("apache-beam==2.69.0\n")
    assert lock_app_folder(recognise(tmp_path), "dataflow", OWN, sandbox=True) == OWN
    assert 'name = "google-cloud-storage"' in (tmp_path / "pylock.toml").read_text()
    assert (tmp_path / "requirements.txt").read_text() == "apache-beam==2.69.0\n"
    assert "with apache-beam[gcp]==2.69.0, as Dataflow needs it" in capsys.readouterr().out


def test_what_python_has_itself_is_left_out_of_a_lock(app: Path, capsys: pytest.CaptureFixture[str]):
    """A list of earlier years asks for packages that do not build any more; the list itself stays as it is."""
    (app / "requirements.txt").write_text("idna\nwsgiref==0.1.2\npkg-resources==0.0.0\n")
    assert lock_app_folder(recognise(app), "app-engine", OWN, sandbox=True) == OWN
    assert "pylock.toml without pkg-resources, wsgiref, which nothing installs today" in capsys.readouterr().out
    assert (app / "requirements.txt").read_text() == "idna\nwsgiref==0.1.2\npkg-resources==0.0.0\n"
    assert 'name = "wsgiref"' not in (app / "pylock.toml").read_text()

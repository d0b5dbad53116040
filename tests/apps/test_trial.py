"""An artifact is imported alone before it goes anywhere, and what fails is the app's own error."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from slipway.bundle import BundleError, Cache, app_engine_zip, lambda_zip
from slipway.bundle.django_static import with_static
from slipway.bundle.interpreters import OWN
from slipway.bundle.trial import Question, tried

Make = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache of its own."""
    return Cache(tmp_path / "cache")


@pytest.fixture
def app(tmp_path: Path) -> Make:
    """Writes an app."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "app" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "app"

    return write


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def other(event, context): pass\n", r"AttributeError: main has no 'handler': it has other"),
        ("handler = 1\n", r"TypeError: main:handler is 1, which cannot be called"),
        ("def handler(:\n", r"SyntaxError: invalid syntax"),
        ("import pulumi\n", r"ModuleNotFoundError: No module named 'pulumi' \(in the artifact"),
        ("import slipway\n", r"ModuleNotFoundError: No module named 'slipway'"),
        ("import os\nos.environ['SHOP_KEY']\n", r"KeyError: 'SHOP_KEY' \(an environment variable\?"),
        ("raise SystemExit(3)\n", r"SystemExit: 3"),
        ("print('no key')\nexit()\n", r"it ends itself: no key"),
        ("import os\nprint('bye')\nos._exit(3)\n", r"ended Python \(status 3\)\nIts output ends:\n  bye"),
    ],
)
def test_what_fails_is_the_apps_own_error(app: Make, cache: Cache, text: str, words: str):
    """Its last line comes first, then the trace without the places of this machine."""
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    with pytest.raises(BundleError, match=words) as refused:
        tried(artifact, Question(module="main", name="handler", interface="function"), cache, app="shop")
    assert str(cache.root) not in str(refused.value)


@pytest.mark.parametrize("platform", ["app-engine", "lambda"])
@pytest.mark.parametrize(
    "text",
    [
        "open('cache.txt', 'w')\n",
        "import os\nos.makedirs('instance', exist_ok=True)\n",
        "import os\nos.symlink('/etc/hosts', 'hosts')\n",
        "import pathlib\npathlib.Path(__file__).with_name('log').touch()\n",
    ],
)
def test_files_are_read_only_where_the_platforms_are(app: Make, cache: Cache, text: str, platform: str):
    """What an app writes beside its code when it is imported fails before it goes anywhere; elsewhere it may."""
    artifact = lambda_zip(app({"main.py": f"{text}def handler(event, context): pass\n"}), cache=cache)
    with pytest.raises(BundleError, match=r"Read-only file system: '.*' \(as on the platform, where /tmp alone"):
        tried(artifact, Question(module="main", name="handler", platform=platform), cache, app="shop")
    assert tried(artifact, Question(module="main", name="handler", platform="beanstalk"), cache, app="shop").ran


def test_a_second_clone_imports_nothing_that_the_first_has(app: Make, tmp_path: Path):
    """A trial is the user's: another clone, which has no cache of its own yet, does not run the same artifact again."""
    user, marks = Cache(tmp_path / "user"), tmp_path / "marks"
    marks.mkdir()
    text = f"import tempfile\ntempfile.mkdtemp(dir={str(marks)!r})\ndef handler(event, context): pass\n"
    first, second = (Cache(tmp_path / name, store=user) for name in ("first", "second"))
    for cache in (first, second):
        artifact = lambda_zip(app({"main.py": text}), cache=cache)
        assert tried(artifact, Question(module="main", name="handler"), cache, app="shop").ran
    assert len(list(marks.iterdir())) == 1


def test_what_could_not_be_run_here_is_no_other_clones(app: Make, tmp_path: Path):
    """Where this machine lacks the Python nothing is noted for other clones: it may have that Python later."""
    user = Cache(tmp_path / "user")
    cache = Cache(tmp_path / "first", store=user)
    artifact = lambda_zip(app({"main.py": "def handler(event, context): pass\n"}), cache=cache)
    assert not tried(artifact, Question(module="main", name="handler", python="3.99"), cache, app="shop").ran
    assert not list(user.file("trials", "").iterdir())


def test_a_folder_that_is_there_already_is_no_obstacle(app: Make, cache: Cache):
    """To make a folder again is the system's own error, which apps expect; its files stay read-only."""
    text = (
        "import os\nhere = os.path.dirname(__file__)\nos.makedirs(here, exist_ok=True)\n"
        "try:\n    os.mkdir(here)\nexcept FileExistsError:\n    handler = print\n"
    )
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    assert tried(artifact, Question(module="main", name="handler", platform="lambda"), cache, app="shop").ran


def test_a_file_below_tmp_is_no_obstacle(app: Make, cache: Cache):
    """Temporary files are made where Python makes them, and where an app says /tmp."""
    text = (
        "import tempfile\nwith tempfile.TemporaryFile(), tempfile.NamedTemporaryFile(dir='/tmp'):\n    pass\n"
        "handler = print\n"
    )
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    assert tried(artifact, Question(module="main", name="handler", platform="lambda"), cache, app="shop").ran


def test_a_function_finds_the_sdk_of_lambda(app: Make, cache: Cache):
    """As Lambda's runtime brings it; elsewhere an app has to bring its own."""
    artifact = lambda_zip(app({"main.py": "import boto3\n\n\ndef handler(event, context): pass\n"}), cache=cache)
    assert tried(artifact, Question(module="main", name="handler", platform="lambda"), cache, app="shop").ran
    with pytest.raises(BundleError, match="No module named 'boto3'"):
        tried(artifact, Question(module="main", name="handler"), cache, app="shop")


def test_an_app_is_asked_for_its_paths(app: Make, cache: Cache):
    """The statuses are the app's own, an error of its own counts as 500."""
    text = """
def app(environ, start_response):
    if environ["PATH_INFO"] == "/broken":
        raise ValueError
    start_response("200 OK" if environ["PATH_INFO"] == "/" else "404 Not Found", [])
    return [b""]
"""
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    trial = tried(artifact, Question(module="main", name="app", paths=("/", "/no", "/broken")), cache, app="shop")
    assert trial.statuses == {"/": 200, "/no": 404, "/broken": 500}


def test_an_app_is_asked_by_a_host_name_like_a_platforms(app: Make, cache: Cache):
    """One that takes requests of `localhost` alone would answer here and refuse there."""
    text = """
def app(environ, start_response):
    start_response("400 Bad Request" if "." in environ["HTTP_HOST"] else "200 OK", [])
    return [b""]
"""
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    assert tried(artifact, Question(module="main", name="app", paths=("/",)), cache, app="shop").statuses == {"/": 400}


def test_packages_inside_do_not_replace_those_that_the_platform_installs(app: Make, cache: Cache):
    """A package of this machine's own is inside of an artifact for App Engine; the others are in requirements.txt."""
    files = {
        "main.py": "import blinker\nimport mine\n\n\ndef app(environ, start_response): pass\n",
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["mine", "blinker"]\n'
        '[tool.uv.sources]\nmine = { path = "lib" }\n',
        "lib/pyproject.toml": '[project]\nname = "mine"\nversion = "1"\n'
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        "lib/mine.py": "",
        "pylock.toml": 'lock-version = "1.0"\ncreated-by = "uv"\n[[packages]]\nname = "blinker"\nversion = "1.9.0"\n'
        'wheels = [{ name = "blinker-1.9.0-py3-none-any.whl", url = "x", hashes = { sha256 = '
        '"ba0efaa9080b619ff2f3459d1d500c57bddea4a6b424b60a91141db6fd2f08bc" } }]\n',
    }
    artifact = app_engine_zip(app(files), python=OWN, entry="main:app", interface="wsgi", cache=cache)
    assert artifact.packages
    assert tried(artifact, Question(module="main", name="app"), cache, app="shop").ran


def test_a_failure_at_every_path_says_why(app: Make, cache: Cache):
    """The last error that the app wrote is in the trial's note."""
    text = """
def app(environ, start_response):
    raise ConnectionError("no redis at 6379")
"""
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    trial = tried(artifact, Question(module="main", name="app", paths=("/",)), cache, app="shop")
    assert (trial.statuses, trial.note) == ({"/": 500}, "ConnectionError: no redis at 6379")


def test_what_was_imported_is_not_imported_again(app: Make, cache: Cache, tmp_path: Path):
    """The same artifact and question: the note answers."""
    trace = tmp_path / "trace"
    artifact = lambda_zip(
        app({"main.py": f"open({str(trace)!r}, 'a').write('x')\ndef handler(e, c): pass\n"}), cache=cache
    )
    question = Question(module="main", name="handler", interface="function")
    assert tried(artifact, question, cache, app="shop") == tried(artifact, question, cache, app="shop")
    assert trace.read_text() == "x"


def test_an_app_that_has_answered_is_not_imported_again(app: Make, cache: Cache, tmp_path: Path):
    """What `add` has asked with a key of its own, `up` asks without paths and with none of the keys' values."""
    trace = tmp_path / "trace"
    serves = "def app(environ, start):\n    start('200 OK', [])\n    return [b'']\n"
    text = f"open({str(trace)!r}, 'a').write('x')\n{serves}"
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    question = Question(module="main", name="app", variables={"KEY": "real"})
    tried(artifact, replace(question, paths=("/",), secret=frozenset({"KEY"})), cache, app="shop")
    again = replace(question, variables={"KEY": "sealed"}, placeholders=frozenset({"KEY"}))
    assert tried(artifact, again, cache, app="shop").ran
    assert trace.read_text() == "x"


def test_a_python_that_is_not_there_compiles_and_says_so(app: Make, cache: Cache):
    """Nothing is run; the output says that."""
    artifact = lambda_zip(app({"main.py": "def handler(event, context): pass\n"}), cache=cache)
    trial = tried(artifact, Question(module="main", name="handler", python="3.99"), cache, app="shop")
    assert (trial.ran, trial.note) == (False, "shop was not run: this machine has no Python 3.99")


def test_a_sealed_variable_excuses_a_failure(app: Make, cache: Cache):
    """Its real value is not given to an import, so what fails may work with it: it is noted, not refused."""
    artifact = lambda_zip(app({"main.py": "import os\nint(os.environ['KEY'])\n"}), cache=cache)
    question = Question(module="main", name="handler", variables={"KEY": "sealed"}, placeholders=frozenset({"KEY"}))
    assert "ValueError" in tried(artifact, question, cache, app="shop").note


def test_hosts_are_added_to_those_of_a_django_sites_settings(monkeypatch: pytest.MonkeyPatch):
    """Where the site's variable says so, which stands in the stack's file."""
    settings = SimpleNamespace(ALLOWED_HOSTS=["shop.example"], STATIC_URL="")
    for name, values in (("apps", {"apps": SimpleNamespace()}), ("conf", {"settings": settings})):
        monkeypatch.setitem(sys.modules, f"django.{name}", SimpleNamespace(**values))
    monkeypatch.setitem(sys.modules, "django", ModuleType("django"))
    monkeypatch.setenv("SLIPWAY_ALLOWED_HOSTS", "a.example,b.example")
    settings.STATIC_URL = "/"
    sys.modules["django.apps"].apps.is_installed = lambda name: False  # pyright: ignore[reportAttributeAccessIssue]
    assert with_static("site") == "site"
    assert settings.ALLOWED_HOSTS == ["shop.example", "a.example", "b.example"]


def test_a_release_command_runs_before_the_app_is_asked(app: Make, cache: Cache):
    """In the artifact, with its packages alone and the folders that are kept; its failure is the trial's."""
    files = {
        "main.py": "import pathlib\nROWS = pathlib.Path('data/rows').read_text()\n"
        "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [ROWS.encode()]\n",
        "tables.py": "import os, pathlib\npathlib.Path('data/rows').write_text(os.environ['ROWS'])\n",
    }
    artifact = lambda_zip(app(files), cache=cache)
    question = Question(
        module="main", name="app", paths=("/",), variables={"ROWS": "3"}, release="python tables.py", folders=("data",)
    )
    assert tried(artifact, question, cache, app="shop").statuses == {"/": 200}
    with pytest.raises(BundleError, match=r"shop: its release command `python no.py` ended with status 2: .*no\.py"):
        tried(artifact, replace(question, release="python no.py"), cache, app="shop")


SERVES = """
import http.server
import os

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/" else 404)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""


def started(app: Path, cache: Cache, platform: str = "beanstalk", **facts: Any) -> Mapping[str, int]:
    """What a program that serves by being run answers."""
    question = Question(
        module="sys", interface="command", command="python3 main.py", paths=("/", "/other"), platform=platform, **facts
    )
    return tried(lambda_zip(app, handler="main.f", cache=cache), question, cache, app="shop").statuses


def test_an_app_with_a_server_of_its_own_is_started_and_asked(app: Make, cache: Cache):
    """On a port that is free here; what it answers is known before it goes anywhere."""
    assert started(app({"main.py": SERVES}), cache) == {"/": 200, "/other": 404}


@pytest.mark.parametrize(
    ("text", "platform", "words"),
    [
        ("import os\nos.environ['SHOP_KEY']\n", "beanstalk", r"shop: KeyError: 'SHOP_KEY'"),
        ("import yaml\n", "beanstalk", r"shop: ModuleNotFoundError: No module named 'yaml'"),
        ("raise SystemExit('no key')\n", "beanstalk", r"shop: no key"),
        ("open('cache.txt', 'w')\n", "app-engine", r"Read-only file system"),
    ],
)
def test_a_server_that_ends_is_refused_with_its_own_error(
    app: Make, cache: Cache, text: str, platform: str, words: str
):
    """Its packages are its artifact's alone, and its files are read-only where the platform's are."""
    with pytest.raises(BundleError, match=words):
        started(app({"main.py": f"{text}{SERVES}"}), cache, platform)


def test_a_package_that_is_missing_is_told_where_the_server_answers_without_it(app: Make, cache: Cache):
    """As Streamlit's does, whose script runs only once a browser is there."""
    with pytest.raises(BundleError, match=r"No module named 'pandas'"):
        started(app({"main.py": SERVES}), cache, imports=("json", "pandas"))


def test_the_server_that_calls_the_entry_is_imported_too(app: Make, cache: Cache):
    """Its own imports may fail with the packages that the app pins, though the app's do not."""
    artifact = lambda_zip(
        app({"main.py": "def handler(event, context): pass\n", "server.py": "import websockets.datastructures\n"}),
        handler="main.handler",
        cache=cache,
    )
    question = Question(module="main", name="handler", interface="function", servers=("server",))
    with pytest.raises(BundleError, match=r"No module named 'websockets'"):
        tried(artifact, question, cache, app="shop")


def test_an_app_that_reads_until_its_client_goes_is_answered(app: Make, cache: Cache):
    """As Quart does beside each request: the second message says that the client has gone, once it has its answer."""
    text = """
import asyncio

async def read(receive):
    while (await receive())["type"] != "http.disconnect":
        pass

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    reading = asyncio.ensure_future(read(receive))
    await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    await reading

def handler(event, context):
    pass
"""
    artifact = lambda_zip(app({"main.py": text}), handler="main.handler", cache=cache)
    question = Question(module="main", name="app", interface="asgi", paths=("/",))
    assert tried(artifact, question, cache, app="shop").statuses == {"/": 200}


def test_the_databases_that_an_app_makes_are_known(app: Make, cache: Cache):
    """By how such a file begins, whatever it is called; one that came with the app is not its making."""
    text = "import sqlite3\nsqlite3.connect('rows').execute('create table row (text)')\ndef handler(e, c): pass\n"
    artifact = lambda_zip(app({"main.py": text}), handler="main.handler", cache=cache)
    question = Question(module="main", name="handler", interface="function")
    assert tried(artifact, question, cache, app="shop").written == ("rows",)
    assert tried(artifact, question, cache, app="shop").written == ("rows",)


ROUTED = """
from types import SimpleNamespace


class App:
    def __init__(self, *paths):
        self.rules = [SimpleNamespace(rule=path, endpoint="page", methods={"GET"}, arguments=()) for path in paths]
        self.url_map = SimpleNamespace(iter_rules=lambda: self.rules)

    def __call__(self, environ, start_response):
        there = environ["PATH_INFO"] in [rule.rule for rule in self.rules]
        start_response("200 OK" if there else "404 Not Found", [])
        return [b""]


class Before:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


app, empty = App("/v1/shops"), App()
behind = Before(app)
"""
"""An app that names its own rules, as Flask's do."""


@pytest.mark.parametrize(
    ("name", "statuses", "empty"),
    [
        ("app", {"/": 404, "/v1/shops": 200}, False),
        ("behind", {"/": 404, "/v1/shops": 200}, False),
        ("empty", {"/": 404}, True),
    ],
)
def test_an_app_names_the_paths_that_it_has(
    app: Make, cache: Cache, name: str, statuses: Mapping[str, int], empty: bool
):
    """Where none answers that its code shows; one that names none has no page."""
    artifact = lambda_zip(app({"main.py": ROUTED}), cache=cache)
    trial = tried(artifact, Question(module="main", name=name, paths=("/",)), cache, app="shop")
    assert trial.statuses == statuses
    assert trial.empty is empty


def test_an_app_that_cannot_start_is_refused_with_its_reason(app: Make, cache: Cache):
    """A server ends then, although the app would answer."""
    text = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        message = "Traceback:\\n  ...\\nOperationalError: no database there\\n"
        await send({"type": "lifespan.startup.failed", "message": message})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""
    artifact = lambda_zip(app({"main.py": text}), cache=cache)
    question = Question(module="main", name="app", interface="asgi", paths=("/",))
    with pytest.raises(BundleError, match="shop: OperationalError: no database there"):
        tried(artifact, question, cache, app="shop")

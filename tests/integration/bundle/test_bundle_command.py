"""The commands ``slipway bundle`` and ``slipway lock``, mounted on an app of the test's own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from slipway.bundle import artifact_output, lambda_zip
from slipway.bundle.cache import Cache
from slipway.cli.bundle import commands
from slipway.errors import UserError

ROOT = Path(__file__).parents[3]


class Stack:
    """The outputs of one stack; knows no other."""

    def __init__(self) -> None:
        self.apps: dict[str, dict[str, object]] = {}

    def __call__(self, stack: str, app: str) -> dict[str, object]:
        if stack != "sandbox" or app not in self.apps:
            raise UserError(f"the stack {stack!r} has no app {app!r}")
        return self.apps[app]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one function, and the working folder inside of it."""
    (tmp_path / "Pulumi.yaml").write_text("name: test\n")
    app = tmp_path / "app_src/hello_function"
    app.mkdir(parents=True)
    (app / "lambda_function.py").write_text("x = 1\n")
    (app / ".env").write_text("TOKEN=1\n")
    monkeypatch.delenv("SLIPWAY_HOME", raising=False)
    monkeypatch.chdir(app)
    return tmp_path


def run(deployed: Stack, *words: str) -> str:
    app = typer.Typer()
    for command in commands(deployed):
        app.command()(command)
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_it_says_what_is_made_and_where(project: Path):
    """Kind, digest and path; hyphens in the app's name stand for underscores."""
    said = run(Stack(), "bundle", "hello-function")
    place = said.splitlines()[-1]
    assert said.startswith("lambda-zip ")
    assert Path(place).parent == project / ".slipway/cache/bundle/artifacts"
    assert Path(place).is_file()


def test_list_says_what_is_in_and_what_is_not(project: Path):
    """Sizes of what is in it, the reason for what is not."""
    said = run(Stack(), "bundle", "hello-function", "--list")
    assert "       6 B  lambda_function.py" in said
    assert "  .env: environment, which may hold secrets" in said


def test_why_compares_with_what_is_deployed(project: Path):
    """The stack's outputs say what is deployed and with which options it was made."""
    source = project / "app_src/hello_function"
    cache = Cache(project / ".slipway/cache/bundle")
    stack = Stack()
    stack.apps["hello-function"] = artifact_output(lambda_zip(source, architecture="arm64", cache=cache))
    assert "nothing changed" in run(stack, "bundle", "hello-function", "--why")
    (source / "lambda_function.py").write_text("x = 2\n")
    assert run(stack, "bundle", "hello-function", "--why") == "~ lambda_function.py\n"
    with pytest.raises(UserError, match="the stack 'prod' has no app"):
        run(stack, "bundle", "hello-function", "--why", "--stack", "prod")


def plain(name: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "slipway", "bundle", name]
    return subprocess.run(words, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def test_the_short_way_says_what_the_long_one_says(project: Path):
    """Made, made again, unchanged, edited: with only an app named, no parser is loaded, and the words are the same."""
    time.sleep(0.15)  # at rest
    long = run(Stack(), "bundle", "hello-function")
    for _ in range(3):
        assert plain("hello-function").stdout == long
    (project / "app_src/hello_function/lambda_function.py").write_text("x = 2\n")
    edited = plain("hello-function").stdout
    assert edited != long
    assert edited == run(Stack(), "bundle", "hello-function")


def test_the_short_way_answers_before_anything_is_loaded(project: Path):
    """An unchanged app costs the interpreter's start and a look at its files: neither digests nor JSON."""
    time.sleep(0.15)
    run(Stack(), "bundle", "hello-function")
    program = (
        "import sys; from slipway.cli.plain_bundle import plain; status = plain('hello-function'); "
        "print([name for name in ('json', 'hashlib', 're', 'pathlib', 'typer') if name in sys.modules], status)"
    )
    words = [sys.executable, "-S", "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.stdout.splitlines()[-1] == "[] 0", done.stderr


@pytest.mark.parametrize("name", ["hello-functoin", "../../etc", ".git", ""])
def test_the_short_way_refuses_in_one_message(project: Path, name: str):
    """No traceback, the apps there are, exit status 1."""
    done = plain(name)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: there is no app {name!r}")
    assert done.stderr.count("\n") == 1


def test_clean_empties_the_cache(project: Path):
    """It says where and how much."""
    run(Stack(), "bundle", "hello-function")
    assert "freed " in run(Stack(), "bundle", "--clean")
    assert not list((project / ".slipway/cache/bundle").rglob("*.zip"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["bundle", "hello-functoin"],
            r"no app 'hello-functoin' \(did you mean 'hello_function'\?\): .* app_src have hello_function",
        ),
        (["bundle", "../../etc"], "no app '../../etc'"),
        (["bundle"], "name an app"),
        (["bundle", "hello-function", "--kind", "tar"], "no kind of artifact called 'tar'"),
        (["lock", "hello-function"], r"there is no .*requirements\.in"),
    ],
)
def test_a_mistake_is_one_message(project: Path, words: list[str], message: str):
    """What was given, what there is."""
    with pytest.raises(UserError, match=message):
        run(Stack(), *words)


def test_the_short_way_takes_an_app_of_the_stack_from_anywhere(project: Path, tmp_path_factory: pytest.TempPathFactory):
    """By its name there, for its platform there; the look of its folder does not have to show one."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "shop.py").write_text("def app(environ, start_response):\n    return []\n")
    (project / "stacks").mkdir()
    declared = f"config:\n  slipway:apps:\n    shop:\n      platform: pythonanywhere\n      source: {elsewhere}\n"
    (project / "stacks/Pulumi.sandbox.yaml").write_text(declared)
    words = [sys.executable, "-m", "slipway", "bundle", "shop"]
    done = subprocess.run(
        words, cwd=project, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.stdout.startswith("pythonanywhere-zip "), done.stderr

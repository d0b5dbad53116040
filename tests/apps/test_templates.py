"""An app whose settings are a template to be copied is brought up with the copy."""

from pathlib import Path

import pytest

from slipway.bundle.tree import look_through
from slipway.recognise import recognise
from slipway.recognise.templates import needed_template, templates_of
from slipway.verbs.app_templates import copied_template


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("config.example.py", "config.py"),
        ("shop/local_settings_sample.py", "shop/local_settings.py"),
        ("settings.ini.sample", "settings.ini"),
        ("settings_template.json", "settings.json"),
        ("example_config.yaml", "config.yaml"),
        ("config.py.dist", "config.py"),
        ("templates/page.html", ""),
        ("example.py", ""),
        (".env.example", ""),
    ],
)
def test_a_template_is_known_by_its_name(path: str, target: str):
    """A page's template and a file of variables are none of settings."""
    assert [one.target for one in templates_of([path])] == ([target] if target else [])


def test_a_template_whose_copy_is_there_is_none():
    """The owner has made it."""
    assert not templates_of(["config.example.py", "config.py"])


@pytest.mark.parametrize(
    ("error", "path"),
    [
        ("shop: ModuleNotFoundError: No module named 'config'", "config.example.py"),
        ("shop: ImportError: cannot import name 'config' from 'shop'", "config.example.py"),
        ("shop: FileNotFoundError: [Errno 2] No such file or directory: '/x/keys.json'", "keys_template.json"),
        ("shop: ModuleNotFoundError: No module named 'flask'", ""),
        ("shop: FileNotFoundError: my-keys.json", ""),
    ],
)
def test_an_error_names_the_copy_that_is_missing(error: str, path: str):
    """As a file or as a module; another error asks for none."""
    template = needed_template(error, templates_of(["config.example.py", "keys_template.json"]), "")
    assert (template.path if template else "") == path


def test_the_page_that_says_to_copy_counts_where_the_error_names_nothing():
    """Where it names one template alone."""
    templates = templates_of(["config.example.ini", "other.sample.ini"])
    template = needed_template("shop: KeyError: 'database'", templates, "cp config.example.ini config.ini")
    assert template is not None
    assert template.target == "config.ini"
    assert needed_template("shop: KeyError: 'database'", templates, "Run it.") is None


def test_the_copy_belongs_to_the_app_although_git_ignores_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It names the secrets whose values are the example's."""
    (tmp_path / "main.py").write_text("import config\nfrom flask import Flask\n\napp = Flask(__name__)\n")
    (tmp_path / "config.example.py").write_text('SECRET_KEY = "change me"\nPAGES = 3\n')
    (tmp_path / ".gitignore").write_text("config.py\n")
    error = "main: ModuleNotFoundError: No module named 'config'"
    assert copied_template(recognise(tmp_path), error) == "config.py"
    assert "a copy of config.example.py: its values are the example's, SECRET_KEY among them" in capsys.readouterr().out
    assert "config.py" in look_through(tmp_path).files
    assert copied_template(recognise(tmp_path), error) == ""

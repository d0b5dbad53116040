"""The settings: what is accepted, and every bad input with its exact message."""

import json
from pathlib import Path

import pulumi
import pytest
import yaml

from stacks.google import on_google_cloud
from stacks.previous_outputs import PreviousOutputs
from stacks.settings import load

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "tests/cases/settings").glob("*.yaml"))


def stack_file(stack):
    return (ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text()


def as_pulumi_has_it(config):
    """The configuration as an engine hands it over: text, and JSON where a value is structured."""
    return {
        key: json.dumps(value) if isinstance(value, dict | list) else _scalar(value) for key, value in config.items()
    }


def _scalar(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def changed(config, change):
    """``config`` with values set by dotted path; null takes the key out."""
    config = json.loads(json.dumps(config))
    for path, value in change.items():
        *way, last = path.split(".")
        place = config
        for step in way:
            place = place.setdefault(step, {})
        if value is None:
            del place[last]
        else:
            place[last] = value
    return config


@pytest.fixture
def checkout(tmp_path):
    """A checkout's apps and no stack file yet."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "app_src").symlink_to(ROOT / "app_src")
    return tmp_path


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_bad_input_is_said_in_one_message(deploy, checkout, path):
    """Key, what is allowed, what was given, what to do; nothing is declared, nobody sees a traceback."""
    case = yaml.safe_load(path.read_text())
    stack = case.get("stack", "dev")
    text = case.get("file") or stack_file(case.get("of", "dev"))
    (checkout / "stacks" / f"Pulumi.{stack}.yaml").write_text(text)
    for name, content in case.get("folder", {}).items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(content)
    config = changed(yaml.safe_load(text)["config"], case.get("change", {}))
    declared = []

    def program():
        try:
            settings = load(checkout)
            if "remembers" in case:
                on_google_cloud(settings, PreviousOutputs(region=case["remembers"]))
        except pulumi.RunError as error:
            declared.append(str(error))

    deployed = deploy(program, stack=stack, config=as_pulumi_has_it(config), sealed=case.get("sealed"))
    assert declared == [case["message"].rstrip("\n")]
    assert deployed.resources == []


@pytest.mark.parametrize("stack", ["sandbox", "dev", "staging", "prod"])
def test_the_committed_examples_are_valid(deploy, stack):
    """What a newcomer copies works as it is."""
    loaded = []
    config = as_pulumi_has_it(yaml.safe_load(stack_file(stack))["config"])
    deploy(lambda: loaded.append(load(ROOT)), stack=stack, config=config)
    (settings,) = loaded
    assert {"time-service", "hello-function"} <= set(settings.apps)
    assert set(settings.labels) == {"owner", "environment", "expiry"}
    assert settings.policy.ephemeral is (settings.kind == "ephemeral")


def sandbox_apps(deploy):
    """What the committed sandbox has, and what is said of the rest."""
    loaded = []
    config = as_pulumi_has_it(yaml.safe_load(stack_file("sandbox"))["config"])
    deployed = deploy(lambda: loaded.append(load(ROOT)), stack="sandbox", config=config)
    return loaded[0], deployed.messages


def test_without_an_engine_what_needs_one_is_left_out_and_said_once(deploy, monkeypatch):
    """No mistake and no pretence: one line names what is not there."""
    monkeypatch.delenv("SLIPWAY_DOCKER", raising=False)
    settings, said = sandbox_apps(deploy)
    assert not any(app.needs_docker for app in settings.apps.values())
    assert (settings.docker, settings.monitoring) == (None, None)
    assert [line for line in said if "Docker daemon" in line] == [
        "left out, because no Docker daemon answers: dockerize, hello-container, hello-run, monitoring "
        "(`slipway doctor` says what is missing)"
    ]


def test_with_an_engine_nothing_is_left_out(deploy, monkeypatch):
    """What the sandbox says of its engine reaches the program, and nothing is said."""
    for name, value in {
        "SLIPWAY_DOCKER": "unix:///run/engine.sock",
        "SLIPWAY_REGISTRY": "127.0.0.1:5001",
        "SLIPWAY_REGISTRY_USER": "sandbox",
        "SLIPWAY_REGISTRY_PASSWORD": "made-at-start",
        "SLIPWAY_BASE_IMAGE": "slipway/python-base:0123456789ab",
    }.items():
        monkeypatch.setenv(name, value)
    settings, said = sandbox_apps(deploy)
    assert {"dockerize", "hello-container", "hello-run"} <= set(settings.apps)
    assert (settings.docker.registry, settings.docker.base_python) == ("127.0.0.1:5001", "3.11")
    assert not [line for line in said if "Docker daemon" in line]


def test_a_sealed_variable_stays_sealed(deploy):
    """Its value is an Output; only a fingerprint, which differs with the value, is plain."""
    loaded = []
    config = as_pulumi_has_it(yaml.safe_load(stack_file("dev"))["config"])

    def program(value):
        def run():
            loaded.append(load(ROOT))
            return pulumi.Output.all(
                loaded[-1].secrets["time-service"]["API_KEY"], loaded[-1].secrets["time-service"]["API_KEY"].is_secret()
            )

        secrets = json.dumps({"time-service": {"API_KEY": value}})
        return deploy(run, config={**config, "slipway:secrets": secrets}, sealed=["slipway:secrets"]).result

    assert program("hush") == ["hush", True]
    assert program("other") == ["other", True]
    one, other = (settings.fingerprints["time-service"] for settings in loaded)
    assert one != other
    assert "hush" not in repr(loaded[0])


def test_settings_cannot_be_changed_afterwards(deploy):
    """What was checked is what is deployed."""
    loaded = []
    config = as_pulumi_has_it(yaml.safe_load(stack_file("dev"))["config"])
    deploy(lambda: loaded.append(load(ROOT)), config=config)
    with pytest.raises(ValueError, match="frozen"):
        loaded[0].owner = "somebody"


def test_every_field_says_what_it_is():
    """The settings explain themselves: each has a description."""
    from stacks.problems import INTERNAL, MODELS

    silent = [
        f"{model.__name__}.{name}"
        for model in set(MODELS.values())
        for name, field in model.model_fields.items()
        if name not in INTERNAL and not field.description
    ]
    assert silent == []

"""The sandbox around containers: its registry, its variables, what it leaves, and a machine without a daemon."""

from pathlib import Path

import pytest

from slipway.sandbox import composition
from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.docker import left, store
from slipway.sandbox.docker.client import LABEL, mark
from slipway.sandbox.services.registry import folder
from tests.sandbox.docker.conftest import CONTAINER, IMAGE, NETWORK, VOLUME, Bench


@pytest.mark.docker
@pytest.mark.services
def test_the_program_is_told_of_daemon_registry_and_login(bench: Bench):
    """The password is the one of the registry's last start, in no other place than its owner's file."""
    told = cloud_variables(bench.state_folder)
    assert told["SLIPWAY_REGISTRY"] == bench.address
    before = told["SLIPWAY_REGISTRY_PASSWORD"]
    bench.stop_registry()
    bench.start_registry()
    after = cloud_variables(bench.state_folder)
    assert after["SLIPWAY_REGISTRY_PASSWORD"] != before
    assert after["SLIPWAY_DOCKER"].startswith(("unix://", "tcp://"))
    holders = [path.name for path in folder(bench.state_folder).rglob("*") if path.is_file() and _holds(path, after)]
    assert holders == ["login.json"]


def _holds(path: Path, told: dict[str, str]) -> bool:
    return told["SLIPWAY_REGISTRY_PASSWORD"].encode() in path.read_bytes()


@pytest.mark.docker
@pytest.mark.services
def test_the_end_of_a_sandbox_takes_everything_off_the_daemon(bench: Bench, context):
    """What an audit names is what `sandbox stop` removes; another sandbox's things stay."""
    bench.caller.made(IMAGE, bench.image(context({"Dockerfile": "ARG BASE\nFROM ${BASE}\n"})))
    _, network = bench.caller.made(NETWORK, {"name": f"left-{bench.address.rpartition(':')[2]}"})
    _, volume = bench.caller.made(VOLUME, {"name": f"left-{bench.address.rpartition(':')[2]}"})
    _, container = bench.caller.made(CONTAINER, bench.container())
    other = bench.client.volumes.create(f"other-{volume['name']}", labels={LABEL: mark("/somewhere/else")})
    expected = [
        f"container {container['name']}",
        f"image {bench.address}/stack/app:1",
        f"network {network['name']}",
        f"volume {volume['name']}",
    ]
    try:
        assert sorted(bench.left()) == expected
        named = [
            line for line in composition.audit(bench.state_folder) if line in expected or line.startswith("registry")
        ]
        assert named == sorted([*expected, "registry object stack/app:1"])
        assert sorted(left.remove(bench.state_folder)) == expected
        assert bench.left() == []
        assert bench.client.volumes.get(other.name)
    finally:
        other.remove()


def test_without_a_daemon_there_is_no_registry_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The sandbox is what it was before it knew of containers."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert not store.wanted()
    assert not [name for name in cloud_variables(tmp_path) if "DOCKER" in name or "REGISTRY" in name]
    assert (list(left.listed(tmp_path)), left.remove(tmp_path)) == ([], [])


def test_a_login_is_made_of_chance_and_kept_from_others(tmp_path: Path):
    """Another one at each start, hashed for the registry with bcrypt, in files of their owner alone."""
    words = store.command(tmp_path, {"http": 5000})
    first = store.login(tmp_path)
    store.command(tmp_path, {"http": 5000})
    second = store.login(tmp_path)
    assert first is not None
    assert second is not None
    assert first.password != second.password
    assert len(second.password) >= 40
    configured = Path(words[-1])
    kept = (configured.parent / "htpasswd").read_text()
    assert kept.startswith("slipway:$2b$05$")
    assert second.password not in kept + configured.read_text()
    assert {path.stat().st_mode & 0o777 for path in configured.parent.iterdir()} == {0o600}
    assert "127.0.0.1:5000" in configured.read_text()

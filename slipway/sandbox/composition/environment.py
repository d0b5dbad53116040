"""The variables by which engines, providers and clients find the sandbox."""

from pathlib import Path

from slipway.sandbox.docker import surroundings
from slipway.sandbox.services import keys, registry

PASSPHRASE = "sandbox"  # noqa: S105 - nothing in a sandbox is worth sealing; it is documented as no secret
REGION = "us-east-1"


def cloud_variables(home: Path) -> dict[str, str]:
    """Where the emulated clouds and the Docker engine answer, and credentials that open nothing elsewhere."""
    services, drawn = registry.load(home), keys.load(home)
    found = {
        "SLIPWAY_HOME": str(home),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "GOOGLE_CLOUD_PROJECT": "sandbox",
        **({"PYTHONANYWHERE_TOKEN": drawn.pythonanywhere} if drawn else {}),
    }
    for name, variable in (
        ("ministack", "AWS_ENDPOINT_URL"),
        ("storage", "STORAGE_EMULATOR_HOST"),
        ("front", "SLIPWAY_FRONT"),
        ("pythonanywhere", "PYTHONANYWHERE_ENDPOINT"),
    ):
        if name in services:
            found[variable] = f"http://127.0.0.1:{services[name].port}"
    return {**found, **surroundings.variables(home, services)}


def environment(home: Path, root: Path) -> dict[str, str]:
    """With these a plain ``pulumi up --stack sandbox`` in ``root`` works on the sandbox; its services must run."""
    host = registry.load(home).get("host")
    (home / "state").mkdir(parents=True, exist_ok=True)
    return {
        **cloud_variables(home),
        "PULUMI_BACKEND_URL": f"file://{home / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in (host.ports if host else {}).items()),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

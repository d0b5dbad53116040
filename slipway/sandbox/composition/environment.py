"""The variables by which engines, providers and clients find the sandbox."""

import os
from pathlib import Path

from slipway.sandbox.composition import google_clients
from slipway.sandbox.databases import programs
from slipway.sandbox.docker import surroundings
from slipway.sandbox.services import keys, processes, registry
from slipway.sandbox.stores.google import Store, store_path
from slipway.wire.variables import POSTGRES, PROVIDER_TOKEN

PASSPHRASE = "sandbox"  # noqa: S105 - nothing in a sandbox is worth sealing; it is documented as no secret
REGION = "us-east-1"
ENDPOINTS = {
    "aws": "AWS_ENDPOINT_URL",
    "storage": "STORAGE_EMULATOR_HOST",
    "google": "SLIPWAY_GOOGLE",
    "front": "SLIPWAY_FRONT",
    "pythonanywhere": "PYTHONANYWHERE_ENDPOINT",
}
"""The gateway's port -> the variable that leads to it."""


def cloud_variables(state_folder: Path) -> dict[str, str]:
    """Where the emulated clouds and the Docker daemon answer, and credentials that open nothing elsewhere."""
    services, drawn = registry.load(state_folder), keys.load(state_folder)
    gateway = services["gateway"].ports if "gateway" in services else {}
    variables = {
        "SLIPWAY_HOME": str(state_folder),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "GOOGLE_CLOUD_PROJECT": "sandbox",
        POSTGRES: str(programs.folder() or ""),
    }
    if drawn:
        variables |= {
            "AWS_ACCESS_KEY_ID": drawn.access_key,
            "AWS_SECRET_ACCESS_KEY": drawn.secret_key,
            "GOOGLE_OAUTH_ACCESS_TOKEN": drawn.token,
            "PYTHONANYWHERE_TOKEN": drawn.pythonanywhere,
        }
    addresses = {
        variable: f"http://127.0.0.1:{gateway[name]}" for name, variable in ENDPOINTS.items() if name in gateway
    }
    google = google_clients.provider(addresses["SLIPWAY_GOOGLE"]) if "SLIPWAY_GOOGLE" in addresses else {}
    return {**variables, **addresses, **google, **surroundings.variables(state_folder, services)}


def client_variables(state_folder: Path, root: Path) -> dict[str, str]:
    """What the owner's own clients need: :func:`environment`, and the region and project of the stack that is up."""
    variables = environment(state_folder, root)
    regions = sorted(registry.regions(state_folder))
    projects = (
        [project.id for project in Store(store_path(state_folder)).active_projects()]
        if store_path(state_folder).exists()
        else []
    )
    region = {"AWS_REGION": regions[0], "AWS_DEFAULT_REGION": regions[0]} if len(regions) == 1 else {}
    project = {"GOOGLE_CLOUD_PROJECT": projects[0], "CLOUDSDK_CORE_PROJECT": projects[0]} if len(projects) == 1 else {}
    return {
        **variables,
        **region,
        **project,
        "CLOUDSDK_AUTH_ACCESS_TOKEN": variables["GOOGLE_OAUTH_ACCESS_TOKEN"],
        **google_clients.gcloud(variables["SLIPWAY_GOOGLE"]),
    }


def plugin_variables(state_folder: Path, root: Path, package: str) -> dict[str, str]:
    """As :func:`client_variables`, for an engine that starts a package's own plugin in place of the sandbox's.

    Raises :class:`ValueError` for a package whose plugin cannot be led here.
    """
    if package not in PLUGINS:
        raise ValueError(f"the plugin must be one of {', '.join(PLUGINS)}, got {package!r}")
    variables = client_variables(state_folder, root)
    hosted = variables["PULUMI_DEBUG_PROVIDERS"].split(",")
    others = ",".join(each for each in hosted if each.partition(":")[0] != package)
    own = google_clients.plugin(variables["SLIPWAY_GOOGLE"], variables["STORAGE_EMULATOR_HOST"])
    return {**variables, **own, "PULUMI_DEBUG_PROVIDERS": others}


PLUGINS = ("gcp",)
"""The packages whose own plugin acts on the sandbox."""


def environment(state_folder: Path, root: Path) -> dict[str, str]:
    """With these a plain ``pulumi up --stack sandbox`` in ``root`` works on the sandbox; its services must run."""
    host, drawn = registry.load(state_folder).get("host"), keys.load(state_folder)
    registry.close(state_folder)
    return {
        **cloud_variables(state_folder),
        **processes.proxies(os.environ, with_password=True),
        **({PROVIDER_TOKEN: drawn.token} if drawn else {}),
        "PULUMI_BACKEND_URL": f"file://{state_folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in (host.ports if host else {}).items()),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

"""The environment variables by which a command hands its parameters to the program: every name, once.

``slipway.stack.session`` writes them, ``stacks`` reads them; no other module touches them.
"""

HOME = "SLIPWAY_HOME"
"""The state folder, where it is not ``.slipway`` in the project's root."""
WITH = "SLIPWAY_WITH"
"""Optional apps to bring in: names, with commas between."""
WITHOUT = "SLIPWAY_WITHOUT"
"""Optional apps to take out: names, with commas between."""
PRUNED = "SLIPWAY_PRUNED"
"""Earlier versions to declare no more: APP/VERSION, with commas between."""
DOCKER = "SLIPWAY_DOCKER"
"""The socket of the Docker daemon that the sandbox uses."""
REGISTRY = "SLIPWAY_REGISTRY"
"""The sandbox's image registry: 127.0.0.1:PORT."""
REGISTRY_USER = "SLIPWAY_REGISTRY_USER"
REGISTRY_PASSWORD = "SLIPWAY_REGISTRY_PASSWORD"  # noqa: S105 - the variable's name
BASE_IMAGE = "SLIPWAY_BASE_IMAGE"
"""The sandbox's Python base image."""
BASE_PYTHON = "SLIPWAY_BASE_PYTHON"
"""The Python in that image: 3.11."""
PROMETHEUS_IMAGE = "SLIPWAY_PROMETHEUS_IMAGE"
"""The sandbox's image of Prometheus."""
PROVIDER_TOKEN = "SLIPWAY_PROVIDER_TOKEN"  # noqa: S105 - the variable's name
"""What an engine shows to the sandbox's provider host: ours with each call, ``pulumi`` by having it."""
POSTGRES = "SLIPWAY_POSTGRES"
"""Where the sandbox's PostgreSQL programs are; empty where this machine has none, unset outside of the sandbox."""
PROXY_IMAGE = "SLIPWAY_PROXY_IMAGE"
"""The sandbox's image of HAProxy."""

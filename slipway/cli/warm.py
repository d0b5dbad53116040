"""Compiles what the commands import to bytecode: ``python -m slipway.cli.warm``, once, after an installation.

Installers leave packages as source, and the cloud SDKs are large: the first ``up`` and ``preview`` would compile them
while somebody waits, and every one of them where ``PYTHONDONTWRITEBYTECODE`` is set. Only what is used is compiled.
"""

import importlib
import subprocess
import sys

PROCESSES = (
    (
        "slipway.cli.main",
        "slipway.cli.stacks",
        "slipway.cli.status",
        "slipway.sandbox.dataflow.beam",
        "slipway.cli.apps",
        "slipway.bundle.kinds",
        "slipway.bundle.wheels",
        "uv",
        "slipway.verbs.up",
        "slipway.verbs.tables",
        "slipway.engine.operation.operation",
        "stacks.google",
        "stacks.amazon",
        "stacks.pythonanywhere",
        "components.pythonanywhere.app",
        "components.containers.image",
        "components.containers.monitoring",
        "components.gcp.cloud_run_service",
    ),
    (
        "slipway.sandbox.composition.start",
        "slipway.sandbox.host.server",
        "slipway.sandbox.gateway.sites",
        "slipway.sandbox.host.google",
        "slipway.sandbox.gcp.package",
        "slipway.sandbox.aws.package",
        "slipway.sandbox.docker.package",
        "docker.utils.build",
        "slipway.providers.pythonanywhere.package",
        "slipway.sandbox.pythonanywhere.server",
        "pythonanywhere_core.base",
        "boto3",
        "requests",
        "ministack.app",
    ),
)
"""What each kind of process imports; by name, because the tooling does not know what is in the program."""


def main() -> int:
    """Import each list in a process of its own, side by side; 0 where all could be imported."""
    if len(sys.argv) > 1:
        sys.dont_write_bytecode = False
        for module in PROCESSES[int(sys.argv[1])]:
            importlib.import_module(module)
        return 0
    words = [sys.executable, "-m", "slipway.cli.warm"]
    running = [subprocess.Popen([*words, str(number)]) for number in range(len(PROCESSES))]
    return max(process.wait() for process in running)


if __name__ == "__main__":
    sys.exit(main())

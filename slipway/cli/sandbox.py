"""The commands on the local clouds themselves."""

from typing import Annotated

import typer

from slipway.cli.options import group, guarded
from slipway.verbs import sandbox as local_clouds

app = group(help="Show, use and stop the local clouds.")


@app.command("base-image")
@guarded
def base_image(
    which: Annotated[list[str] | None, typer.Argument(metavar="[python|prometheus]", help="Default: both.")] = None,
) -> int:
    """Make the base images of containers from this machine's Debian packages; no hub is needed.

    `slipway up` makes them where they are missing; this takes newer packages after `apt-get update`.
    """
    return local_clouds.base_images(which or ())


@app.command("stop")
@guarded
def stop() -> None:
    """Stop every local service of this checkout; the next `up` restores everything."""
    local_clouds.stop()


@app.command("env")
@guarded
def env(
    plugin: Annotated[
        str, typer.Option(metavar="PACKAGE", help="Let Pulumi's own plugin of this package act on the sandbox: gcp.")
    ] = "",
) -> None:
    """Print variables for `pulumi`, `aws`, `gcloud` and other tools, to use the sandbox.

    Use it as: eval "$(slipway sandbox env)"
    """
    local_clouds.print_environment(plugin)


@app.command("status")
@guarded
def status() -> int:
    """Show the local services, their health, and their differences from the cloud."""
    return local_clouds.show()

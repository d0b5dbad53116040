"""The program: settings, then components in each cloud, then outputs."""

import pulumi

from slipway.bundle import BundleError
from stacks.artifacts import try_apps
from stacks.containers import in_containers
from stacks.declared import Declared, with_sources
from stacks.previous_outputs import app_engine_output, read_previous_outputs
from stacks.pythonanywhere import on_pythonanywhere
from stacks.settings import load

previous = read_previous_outputs()
settings = load(present=previous.apps)
google = amazon = Declared()
try:
    try_apps(settings)
    # Each cloud's SDK takes a third of a second to import: a stack without one does not wait for it.
    if settings.gcp:
        from stacks.google import on_google_cloud

        google = on_google_cloud(settings, previous)
    if settings.goes_to_aws:
        from stacks.amazon import on_aws

        amazon = on_aws(settings, previous)
    registries = {**google.registries, **amazon.registries}
    containers = in_containers(settings, previous, registries)
    anywhere = on_pythonanywhere(settings)
except BundleError as mistake:
    raise pulumi.RunError(str(mistake)) from None

pulumi.export("apps", with_sources({**google.apps, **amazon.apps, **containers.apps, **anywhere.apps}, settings))
pulumi.export("registries", {cloud: registry.url for cloud, registry in registries.items()})
pulumi.export("lifecycle", settings.lifecycle)
pulumi.export("app_engine", app_engine_output(google.region, google.versions))

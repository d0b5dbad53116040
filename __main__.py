"""The program: settings, then components in each cloud, then outputs."""

import pulumi

from slipway.bundle import BundleError
from stacks.containers import in_containers
from stacks.memory import recall, told
from stacks.placed import Placed, with_sources
from stacks.pythonanywhere import on_pythonanywhere
from stacks.settings import load

memory = recall()
settings = load(present=memory.apps)
google = amazon = Placed()
try:
    # Each cloud's SDK takes a third of a second to import: a stack without one does not wait for it.
    if settings.gcp:
        from stacks.google import on_google_cloud

        google = on_google_cloud(settings, memory)
    if settings.goes_to_aws:
        from stacks.amazon import on_aws

        amazon = on_aws(settings, memory)
    registries = {**google.registries, **amazon.registries}
    containers = in_containers(settings, registries)
    anywhere = on_pythonanywhere(settings)
except BundleError as mistake:
    raise pulumi.RunError(str(mistake)) from None

pulumi.export("apps", with_sources({**google.apps, **amazon.apps, **containers.apps, **anywhere.apps}, settings))
pulumi.export("registries", {cloud: registry.url for cloud, registry in registries.items()})
pulumi.export("lifecycle", settings.lifecycle)
pulumi.export("app_engine", told(google.region, google.versions))

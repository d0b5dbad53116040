"""The program: settings, then components in each cloud, then outputs."""

import pulumi

from slipway.bundle import BundleError
from stacks.amazon import on_aws
from stacks.google import on_google_cloud
from stacks.memory import recall, told
from stacks.settings import load

memory = recall()
settings = load(present=memory.apps)
try:
    google = on_google_cloud(settings, memory)
    amazon = on_aws(settings, memory)
except BundleError as mistake:
    raise pulumi.RunError(str(mistake)) from None

pulumi.export("apps", {**google.apps, **amazon.apps})
pulumi.export("registries", {**google.registries, **amazon.registries})
pulumi.export("lifecycle", settings.lifecycle)
pulumi.export("app_engine", told(google.region, google.versions))

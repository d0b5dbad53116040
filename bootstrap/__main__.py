"""The program: trust in each cloud, then the states and their keys in one of them, then what GitHub has to be told."""

import pulumi

from bootstrap.amazon import boundaries, on_amazon, states_on_amazon
from bootstrap.google import on_google, states_on_google
from bootstrap.settings import load

settings = load()
google = on_google(settings)
if settings.state == "gcp":
    places = states_on_google(settings, google)
    roles = on_amazon(settings, {})
else:
    states = states_on_amazon(settings)
    places = {name: (one.backend, one.secrets_provider) for name, one in states.items()}
    roles = on_amazon(settings, states)

accounts = {name: account.email for name, account in google.deployers.items()}
accounts |= {f"preview-{name}": account.email for name, account in google.previewers.items()}
pulumi.export("backends", {name: backend for name, (backend, _) in places.items()})
pulumi.export("secrets_providers", {name: provider for name, (_, provider) in places.items()})
pulumi.export("permissions_boundaries", boundaries(settings))
pulumi.export(
    "github",
    {
        name: {
            "AWS_ROLE": role,
            "AWS_REGION": settings.aws.region,
            "GCP_WORKLOAD_IDENTITY_PROVIDER": (
                google.trust.preview_provider if name.startswith("preview-") else google.trust.deploy_provider
            ),
            "GCP_SERVICE_ACCOUNT": accounts[name],
            "PULUMI_BACKEND_URL": places[name.removeprefix("preview-")][0],
        }
        for name, role in roles.items()
    },
)

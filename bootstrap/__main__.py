"""The program: trust in each cloud, then the states and their key in one of them, then what GitHub has to be told."""

import pulumi

from bootstrap.amazon import on_amazon, states_on_amazon
from bootstrap.google import on_google, states_on_google
from bootstrap.settings import load

settings = load()
google = on_google(settings)
if settings.state == "gcp":
    backend, secrets_provider = states_on_google(settings, google)
    roles = on_amazon(settings, None)
else:
    states = states_on_amazon(settings)
    backend, secrets_provider = states.backend, states.secrets_provider
    roles = on_amazon(settings, states)

accounts = {name: account.email for name, account in google.deployers.items()}
previews = [name for name in roles if name.startswith("preview-")]
accounts |= dict.fromkeys(previews, google.previewer.email)
pulumi.export("backend", backend)
pulumi.export("secrets_provider", secrets_provider)
pulumi.export(
    "github",
    {
        name: {
            "AWS_ROLE": role,
            "AWS_REGION": settings.aws.region,
            "GCP_WORKLOAD_IDENTITY_PROVIDER": (
                google.trust.preview_provider if name in previews else google.trust.deploy_provider
            ),
            "GCP_SERVICE_ACCOUNT": accounts[name],
            "PULUMI_BACKEND_URL": backend,
        }
        for name, role in roles.items()
    },
)

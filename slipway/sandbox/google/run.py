"""Cloud Run Admin: v2, and v1 for `gcloud run` and the mappings of domains, over the same services and jobs."""

from slipway.sandbox.google import domain_mappings, operations, run_jobs, run_services, run_v1
from slipway.sandbox.google.routing import Api, Route

_O = "projects/{project}/locations/{location}/operations/{id}"
_ID = "run.projects.locations.operations."
API = Api(
    name="run",
    routes=(
        *run_services.ROUTES,
        *run_jobs.ROUTES,
        *run_v1.ROUTES,
        *domain_mappings.OF_SERVICES,
        Route("GET", f"v2/{_O}", operations.get_by(_O), f"{_ID}get"),
        Route("POST", f"v2/{_O}:wait", operations.wait_by(_O), f"{_ID}wait"),
    ),
)

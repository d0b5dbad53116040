"""A job of Cloud Run is made, changed and removed; a service that is not there is not found."""

from common import PLACE, client, project, same
from google.api_core.exceptions import NotFound
from google.cloud.run_v2 import JobsClient, ServicesClient

project("run")
jobs, services = client(JobsClient, "run"), client(ServicesClient, "run")
container = {"image": "europe-west1-docker.pkg.dev/demo-project/images/hello:1"}
template = {"task_count": 2, "template": {"containers": [container]}}
job = jobs.create_job(parent=PLACE, job_id="hello", job={"template": template}).result(timeout=10)
job.template.task_count = 3
same(jobs.update_job(job=job).result(timeout=10).template.task_count, 3)
jobs.delete_job(name=job.name).result(timeout=10)
same(list(jobs.list_jobs(parent=PLACE)), [])
try:
    services.get_service(name=f"{PLACE}/services/none")
    raise AssertionError("there is such a service")
except NotFound:
    pass

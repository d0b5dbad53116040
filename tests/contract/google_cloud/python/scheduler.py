"""A schedule is paused and changed; it has the method of its request, which came as a number."""

from common import PLACE, client, project, same
from google.cloud.scheduler_v1 import CloudSchedulerClient, HttpMethod, Job

project("cloudscheduler")
scheduler = client(CloudSchedulerClient, "cloudscheduler")
target = {"uri": "https://example.com/", "http_method": HttpMethod.PUT, "body": b"{}"}
job = scheduler.create_job(
    parent=PLACE, job={"name": f"{PLACE}/jobs/nightly", "schedule": "0 3 * * *", "http_target": target}
)
same(job.http_target.http_method, HttpMethod.PUT)
same(scheduler.pause_job(name=job.name).state, Job.State.PAUSED)
same(scheduler.resume_job(name=job.name).state, Job.State.ENABLED)
changed = scheduler.update_job(job={"name": job.name, "schedule": "0 4 * * *"}, update_mask={"paths": ["schedule"]})
same(changed.schedule, "0 4 * * *")
scheduler.delete_job(name=job.name)
same(list(scheduler.list_jobs(parent=PLACE)), [])

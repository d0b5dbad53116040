"""What Google says when it refuses, word for word as its APIs and the provider report it.

The words are those that users meet and search for; each comes with the documentation of what it is about.
"""

from slipway.sandbox.handler import CloudError

API_TITLES = {
    "appengine.googleapis.com": "App Engine Admin API",
    "artifactregistry.googleapis.com": "Artifact Registry API",
    "cloudbuild.googleapis.com": "Cloud Build API",
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "cloudscheduler.googleapis.com": "Cloud Scheduler API",
    "compute.googleapis.com": "Compute Engine API",
    "dataflow.googleapis.com": "Dataflow API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "run.googleapis.com": "Cloud Run Admin API",
    "storage.googleapis.com": "Cloud Storage API",
}


def google(code: int, message: str, reason: str = "", *, doing: str, transient: bool = False) -> CloudError:
    """A refusal as the provider shows it: ``Error creating Bucket: googleapi: Error 409: …, conflict``."""
    text = f"{doing}: googleapi: Error {code}: {message}" + (f", {reason}" if reason else "")
    return CloudError(text, transient=transient)


def project_taken(project: str, name: str, error: Exception) -> CloudError:
    """https://cloud.google.com/resource-manager/docs/creating-managing-projects: an id is used once, for good."""
    return CloudError(
        f"error creating project {project} ({name}): {error}. If you received a 403 error, make sure you have the "
        "`roles/resourcemanager.projectCreator` permission"
    )


def project_missing(project: str, doing: str) -> CloudError:
    """Google does not tell a project that is gone from one that is not yours."""
    return google(403, f"Permission denied on resource project {project}.", "forbidden", doing=doing)


def unpaid(doing: str) -> CloudError:
    """https://cloud.google.com/storage/docs/troubleshooting: a bucket needs a paid project."""
    return google(
        403,
        "The billing account for the owning project is disabled in state absent",
        "accountDisabled",
        doing=doing,
    )


def unpaid_application(project: str) -> CloudError:
    """https://cloud.google.com/appengine/docs/standard/managing-costs: deploying needs a billing account."""
    return google(
        403,
        f"Operation requires a billing account, and the project {project} has none",
        "forbidden",
        doing="Error creating StandardAppVersion",
    )


def api_off(api: str, number: str, doing: str, *, soon: bool = False) -> CloudError:
    """https://cloud.google.com/apis/docs/troubleshooting: SERVICE_DISABLED, also for minutes after it was enabled."""
    title = API_TITLES.get(api, api)
    return google(
        403,
        f"{title} has not been used in project {number} before or it is disabled. Enable it by visiting "
        f"https://console.developers.google.com/apis/api/{api}/overview?project={number} then retry. If you enabled "
        "this API recently, wait a few minutes for the action to propagate to our systems and retry.",
        "accessNotConfigured (SERVICE_DISABLED)",
        doing=doing,
        transient=soon,
    )


def bucket_name_taken() -> CloudError:
    """https://cloud.google.com/storage/docs/buckets#naming: one namespace for all of Cloud Storage."""
    return google(
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
        "conflict",
        doing="Error creating Bucket",
    )


def bucket_missing(doing: str) -> CloudError:
    """The bucket is not there (any more)."""
    return google(404, "The specified bucket does not exist.", "notFound", doing=doing)


def bucket_full(name: str) -> CloudError:
    """The provider refuses before it asks: force_destroy is for ephemeral stacks."""
    return CloudError(f"Error trying to delete bucket {name} containing objects without `force_destroy` set to true")


def public_member(bucket: str) -> CloudError:
    """https://cloud.google.com/storage/docs/public-access-prevention."""
    return google(
        412,
        "One or more users named in the policy do not belong to a permitted customer, public access prevention is "
        f"enforced on the bucket {bucket}.",
        "conditionNotMet",
        doing=f"Error applying IAM policy for storage bucket b/{bucket}",
    )


def account_missing(email: str, doing: str) -> CloudError:
    """A grant to a service account that is not there."""
    return google(400, f"Service account {email} does not exist.", "badRequest", doing=doing)


def application_exists() -> CloudError:
    """https://cloud.google.com/appengine/docs/standard/managing-projects-apps-billing: one a project, for good."""
    return google(
        409,
        "This application already exists and cannot be re-created.",
        "alreadyExists",
        doing="Error creating App Engine application",
    )


def application_stays(old: str, new: str) -> CloudError:
    """The provider's own refusal of another region."""
    return CloudError(f"Cannot change location_id from {old!r} to {new!r} once it is set: an application never moves")


def application_missing(project: str, doing: str) -> CloudError:
    """A version before its application."""
    return google(404, f'Could not find Application "{project}".', "notFound", doing=doing)


def unreadable(email: str, bucket: str, name: str) -> CloudError:
    """The version's identity may not read its source (its own since 2024)."""
    return google(
        403,
        f"{email} does not have storage.objects.get access to the Google Cloud Storage object. Permission "
        f"'storage.objects.get' denied on resource (or it may not exist): {bucket}/{name}",
        "forbidden",
        doing="Error creating StandardAppVersion",
    )


def first_is_default(service: str) -> CloudError:
    """https://cloud.google.com/appengine/docs/standard/an-overview-of-app-engine: `default` comes first."""
    return google(
        400,
        "The first service (module) you upload to a new application must be the 'default' service (module). Please "
        "upload a version of the 'default' service (module) before uploading a version for the "
        f"'{service}' service (module).",
        "badRequest",
        doing="Error creating StandardAppVersion",
    )


def too_many_versions(limit: int) -> CloudError:
    """https://cloud.google.com/appengine/docs/standard/quotas: versions an application may have."""
    return google(
        400,
        f"Your app may not have more than {limit} versions. Please delete one of the existing versions before trying "
        "to create a new version.",
        "badRequest",
        doing="Error creating StandardAppVersion",
    )


def version_serves() -> CloudError:
    """A version that gets traffic."""
    return google(
        400,
        "Cannot delete a version with a non-zero traffic allocation. Please update your traffic split to remove the "
        "allocation for this version and try again.",
        "badRequest",
        doing="Error when reading or editing StandardAppVersion",
    )


def last_version() -> CloudError:
    """A service's only version."""
    return google(
        400,
        "Cannot delete the final version of a service (module). Please delete the whole service (module) in order to "
        "delete this version.",
        "badRequest",
        doing="Error when reading or editing StandardAppVersion",
    )


def default_stays() -> CloudError:
    """The service `default`."""
    return google(
        400,
        "The default service (module) may not be deleted.",
        "badRequest",
        doing="Error when reading or editing Service",
    )


def build_failed(project: str, why: str) -> CloudError:
    """A version whose build or first start failed; the log's end is what Cloud Build would show."""
    return CloudError(
        "Error waiting to create StandardAppVersion: Error waiting for Creating StandardAppVersion: Error code 9, "
        f"message: Cloud build failed for {project}. {why}"
    )


def repository_exists(doing: str = "Error creating Repository") -> CloudError:
    """https://cloud.google.com/artifact-registry/docs/repositories/create-repos."""
    return google(409, "the repository already exists", "alreadyExists", doing=doing)


def prevented(what: str) -> CloudError:
    """``deletion_policy = PREVENT``, the provider's own refusal."""
    return CloudError(f'cannot destroy {what} without setting deletion_policy="DELETE" (it is "PREVENT")')

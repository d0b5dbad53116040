"""What Google says when it refuses, word for word as its APIs and the provider report it.

The words are those that users meet and search for; each comes with the documentation of what it is about.
"""

from slipway.sandbox.google.errors import API_TITLES
from slipway.sandbox.handler import CloudError


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


def api_off(api: str, number: str, doing: str) -> CloudError:
    """https://cloud.google.com/apis/docs/troubleshooting: SERVICE_DISABLED."""
    title = API_TITLES.get(api, api)
    return google(
        403,
        f"{title} has not been used in project {number} before or it is disabled. Enable it by visiting "
        f"https://console.developers.google.com/apis/api/{api}/overview?project={number} then retry. If you enabled "
        "this API recently, wait a few minutes for the action to propagate to our systems and retry.",
        "accessNotConfigured (SERVICE_DISABLED)",
        doing=doing,
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


def application_stays(old: str, new: str) -> CloudError:
    """The provider's own refusal of another region."""
    return CloudError(f"Cannot change location_id from {old!r} to {new!r} once it is set: an application never moves")


def prevented(what: str) -> CloudError:
    """``deletion_policy = PREVENT``, the provider's own refusal."""
    return CloudError(f'cannot destroy {what} without setting deletion_policy="DELETE" (it is "PREVENT")')

"""What Cloud Run says when it refuses, as its API and the provider report it."""

from collections.abc import Callable, Mapping

from slipway.sandbox.gcp.refusals import google
from slipway.sandbox.handler import CloudError


def account_missing(email: str, doing: str) -> CloudError:
    """https://cloud.google.com/run/docs/configuring/services/service-identity."""
    return google(400, f"Service account {email} was not found. Please make sure it exists.", "badRequest", doing=doing)


def not_ready(revision: str, port: int, log: str, doing: str) -> CloudError:
    """https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start."""
    waiting = doing.replace("Error creating", "Error waiting to create").replace(
        "Error updating", "Error waiting to update"
    )
    return CloudError(
        f"{waiting}: Error code 9, message: Revision '{revision}' is not ready and cannot serve traffic. The "
        "user-provided container failed to start and listen on the port defined provided by the "
        f"PORT={port} environment variable within the allocated timeout. Its log ends with:\n{log}"
    )


def _missing(image: str, doing: str) -> CloudError:
    return google(400, f"Image '{image}' not found.", "badRequest", doing=doing)


def _forbidden(image: str, doing: str) -> CloudError:
    return google(
        403,
        f"Google Cloud Run Service Agent must have permission to read the image, {image}. Ensure that the provided "
        "container image URL is correct and that the above account has permission to access the image.",
        "forbidden",
        doing=doing,
    )


def _elsewhere(image: str, doing: str) -> CloudError:
    return CloudError(
        f"{doing}: Expected an image path like [host/]repo-path[:tag and/or @digest], where host is the sandbox's "
        f"registry (it stands in for [region-]docker.pkg.dev), but obtained {image}"
    )


def _down(image: str, doing: str) -> CloudError:
    return CloudError(
        f"{doing}: the registry of {image} does not answer: `slipway sandbox status` says how the services "
        "are, `slipway up` starts what is missing"
    )


IMAGES: Mapping[str, Callable[[str, str], CloudError]] = {
    "missing": _missing,
    "forbidden": _forbidden,
    "elsewhere": _elsewhere,
    "down": _down,
}
"""By what :meth:`slipway.sandbox.cloudrun.images.Registry.look` found."""

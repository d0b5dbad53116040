"""AWS's refusals as :class:`CloudError`, in AWS's words behind what the provider was doing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from slipway.sandbox.handler import CloudError

Result = TypeVar("Result")

GONE = frozenset(
    {
        "NoSuchEntity",
        "ResourceNotFoundException",
        "ResourceNotFound",
        "RepositoryNotFoundException",
        "LifecyclePolicyNotFoundException",
        "NoSuchBucket",
        "NoSuchKey",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchTagSet",
        "ServerSideEncryptionConfigurationNotFoundError",
        "DashboardNotFoundError",
        "404",
        "NotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "NotFound",
        "LoadBalancerNotFound",
        "TargetGroupNotFound",
        "ListenerNotFound",
        "ClusterNotFoundException",
        "ServiceNotFoundException",
        "StateMachineDoesNotExist",
        "ParameterNotFound",
        "NoSuchBucketPolicy",
        "NoSuchWebsiteConfiguration",
        "NoSuchCORSConfiguration",
        "OwnershipControlsNotFoundError",
        "RepositoryPolicyNotFoundException",
    }
)
"""The codes by which AWS's services say that something is not there."""


TAKEN = frozenset({"EntityAlreadyExists", "RepositoryAlreadyExistsException", "ResourceAlreadyExistsException"})
"""The codes by which they say that a name is taken."""


@contextmanager
def refusals(doing: str, *, conflict: str = "") -> Iterator[None]:
    """Turn what boto3 raises into a :class:`CloudError` that begins with ``doing`` ("creating IAM Role (x)").

    ``conflict`` is AWS's message for a name that is taken, where the emulator's has other words.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as refused:
        code, message = words(refused)
        message = conflict if conflict and code in TAKEN else message
        raise CloudError(f"{doing}: operation error {refused.operation_name}, {code}: {message}") from refused
    except BotoCoreError as failed:
        raise CloudError(f"{doing}: {failed}") from failed


def unless_gone(call: Callable[..., Result], **arguments: Any) -> Result | None:  # noqa: ANN401 - boto3's own
    """What the call answers, or None where AWS says that it is not there."""
    from botocore.exceptions import ClientError

    try:
        return call(**arguments)
    except ClientError as refused:
        code = words(refused)[0]
        if code in GONE or code.endswith(".NotFound"):  # EC2 has a code for each type: InvalidVpcID.NotFound
            return None
        raise


def words(refused: Any) -> tuple[str, str]:  # noqa: ANN401 - a botocore ClientError, imported where it is raised
    """AWS's code and message of a ClientError."""
    error = refused.response.get("Error", {})
    return error.get("Code", ""), error.get("Message", "")

"""Enumerations by number: clients made of Google's protocol buffers send these as numbers, and say so in ``$alt``.

Each table's row is a field, the same wherever it is in an API's requests, and its values in the order of their numbers.
https://cloud.google.com/apis/docs/system-parameters
"""

from collections.abc import Mapping
from typing import Any

MARK = "enum-encoding=int"
"""In the query's ``$alt``."""


def named(api: str, value: Any) -> Any:  # noqa: ANN401 - JSON of any form
    """The body with the names of Google's discovery documents in the place of numbers."""
    if isinstance(value, list):
        return [named(api, item) for item in value]
    if not isinstance(value, dict):
        return value
    rows = FIELDS.get(api, {})
    return {key: _name(rows[key], item) if key in rows else named(api, item) for key, item in value.items()}


def _name(names: tuple[str, ...], value: Any) -> Any:  # noqa: ANN401 - as it came
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return names[value] if is_number and 0 <= value < len(names) else value


LAUNCH_STAGE = (
    "LAUNCH_STAGE_UNSPECIFIED",
    "EARLY_ACCESS",
    "ALPHA",
    "BETA",
    "GA",
    "DEPRECATED",
    "UNIMPLEMENTED",
    "PRELAUNCH",
)
FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "run": {
        "egress": ("VPC_EGRESS_UNSPECIFIED", "ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"),
        "encryptionKeyRevocationAction": ("ENCRYPTION_KEY_REVOCATION_ACTION_UNSPECIFIED", "PREVENT_NEW", "SHUTDOWN"),
        "executionEnvironment": (
            "EXECUTION_ENVIRONMENT_UNSPECIFIED",
            "EXECUTION_ENVIRONMENT_GEN1",
            "EXECUTION_ENVIRONMENT_GEN2",
        ),
        "ingress": (
            "INGRESS_TRAFFIC_UNSPECIFIED",
            "INGRESS_TRAFFIC_ALL",
            "INGRESS_TRAFFIC_INTERNAL_ONLY",
            "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
            "INGRESS_TRAFFIC_NONE",
        ),
        "launchStage": LAUNCH_STAGE,
        "medium": ("MEDIUM_UNSPECIFIED", "MEMORY"),
        "releaseTrack": LAUNCH_STAGE,
        "scalingMode": ("SCALING_MODE_UNSPECIFIED", "AUTOMATIC", "MANUAL"),
        "type": (
            "TRAFFIC_TARGET_ALLOCATION_TYPE_UNSPECIFIED",
            "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST",
            "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
        ),
    },
    "cloudscheduler": {
        "httpMethod": ("HTTP_METHOD_UNSPECIFIED", "POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"),
    },
    "artifactregistry": {
        "enablementConfig": ("ENABLEMENT_CONFIG_UNSPECIFIED", "INHERITED", "DISABLED"),
        "format": (
            "FORMAT_UNSPECIFIED",
            "DOCKER",
            "MAVEN",
            "NPM",
            "",
            "APT",
            "YUM",
            "",
            "PYTHON",
            "KFP",
            "GO",
            "GENERIC",
            "RUBY",
        ),
        "mode": ("MODE_UNSPECIFIED", "STANDARD_REPOSITORY", "VIRTUAL_REPOSITORY", "REMOTE_REPOSITORY"),
        "versionPolicy": ("VERSION_POLICY_UNSPECIFIED", "RELEASE", "SNAPSHOT"),
        "vpcscPolicy": ("VPCSC_POLICY_UNSPECIFIED", "DENY", "ALLOW"),
    },
    "pubsub": {
        "compressionAlgorithm": ("COMPRESSION_ALGORITHM_UNSPECIFIED", "ZLIB", "", "ZSTD"),
        "compressionMode": ("COMPRESSION_MODE_UNSPECIFIED", "COMPRESS", "DECOMPRESS"),
        "encoding": ("ENCODING_UNSPECIFIED", "JSON", "BINARY"),
    },
}

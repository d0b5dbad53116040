"""The clouds' rules for names; apart from the resources, so that settings can be checked before any is declared."""

import re

SUFFIX_BYTES = 3
"""Length of the random suffix of a project id (bytes; twice as many characters)."""

RESERVED_VERSIONS = ("default", "latest")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_VERSION = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def refused_bucket(name: str) -> str:
    """Why Cloud Storage would refuse a bucket of this name; "" where it would not.

    After https://cloud.google.com/storage/docs/buckets#naming
    """
    if not _BUCKET.fullmatch(name):
        return (
            f"a bucket's name has 3 to 63 characters of a-z, 0-9, '-', '_' and '.', "
            f"a letter or digit first and last, got {name!r}"
        )
    if name.startswith("goog") or "google" in name:
        return f"a bucket's name may not begin with 'goog' nor contain 'google', got {name!r}"
    if re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name):
        return f"a bucket's name may not look like an IP address, got {name!r}"
    return ""


def refused_version(version_id: str) -> str:
    """Why App Engine would refuse a version of this id; "" where it would not.

    After https://cloud.google.com/appengine/docs/admin-api/reference/rest/v1/apps.services.versions
    """
    if version_id in RESERVED_VERSIONS or version_id.startswith("ah-"):
        return f"a version id may not be 'default' or 'latest' nor begin with 'ah-', got {version_id!r}"
    if not _VERSION.fullmatch(version_id):
        return f"a version id has 1 to 63 characters of a-z, 0-9 and '-', no '-' at either end, got {version_id!r}"
    return ""

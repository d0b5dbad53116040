"""What a service account may do in its whole project."""

from collections.abc import Mapping

import pulumi
from pulumi_gcp import projects


def project_grants(
    name: str,
    project: pulumi.Input[str],
    member: pulumi.Input[str],
    roles: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> list[projects.IAMMember]:
    """A grant of each of ``roles``, by what it is for, which is also the end of the grant's name."""
    return [
        projects.IAMMember(f"{name}-{what}", project=project, role=role, member=member, opts=opts)
        for what, role in roles.items()
    ]

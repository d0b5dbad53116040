"""The two identities of a Beanstalk environment: its instances', and the one by which Beanstalk looks after them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import iam

from components.aws.bucket import PrivateS3Bucket
from components.aws.grants import Right, allow
from components.aws.policies import policy, trust, uses_bucket

if TYPE_CHECKING:
    from components.aws.sealed_variables import SealedVariables

TO_INSTANCES = "AWSElasticBeanstalkWebTier"
"""Logs, health, traces: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles-instance.html."""
TO_SERVICE = (
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
)
"""What enhanced health and managed updates need, and no more:
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles-service.html."""


class BeanstalkRoles(pulumi.ComponentResource):
    """An instance profile that reads its own bundles, and a service role."""

    profile: pulumi.Output[str]
    """The instance profile's name."""
    service_arn: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What an environment has to wait for, so that both may do what they must."""

    def __init__(
        self,
        name: str,
        *,
        bundles: pulumi.Input[str],
        labels: Mapping[str, str],
        app_bucket: PrivateS3Bucket | None = None,
        grants: Mapping[str, Right] | None = None,
        sealed: "SealedVariables | None" = None,
        permissions_boundary: str | None = None,
        partition: str = "aws",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``bundles`` is where the instances' bundles are, as ``BUCKET/PREFIX``; the app may use ``app_bucket``,
        do what its ``grants`` say, and its instances read its ``sealed`` variables.

        ``partition`` is AWS's partition in the ARNs.

        ``permissions_boundary`` is the ARN of the policy that limits what the roles can be given.
        """
        super().__init__("slipway:aws:BeanstalkRoles", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        instances = iam.Role(
            f"{name}-instances",
            description=f"what the instances of {name} may do",
            assume_role_policy=policy(trust("ec2.amazonaws.com")),
            permissions_boundary=permissions_boundary,
            tags=dict(labels),
            opts=child,
        )
        # The managed policy reads Beanstalk's own bucket alone, and the bundles are in ours.
        reads = iam.RolePolicy(
            f"{name}-may-read",
            role=instances.name,
            policy=pulumi.Output.from_input(bundles).apply(
                lambda place: policy(
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:{partition}:s3:::{place}/*"}
                )
            ),
            opts=child,
        )
        uses = (
            [
                iam.RolePolicy(
                    f"{name}-may-use-bucket",
                    role=instances.name,
                    policy=app_bucket.arn.apply(uses_bucket),
                    opts=pulumi.ResourceOptions(parent=self, depends_on=app_bucket.ready),
                )
            ]
            if app_bucket
            else []
        )
        granted = allow(name, instances, grants or {}, child)
        if sealed:
            granted.append(sealed.readable_by(instances))
        profile = iam.InstanceProfile(f"{name}-instances", role=instances.name, tags=dict(labels), opts=child)
        service = iam.Role(
            f"{name}-service",
            description=f"how Beanstalk looks after {name}",
            assume_role_policy=policy(
                {
                    **trust("elasticbeanstalk.amazonaws.com"),
                    "Condition": {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}},
                }
            ),
            permissions_boundary=permissions_boundary,
            tags=dict(labels),
            opts=child,
        )
        attached = [
            iam.RolePolicyAttachment(
                f"{name}-{managed.rpartition('AWSElasticBeanstalk')[2]}",
                role=role.name,
                policy_arn=f"arn:{partition}:iam::aws:policy/{managed}",
                opts=child,
            )
            for role, managed in ((instances, TO_INSTANCES), *((service, managed) for managed in TO_SERVICE))
        ]
        self.profile, self.service_arn = profile.name, service.arn
        self.ready = [reads, *uses, *granted, *attached]
        self.register_outputs({"profile": self.profile, "service_arn": self.service_arn})

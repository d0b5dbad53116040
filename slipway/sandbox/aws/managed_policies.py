"""AWS's own policies that the emulator does not bring and the stacks attach.

The actions are AWS's, as far as an app or an environment of the sandbox could use them:
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html.
"""

import json
from collections.abc import Mapping
from typing import Any

TO_INSTANCES: tuple[dict[str, Any], ...] = (
    {
        "Sid": "BucketAccess",
        "Effect": "Allow",
        "Action": ["s3:Get*", "s3:List*", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::elasticbeanstalk-*", "arn:aws:s3:::elasticbeanstalk-*/*"],
    },
    {
        "Sid": "CloudWatchLogsAccess",
        "Effect": "Allow",
        "Action": ["logs:PutLogEvents", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:DescribeLogGroups"],
        "Resource": ["arn:aws:logs:*:*:log-group:/aws/elasticbeanstalk*"],
    },
    {
        "Sid": "ElasticBeanstalkHealthAccess",
        "Effect": "Allow",
        "Action": ["elasticbeanstalk:PutInstanceStatistics"],
        "Resource": ["arn:aws:elasticbeanstalk:*:*:application/*", "arn:aws:elasticbeanstalk:*:*:environment/*"],
    },
)
TO_HEALTH: tuple[dict[str, Any], ...] = (
    {
        "Effect": "Allow",
        "Action": [
            "elasticloadbalancing:DescribeInstanceHealth",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetHealth",
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceStatus",
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingInstances",
            "cloudformation:DescribeStackResources",
        ],
        "Resource": ["*"],
    },
)
TO_UPDATES: tuple[dict[str, Any], ...] = (
    {
        "Sid": "ElasticBeanstalkPermissions",
        "Effect": "Allow",
        "Action": ["elasticbeanstalk:*"],
        "Resource": "*",
    },
)
TO_IMAGES: tuple[dict[str, Any], ...] = (
    {
        "Effect": "Allow",
        "Action": [
            *("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"),
            *("ecr:GetRepositoryPolicy", "ecr:DescribeRepositories", "ecr:ListImages", "ecr:DescribeImages"),
            *("ecr:BatchGetImage", "ecr:GetLifecyclePolicy", "ecr:GetLifecyclePolicyPreview"),
            *("ecr:ListTagsForResource", "ecr:DescribeImageScanFindings"),
        ],
        "Resource": "*",
    },
)
TO_CONTAINERS: tuple[dict[str, Any], ...] = (
    {
        "Effect": "Allow",
        "Action": [
            *("ec2:DescribeTags", "ecs:CreateCluster", "ecs:DeregisterContainerInstance", "ecs:DiscoverPollEndpoint"),
            *("ecs:Poll", "ecs:RegisterContainerInstance", "ecs:StartTelemetrySession", "ecs:Submit*"),
            *("ecs:UpdateContainerInstancesState", "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability"),
            *("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"),
        ],
        "Resource": "*",
    },
)
DOCUMENTS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "AWSElasticBeanstalkWebTier": TO_INSTANCES,
    "service-role/AWSElasticBeanstalkEnhancedHealth": TO_HEALTH,
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy": TO_UPDATES,
    "AmazonEC2ContainerRegistryReadOnly": TO_IMAGES,
    "service-role/AmazonEC2ContainerServiceforEC2Role": TO_CONTAINERS,
}
"""Statements by the policy's name, with its path."""


def add_to(iam: Any) -> None:  # noqa: ANN401 - the emulator's module
    """Give the emulator's IAM the policies; those it has already stay as they are."""
    for name, statements in DOCUMENTS.items():
        record = iam._make_aws_managed_record(
            name, json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        )
        iam._aws_managed_policies.setdefault(record["Arn"], record)

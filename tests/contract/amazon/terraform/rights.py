"""The rights that AWS asks for operations, where they are not called alike, and what the operations are about.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import botocore.session
from botocore.model import ServiceModel

from tests.contract.amazon.terraform.recording import CALLS

SERVICES = {
    "ACM": "acm",
    "Budgets": "budgets",
    "CloudWatch": "cloudwatch",
    "CloudWatch Logs": "logs",
    "ECR": "ecr",
    "Elastic Beanstalk": "elasticbeanstalk",
    "EventBridge": "events",
    "IAM": "iam",
    "Kinesis": "kinesis",
    "Lambda": "lambda",
    "S3": "s3",
    "SQS": "sqs",
    "Scheduler": "scheduler",
    "Secrets Manager": "secretsmanager",
}
"""The provider's word for a service → what its rights begin with."""
OTHERWISE = {
    "budgets:CreateBudget": ("budgets:ModifyBudget",),
    "budgets:DeleteBudget": ("budgets:ModifyBudget",),
    "budgets:DescribeBudget": ("budgets:ViewBudget",),
    "budgets:DescribeNotificationsForBudget": ("budgets:ViewBudget",),
    "budgets:UpdateBudget": ("budgets:ModifyBudget",),
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_UpdateTagsForResource.html
    "elasticbeanstalk:UpdateTagsForResource": ("elasticbeanstalk:AddTags", "elasticbeanstalk:RemoveTags"),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
}
"""Operation → the rights that it asks for, where they have other names."""


@cache
def interfaces() -> ServiceModel:
    """What is known of API Gateway's operations: rights to its interfaces are called after HTTP's methods."""
    return botocore.session.get_session().get_service_model("apigatewayv2")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that the provider makes for resources of a type."""

    type: str
    operation: str
    """``IAM.CreateRole``."""
    looks: bool
    """Whether it makes it in a preview too."""

    @property
    def rights(self) -> tuple[str, ...]:
        """What AWS asks of the caller: ``iam:CreateRole``."""
        service, _, name = self.operation.rpartition(".")
        if service == "ApiGatewayV2":
            return (f"apigateway:{interfaces().operation_model(name).http['method']}",)
        called = f"{SERVICES[service]}:{name}"
        return OTHERWISE.get(called, (called,))

    def __str__(self) -> str:
        return f"{self.type}: {self.operation}"


def recorded() -> Iterator[Call]:
    """The calls of the recording."""
    for type, kinds in json.loads(CALLS.read_text(encoding="utf-8"))["calls"].items():
        for operation in sorted({*kinds["preview"], *kinds["deploy"]}):
            yield Call(type=type, operation=operation, looks=operation in kinds["preview"])

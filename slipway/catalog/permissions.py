"""The permissions that a provider needs for a resource type: to look at it, and to create, change and delete it.

One row a type; the roles of pipelines are made of the rows of the types that a stack may declare. AWS's actions:
https://docs.aws.amazon.com/service-authorization/latest/reference/; Google's permissions:
https://cloud.google.com/iam/docs/permissions-reference. As of 2026-11.

The rows of AWS are what Terraform's provider was heard to call, and what it calls for inputs that no component sets;
those of Google Cloud what the Google plugin was.

Types that no stack here can declare have no row, though the sandbox serves them for other programs (``aws:ec2/…``,
``aws:sns/…``, ``aws:ecs/…``): a pipeline's role would grant what its stack never uses, and no test here could prove
such a row.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """What an identity needs for one resource type."""

    read: tuple[str, ...]
    """For a preview and a refresh."""
    write: tuple[str, ...] = ()
    """For ``up`` and ``destroy``, beside ``read``."""


def _aws(service: str, read: str, write: str = "") -> Permissions:
    return Permissions(
        read=tuple(f"{service}:{action}" for action in read.split()),
        write=tuple(f"{service}:{action}" for action in write.split()),
    )


def _gcp(*rows: tuple[str, str, str]) -> Permissions:
    """Each row: what (``run.services``), and its verbs to read and to write."""
    return Permissions(
        read=tuple(f"{what}.{verb}" for what, verbs, _ in rows for verb in verbs.split()),
        write=tuple(f"{what}.{verb}" for what, _, verbs in rows for verb in verbs.split()),
    )


S3_OBJECT = _aws(
    "s3",
    "GetObject GetObjectTagging GetObjectVersion ListBucket",
    "DeleteObject DeleteObjectVersion ListBucketVersions PutObject",
)
ROLE = "GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies ListRoleTags"

AWS: Mapping[str, Permissions] = {
    "aws:acm/certificate:Certificate": _aws(
        "acm",
        "DescribeCertificate ListTagsForCertificate",
        "AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate RequestCertificate",
    ),
    "aws:acm/certificateValidation:CertificateValidation": _aws("acm", "DescribeCertificate", ""),
    "aws:apigatewayv2/api:Api": _aws("apigateway", "GET", "DELETE PATCH POST PUT"),
    "aws:apigatewayv2/apiMapping:ApiMapping": _aws("apigateway", "GET", "DELETE PATCH POST"),
    "aws:apigatewayv2/domainName:DomainName": _aws("apigateway", "GET", "DELETE PATCH POST PUT"),
    "aws:apigatewayv2/integration:Integration": _aws("apigateway", "GET", "DELETE PATCH POST"),
    "aws:apigatewayv2/route:Route": _aws("apigateway", "GET", "DELETE PATCH POST"),
    "aws:apigatewayv2/stage:Stage": _aws("apigateway", "GET", "DELETE PATCH POST PUT"),
    "aws:budgets/budget:Budget": _aws(
        "budgets", "ListTagsForResource ViewBudget", "ModifyBudget TagResource UntagResource"
    ),
    "aws:cloudwatch/dashboard:Dashboard": _aws("cloudwatch", "GetDashboard", "DeleteDashboards PutDashboard"),
    "aws:cloudwatch/logGroup:LogGroup": _aws(
        "logs",
        "DescribeLogGroups ListTagsForResource",
        "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy PutRetentionPolicy TagResource UntagResource",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _aws(
        "cloudwatch", "DescribeAlarms ListTagsForResource", "DeleteAlarms PutMetricAlarm TagResource UntagResource"
    ),
    "aws:cloudwatch/eventRule:EventRule": _aws(
        "events", "DescribeRule ListTagsForResource", "DeleteRule PutRule TagResource UntagResource"
    ),
    "aws:cloudwatch/eventTarget:EventTarget": _aws("events", "ListTargetsByRule", "PutTargets RemoveTargets"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _aws(
        "ecr", "GetLifecyclePolicy", "DeleteLifecyclePolicy PutLifecyclePolicy"
    ),
    "aws:ecr/repository:Repository": _aws(
        "ecr",
        "DescribeImages DescribeRepositories ListTagsForResource",
        "BatchCheckLayerAvailability BatchDeleteImage BatchGetImage CompleteLayerUpload CreateRepository "
        "DeleteRepository GetAuthorizationToken GetDownloadUrlForLayer InitiateLayerUpload PutImage "
        "PutImageScanningConfiguration PutImageTagMutability TagResource UntagResource UploadLayerPart",
    ),
    "aws:elasticbeanstalk/application:Application": _aws(
        "elasticbeanstalk",
        "DescribeApplications ListTagsForResource",
        "AddTags CreateApplication DeleteApplication RemoveTags UpdateApplication UpdateApplicationResourceLifecycle",
    ),
    "aws:elasticbeanstalk/applicationVersion:ApplicationVersion": _aws(
        "elasticbeanstalk",
        "DescribeApplicationVersions DescribeEnvironments ListTagsForResource",
        "AddTags CreateApplicationVersion DeleteApplicationVersion RemoveTags UpdateApplicationVersion",
    ),
    "aws:elasticbeanstalk/environment:Environment": _aws(
        "elasticbeanstalk",
        "DescribeConfigurationSettings DescribeEnvironmentResources DescribeEnvironments DescribeEvents "
        "ListAvailableSolutionStacks ListTagsForResource",
        "AddTags CreateEnvironment RemoveTags TerminateEnvironment UpdateEnvironment UpdateTagsForResource",
    ),
    "aws:iam/instanceProfile:InstanceProfile": _aws(
        "iam",
        "GetInstanceProfile GetRole",
        "AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile RemoveRoleFromInstanceProfile "
        "TagInstanceProfile UntagInstanceProfile",
    ),
    "aws:iam/role:Role": _aws(
        "iam",
        ROLE,
        "CreateRole DeleteRole PassRole PutRolePermissionsBoundary TagRole UntagRole UpdateAssumeRolePolicy UpdateRole "
        "UpdateRoleDescription",
    ),
    "aws:iam/rolePolicy:RolePolicy": _aws("iam", "GetRolePolicy", "DeleteRolePolicy PutRolePolicy"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _aws(
        "iam", "ListAttachedRolePolicies", "AttachRolePolicy DetachRolePolicy"
    ),
    "aws:kinesis/stream:Stream": _aws(
        "kinesis",
        "DescribeLimits DescribeStreamSummary ListTagsForResource ListTagsForStream",
        "AddTagsToStream CreateStream DeleteStream DecreaseStreamRetentionPeriod IncreaseStreamRetentionPeriod "
        "RemoveTagsFromStream StartStreamEncryption StopStreamEncryption TagResource UntagResource UpdateShardCount",
    ),
    "aws:lambda/alias:Alias": _aws("lambda", "GetAlias", "CreateAlias DeleteAlias UpdateAlias"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": _aws(
        "lambda",
        "GetEventSourceMapping ListTags",
        "CreateEventSourceMapping DeleteEventSourceMapping TagResource UntagResource UpdateEventSourceMapping",
    ),
    "aws:lambda/function:Function": _aws(
        "lambda",
        "GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionConfiguration ListTags "
        "ListVersionsByFunction",
        "CreateFunction DeleteFunction DeleteFunctionConcurrency PublishVersion PutFunctionConcurrency TagResource "
        "UntagResource UpdateFunctionCode UpdateFunctionConfiguration",
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": _aws(
        "lambda",
        "GetFunctionEventInvokeConfig",
        "DeleteFunctionEventInvokeConfig PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig",
    ),
    "aws:lambda/functionUrl:FunctionUrl": _aws(
        "lambda", "GetFunctionUrlConfig", "CreateFunctionUrlConfig DeleteFunctionUrlConfig UpdateFunctionUrlConfig"
    ),
    "aws:lambda/invocation:Invocation": _aws("lambda", "", "InvokeFunction"),
    "aws:lambda/permission:Permission": _aws("lambda", "GetPolicy", "AddPermission RemovePermission"),
    "aws:s3/bucket:Bucket": _aws(
        "s3",
        "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging "
        "GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging GetBucketVersioning "
        "GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket "
        "ListBucketVersions",
        "CreateBucket DeleteBucket DeleteObject DeleteObjectVersion PutBucketTagging",
    ),
    "aws:s3/bucketNotification:BucketNotification": _aws("s3", "GetBucketNotification", "PutBucketNotification"),
    "aws:s3/bucketObjectv2:BucketObjectv2": S3_OBJECT,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _aws(
        "s3", "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _aws(
        "s3", "GetEncryptionConfiguration", "PutEncryptionConfiguration"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _aws("s3", "GetBucketVersioning", "PutBucketVersioning"),
    "aws:secretsmanager/secret:Secret": _aws(
        "secretsmanager",
        "DescribeSecret GetResourcePolicy",
        "CreateSecret DeleteSecret TagResource UntagResource UpdateSecret",
    ),
    # A refresh compares the value, so that a preview that refreshes reads it.
    "aws:secretsmanager/secretVersion:SecretVersion": _aws(
        "secretsmanager", "DescribeSecret GetSecretValue", "PutSecretValue UpdateSecretVersionStage"
    ),
    "aws:sqs/queue:Queue": _aws(
        "sqs", "GetQueueAttributes ListQueueTags", "CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue"
    ),
    "aws:scheduler/schedule:Schedule": _aws("scheduler", "GetSchedule", "CreateSchedule DeleteSchedule UpdateSchedule"),
}
"""By resource type of AWS."""

GCP: Mapping[str, Permissions] = {
    "gcp:appengine/application:Application": _gcp(
        ("appengine.applications", "get", "create update"), ("appengine.operations", "get", "")
    ),
    "gcp:appengine/applicationUrlDispatchRules:ApplicationUrlDispatchRules": _gcp(
        ("appengine.applications", "get", "update"), ("appengine.operations", "get", "")
    ),
    # Domains are no resources of IAM's own: https://cloud.google.com/appengine/docs/standard/roles#permissions.
    "gcp:appengine/domainMapping:DomainMapping": _gcp(
        ("appengine.applications", "get", "update"), ("appengine.operations", "get", "")
    ),
    "gcp:appengine/engineSplitTraffic:EngineSplitTraffic": _gcp(("appengine.services", "get list", "update delete")),
    "gcp:appengine/standardAppVersion:StandardAppVersion": _gcp(
        ("appengine.versions", "get list", "create delete update"),
        ("cloudbuild.builds", "get list", "create"),
        ("iam.serviceAccounts", "get", "actAs"),
    ),
    "gcp:artifactregistry/repository:Repository": _gcp(
        (
            "artifactregistry.repositories",
            "get list downloadArtifacts",
            "create delete deleteArtifacts update uploadArtifacts",
        ),
    ),
    # https://cloud.google.com/run/docs/reference/iam/permissions
    "gcp:cloudrun/domainMapping:DomainMapping": _gcp(
        ("run.routes", "get", ""), ("run.domainmappings", "get list", "create delete")
    ),
    "gcp:cloudrunv2/service:Service": _gcp(
        ("run.services", "get list", "create delete update"),
        ("run.revisions", "get list", "delete"),
        ("run.operations", "get", ""),
        ("iam.serviceAccounts", "get", "actAs"),
    ),
    "gcp:cloudrunv2/job:Job": _gcp(
        ("run.jobs", "get list", "create delete run update"),
        ("run.executions", "get list", ""),
        ("run.operations", "get", ""),
        ("iam.serviceAccounts", "get", "actAs"),
    ),
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": _gcp(("run.services", "getIamPolicy", "setIamPolicy")),
    "gcp:cloudscheduler/job:Job": _gcp(("cloudscheduler.jobs", "get list", "create delete enable run update")),
    "gcp:compute/firewall:Firewall": _gcp(
        ("compute.firewalls", "get list", "create delete update"),
        ("compute.networks", "get", "updatePolicy"),
        ("compute.globalOperations", "get", ""),
    ),
    "gcp:compute/network:Network": _gcp(
        ("compute.networks", "get list", "create delete update"), ("compute.globalOperations", "get", "")
    ),
    "gcp:compute/subnetwork:Subnetwork": _gcp(
        ("compute.subnetworks", "get list", "create delete setPrivateIpGoogleAccess update use"),
        ("compute.regionOperations", "get", ""),
    ),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": _gcp(
        ("artifactregistry.repositories", "getIamPolicy", "setIamPolicy")
    ),
    "gcp:sql/databaseInstance:DatabaseInstance": _gcp(("cloudsql.instances", "get list", "create delete update")),
    "gcp:sql/database:Database": _gcp(("cloudsql.databases", "get list", "create delete update")),
    "gcp:sql/user:User": _gcp(("cloudsql.users", "get list", "create delete update")),
    "gcp:pubsub/topic:Topic": _gcp(("pubsub.topics", "get", "attachSubscription create delete update")),
    "gcp:pubsub/subscription:Subscription": _gcp(
        ("pubsub.subscriptions", "get", "create delete update"), ("iam.serviceAccounts", "get", "actAs")
    ),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": _gcp(("pubsub.topics", "getIamPolicy", "setIamPolicy")),
    "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": _gcp(
        ("pubsub.subscriptions", "getIamPolicy", "setIamPolicy")
    ),
    "gcp:bigquery/datasetIamMember:DatasetIamMember": _gcp(
        ("bigquery.datasets", "get getIamPolicy", "setIamPolicy update")
    ),
    "gcp:dataflow/flexTemplateJob:FlexTemplateJob": _gcp(
        ("dataflow.jobs", "get list", "cancel create drain updateContents"),
        ("dataflow.messages", "list", ""),
        ("iam.serviceAccounts", "get", "actAs"),
    ),
    "gcp:monitoring/notificationChannel:NotificationChannel": _gcp(
        ("monitoring.notificationChannels", "get list", "create delete update")
    ),
    "gcp:projects/iAMMember:IAMMember": _gcp(("resourcemanager.projects", "get getIamPolicy", "setIamPolicy")),
    "gcp:projects/service:Service": _gcp(("serviceusage.services", "get list", "enable use")),
    "gcp:secretmanager/secret:Secret": _gcp(("secretmanager.secrets", "get list", "create delete update")),
    "gcp:secretmanager/secretIamMember:SecretIamMember": _gcp(
        ("secretmanager.secrets", "getIamPolicy", "setIamPolicy")
    ),
    # A refresh compares the value, so that a preview that refreshes reads it.
    "gcp:secretmanager/secretVersion:SecretVersion": _gcp(
        ("secretmanager.secrets", "get", ""), ("secretmanager.versions", "access get list", "add destroy enable")
    ),
    "gcp:serviceaccount/account:Account": _gcp(("iam.serviceAccounts", "get list", "create delete update")),
    "gcp:serviceaccount/iAMMember:IAMMember": _gcp(("iam.serviceAccounts", "getIamPolicy", "setIamPolicy")),
    "gcp:storage/bucket:Bucket": _gcp(
        ("storage.buckets", "get", "create delete update"), ("storage.objects", "list", "delete")
    ),
    # Google reads the notifications with the bucket, and its account of a project with the project.
    "gcp:storage/notification:Notification": _gcp(
        ("storage.buckets", "get", "update"), ("resourcemanager.projects", "get", "")
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": _gcp(("storage.buckets", "getIamPolicy", "setIamPolicy")),
    "gcp:storage/bucketObject:BucketObject": _gcp(("storage.objects", "get list", "create delete update")),
}
"""By resource type of Google Cloud, in a project that is there already: who creates a project owns it."""

OF_THE_ACCOUNT: Mapping[str, str] = {
    "gcp:billing/budget:Budget": "roles/billing.costsManager, on the billing account",
    "gcp:billing/projectInfo:ProjectInfo": "roles/billing.user, on the billing account",
    "gcp:organizations/project:Project": "roles/resourcemanager.projectCreator, in the folder",
}
"""Types whose roles are given elsewhere than in a project."""


def needed(table: Mapping[str, Permissions], types: Collection[str], *, write: bool) -> tuple[str, ...]:
    """The permissions that ``types`` need by a table, sorted: those to read, and those to write if ``write``."""
    rows = [row for type, row in table.items() if type in types]
    permissions: Iterable[Sequence[str]] = ((*row.read, *(row.write if write else ())) for row in rows)
    return tuple(sorted({permission for row in permissions for permission in row}))

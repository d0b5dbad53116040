"""The resource types of AWS."""

from collections.abc import Mapping
from typing import Any

from slipway.catalog import estimates
from slipway.catalog.model import (
    UNKNOWN_COST,
    AwsCall,
    AwsListing,
    Block,
    Condition,
    Days,
    Linger,
    ResourceType,
    StoreKinds,
)
from slipway.catalog.price import Free, Price, PricePage

US = "us-east-1"

SOUGHT = "2026-11-27"
"""When a public text that confirms the prices was last looked for."""

LAMBDA = PricePage(
    url="https://aws.amazon.com/lambda/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://git.mcrn.ar/mariano/lambda_local_runner/src/branch/main/docs/lambdas-md/lambda-13-cost.md",
    confirmed_on="2026-05-11",
    sought_on=SOUGHT,
)
CLOUDWATCH_LOGS = PricePage(
    url="https://aws.amazon.com/cloudwatch/pricing/", region="eu-central-1, us-east-1", as_of="2026-06-30"
)
CLOUDWATCH_ALARMS = PricePage(
    url="https://aws.amazon.com/cloudwatch/pricing/", region=US, as_of="2025-06-30", sought_on=SOUGHT
)
CLOUDWATCH_DASHBOARDS = PricePage(
    url="https://aws.amazon.com/cloudwatch/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/",
    confirmed_on="2026-06-13",
    sought_on=SOUGHT,
)
EVENTBRIDGE = PricePage(
    url="https://aws.amazon.com/eventbridge/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://cloudburn.io/blog/amazon-eventbridge-pricing",
    confirmed_on="2026-03-13",
    sought_on=SOUGHT,
)
BUDGETS = PricePage(
    url="https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/",
    region="",
    as_of="2025-06-30",
    sought_on=SOUGHT,
)
ECR = PricePage(
    url="https://aws.amazon.com/ecr/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://www.wring.co/blog/aws-ecr-pricing-guide",
    confirmed_on="2026-03-15",
    sought_on=SOUGHT,
)
S3 = PricePage(url="https://aws.amazon.com/s3/pricing/", region=US, as_of="2025-06-30", sought_on=SOUGHT)
BEANSTALK = PricePage(
    url="https://aws.amazon.com/elasticbeanstalk/pricing/, https://aws.amazon.com/ec2/pricing/on-demand/",
    region="eu-central-1, eu-west-1, us-east-1",
    as_of="2025-06-30",
    sought_on=SOUGHT,
)
SQS = PricePage(
    url="https://aws.amazon.com/sqs/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://cloudburn.io/blog/amazon-sqs-pricing",
    confirmed_on="2026-03-14",
    sought_on=SOUGHT,
)
KINESIS = PricePage(
    url="https://aws.amazon.com/kinesis/data-streams/pricing/", region=US, as_of="2025-06-30", sought_on=SOUGHT
)
KMS = PricePage(
    url="https://aws.amazon.com/kms/pricing/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://www.wring.co/blog/aws-kms-pricing-guide",
    confirmed_on="2026-03-15",
    sought_on=SOUGHT,
)
SECRETS_MANAGER = PricePage(
    url="https://aws.amazon.com/secrets-manager/pricing/", region=US, as_of="2025-06-30", sought_on=SOUGHT
)

IAM = PricePage(url="https://aws.amazon.com/iam/faqs/", region="", as_of="2025-06-30", sought_on=SOUGHT)
DYNAMODB = PricePage(
    url="https://aws.amazon.com/dynamodb/pricing/on-demand/",
    region=US,
    as_of="2025-06-30",
    confirmed_by="https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    confirmed_on="2025-07-21",
    sought_on=SOUGHT,
)

BUCKET_PRICE = (Price(page=S3, usage=("0.023 per GB-month", "0.005 per 1,000 writes", "0.0004 per 1,000 reads")),)


def _call(service: str, operation: str, arguments: Mapping[str, Any], key: str) -> AwsCall:
    return AwsCall(service=service, operation=operation, arguments=arguments, key=key)


def _listed(
    service: str, operation: str, key: str, name: str, words: str, *, global_service: bool = False
) -> AwsListing:
    """The operation of a service whose answer has, below ``key``, entries that the field ``name`` names."""
    return AwsListing(
        service=service, operation=operation, key=key, name=name, words=words, global_service=global_service
    )


TYPES = (
    # -- Lambda
    ResourceType(
        type="aws:lambda/function:Function",
        words="function",
        ask=_call("lambda", "get_function", {"FunctionName": "{id}"}, "Configuration"),
        listing=_listed("lambda", "list_functions", "Functions", "FunctionName", "Lambda function"),
        labels="tags",
        price=(
            Price(
                page=LAMBDA,
                where={"architectures": ["arm64"]},
                usage=("0.20 per million requests", "0.0000133334 per GB-second (arm64), also of starting"),
            ),
            Price(
                page=LAMBDA,
                usage=("0.20 per million requests", "0.0000166667 per GB-second (x86_64), also of starting"),
            ),
        ),
    ),
    ResourceType(type="aws:lambda/alias:Alias", words="function alias", belongs_to="its function"),
    ResourceType(type="aws:lambda/functionUrl:FunctionUrl", words="function URL", belongs_to="its function"),
    ResourceType(
        type="aws:lambda/eventSourceMapping:EventSourceMapping", words="event source", belongs_to="its function"
    ),
    ResourceType(
        type="aws:sqs/queue:Queue",
        words="queue",
        holds_data=True,
        data_expires=True,
        ask=_call("sqs", "get_queue_attributes", {"QueueUrl": "{id}", "AttributeNames": ["QueueArn"]}, "Attributes"),
        listing=_listed("sqs", "list_queues", "QueueUrls", "", "SQS queue"),
        labels="tags",
        price=(Price(page=SQS, usage=("0.40 per million requests",)),),
    ),
    ResourceType(
        type="aws:kinesis/stream:Stream",
        words="stream",
        holds_data=True,
        data_expires=True,
        ask=_call("kinesis", "describe_stream_summary", {"StreamARN": "{id}"}, "StreamDescriptionSummary"),
        listing=_listed("kinesis", "list_streams", "StreamNames", "", "Kinesis stream"),
        labels="tags",
        price=(
            Price(
                page=KINESIS,
                monthly="10.95",
                per="shardCount",
                usage=("0.014 per million records written (of 25 KB)", "0.08 per GB that is kept beyond a day"),
            ),
        ),
    ),
    ResourceType(
        type="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        words="function's retries",
        belongs_to="its function",
    ),
    ResourceType(type="aws:lambda/permission:Permission", words="function permission", belongs_to="its function"),
    # Its cost is the function's: a request, and the seconds that it runs.
    ResourceType(type="aws:lambda/invocation:Invocation", words="release call", belongs_to="its function"),
    # -- CloudWatch
    ResourceType(
        type="aws:cloudwatch/logGroup:LogGroup",
        words="log",
        holds_data=True,
        data_expires=True,
        lingers=(
            Linger(
                when=Condition(path="skipDestroy", values=(True,)),
                until="until it is deleted by hand, with what it holds",
                cost="the logs' storage",
            ),
        ),
        ask=_call("logs", "describe_log_groups", {"logGroupNamePrefix": "{id}"}, "logGroups"),
        listing=_listed("logs", "describe_log_groups", "logGroups", "logGroupName", "log group"),
        labels="tags",
        price=(
            Price(
                page=CLOUDWATCH_LOGS,
                usage=("0.50 per GB of logs taken in", "0.03 per GB-month kept"),
                usage_in={"eu-central-1": ("0.63 per GB of logs taken in", "0.03 per GB-month kept")},
            ),
        ),
    ),
    ResourceType(
        type="aws:cloudwatch/metricAlarm:MetricAlarm",
        words="alarm",
        ask=_call("cloudwatch", "describe_alarms", {"AlarmNames": ["{id}"]}, "MetricAlarms"),
        listing=_listed("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", "alarm"),
        labels="tags",
        price=(Price(page=CLOUDWATCH_ALARMS, monthly="0.10"),),
    ),
    ResourceType(
        type="aws:cloudwatch/dashboard:Dashboard",
        words="dashboard",
        ask=_call("cloudwatch", "get_dashboard", {"DashboardName": "{id}"}, "DashboardBody"),
        listing=_listed("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName", "dashboard"),
        price=(Price(page=CLOUDWATCH_DASHBOARDS, monthly="3.00"),),
    ),
    # -- Events, schedules, budgets
    ResourceType(
        type="aws:cloudwatch/eventRule:EventRule",
        words="event rule",
        ask=_call("events", "describe_rule", {"Name": "{id}"}, "Arn"),
        listing=_listed("events", "list_rules", "Rules", "Name", "event rule"),
        labels="tags",
        price=(Price(page=EVENTBRIDGE, usage=("1.00 per million events of your own",)),),
    ),
    ResourceType(type="aws:cloudwatch/eventTarget:EventTarget", words="event target", belongs_to="its event rule"),
    ResourceType(
        type="aws:scheduler/schedule:Schedule",
        words="schedule",
        ask=AwsCall(
            service="scheduler",
            operation="get_schedule",
            arguments={"GroupName": "{0}", "Name": "{1}"},
            key="Arn",
            separator="/",
        ),
        listing=_listed("scheduler", "list_schedules", "Schedules", "Name", "schedule"),
        price=(Price(page=EVENTBRIDGE, usage=("1.00 per million calls",)),),
    ),
    ResourceType(
        type="aws:budgets/budget:Budget",
        words="budget",
        ask=AwsCall(
            service="budgets",
            operation="describe_budget",
            arguments={"AccountId": "{0}", "BudgetName": "{1}"},
            key="Budget",
            separator=":",
        ),
        labels="tags",
        price=(Price(page=BUDGETS),),
    ),
    # -- IAM
    ResourceType(
        type="aws:iam/role:Role",
        words="role",
        ask=_call("iam", "get_role", {"RoleName": "{id}"}, "Role"),
        listing=_listed("iam", "list_roles", "Roles", "RoleName", "IAM role", global_service=True),
        labels="tags",
        price=Free(page=IAM),
    ),
    ResourceType(type="aws:iam/rolePolicy:RolePolicy", words="role policy", belongs_to="its role"),
    ResourceType(
        type="aws:iam/policy:Policy",
        words="policy",
        ask=_call("iam", "get_policy", {"PolicyArn": "{id}"}, "Policy"),
        labels="tags",
        price=Free(page=IAM),
    ),
    ResourceType(
        type="aws:iam/rolePolicyAttachment:RolePolicyAttachment", words="policy attachment", belongs_to="its role"
    ),
    ResourceType(
        type="aws:iam/instanceProfile:InstanceProfile",
        words="instance profile",
        ask=_call("iam", "get_instance_profile", {"InstanceProfileName": "{id}"}, "InstanceProfile"),
        listing=_listed(
            "iam",
            "list_instance_profiles",
            "InstanceProfiles",
            "InstanceProfileName",
            "IAM instance profile",
            global_service=True,
        ),
        labels="tags",
        price=Free(page=IAM),
    ),
    ResourceType(
        type="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        words="OpenID Connect provider",
        ask=_call("iam", "get_open_id_connect_provider", {"OpenIDConnectProviderArn": "{id}"}, "Url"),
        labels="tags",
        price=Free(page=IAM),
    ),
    # -- ECR
    ResourceType(
        type="aws:ecr/repository:Repository",
        words="registry",
        holds_data=True,
        empty_first="forceDelete",
        ask=_call("ecr", "describe_repositories", {"repositoryNames": ["{id}"]}, "repositories"),
        listing=_listed("ecr", "describe_repositories", "repositories", "repositoryName", "ECR repository"),
        labels="tags",
        price=(Price(page=ECR, usage=("0.10 per GB-month of images",)),),
    ),
    ResourceType(type="aws:ecr/lifecyclePolicy:LifecyclePolicy", words="registry lifecycle", belongs_to="its registry"),
    # -- S3
    ResourceType(
        type="aws:s3/bucket:Bucket",
        words="bucket",
        holds_data=True,
        empty_first="forceDestroy",
        ask=_call("s3", "head_bucket", {"Bucket": "{id}"}, "ResponseMetadata"),
        listing=_listed("s3", "list_buckets", "Buckets", "Name", "S3 bucket", global_service=True),
        labels="tags",
        price=BUCKET_PRICE,
    ),
    ResourceType(
        type="aws:s3/bucketV2:BucketV2",
        words="bucket",
        holds_data=True,
        empty_first="forceDestroy",
        ask=_call("s3", "head_bucket", {"Bucket": "{id}"}, "ResponseMetadata"),
        labels="tags",
        price=BUCKET_PRICE,
    ),
    ResourceType(type="aws:s3/bucketObjectv2:BucketObjectv2", words="object", belongs_to="its bucket"),
    ResourceType(type="aws:s3/bucketObject:BucketObject", words="object", belongs_to="its bucket"),
    ResourceType(
        type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        words="public access block",
        belongs_to="its bucket",
    ),
    ResourceType(
        type="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        words="bucket encryption",
        belongs_to="its bucket",
    ),
    ResourceType(type="aws:s3/bucketVersioning:BucketVersioning", words="bucket versioning", belongs_to="its bucket"),
    ResourceType(
        type="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        words="bucket lifecycle",
        belongs_to="its bucket",
    ),
    ResourceType(
        type="aws:s3/bucketNotification:BucketNotification", words="bucket notification", belongs_to="its bucket"
    ),
    ResourceType(type="aws:s3/bucketPolicy:BucketPolicy", words="bucket policy", belongs_to="its bucket"),
    # -- Beanstalk
    ResourceType(
        type="aws:elasticbeanstalk/application:Application",
        words="Beanstalk application",
        ask=_call("elasticbeanstalk", "describe_applications", {"ApplicationNames": ["{id}"]}, "Applications"),
        listing=StoreKinds(store="beanstalk", kinds=("application",)),
        labels="tags",
        price=Free(page=BEANSTALK),
    ),
    ResourceType(
        type="aws:elasticbeanstalk/applicationVersion:ApplicationVersion",
        words="Beanstalk version",
        belongs_to="its application",
        listing=StoreKinds(store="beanstalk", kinds=("version",)),
        labels="tags",
    ),
    ResourceType(
        type="aws:elasticbeanstalk/environment:Environment",
        words="Beanstalk environment",
        # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.S3.html
        lingers=(
            Linger(
                what="AWS bucket elasticbeanstalk-REGION-ACCOUNT",
                until=(
                    "until it is emptied and deleted by hand: Beanstalk makes it in every account and lets nothing "
                    "delete it"
                ),
                cost="the logs' storage",
            ),
        ),
        ask=_call(
            "elasticbeanstalk",
            "describe_environments",
            {"EnvironmentIds": ["{id}"], "IncludeDeleted": False},
            "Environments",
        ),
        listing=StoreKinds(store="beanstalk", kinds=("environment",)),
        labels="tags",
        price=(
            # Beanstalk itself costs nothing: its machines, disks, addresses and the load balancer do.
            Price(
                page=BEANSTALK,
                estimate=estimates.beanstalk,
                usage=("0.008 per hour and capacity unit of a load balancer, and the machines above the least number",),
            ),
        ),
    ),
    # -- Keys, secrets, databases
    ResourceType(
        type="aws:kms/key:Key",
        words="key",
        # What was encrypted with a key cannot be read without it.
        holds_data=True,
        # https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
        lingers=(
            Linger(until="{days:g} days, waiting for its deletion", days=Days(path="deletionWindowInDays", default=30)),
        ),
        ask=_call("kms", "describe_key", {"KeyId": "{id}"}, "KeyMetadata"),
        labels="tags",
        price=(Price(page=KMS, monthly="1.00", usage=("0.03 per 10,000 requests",)),),
    ),
    ResourceType(type="aws:kms/alias:Alias", words="key alias", belongs_to="its key"),
    ResourceType(
        type="aws:secretsmanager/secret:Secret",
        words="secret",
        holds_data=True,
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
        lingers=(
            Linger(
                until="{days:g} days, in which its name stays taken",
                days=Days(path="recoveryWindowInDays", default=30),
            ),
        ),
        ask=_call("secretsmanager", "describe_secret", {"SecretId": "{id}"}, "ARN"),
        labels="tags",
        price=(Price(page=SECRETS_MANAGER, monthly="0.40", usage=("0.05 per 10,000 calls",)),),
    ),
    ResourceType(
        type="aws:dynamodb/table:Table",
        words="table",
        holds_data=True,
        stops_destroy=(
            Block(
                when=Condition(path="deletionProtectionEnabled", values=(True,)), why="its deletion protection is on"
            ),
        ),
        ask=_call("dynamodb", "describe_table", {"TableName": "{id}"}, "Table"),
        labels="tags",
        price=(
            Price(
                page=DYNAMODB,
                where={"billingMode": "PAY_PER_REQUEST"},
                usage=("0.625 per million write units", "0.125 per million read units"),
            ),
        ),
    ),
    ResourceType(
        type="aws:rds/instance:Instance",
        words="database",
        holds_data=True,
        stops_destroy=(
            Block(when=Condition(path="deletionProtection", values=(True,)), why="its deletion protection is on"),
        ),
        lingers=(
            Linger(
                when=Condition(path="skipFinalSnapshot", values=(False,), default=False),
                what="AWS final snapshot of database {id}",
                until="until it is deleted by hand",
                cost=UNKNOWN_COST,
            ),
        ),
        ask=_call("rds", "describe_db_instances", {"DBInstanceIdentifier": "{id}"}, "DBInstances"),
        labels="tags",
        price=(),
    ),
)

"""What the clouds of the mocks answer for each type that our components declare."""

import re
from collections.abc import Callable, Mapping
from typing import Any

ACCOUNT = "123456789012"

OUTPUTS: Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "random:index/randomId:RandomId": lambda _n, _i: {"hex": "ab12cd"},
    "random:index/randomPassword:RandomPassword": lambda _n, _i: {"result": "drawn"},
    "gcp:sql/databaseInstance:DatabaseInstance": lambda n, i: {
        "name": i.get("name", f"{n}-1234567"),
        "connectionName": f"{i['project']}:{i['region']}:{n}-1234567",
    },
    "gcp:cloudrunv2/job:Job": lambda _n, _i: {},
    "gcp:sql/database:Database": lambda _n, _i: {},
    "gcp:sql/user:User": lambda _n, _i: {},
    "gcp:organizations/project:Project": lambda _n, _i: {"number": "42"},
    "gcp:billing/projectInfo:ProjectInfo": lambda _n, _i: {},
    "gcp:billing/budget:Budget": lambda _n, i: {"name": f"billingAccounts/{i['billingAccount']}/budgets/1"},
    "gcp:monitoring/notificationChannel:NotificationChannel": lambda n, i: {
        "name": f"projects/{i['project']}/notificationChannels/{n}"
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": lambda _n, i: {"name": f"projects/{i['project']}/roles/{i['roleId']}"},
    "gcp:folder/iAMMember:IAMMember": lambda _n, _i: {},
    "gcp:billing/accountIamMember:AccountIamMember": lambda _n, _i: {},
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": lambda _n, _i: {},
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": lambda n, i: {
        "name": f"projects/1/locations/global/workloadIdentityPools/{i['workloadIdentityPoolId']}/providers/{n}"
    },
    "gcp:serviceaccount/iAMMember:IAMMember": lambda _n, _i: {},
    "gcp:kms/keyRing:KeyRing": lambda _n, _i: {},
    "gcp:kms/cryptoKey:CryptoKey": lambda _n, _i: {},
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": lambda _n, _i: {},
    "gcp:projects/service:Service": lambda _n, _i: {},
    "gcp:projects/iAMMember:IAMMember": lambda _n, _i: {},
    "gcp:storage/bucket:Bucket": lambda _n, i: {"url": f"gs://{i['name']}"},
    "gcp:storage/bucketObject:BucketObject": lambda _n, _i: {},
    "gcp:storage/bucketIAMMember:BucketIAMMember": lambda _n, _i: {},
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": lambda _n, _i: {},
    "gcp:secretmanager/secret:Secret": lambda _n, _i: {},
    "gcp:secretmanager/secretVersion:SecretVersion": lambda _n, _i: {"version": "1"},
    "gcp:secretmanager/secretIamMember:SecretIamMember": lambda _n, _i: {},
    "gcp:storage/notification:Notification": lambda _n, _i: {},
    "gcp:pubsub/topicIAMMember:TopicIAMMember": lambda _n, _i: {},
    "gcp:pubsub/topic:Topic": lambda _n, _i: {},
    "gcp:pubsub/subscription:Subscription": lambda _n, _i: {},
    "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": lambda _n, _i: {},
    "gcp:bigquery/datasetIamMember:DatasetIamMember": lambda _n, _i: {},
    "gcp:serviceaccount/account:Account": lambda _n, i: {
        "email": f"{i['accountId']}@p",
        "member": f"serviceAccount:{i['accountId']}@p",
        "name": f"projects/{i['project']}/serviceAccounts/{i['accountId']}",
    },
    "gcp:appengine/application:Application": lambda _n, i: {"defaultHostname": f"{i['project']}.ew.r.appspot.com"},
    "gcp:appengine/standardAppVersion:StandardAppVersion": lambda _n, _i: {},
    "gcp:appengine/engineSplitTraffic:EngineSplitTraffic": lambda _n, _i: {},
    "gcp:cloudscheduler/job:Job": lambda _n, _i: {},
    "gcp:artifactregistry/repository:Repository": lambda _n, i: {
        "registryUri": f"{i['location']}-docker.pkg.dev/{i['project']}/{i['repositoryId']}"
    },
    "aws:budgets/budget:Budget": lambda _n, _i: {},
    "aws:iam/role:Role": lambda n, _i: {"arn": f"arn:aws:iam::{ACCOUNT}:role/{n}", "name": n},
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": lambda _n, i: {
        "arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{i['url'].removeprefix('https://')}"
    },
    "aws:kms/key:Key": lambda n, _i: {"arn": f"arn:aws:kms:r:{ACCOUNT}:key/{n}", "keyId": n},
    "aws:kms/alias:Alias": lambda _n, _i: {},
    "aws:s3/bucketPolicy:BucketPolicy": lambda _n, _i: {},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda _n, _i: {},
    "aws:iam/rolePolicy:RolePolicy": lambda _n, _i: {},
    "aws:iam/instanceProfile:InstanceProfile": lambda n, _i: {"name": n},
    "aws:elasticbeanstalk/application:Application": lambda _n, _i: {},
    "aws:elasticbeanstalk/applicationVersion:ApplicationVersion": lambda _n, _i: {},
    "aws:elasticbeanstalk/environment:Environment": lambda _n, i: {
        "cname": f"{i['name']}.eba-1234abcd.r.elasticbeanstalk.com"
    },
    "aws:iam/policy:Policy": lambda _n, i: {"arn": f"arn:aws:iam::{ACCOUNT}:policy/{i['name']}"},
    "aws:cloudwatch/logGroup:LogGroup": lambda _n, i: {"arn": f"arn:aws:logs:r:{ACCOUNT}:log-group:{i['name']}"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": lambda _n, _i: {},
    "aws:lambda/function:Function": lambda _n, i: {
        "arn": f"arn:aws:lambda:r:{ACCOUNT}:function:{i['name']}",
        "version": "7",
    },
    "aws:secretsmanager/secret:Secret": lambda _n, i: {"arn": f"arn:aws:secretsmanager:r:{ACCOUNT}:secret:{i['name']}"},
    "aws:secretsmanager/secretVersion:SecretVersion": lambda _n, i: {"secretArn": i["secretId"]},
    "aws:sqs/queue:Queue": lambda _n, i: {
        "arn": f"arn:aws:sqs:r:{ACCOUNT}:{i['name']}",
        "url": f"https://sqs.r.amazonaws.com/{ACCOUNT}/{i['name']}",
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping": lambda _n, _i: {},
    "aws:lambda/invocation:Invocation": lambda _n, _i: {"result": "{}"},
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": lambda _n, _i: {},
    "aws:kinesis/stream:Stream": lambda _n, i: {"arn": f"arn:aws:kinesis:r:{ACCOUNT}:stream/{i['name']}"},
    "aws:cloudwatch/eventRule:EventRule": lambda _n, i: {"arn": f"arn:aws:events:r:{ACCOUNT}:rule/{i['name']}"},
    "aws:cloudwatch/eventTarget:EventTarget": lambda _n, _i: {},
    "aws:s3/bucketNotification:BucketNotification": lambda _n, _i: {},
    "aws:lambda/alias:Alias": lambda _n, i: {
        "arn": f"arn:aws:lambda:r:{ACCOUNT}:function:{i['functionName']}:{i['name']}"
    },
    "aws:scheduler/schedule:Schedule": lambda _n, _i: {},
    "aws:lambda/functionUrl:FunctionUrl": lambda _n, _i: {"functionUrl": "https://id.lambda-url.r.on.aws/"},
    "aws:lambda/permission:Permission": lambda _n, _i: {},
    "aws:ecr/repository:Repository": lambda _n, i: {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.r.amazonaws.com/{i['name']}"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": lambda _n, _i: {},
    "aws:s3/bucket:Bucket": lambda n, i: {
        "bucket": i.get("bucket", n),
        "arn": f"arn:aws:s3:::{i.get('bucket', n)}",
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": lambda _n, _i: {},
    "aws:s3/bucketVersioning:BucketVersioning": lambda _n, _i: {},
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": lambda _n, _i: {},
    "aws:s3/bucketObjectv2:BucketObjectv2": lambda _n, _i: {},
    "aws:cloudwatch/dashboard:Dashboard": lambda _n, _i: {},
    "pythonanywhere:index:Webapp": lambda _n, i: {"url": f"https://{i['domainName']}/"},
    "pythonanywhere:index:Files": lambda _n, _i: {},
    "pythonanywhere:index:WsgiFile": lambda _n, i: {"digest": f"digest of {sorted(i)}"},
    "pythonanywhere:index:Reload": lambda _n, _i: {},
    "pythonanywhere:index:StaticMapping": lambda _n, _i: {},
    "pythonanywhere:index:ScheduledTask": lambda n, _i: {"logfile": f"/var/log/{n}.log"},
    "pythonanywhere:index:AlwaysOnTask": lambda n, _i: {"logfile": f"/var/log/{n}.log"},
    "docker:index/image:Image": lambda _n, i: {"repoDigest": f"{i['imageName'].rpartition(':')[0]}@sha256:{'d' * 64}"},
    "docker:index/container:Container": lambda n, _i: {"name": f"{n}-1a2b3c4"},
    "docker:index/network:Network": lambda n, _i: {"name": f"{n}-1a2b3c4"},
    "docker:index/volume:Volume": lambda n, _i: {"name": f"{n}-1a2b3c4"},
    "gcp:compute/network:Network": lambda _n, i: {"selfLink": f"https://compute/{i['project']}/{i['name']}"},
    "gcp:compute/subnetwork:Subnetwork": lambda _n, _i: {},
    "gcp:compute/firewall:Firewall": lambda _n, _i: {},
    "gcp:dataflow/flexTemplateJob:FlexTemplateJob": lambda _n, i: {"jobId": f"id-of-{i['name']}"},
    "gcp:cloudrunv2/service:Service": lambda _n, i: {"uri": f"https://{i['name']}-42.{i['location']}.run.app"},
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": lambda _n, _i: {},
}
"""What each type's cloud adds to its inputs."""

OFFERED = tuple(
    f"64bit Amazon Linux {system} running {language}"
    for system, language in (
        ("2023 v4.13.1", "Python 3.14"),
        ("2023 v4.13.1", "Python 3.13"),
        ("2023 v4.9.0", "Python 3.13"),
        ("2023 v6.7.0", "Node.js 24"),
        ("2 v3.11.0", "Python 3.13"),
    )
)
"""Beanstalk's platforms, newest first."""


def solution_stack(args: Mapping[str, Any]) -> dict[str, Any]:
    """The newest platform whose name fits the pattern; without ``mostRecent`` one alone may fit."""
    names = [name for name in OFFERED if re.search(args["nameRegex"], name)]
    assert names and (args.get("mostRecent") or len(names) == 1), f"{len(names)} platforms fit {args}"
    return {"name": names[0]}


ANSWERS: Mapping[str, Mapping[str, Any] | Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "gcp:storage/getBucketObjects:getBucketObjects": {"bucketObjects": [{"name": "output/0123456789ab/a"}]},
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {"emailAddress": "agent-of-storage@p"},
    "gcp:organizations/getClientConfig:getClientConfig": {"accessToken": "token-of-google"},
    "aws:elasticbeanstalk/getSolutionStack:getSolutionStack": solution_stack,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
        "userName": "AWS",
        "password": "token-of-aws",
        "proxyEndpoint": f"https://{ACCOUNT}.dkr.ecr.r.amazonaws.com",
    },
}
"""What each function's cloud answers, or how it finds that by what it is asked."""

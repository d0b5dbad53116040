"""After a destroy in real clouds: each is asked, by identifier, for what the stack had.

What belongs to something else (a permission, a policy, an alias) goes with it and is not asked for. What a cloud does
not answer about is said as well: silence is no proof.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from slipway.stack.destroy_plan import Entry, real_ids

PROJECT = "gcp:organizations/project:Project"
"""What is in one goes with it, and nobody may ask for it afterwards."""

GOOGLE = {
    PROJECT: "https://cloudresourcemanager.googleapis.com/v3/{id}",
    "gcp:storage/bucket:Bucket": "https://storage.googleapis.com/storage/v1/b/{id}",
    "gcp:serviceaccount/account:Account": "https://iam.googleapis.com/v1/{id}",
    "gcp:artifactregistry/repository:Repository": "https://artifactregistry.googleapis.com/v1/{id}",
    "gcp:appengine/standardAppVersion:StandardAppVersion": "https://appengine.googleapis.com/v1/{id}",
    "gcp:compute/firewall:Firewall": "https://compute.googleapis.com/compute/v1/{id}",
    "gcp:compute/network:Network": "https://compute.googleapis.com/compute/v1/{id}",
    "gcp:compute/subnetwork:Subnetwork": "https://compute.googleapis.com/compute/v1/{id}",
    "gcp:billing/budget:Budget": "https://billingbudgets.googleapis.com/v1/{id}",
    "gcp:cloudrunv2/service:Service": "https://run.googleapis.com/v2/{id}",
    "gcp:cloudscheduler/job:Job": "https://cloudscheduler.googleapis.com/v1/{id}",
    "gcp:monitoring/notificationChannel:NotificationChannel": "https://monitoring.googleapis.com/v3/{id}",
}
"""Type → where Google tells of it; an id is the resource's own path."""

AMAZON: Mapping[str, tuple[str, str, Callable[[str], dict[str, Any]], str]] = {
    "aws:lambda/function:Function": ("lambda", "get_function", lambda id: {"FunctionName": id}, "Configuration"),
    "aws:cloudwatch/logGroup:LogGroup": (
        *("logs", "describe_log_groups"),
        lambda id: {"logGroupNamePrefix": id},
        "logGroups",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        *("cloudwatch", "describe_alarms"),
        lambda id: {"AlarmNames": [id]},
        "MetricAlarms",
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        *("cloudwatch", "get_dashboard"),
        lambda id: {"DashboardName": id},
        "DashboardBody",
    ),
    "aws:elasticbeanstalk/application:Application": (
        *("elasticbeanstalk", "describe_applications"),
        lambda id: {"ApplicationNames": [id]},
        "Applications",
    ),
    "aws:elasticbeanstalk/environment:Environment": (
        *("elasticbeanstalk", "describe_environments"),
        lambda id: {"EnvironmentIds": [id], "IncludeDeleted": False},
        "Environments",
    ),
    "aws:iam/instanceProfile:InstanceProfile": (
        *("iam", "get_instance_profile"),
        lambda id: {"InstanceProfileName": id},
        "InstanceProfile",
    ),
    "aws:scheduler/schedule:Schedule": (
        *("scheduler", "get_schedule"),
        lambda id: {"GroupName": id.partition("/")[0], "Name": id.partition("/")[2]},
        "Arn",
    ),
    "aws:iam/role:Role": ("iam", "get_role", lambda id: {"RoleName": id}, "Role"),
    "aws:ecr/repository:Repository": (
        *("ecr", "describe_repositories"),
        lambda id: {"repositoryNames": [id]},
        "repositories",
    ),
    "aws:s3/bucket:Bucket": ("s3", "head_bucket", lambda id: {"Bucket": id}, "ResponseMetadata"),
    "aws:budgets/budget:Budget": (
        *("budgets", "describe_budget"),
        lambda id: {"AccountId": id.partition(":")[0], "BudgetName": id.partition(":")[2]},
        "Budget",
    ),
}
"""Type → service, operation, its arguments for an id, and where the answer has what was found."""

DOCKER = {
    "docker:index/container:Container": "containers",
    "docker:index/network:Network": "networks",
    "docker:index/volume:Volume": "volumes",
}
"""Type → the collection of an engine's objects (Docker's SDK) that knows it by its id."""

BY_HAND = {
    "pythonanywhere:index:Webapp": "look at the page Web of the account",
    "pythonanywhere:index:Files": "look at the page Files of the account",
    "pythonanywhere:index:ScheduledTask": "look at the page Tasks of the account",
    "pythonanywhere:index:AlwaysOnTask": "look at the page Tasks of the account",
}
"""Type → where a person sees it; asking needs the stack's sealed token, which is not opened for a look."""

GONE = frozenset(
    {
        "ResourceNotFoundException",
        "ResourceNotFound",
        "NoSuchEntity",
        "RepositoryNotFoundException",
        "NotFoundException",
        "NoSuchBucket",
        "404",
    }
)
"""What AWS answers about what is not there."""

BELONGS = frozenset(
    {
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/alias:Alias",
        "aws:lambda/functionUrl:FunctionUrl",
        "aws:lambda/permission:Permission",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:elasticbeanstalk/applicationVersion:ApplicationVersion",
        "docker:index/image:Image",  # in a registry, which is asked for itself
        "gcp:billing/projectInfo:ProjectInfo",
        "gcp:cloudrunv2/serviceIamMember:ServiceIamMember",
        "gcp:projects/service:Service",
        "gcp:projects/iAMMember:IAMMember",
        "gcp:dataflow/flexTemplateJob:FlexTemplateJob",  # Dataflow lists it for 30 days after its end
        "gcp:storage/bucketObject:BucketObject",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        "gcp:appengine/engineSplitTraffic:EngineSplitTraffic",
        "pythonanywhere:index:Reload",
        "pythonanywhere:index:StaticMapping",
        "pythonanywhere:index:WsgiFile",
    }
)
"""What goes with what it belongs to, or stays on purpose."""

Ask: TypeAlias = Callable[[str, str, Entry], bool | str]
"""Whether a resource (type, id, entry) is still there, or why that could not be learnt."""


@dataclass(frozen=True)
class Found:
    """What is left, or could not be looked at."""

    what: str
    there: bool


def look(resources: Sequence[Entry], ask: Ask | None = None) -> list[Found]:
    """What of a destroyed stack's ``resources`` is left, in the state's order."""
    ask = ask or _ask
    found: list[Found] = []
    gone: set[str] = set()
    for kind, id, entry in real_ids(resources):
        if kind in BELONGS or entry.get("retainOnDelete") or (entry.get("inputs") or {}).get("project") in gone:
            continue
        answer = ask(kind, id, entry)
        if kind == PROJECT and answer is False:
            gone.add(id.removeprefix("projects/"))
        if answer is True:
            found.append(Found(f"{kind} {id}", True))
        elif answer:
            found.append(Found(f"{kind} {id}: {answer}", False))
    return found


def names_one_of(line: str, resources: Sequence[Entry]) -> bool:
    """Whether a word of ``line`` is one of the resources, or below one."""
    ids = {shown for _, id, _ in real_ids(resources) if id for shown in (id, id.removeprefix("projects/"))}
    return any(word == id or word.startswith(f"{id}/") for word in line.split() for id in ids)


def _ask(kind: str, id: str, entry: Entry) -> bool | str:
    if kind in GOOGLE:
        return google(GOOGLE[kind].format(id=id), _google_session)
    if kind in AMAZON:
        return amazon(kind, id, str((entry.get("outputs") or {}).get("region") or "us-east-1"), _amazon_client)
    if kind in DOCKER:
        return engine(kind, id, _docker_client)
    if kind in BY_HAND:
        return f"is not asked for: {BY_HAND[kind]}"
    return "no way is known to ask for it: look it up by this id"


def google(url: str, session: Callable[[], Any]) -> bool | str:
    """Whether Google has what ``url`` names. ``session`` makes what requests are sent with."""
    try:
        response = session().get(url, timeout=30)
    except Exception as failed:  # whatever keeps us from asking is the answer
        return f"could not be asked for: {failed}"
    if response.status_code == 404:
        return False
    if response.status_code != 200:
        return f"could not be asked for: {response.status_code} {response.reason}"
    return response.json().get("state") != "DELETE_REQUESTED"


def amazon(kind: str, id: str, region: str, client: Callable[[str, str], Any]) -> bool | str:
    """Whether AWS has the resource. ``client`` makes a service's client for a region."""
    service, operation, arguments, key = AMAZON[kind]
    try:
        answer = getattr(client(service, region), operation)(**arguments(id))
    except Exception as failed:  # whatever keeps us from asking is the answer
        code = str(getattr(failed, "response", {}).get("Error", {}).get("Code", ""))
        return False if code in GONE else f"could not be asked for: {failed}"
    listed = answer.get(key)
    if isinstance(listed, list):
        return any(id in item.values() for item in listed)
    return bool(listed)


def engine(kind: str, id: str, client: Callable[[], Any]) -> bool | str:
    """Whether this machine's Docker engine has the object. ``client`` makes the SDK's client of it."""
    try:
        getattr(client(), DOCKER[kind]).get(id)
    except Exception as failed:  # whatever keeps us from asking is the answer
        status = getattr(getattr(failed, "response", None), "status_code", None)
        return False if status == 404 else f"could not be asked for: {failed}"
    return True


def _docker_client() -> Any:  # noqa: ANN401 - a DockerClient, imported only here
    import docker

    return docker.from_env()


def _google_session() -> Any:  # noqa: ANN401 - an AuthorizedSession, imported only here
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform.read-only"])
    return AuthorizedSession(credentials)


def _amazon_client(service: str, region: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    import boto3

    return boto3.client(service, region_name=region)

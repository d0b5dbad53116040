"""Elastic Beanstalk's applications and their versions."""

from pathlib import Path

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import unless_gone
from slipway.sandbox.aws.roles import refuse_unless_assumable
from slipway.sandbox.handler import Calls, CloudError, Handler, Props
from slipway.sandbox.stores.beanstalk import Store, Transaction, now, opened

SERVICE = "elasticbeanstalk.amazonaws.com"
LIMIT = 1000
"""Versions of all applications of an account and region: https://docs.aws.amazon.com/general/latest/gr/elasticbeanstalk.html."""


def check_application(new: Props) -> dict[str, str]:
    """What Beanstalk refuses of an application: https://docs.aws.amazon.com/elasticbeanstalk/latest/api."""
    wrong: dict[str, str] = {}
    name = new.get("name")
    if name is not None and (not 1 <= len(name) <= 100 or "/" in name):
        wrong["name"] = f"expected length of name to be in the range (1 - 100), without '/', got {name}"
    lifecycle = new.get("appversionLifecycle") or {}
    if lifecycle.get("maxCount") and lifecycle.get("maxAgeInDays"):
        wrong["appversionLifecycle.maxCount"] = '"maxCount": conflicts with maxAgeInDays'
    return wrong


def create_application(aws: Aws, new: Props) -> tuple[str, Props]:
    """Make the application; a name that is taken is refused."""
    name = new["name"]
    doing = f"creating Elastic Beanstalk Application ({name})"
    aws.in_region(new)
    _assumable(aws, new, doing, "CreateApplication")
    with Store(aws.folder).transaction() as store:
        if store.get("application", f"{aws.region}/{name}") is not None:
            raise refused(doing, "CreateApplication", f"Application {name} already exists.")
        store.put("application", f"{aws.region}/{name}", new)
    return name, read_application(aws, name) or {}


def read_application(aws: Aws, id: str) -> Props | None:
    """The application. ``id`` is its name."""
    there = Store(aws.folder).get("application", f"{aws.region}/{id}")
    arn = f"arn:aws:elasticbeanstalk:{aws.region}:{aws.account}:application/{id}"
    return None if there is None else {**shown(aws, there), "arn": arn}


def update_application(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change description, lifecycle and tags."""
    doing = f"updating Elastic Beanstalk Application ({id})"
    _assumable(aws, new, doing, "UpdateApplicationResourceLifecycle")
    with Store(aws.folder).transaction() as store:
        there = store.get("application", f"{aws.region}/{id}")
        if there is None:
            raise refused(doing, "UpdateApplication", f"No Application named '{id}' found.")
        store.put("application", f"{aws.region}/{id}", new)
    return read_application(aws, id) or {}


def delete_application(aws: Aws, id: str, _old: Props) -> None:
    """Delete the application with its versions; never one with an environment."""
    doing = f"deleting Elastic Beanstalk Application ({id})"
    with Store(aws.folder).transaction() as store:
        running = [_last(e.name) for e in store.all("environment", f"{aws.region}/") if e.body["application"] == id]
        if running:
            raise refused(
                doing,
                "DeleteApplication",
                f"Unable to delete application {id} because it has running environments: {', '.join(running)}",
                "OperationInProgressFailure",
            )
        for version in store.all("version", f"{aws.region}/{id}/"):
            store.drop("version", version.name)
        store.drop("application", f"{aws.region}/{id}")


def create_version(aws: Aws, new: Props) -> tuple[str, Props]:
    """Name a bundle in S3 as a version; it must be there. What the application's lifecycle says to drop, goes."""
    name, application = new["name"], new["application"]
    doing = f"creating Elastic Beanstalk Application Version ({name})"
    aws.in_region(new)
    _bundle_there(aws, new, doing)
    id = f"{application}/{name}"
    full = f"{aws.region}/{id}"
    with Store(aws.folder).transaction() as store:
        owner = store.get("application", f"{aws.region}/{application}")
        if owner is None:
            raise refused(doing, "CreateApplicationVersion", f"No Application named '{application}' found.")
        if store.get("version", full) is not None:
            raise refused(doing, "CreateApplicationVersion", f"Application Version {name} already exists.")
        if len(store.all("version", f"{aws.region}/")) >= LIMIT:
            message = f"You cannot have more than {LIMIT} Application Versions. Either remove some, or ask for more."
            raise refused(doing, "CreateApplicationVersion", message, "TooManyApplicationVersionsException")
        store.put("version", full, {**new, "created": now()})
        dropped = _dropped(aws, store, application, (owner.get("appversionLifecycle") or {}))
    for bucket, key in dropped:
        aws.client("s3").delete_object(Bucket=bucket, Key=key)
    return id, read_version(aws, id) or {}


def read_version(aws: Aws, id: str) -> Props | None:
    """The version. ``id`` is ``APPLICATION/LABEL``: the provider's, the label alone, is not unique."""
    there = Store(aws.folder).get("version", f"{aws.region}/{id}")
    arn = f"arn:aws:elasticbeanstalk:{aws.region}:{aws.account}:applicationversion/{id}"
    return None if there is None else {**shown(aws, there), "arn": arn}


def update_version(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change description and tags."""
    full = f"{aws.region}/{id}"
    with Store(aws.folder).transaction() as store:
        there = store.get("version", full)
        if there is None:
            doing = f"updating Elastic Beanstalk Application Version ({_last(id)})"
            raise refused(doing, "UpdateApplicationVersion", f"No Application Version named '{_last(id)}' found.")
        store.put("version", full, {**new, "created": there["created"]})
    return read_version(aws, id) or {}


def delete_version(aws: Aws, id: str, old: Props) -> None:
    """Delete the version, not its bundle; never one that an environment runs, unless forced."""
    application, _, label = id.rpartition("/")
    with Store(aws.folder).transaction() as store:
        using = _users(store, aws.region, application, label)
        if using and not old.get("forceDelete"):
            raise CloudError(
                f"deleting Elastic Beanstalk Application Version ({label}): Unable to delete Application Version, it "
                f"is currently in use by the following environments: {', '.join(using)}."
            )
        store.drop("version", f"{aws.region}/{id}")


def refused(doing: str, operation: str, message: str, code: str = "InvalidParameterValue") -> CloudError:
    """Beanstalk's refusal."""
    return CloudError(f"{doing}: operation error {operation}, {code}: {message}")


def shown(aws: Aws, there: Props) -> Props:
    """What a read gives back of a body: the inputs, with all tags and the region."""
    own = {key: value for key, value in there.items() if key != "created"}
    return {**own, "region": aws.region, **tags.incoming(tags.outgoing(own))}


def made_when(state_folder: Path) -> dict[str, str]:
    """When each version was made, by its label."""
    store = opened(state_folder)
    return {_last(version.name): version.body["created"] for version in (store.all("version") if store else ())}


def _assumable(aws: Aws, new: Props, doing: str, operation: str) -> None:
    role = (new.get("appversionLifecycle") or {}).get("serviceRole")
    if role is None:
        return
    refusal = refused(doing, operation, f"The service role {role} does not exist, or Beanstalk may not assume it.")
    refuse_unless_assumable(aws, role, SERVICE, str(refusal))


def _bundle_there(aws: Aws, new: Props, doing: str) -> None:
    bucket, key = new["bucket"], new["key"]
    if unless_gone(aws.client("s3").head_object, Bucket=bucket, Key=key) is None:
        message = f"Unable to download from S3 location (Bucket: {bucket} Key: {key}). Reason: Not Found"
        raise refused(doing, "CreateApplicationVersion", message, "InvalidParameterCombination")


def _dropped(aws: Aws, store: Transaction, application: str, lifecycle: Props) -> list[tuple[str, str]]:
    """Drop the oldest versions over the lifecycle's count; the bundles that go with them, as (bucket, key)."""
    versions = sorted(store.all("version", f"{aws.region}/{application}/"), key=lambda one: one.body["created"])
    spare = [v for v in versions[:-1] if not _users(store, aws.region, application, _last(v.name))]
    most = int(lifecycle.get("maxCount") or 0)
    going = spare[: max(0, len(versions) - most)] if most else []
    for version in going:
        store.drop("version", version.name)
    if not lifecycle.get("deleteSourceFromS3"):
        return []
    return [(version.body["bucket"], version.body["key"]) for version in going]


def _users(store: Transaction, region: str, application: str, label: str) -> list[str]:
    return [
        _last(environment.name)
        for environment in store.all("environment", f"{region}/")
        if environment.body["application"] == application and label in environment.body["runs"]
    ]


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


HANDLERS = {
    "aws:elasticbeanstalk/application:Application": Handler(
        check=check_application,
        calls=Calls(
            create=create_application, read=read_application, update=update_application, delete=delete_application
        ),
        auto_name="name",
        identify=lambda _aws, new: new["name"],
        replace_on=frozenset({"name", "region"}),
        computed=frozenset({"arn", "tagsAll"}),
        volatile=frozenset({"tagsAll"}),
    ),
    "aws:elasticbeanstalk/applicationVersion:ApplicationVersion": Handler(
        calls=Calls(create=create_version, read=read_version, update=update_version, delete=delete_version),
        defaults=lambda new: {"forceDelete": False, "process": False, **new},
        auto_name="name",
        identify=lambda _aws, new: f"{new['application']}/{new['name']}",
        replace_on=frozenset({"application", "bucket", "key", "name", "region"}),
        computed=frozenset({"arn", "tagsAll"}),
        volatile=frozenset({"tagsAll"}),
    ),
}

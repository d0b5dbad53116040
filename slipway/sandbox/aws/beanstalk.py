"""Elastic Beanstalk's applications and their versions, as the provider asks Beanstalk's own API for them."""

from typing import Any

from slipway.sandbox.aws import tags
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

SERVICE = "elasticbeanstalk"


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
    name, lifecycle = new["name"], new.get("appversionLifecycle")
    aws.in_region(new)
    config = {"ResourceLifecycleConfig": _lifecycle_config(lifecycle)} if lifecycle else {}
    with refusals(f"creating Elastic Beanstalk Application ({name})"):
        aws.client(SERVICE).create_application(
            ApplicationName=name, **_description(new), **config, Tags=tags.listed(tags.outgoing(new))
        )
    return name, read_application(aws, name) or {}


def read_application(aws: Aws, id: str) -> Props | None:
    """The application. ``id`` is its name."""
    with refusals(f"reading Elastic Beanstalk Application ({id})"):
        existing = aws.client(SERVICE).describe_applications(ApplicationNames=[id])["Applications"]
        if not existing:
            return None
        there = existing[0]
        carried = carried_tags(aws, there["ApplicationArn"])
    lifecycle = _lifecycle_of(there.get("ResourceLifecycleConfig") or {})
    return {
        "name": there["ApplicationName"],
        **described(there),
        **({"appversionLifecycle": lifecycle} if lifecycle else {}),
        "arn": there["ApplicationArn"],
        "region": aws.region,
        **tags.incoming(carried),
    }


def update_application(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change description, lifecycle and tags."""
    client = aws.client(SERVICE)
    with refusals(f"updating Elastic Beanstalk Application ({id})"):
        if old.get("description") != new.get("description"):
            client.update_application(ApplicationName=id, Description=new.get("description") or "")
        if old.get("appversionLifecycle") != new.get("appversionLifecycle"):
            client.update_application_resource_lifecycle(
                ApplicationName=id, ResourceLifecycleConfig=_lifecycle_config(new.get("appversionLifecycle") or {})
            )
        there = client.describe_applications(ApplicationNames=[id])["Applications"]
        for application in there:
            replace_tags(aws, application["ApplicationArn"], new)
    return read_application(aws, id) or {}


def delete_application(aws: Aws, id: str, _old: Props) -> None:
    """Delete the application with its versions; never one with an environment."""
    with refusals(f"deleting Elastic Beanstalk Application ({id})"):
        aws.client(SERVICE).delete_application(ApplicationName=id)


def create_version(aws: Aws, new: Props) -> tuple[str, Props]:
    """Name a bundle in S3 as a version; it must be there. What the application's lifecycle says to drop, goes."""
    name, application = new["name"], new["application"]
    aws.in_region(new)
    with refusals(f"creating Elastic Beanstalk Application Version ({name})"):
        aws.client(SERVICE).create_application_version(
            ApplicationName=application,
            VersionLabel=name,
            **_description(new),
            SourceBundle={"S3Bucket": new["bucket"], "S3Key": new["key"]},
            Process=bool(new.get("process")),
            Tags=tags.listed(tags.outgoing(new)),
        )
    id = f"{application}/{name}"
    return id, read_version(aws, id) or {}


def read_version(aws: Aws, id: str) -> Props | None:
    """The version. ``id`` is ``APPLICATION/LABEL``: the provider's, the label alone, is not unique.

    ``forceDelete`` is the program's alone: left out.
    """
    label = id.rpartition("/")[2]
    with refusals(f"reading Elastic Beanstalk Application Version ({label})"):
        there = _version(aws, id)
        if there is None:
            return None
        carried = carried_tags(aws, there["ApplicationVersionArn"])
    return {
        "name": there["VersionLabel"],
        "application": there["ApplicationName"],
        "bucket": there["SourceBundle"]["S3Bucket"],
        "key": there["SourceBundle"]["S3Key"],
        **described(there),
        "process": there["Status"] == "PROCESSED",
        "arn": there["ApplicationVersionArn"],
        "region": aws.region,
        **tags.incoming(carried),
    }


def update_version(aws: Aws, id: str, old: Props, new: Props) -> Props:
    """Change description and tags."""
    application, _, label = id.rpartition("/")
    with refusals(f"updating Elastic Beanstalk Application Version ({label})"):
        if old.get("description") != new.get("description"):
            aws.client(SERVICE).update_application_version(
                ApplicationName=application, VersionLabel=label, Description=new.get("description") or ""
            )
        there = _version(aws, id)
        if there:
            replace_tags(aws, there["ApplicationVersionArn"], new)
    return read_version(aws, id) or {}


def delete_version(aws: Aws, id: str, old: Props) -> None:
    """Delete the version, not its bundle.

    The provider itself refuses one that several environments run, unless it is forced. Beanstalk refuses one that
    any runs: https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_DeleteApplicationVersion.html.
    """
    application, _, label = id.rpartition("/")
    doing, client = f"deleting Elastic Beanstalk Application Version ({label})", aws.client(SERVICE)
    with refusals(doing):
        if not old.get("forceDelete"):
            using = client.describe_environments(ApplicationName=application, VersionLabel=label)["Environments"]
            if len(using) > 1:
                raise CloudError(
                    f"{doing}: Unable to delete Application Version, it is currently in use by the following "
                    f"environments: {', '.join(one['EnvironmentName'] for one in using)}."
                )
        client.delete_application_version(ApplicationName=application, VersionLabel=label, DeleteSourceBundle=False)


def carried_tags(aws: Aws, arn: str) -> dict[str, str]:
    """The tags of an application, a version or an environment."""
    return tags.mapped(aws.client(SERVICE).list_tags_for_resource(ResourceArn=arn)["ResourceTags"])


def replace_tags(aws: Aws, arn: str, new: Props) -> None:
    """Have an application, a version or an environment carry the tags of the inputs."""
    client = aws.client(SERVICE)
    tags.replace(
        carried_tags(aws, arn),
        new,
        lambda added: client.update_tags_for_resource(ResourceArn=arn, TagsToAdd=tags.listed(added)),
        lambda removed: client.update_tags_for_resource(ResourceArn=arn, TagsToRemove=removed),
    )


def described(there: Props) -> Props:
    """The description that Beanstalk answers; it has an empty one where none was given."""
    return {"description": there["Description"]} if there.get("Description") else {}


def _description(new: Props) -> dict[str, str]:
    return {"Description": new["description"]} if new.get("description") else {}


def _version(aws: Aws, id: str) -> Any:  # noqa: ANN401 - boto3's own
    application, _, label = id.rpartition("/")
    answer = aws.client(SERVICE).describe_application_versions(ApplicationName=application, VersionLabels=[label])
    return next(iter(answer["ApplicationVersions"]), None)


def _lifecycle_config(lifecycle: Props) -> Props:
    """A lifecycle as Beanstalk takes it; an empty one keeps every version."""
    delete = bool(lifecycle.get("deleteSourceFromS3"))

    def rule(key: str, name: str) -> Props:
        most = int(lifecycle.get(key) or 0)
        return {"Enabled": True, name: most, "DeleteSourceFromS3": delete} if most else {"Enabled": False}

    rules = {"MaxCountRule": rule("maxCount", "MaxCount"), "MaxAgeRule": rule("maxAgeInDays", "MaxAgeInDays")}
    role = {"ServiceRole": lifecycle["serviceRole"]} if lifecycle.get("serviceRole") else {}
    return {**role, "VersionLifecycleConfig": rules}


def _lifecycle_of(config: Props) -> Props:
    """A lifecycle as the program has it; empty where no rule holds."""
    rules = config.get("VersionLifecycleConfig") or {}
    for rule, key, name in (("MaxCountRule", "maxCount", "MaxCount"), ("MaxAgeRule", "maxAgeInDays", "MaxAgeInDays")):
        there = rules.get(rule) or {}
        if there.get("Enabled"):
            role = {"serviceRole": config["ServiceRole"]} if config.get("ServiceRole") else {}
            delete = {"deleteSourceFromS3": True} if there.get("DeleteSourceFromS3") else {}
            return {**role, key: there[name], **delete}
    return {}


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

"""Notifications of a bucket's changes, as the provider makes them by Cloud Storage's API."""

from slipway.sandbox.gcp import refusals
from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.gcp.storage_api import ask, place
from slipway.sandbox.handler import Calls, Handler, Props

RENAMED = {
    "payloadFormat": "payload_format",
    "eventTypes": "event_types",
    "objectNamePrefix": "object_name_prefix",
    "customAttributes": "custom_attributes",
}
"""The provider's name -> the API's."""
TOPIC = "//pubsub.googleapis.com/"


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make it. Raises :class:`CloudError` where Cloud Storage's account may not publish to the topic."""
    doing = f"Error creating notification config for bucket {new['bucket']}"
    body = {theirs: new[own] for own, theirs in RENAMED.items() if new.get(own) not in (None, [], {}, "")}
    body["topic"] = f"{TOPIC}{str(new['topic']).removeprefix(TOPIC)}"
    live = ask(cloud, "POST", f"{place(new['bucket'])}/notificationConfigs", body=body, doing=doing)
    if live is None:
        raise refusals.bucket_missing(doing)
    return f"{new['bucket']}/notificationConfigs/{live['id']}", _outputs(live)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``BUCKET/notificationConfigs/NUMBER``."""
    bucket, _, number = id.split("/")
    live = ask(cloud, "GET", f"{place(bucket)}/notificationConfigs/{number}", doing=f"Error reading notification {id}")
    if live is None:
        return None
    there = {own: live[theirs] for own, theirs in RENAMED.items() if theirs in live}
    return {**there, "bucket": bucket, "topic": live["topic"].removeprefix(TOPIC), **_outputs(live)}


def refresh(cloud: Google, id: str, state: Props) -> Props | None:
    """The same of a state that is known: a topic may be named with its service before it."""
    there = read(cloud, id)
    topic = str(state.get("topic", ""))
    return {**there, **({"topic": topic} if there["topic"] == topic.removeprefix(TOPIC) else {})} if there else None


def delete(cloud: Google, id: str, _old: Props) -> None:
    """Take it away; a bucket that has gone took it along."""
    bucket, _, number = id.split("/")
    ask(cloud, "DELETE", f"{place(bucket)}/notificationConfigs/{number}", doing=f"Error deleting notification {id}")


def _outputs(live: Props) -> Props:
    return {"notificationId": live["id"], "selfLink": live["selfLink"]}


def get_service_account(cloud: Google, args: Props) -> Props:
    """The data source that names Cloud Storage's own account of a project."""
    project = cloud.project_of(args)
    live = ask(cloud, "GET", f"/projects/{project}/serviceAccount", doing="Error reading the service account") or {}
    email = live.get("email_address", "")
    return {"id": email, "project": project, "emailAddress": email, "member": f"serviceAccount:{email}"}


INVOKES = {"gcp:storage/getProjectServiceAccount:getProjectServiceAccount": get_service_account}
HANDLERS = {
    "gcp:storage/notification:Notification": Handler(
        calls=Calls(create=create, read=read, delete=delete),
        refresh=refresh,
        replace_on=frozenset({"bucket", "topic", *RENAMED}),
        computed=frozenset({"notificationId", "selfLink"}),
    ),
}

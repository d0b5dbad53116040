"""Cloud Monitoring v3: notification channels, which are kept; nothing is ever sent to one.

https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannels
"""

import secrets

from slipway.sandbox.google.cloud import stamp, usable
from slipway.sandbox.google.errors import ApiError, Json
from slipway.sandbox.google.routing import Api, Call, standard
from slipway.sandbox.stores.google import Record, Transaction

SERVICE = "monitoring.googleapis.com"
KIND = "notification_channel"
FIELDS = ("description", "displayName", "enabled", "labels", "type", "userLabels")
LABELS = {
    "email": "email_address",
    "pubsub": "topic",
    "sms": "number",
    "slack": "channel_name",
    "webhook_basicauth": "url",
}
"""Type of a channel -> the label that it must have: projects.notificationChannelDescriptors."""


def create(call: Call) -> Json:
    """Keep a channel, under a number that is drawn."""
    body = _checked({key: call.body[key] for key in FIELDS if key in call.body})
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        name = f"projects/{project}/notificationChannels/{10**18 + secrets.randbelow(9 * 10**18)}"
        record = {"mutateTime": stamp()}
        channel = {"enabled": True, **body, "name": name, "creationRecord": record, "mutationRecords": [record]}
        now.put(KIND, Record(name, project, channel))
    return channel


def get(call: Call) -> Json:
    """By its name."""
    with call.cloud.store.transaction() as now:
        return _there(now, call).body


def listed(call: Call) -> Json:
    """Those of a project."""
    with call.cloud.store.transaction() as now:
        project = usable(call.cloud, now, call["project"], SERVICE).id
        channels = [record.body for record in now.all(KIND, project)]
    return {**call.page("notificationChannels", channels), "totalSize": len(channels)}


def patch(call: Call) -> Json:
    """What the mask names."""
    changes = call.changes(*FIELDS, *(("name",) if not call.query.get("updateMask") else ()))
    with call.cloud.store.transaction() as now:
        record = _there(now, call)
        body = {key: value for key, value in {**record.body, **changes}.items() if value is not None}
        body = _checked({**body, "name": record.name, "mutationRecords": [{"mutateTime": stamp()}]})
        now.put(KIND, Record(record.name, record.project, body))
    return body


def delete(call: Call) -> Json:
    """Remove it."""
    with call.cloud.store.transaction() as now:
        now.drop(KIND, _there(now, call).name)
    return {}


def _there(now: Transaction, call: Call) -> Record:
    project = usable(call.cloud, now, call["project"], SERVICE).id
    record = now.get(KIND, f"projects/{project}/notificationChannels/{call['channel']}")
    if record is None:
        raise ApiError(404, f"Notification channel {call['channel']} could not be found in project {project}.")
    return record


def _checked(body: Json) -> Json:
    type, label = body.get("type", ""), LABELS.get(body.get("type", ""))
    if label is None:
        raise ApiError(400, f"Field type must be one of {', '.join(sorted(LABELS))} in the sandbox, got {type!r}")
    if not (body.get("labels") or {}).get(label):
        raise ApiError(400, f"Field labels must have {label!r} for a channel of the type {type!r}")
    return body


_C = "v3/projects/{project}/notificationChannels"
_ID = "monitoring.projects.notificationChannels."
API = Api(
    name="monitoring",
    routes=(*standard(_C, "channel", _ID, create=create, list=listed, get=get, patch=patch, delete=delete),),
)
"""The rows of Cloud Monitoring."""

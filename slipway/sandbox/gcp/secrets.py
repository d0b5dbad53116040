"""Secret Manager: secrets, their versions, and who may read them, as the provider makes them by Google's REST."""

import base64

from slipway.sandbox.gcp import grants, members
from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.gcp.labels import effective, own
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

API = "secretmanager"
FIELDS = ("annotations", "expireTime", "replication", "rotation", "topics", "versionAliases", "versionDestroyTtl")
CHANGED = tuple(field for field in FIELDS if field != "replication")
ABANDON = "ABANDON"


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make a secret, without a version yet."""
    project = cloud.project_of(new)
    with refused(cloud, "Error creating Secret"):
        live = cloud.rest.ask(
            API, "POST", f"v1/projects/{project}/secrets", _body(cloud, new, FIELDS), secretId=new["secretId"]
        )
    return f"projects/{project}/secrets/{new['secretId']}", _outputs(live, project)


def read(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/secrets/SECRET``."""
    live = cloud.live(API, f"v1/{id}")
    if live is None:
        return None
    _, project, _, name = id.split("/")
    replication = {"auto": live["replication"]["automatic"]} if "automatic" in live["replication"] else {
        "userManaged": live["replication"]["userManaged"]
    }  # fmt: skip
    there = {key: live[key] for key in CHANGED if live.get(key) not in (None, {}, "")}
    return {
        **there,
        **own(cloud, live.get("labels")),
        "secretId": name,
        "replication": replication,
        **_outputs(live, project),
    }


def update(cloud: Google, id: str, old: Props, new: Props) -> Props:
    """Change it in place."""
    changed = [key for key in (*CHANGED, "labels") if old.get(key) != new.get(key)]
    if not changed:
        return {}
    with refused(cloud, f"Error updating Secret {id!r}"):
        live = cloud.rest.ask(API, "PATCH", f"v1/{id}", _body(cloud, new, CHANGED), updateMask=",".join(changed))
    return _outputs(live, id.split("/")[1])


def delete(cloud: Google, id: str, old: Props) -> None:
    """With its versions, unless it is protected."""
    if old.get("deletionProtection"):
        raise CloudError(
            "cannot destroy secret without setting deletion_protection=false and running `terraform apply`"
        )
    if cloud.live(API, f"v1/{id}") is not None:
        with refused(cloud, "Error when reading or editing Secret"):
            cloud.rest.ask(API, "DELETE", f"v1/{id}")


def add(cloud: Google, new: Props) -> tuple[str, Props]:
    """Put a value into a secret: its next version."""
    data = new.get("secretData") or ""
    plain = new.get("isSecretDataBase64")
    payload = data if plain else base64.b64encode(data.encode()).decode()
    with refused(cloud, "Error creating SecretVersion"):
        live = cloud.rest.ask(API, "POST", f"v1/{new['secret']}:addVersion", {"payload": {"data": payload}})
    id = f"{new['secret']}/versions/{live['name'].rsplit('/', 1)[-1]}"
    return id, _version(live, id)


def refresh_version(cloud: Google, id: str, state: Props) -> Props | None:
    """A version by id, ``projects/PROJECT/secrets/SECRET/versions/NUMBER``, with its value."""
    live = cloud.live(API, f"v1/{id}")
    if live is None or live["state"] == "DESTROYED":
        return None
    if live["state"] != "ENABLED":
        return {**state, **_version(live, id), "enabled": False}
    data = cloud.rest.ask(API, "GET", f"v1/{id}:access")["payload"]["data"]
    text = data if state.get("isSecretDataBase64") else base64.b64decode(data).decode(errors="replace")
    return {
        **state,
        **_version(live, id),
        "secret": id.rpartition("/versions/")[0],
        "secretData": text,
        "enabled": True,
    }


def read_version(cloud: Google, id: str) -> Props | None:
    """The same, of a state that is not known."""
    return refresh_version(cloud, id, {"deletionPolicy": "DELETE"})


def update_version(cloud: Google, id: str, old: Props, new: Props) -> Props:
    """Enabled, or not."""
    if old.get("enabled", True) != new.get("enabled", True):
        with refused(cloud, "Error updating SecretVersion"):
            verb = "enable" if new.get("enabled", True) else "disable"
            cloud.rest.ask(API, "POST", f"v1/{id}:{verb}", {})
    return {}


def destroy(cloud: Google, id: str, old: Props) -> None:
    """Destroy its value, unless it is to be abandoned."""
    live = None if old.get("deletionPolicy") == ABANDON else cloud.live(API, f"v1/{id}")
    if live is not None and live["state"] != "DESTROYED":
        with refused(cloud, "Error when reading or editing SecretVersion"):
            verb = "disable" if old.get("deletionPolicy") == "DISABLE" else "destroy"
            cloud.rest.ask(API, "POST", f"v1/{id}:{verb}", {})


def give(cloud: Google, new: Props) -> tuple[str, Props]:
    """Give a role on a secret."""
    id = _secret(cloud, new)
    with refused(cloud, f'Error applying IAM policy for secretmanager secret "{id}"'):
        policy = members.give(cloud, API, f"v1/{id}", new, read="GET")
    return f"{id}/{new['role']}/{new['member']}", {"project": id.split("/")[1], "etag": policy["etag"]}


def given(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/PROJECT/secrets/SECRET/ROLE/MEMBER``."""
    scope, role, member = _parts(id)
    grant = members.given(cloud, API, f"v1/{scope}", role, member, read="GET")
    return {"project": scope.split("/")[1], "secretId": scope, **grant} if grant else None


def refresh_grant(cloud: Google, id: str, state: Props) -> Props | None:
    """The same of a state that is known: the secret's name may be its id alone."""
    there = given(cloud, id)
    return {**there, "secretId": state.get("secretId", there["secretId"])} if there else None


def take(cloud: Google, id: str, old: Props) -> None:
    """Take it."""
    scope, role, member = _parts(id)
    with refused(cloud, f'Error applying IAM policy for secretmanager secret "{scope}"'):
        members.take(cloud, API, f"v1/{scope}", role, member, old.get("condition") or {}, read="GET")


def _secret(cloud: Google, new: Props) -> str:
    name = str(new["secretId"])
    return name if name.startswith("projects/") else f"projects/{cloud.project_of(new)}/secrets/{name}"


def _parts(id: str) -> tuple[str, str, str]:
    parts = id.split("/")
    return "/".join(parts[:4]), "/".join(parts[4:6]), "/".join(parts[6:])


def _body(cloud: Google, new: Props, fields: tuple[str, ...]) -> Props:
    body = {key: new[key] for key in fields if new.get(key) is not None}
    if "replication" in body:
        chosen = body["replication"]
        body["replication"] = {"automatic": chosen["auto"] or {}} if "auto" in chosen else chosen
    labels = effective(cloud, new)
    return {**body, **({"labels": labels} if labels else {})}


def _outputs(live: Props, project: str) -> Props:
    return {
        "name": live["name"],
        "project": project,
        "createTime": live["createTime"],
        "effectiveAnnotations": live.get("annotations") or {},
    }


def _version(live: Props, id: str) -> Props:
    return {
        "name": live["name"],
        "version": id.rsplit("/", 1)[-1],
        "createTime": live["createTime"],
        "destroyTime": live.get("destroyTime", ""),
    }


LABELS = frozenset({"effectiveLabels", "pulumiLabels"})
HANDLERS = {
    "gcp:secretmanager/secret:Secret": Handler(
        calls=Calls(create=create, read=read, update=update, delete=delete),
        identify=placed("projects/{project}/secrets/{secretId}"),
        settled=frozenset({"deletionProtection"}),
        computed=LABELS | {"name", "createTime", "effectiveAnnotations"},
        volatile=LABELS | {"effectiveAnnotations"},
    ),
    "gcp:secretmanager/secretVersion:SecretVersion": Handler(
        defaults=lambda new: {"enabled": True, "deletionPolicy": "DELETE", "isSecretDataBase64": False, **new},
        calls=Calls(create=add, read=read_version, update=update_version, delete=destroy),
        refresh=refresh_version,
        replace_on=frozenset({"secret", "secretData"}),
        secret=frozenset({"secretData"}),
        computed=frozenset({"name", "version", "createTime", "destroyTime"}),
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": Handler(
        check=grants.check,
        calls=Calls(create=give, read=given, delete=take),
        refresh=refresh_grant,
        computed=frozenset({"etag"}),
    ),
}

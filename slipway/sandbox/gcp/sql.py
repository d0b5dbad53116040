"""Cloud SQL: instances, their databases and their users, as the provider makes them by Google's REST."""

from slipway.sandbox.gcp.cloud import Google, placed, refused
from slipway.sandbox.gcp.labels import effective
from slipway.sandbox.handler import Calls, CloudError, Handler, Props

API, PATH = "sqladmin", "sql/v1beta4"
HOST = f"https://sqladmin.googleapis.com/{PATH}"
SETTINGS = {
    "diskAutoresize": "storageAutoResize",
    "diskAutoresizeLimit": "storageAutoResizeLimit",
    "diskSize": "dataDiskSizeGb",
    "diskType": "dataDiskType",
}
"""The provider's name of a setting -> the API's, where they differ."""
REPLACES = frozenset({"name", "project", "region", "databaseVersion"})


def create(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make the instance: a server, which takes some seconds here and minutes there."""
    project = cloud.project_of(new)
    body = {
        "name": new["name"],
        "databaseVersion": new.get("databaseVersion"),
        "region": new.get("region"),
        "settings": _settings(cloud, new.get("settings") or {}),
    }
    with refused(cloud, "Error, failed to create instance"):
        cloud.rest.ask(API, "POST", f"{PATH}/projects/{project}/instances", body)
        live = cloud.rest.ask(API, "GET", f"{PATH}/projects/{project}/instances/{new['name']}")
    return new["name"], _outputs(live)


def read(cloud: Google, id: str) -> Props | None:
    """An instance by its name in the provider's project, or by ``projects/P/instances/NAME``, as an import gives it."""
    project, _, name = id.removeprefix("projects/").rpartition("/instances/")
    return refresh(cloud, name, {"project": project} if project else {})


def refresh(cloud: Google, id: str, state: Props) -> Props | None:
    """An instance by its name, in the project that the state or the provider says."""
    live = cloud.live(API, f"{PATH}/projects/{cloud.project_of(state)}/instances/{_name(id)}")
    if live is None:
        return None
    settings = {key: value for key, value in live["settings"].items() if key not in ("kind", "settingsVersion")}
    back = {there: here for here, there in SETTINGS.items()}
    inputs = {back.get(key, key): value for key, value in settings.items()}
    if isinstance(inputs.get("userLabels"), dict):
        own = {key: value for key, value in inputs["userLabels"].items() if cloud.default_labels.get(key) != value}
        inputs = {**inputs, "userLabels": own}
    return {
        "name": live["name"],
        "databaseVersion": live["databaseVersion"],
        "region": live["region"],
        "settings": inputs,
        **_outputs(live),
    }


def _name(id: str) -> str:
    """An instance's name, of its id or of the longer one that an import gives."""
    return id.rpartition("/")[2]


def update(cloud: Google, id: str, _old: Props, new: Props) -> Props:
    """Settings change in place."""
    path = f"{PATH}/projects/{cloud.project_of(new)}/instances/{_name(id)}"
    body = {"settings": _settings(cloud, new.get("settings") or {})}
    with refused(cloud, "Error, failed to update instance settings"):
        cloud.rest.ask(API, "PATCH", path, body)
        live = cloud.rest.ask(API, "GET", path)
    return _outputs(live)


def delete(cloud: Google, id: str, old: Props) -> None:
    """With all that it holds, unless it is protected: by the provider's flag, or by Cloud SQL's own."""
    if old.get("deletionProtection", True):
        raise CloudError(
            f"Error, failed to delete instance because deletion_protection is set to true. Set it to false to proceed "
            f"with instance deletion: {id}"
        )
    path = f"{PATH}/projects/{cloud.project_of(old)}/instances/{_name(id)}"
    if cloud.rest.get(API, path) is not None:
        with refused(cloud, "Error, failed to delete instance"):
            cloud.rest.ask(API, "DELETE", path)


def create_database(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make a database in an instance."""
    project = cloud.project_of(new)
    with refused(cloud, "Error creating Database"):
        cloud.rest.ask(API, "POST", f"{_instance(project, new)}/databases", {"name": new["name"]})
    id = f"projects/{project}/instances/{new['instance']}/databases/{new['name']}"
    return id, {"project": project, "selfLink": f"{HOST}/{id}", **CHARACTERS}


def read_database(cloud: Google, id: str) -> Props | None:
    """By id: ``projects/P/instances/I/databases/D``."""
    live = cloud.live(API, f"{PATH}/{id}")
    if live is None:
        return None
    own = {"name": live["name"], "instance": live["instance"], "project": live["project"]}
    return {**own, "selfLink": f"{HOST}/{id}", **CHARACTERS}


def delete_database(cloud: Google, id: str, old: Props) -> None:
    """With its tables, unless it is to be abandoned."""
    if old.get("deletionPolicy") != "ABANDON" and cloud.rest.get(API, f"{PATH}/{id}") is not None:
        with refused(cloud, "Error deleting Database"):
            cloud.rest.ask(API, "DELETE", f"{PATH}/{id}")


def create_user(cloud: Google, new: Props) -> tuple[str, Props]:
    """Make a user with a password."""
    project = cloud.project_of(new)
    body = {"name": new["name"], "password": new.get("password")}
    with refused(cloud, f"Error, failed to insert user {new['name']} into instance {new['instance']}"):
        cloud.rest.ask(API, "POST", f"{_instance(project, new)}/users", body)
    return f"{new['name']}//{new['instance']}", {"project": project, "host": "", "sqlServerUserDetails": []}


def read_user(cloud: Google, id: str) -> Props | None:
    """A user by id in the provider's project, or by ``PROJECT/INSTANCE/USER``, as an import gives it."""
    if "//" in id:
        return refresh_user(cloud, id, {})
    project, instance, name = id.split("/")
    return refresh_user(cloud, f"{name}//{instance}", {"project": project})


def refresh_user(cloud: Google, id: str, state: Props) -> Props | None:
    """A user by id, ``USER//INSTANCE``; the password is the state's alone."""
    name, _, instance = id.partition("//")
    project = cloud.project_of(state)
    live = cloud.live(API, f"{PATH}/projects/{project}/instances/{instance}/users/{name}")
    if live is None:
        return None
    return {**state, "name": name, "instance": instance, "project": project, "host": "", "sqlServerUserDetails": []}


def address_of_user(cloud: Google, new: Props) -> str:
    """``PROJECT/INSTANCE/USER``. Cloud SQL gives a user that is there already the new password without a word."""
    return f"{cloud.project_of(new)}/{new['instance']}/{new['name']}"


def update_user(cloud: Google, _id: str, _old: Props, new: Props) -> Props:
    """Another password."""
    body = {"name": new["name"], "password": new.get("password")}
    with refused(cloud, f"Error, failed to update user {new['name']}"):
        cloud.rest.ask(API, "PUT", f"{_instance(cloud.project_of(new), new)}/users", body, name=new["name"])
    return {}


def delete_user(cloud: Google, id: str, old: Props) -> None:
    """Unless it is to be abandoned; PostgreSQL keeps one that owns something."""
    name, _, instance = id.partition("//")
    path = f"{PATH}/projects/{cloud.project_of(old)}/instances/{instance}/users"
    if old.get("deletionPolicy") != "ABANDON" and cloud.rest.get(API, f"{path}/{name}") is not None:
        with refused(cloud, f"Error, failed to delete user {name}"):
            cloud.rest.ask(API, "DELETE", path, None, name=name)


def _instance(project: str, new: Props) -> str:
    return f"{PATH}/projects/{project}/instances/{new['instance']}"


def _settings(cloud: Google, settings: Props) -> Props:
    named = {SETTINGS.get(key, key): value for key, value in settings.items()}
    return {**named, "userLabels": effective(cloud, {"labels": settings.get("userLabels")})}


def _outputs(live: Props) -> Props:
    address = live["ipAddresses"][0]
    return {
        "project": live["project"],
        "connectionName": live["connectionName"],
        "firstIpAddress": address["ipAddress"],
        "publicIpAddress": address["ipAddress"],
        "privateIpAddress": "",
        "ipAddresses": [{"type": address["type"], "ipAddress": address["ipAddress"], "timeToRetire": ""}],
        "dnsName": "",
        "selfLink": f"{HOST}/projects/{live['project']}/instances/{live['name']}",
        "serviceAccountEmailAddress": live["serviceAccountEmailAddress"],
        "instanceType": live["instanceType"],
    }


CHARACTERS = {"charset": "UTF8", "collation": "en_US.UTF8"}
HANDLERS = {
    "gcp:sql/databaseInstance:DatabaseInstance": Handler(
        calls=Calls(create=create, read=read, update=update, delete=delete),
        refresh=refresh,
        defaults=lambda new: {"deletionProtection": True, **new},
        auto_name="name",
        replace_on=REPLACES,
        identify=placed("projects/{project}/instances/{name}"),
        id_at=lambda _cloud, address: _name(address),
        settled=frozenset({"region", "instanceType", "maintenanceVersion"}),
        computed=frozenset(
            {
                *("connectionName", "dnsName", "firstIpAddress", "ipAddresses", "privateIpAddress"),
                *("publicIpAddress", "selfLink", "serviceAccountEmailAddress"),
            }
        ),
    ),
    "gcp:sql/database:Database": Handler(
        calls=Calls(
            create=create_database,
            read=read_database,
            update=lambda _cloud, _id, _old, _new: {},
            delete=delete_database,
        ),
        replace_on=frozenset({"name", "instance", "project"}),
        identify=placed("projects/{project}/instances/{instance}/databases/{name}"),
        settled=frozenset({"charset", "collation"}),
        computed=frozenset({"selfLink"}),
    ),
    "gcp:sql/user:User": Handler(
        calls=Calls(create=create_user, read=read_user, update=update_user, delete=delete_user),
        refresh=refresh_user,
        replace_on=frozenset({"name", "instance", "project", "host"}),
        identify=address_of_user,
        overwrites=True,
        secret=frozenset({"password"}),
        settled=frozenset({"host"}),
        computed=frozenset({"sqlServerUserDetails"}),
    ),
}

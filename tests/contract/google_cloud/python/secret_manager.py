"""A secret is read until its version is disabled; what is disabled or not there has its own exception."""

from common import PROJECT, client, project, same
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud.secretmanager_v1 import SecretManagerServiceClient

project("secretmanager")
secrets = client(SecretManagerServiceClient, "secretmanager")
secret = secrets.create_secret(parent=PROJECT, secret_id="key", secret={"replication": {"automatic": {}}})
version = secrets.add_secret_version(parent=secret.name, payload={"data": b"s3cret"})
same(secrets.access_secret_version(name=f"{secret.name}/versions/latest").payload.data, b"s3cret")
secrets.disable_secret_version(name=version.name)
try:
    secrets.access_secret_version(name=version.name)
    raise AssertionError("a disabled version was read")
except BadRequest as refusal:
    same("DISABLED" in str(refusal), True)
secrets.delete_secret(name=secret.name)
try:
    secrets.get_secret(name=secret.name)
    raise AssertionError("a secret that was deleted is there")
except NotFound:
    pass

"""Entries are found by severity; a log that is deleted has none of them any more."""

from common import ADDRESS, project, same
from google.cloud.logging import Client
from google.oauth2.credentials import Credentials

project("logging")
logging = Client(
    project="demo-project",
    credentials=Credentials("any"),
    _use_grpc=False,
    client_options={"api_endpoint": f"{ADDRESS}/logging"},
)
log = logging.logger("orders")
log.log_text("as usual", severity="INFO")
log.log_struct({"what": "late"}, severity="ERROR")
same([entry.payload for entry in logging.list_entries(filter_="severity>=WARNING")], [{"what": "late"}])
log.delete()
same(list(log.list_entries()), [])

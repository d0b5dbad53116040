"""Topics of Pub/Sub: a sample message, from where it reaches an app as any other does."""

import base64
import json

from slipway.errors import UserError
from slipway.platforms import google_api
from slipway.platforms.platform import Deployment
from slipway.providers.google.rest import RestError
from slipway.wire.outputs import EventOutput

SAMPLE = "a sample message"


def publish(deployment: Deployment, event: EventOutput) -> int:
    """Publish it, in the sandbox or the cloud, and say so. Raises UserError where Pub/Sub refuses."""
    attributes = json.loads(event.get("sample", "{}"))
    message = {"data": base64.b64encode(SAMPLE.encode()).decode(), "attributes": attributes}
    try:
        answer = google_api.rest(deployment).ask(
            "pubsub", "POST", f"v1/{event['source']}:publish", {"messages": [message]}
        )
    except RestError as refused:
        raise UserError(f"Pub/Sub did not take a message to {event['source']}: {refused}") from None
    words = f" with {', '.join(f'{key}={value}' for key, value in attributes.items())}" if attributes else ""
    print(
        f"published {SAMPLE!r}{words} to {event['source']} (message {answer['messageIds'][0]}): "
        f"`slipway logs {deployment.app.name}` shows what came of it"
    )
    return 0

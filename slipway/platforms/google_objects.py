"""Objects of Cloud Storage: a sample, which reaches an app as any other does."""

from slipway.errors import UserError
from slipway.platforms import google_api
from slipway.platforms.platform import Deployment
from slipway.stack import session
from slipway.wire.outputs import EventOutput

SAMPLE = b"a sample object"


def put(deployment: Deployment, event: EventOutput) -> int:
    """Put it into the bucket, in the sandbox or the cloud, and say so. Raises UserError where Cloud Storage refuses."""
    import httpx  # 100 ms, of commands that may not ask for anything

    address = "https://storage.googleapis.com"
    if deployment.run.sandbox:
        address = session.sandbox_environment(deployment.run)["STORAGE_EMULATOR_HOST"]
    name = event.get("sample", "slipway-sample")
    token = google_api.rest(deployment).token()
    try:
        answer = httpx.post(
            f"{address}/upload/storage/v1/b/{event['source']}/o",
            params={"uploadType": "media", "name": name},
            headers={"Authorization": f"Bearer {token}", "Content-Type": "text/plain"},
            content=SAMPLE,
            trust_env=not deployment.run.sandbox,
            timeout=60,
        )
    except httpx.TransportError as error:
        raise UserError(f"Cloud Storage does not answer: {error}") from None
    if answer.is_error:
        raise UserError(f"Cloud Storage did not take {name} into {event['source']}: {answer.text.strip()}")
    print(f"put {name} into {event['source']}: `slipway logs {deployment.app.name}` shows what came of it")
    return 0

"""A function's addresses (function URLs)."""

from urllib.parse import urlsplit

from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.errors import refusals, unless_gone
from slipway.sandbox.aws.lambda_aliases import NAME
from slipway.sandbox.aws.lambda_names import by_name, short
from slipway.sandbox.aws.words import capital, small
from slipway.sandbox.handler import Calls, Handler, Props

AUTH_TYPES = ("AWS_IAM", "NONE")
INVOKE_MODES = ("BUFFERED", "RESPONSE_STREAM")


def check_url(new: Props) -> dict[str, str]:
    """What Lambda refuses of an address."""
    wrong: dict[str, str] = {}
    for key, allowed in (("authorizationType", AUTH_TYPES), ("invokeMode", INVOKE_MODES)):
        if new.get(key) not in (None, *allowed):
            quoted = " ".join(f'"{one}"' for one in allowed)
            wrong[key] = f"expected {key} to be one of [{quoted}], got {new[key]}"
    if new.get("qualifier") and not NAME.match(new["qualifier"]):
        wrong["qualifier"] = f"a function URL takes an alias or nothing as its qualifier, got {new['qualifier']}"
    return wrong


def url_defaults(new: Props) -> Props:
    """The provider's default: the answer is sent once it is whole."""
    return by_name({"invokeMode": "BUFFERED", **new})


def create_url(aws: Aws, new: Props) -> tuple[str, Props]:
    """Give the function, or its alias, an address."""
    id = url_id_of(aws, new)
    aws.in_region(new)
    with refusals(f"creating Lambda Function URL ({id})"):
        aws.client("lambda").create_function_url_config(**_url_request(id, new))
    return id, read_url(aws, id) or {}


def url_id_of(_aws: Aws, new: Props) -> str:
    """The address's id: ``function[/alias]``."""
    function, qualifier = short(new["functionName"]), new.get("qualifier") or ""
    return f"{function}/{qualifier}" if qualifier else function


def read_url(aws: Aws, id: str) -> Props | None:
    """The address as Lambda has it, by which the emulator is reached. ``id`` is ``function[/alias]``."""
    function, _, qualifier = id.partition("/")
    with refusals(f"reading Lambda Function URL ({id})"):
        there = unless_gone(aws.client("lambda").get_function_url_config, **_target(id))
    if there is None:
        return None
    url_id = urlsplit(there["FunctionUrl"]).netloc.split(".")[0]
    arn = there["FunctionArn"]
    return {
        "functionName": function,
        "qualifier": qualifier or None,
        "authorizationType": there["AuthType"],
        "invokeMode": there.get("InvokeMode", "BUFFERED"),
        "cors": {small(key): value for key, value in there["Cors"].items()} if there.get("Cors") else None,
        "region": aws.region,
        "functionArn": f"{arn}:{qualifier}" if qualifier and not arn.endswith(f":{qualifier}") else arn,
        "functionUrl": local_url(aws, url_id),
        "urlId": url_id,
    }


def update_url(aws: Aws, id: str, _old: Props, new: Props) -> Props:
    """Change who may call the address and how it answers."""
    with refusals(f"updating Lambda Function URL ({id})"):
        request = _url_request(id, new)
        aws.client("lambda").update_function_url_config(**{"Cors": {}, **request})
    return read_url(aws, id) or {}


def delete_url(aws: Aws, id: str, _old: Props) -> None:
    """Take the address away."""
    with refusals(f"deleting Lambda Function URL ({id})"):
        unless_gone(aws.client("lambda").delete_function_url_config, **_target(id))


def local_url(aws: Aws, url_id: str) -> str:
    """Where the emulator serves an address; in AWS it is ``https://<url_id>.lambda-url.<region>.on.aws/``."""
    port = urlsplit(aws.endpoint.url).port if aws.endpoint else None
    return f"http://{url_id}.lambda-url.{aws.region}.localhost:{port}/"


def _url_request(id: str, new: Props) -> Props:
    cors = {capital(key): value for key, value in (new.get("cors") or {}).items() if value is not None}
    if "MaxAge" in cors:
        cors["MaxAge"] = int(cors["MaxAge"])
    return {
        **_target(id),
        "AuthType": new["authorizationType"],
        "InvokeMode": new.get("invokeMode") or "BUFFERED",
        **({"Cors": cors} if cors else {}),
    }


def _target(id: str) -> Props:
    function, _, qualifier = id.partition("/")
    return {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}


HANDLERS = {
    "aws:lambda/functionUrl:FunctionUrl": Handler(
        check=check_url,
        defaults=url_defaults,
        calls=Calls(create=create_url, read=read_url, update=update_url, delete=delete_url),
        identify=url_id_of,
        replace_on=frozenset({"functionName", "qualifier", "region"}),
        delete_before_replace=True,
        computed=frozenset({"functionArn", "functionUrl", "urlId"}),
    ),
}

"""Calls a Chalice app with what a function's address sends: API Gateway's second format of events, made the first.

Goes into the artifact of a Chalice app as it is, so it needs Python 3.8 or later and imports nothing of ours. Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
"""

import json
import re
from urllib.parse import parse_qs


def handler_of(app):
    """The handler of a function whose address serves ``app``; other events reach the app as they are."""

    def handler(event, context):
        if "rawPath" not in event:
            return app(event, context)
        resource, parameters = route_of(app.routes, event["rawPath"])
        if not resource:
            body = json.dumps({"Code": "NotFoundError", "Message": "No route is called " + event["rawPath"]})
            return {"statusCode": 404, "headers": {"content-type": "application/json"}, "body": body}
        return answer_of(app(rest_event(event, resource, parameters), context))

    return handler


def route_of(routes, path):
    """The route that a path is of, as ``/users/{name}``, and the values in it; None where there is none."""
    if path in routes:
        return path, {}
    for route in routes:
        pattern = "".join(
            "(?P<{}>[^/]+)".format(part[1:-1]) if part.startswith("{") else re.escape(part)
            for part in re.split(r"({\w+})", route)
        )
        match = re.fullmatch(pattern, path)
        if match:
            return route, match.groupdict()
    return None, {}


def rest_event(event, resource, parameters):
    """The event as a REST API sends it."""
    request = event["requestContext"]
    http = request["http"]
    headers = dict(event.get("headers") or {})
    if event.get("cookies"):
        headers["cookie"] = "; ".join(event["cookies"])
    query = parse_qs(event.get("rawQueryString", ""), keep_blank_values=True)
    return {
        "resource": resource,
        "path": event["rawPath"],
        "httpMethod": http["method"],
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "requestContext": {
            **request,
            "resourcePath": resource,
            "path": event["rawPath"],
            "httpMethod": http["method"],
            "identity": {"sourceIp": http.get("sourceIp"), "userAgent": http.get("userAgent")},
        },
    }


def answer_of(response):
    """What the app returned, with its cookies where the second format has them."""
    more = dict(response.pop("multiValueHeaders", None) or {})
    cookies = [value for name, values in more.items() if name.lower() == "set-cookie" for value in values]
    headers = {name: ",".join(values) for name, values in more.items() if name.lower() != "set-cookie"}
    response["headers"] = {**headers, **(response.get("headers") or {})}
    return {**response, "cookies": cookies} if cookies else response

"""The table of frameworks: what their apps are made by, and how those are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.bundle.entries import LISTEN, Interface


@dataclass(frozen=True, kw_only=True)
class Framework:
    """A framework as code shows it."""

    name: str
    interface: Interface
    attribute: str = ""
    """The attribute of the object that is served, as a Dash app's ``server``."""
    command: str = ""
    """What starts the file, for one that brings a server of its own; ``{file}`` is filled in."""
    package: str = ""
    """What an index calls it, where that is another name."""


WSGI, ASGI, COMMAND, FUNCTION = Interface.wsgi, Interface.asgi, Interface.command, Interface.function
RUN = "python3 {file}"
LISTENING = f"python3 {LISTEN} {{file}}"
"""Starts a file whose server listens on a port of its own, on the platform's."""

CONSTRUCTORS: Mapping[str, Framework] = {
    "flask.Flask": Framework(name="flask", interface=WSGI),
    "flask_openapi3.OpenAPI": Framework(name="flask", interface=WSGI),
    "apiflask.APIFlask": Framework(name="flask", interface=WSGI),
    "quart.Quart": Framework(name="quart", interface=ASGI),
    "fastapi.FastAPI": Framework(name="fastapi", interface=ASGI),
    "fastapi_offline.FastAPIOffline": Framework(name="fastapi", interface=ASGI),
    "starlette.applications.Starlette": Framework(name="starlette", interface=ASGI),
    "litestar.Litestar": Framework(name="litestar", interface=ASGI),
    "litestar.app.Litestar": Framework(name="litestar", interface=ASGI),
    "blacksheep.Application": Framework(name="blacksheep", interface=ASGI),
    "blacksheep.server.Application": Framework(name="blacksheep", interface=ASGI),
    "sanic.Sanic": Framework(name="sanic", interface=ASGI),
    "fasthtml.common.FastHTML": Framework(name="fasthtml", interface=ASGI, package="python-fasthtml"),
    "fasthtml.common.fast_app": Framework(name="fasthtml", interface=ASGI, package="python-fasthtml"),
    "fasthtml.FastHTML": Framework(name="fasthtml", interface=ASGI, package="python-fasthtml"),
    "connexion.FlaskApp": Framework(name="connexion", interface=ASGI),
    "connexion.AsyncApp": Framework(name="connexion", interface=ASGI),
    "connexion.App": Framework(name="connexion", interface=ASGI),
    "bottle.Bottle": Framework(name="bottle", interface=WSGI),
    "bottle.default_app": Framework(name="bottle", interface=WSGI),
    "bottle.app": Framework(name="bottle", interface=WSGI),
    "falcon.App": Framework(name="falcon", interface=WSGI),
    "falcon.API": Framework(name="falcon", interface=WSGI),
    "falcon.asgi.App": Framework(name="falcon", interface=ASGI),
    "dash.Dash": Framework(name="dash", interface=WSGI, attribute="server"),
    "chalice.Chalice": Framework(name="chalice", interface=Interface.chalice),
    "mangum.Mangum": Framework(name="mangum", interface=FUNCTION),
    "apig_wsgi.make_lambda_handler": Framework(name="apig-wsgi", interface=FUNCTION),
    "aws_lambda_powertools.event_handler.APIGatewayRestResolver": Framework(name="powertools", interface=FUNCTION),
    "django.core.wsgi.get_wsgi_application": Framework(name="django", interface=WSGI),
    "django.core.asgi.get_asgi_application": Framework(name="django", interface=ASGI),
    "aiohttp.web.Application": Framework(name="aiohttp", interface=COMMAND, command=RUN),
    "tornado.web.Application": Framework(name="tornado", interface=COMMAND, command=RUN),
    "nanodjango.Django": Framework(name="nanodjango", interface=Interface.django),
    "eve.Eve": Framework(name="eve", interface=WSGI),
    "morepath.App": Framework(name="morepath", interface=WSGI),
    "starlite.Starlite": Framework(name="starlite", interface=ASGI),
    "esmerald.Esmerald": Framework(name="esmerald", interface=ASGI),
    "responder.API": Framework(name="responder", interface=ASGI),
    "robyn.Robyn": Framework(name="robyn", interface=COMMAND, command=RUN),
    "microdot.Microdot": Framework(name="microdot", interface=COMMAND, command=RUN),
    "strawberry.asgi.GraphQL": Framework(name="strawberry", interface=ASGI, package="strawberry-graphql"),
    "ariadne.asgi.GraphQL": Framework(name="ariadne", interface=ASGI),
    "socketio.ASGIApp": Framework(name="socketio", interface=ASGI, package="python-socketio"),
    "socketio.WSGIApp": Framework(name="socketio", interface=WSGI, package="python-socketio"),
    "web.application": Framework(name="web.py", interface=WSGI, attribute="wsgifunc()"),
    "cherrypy.Application": Framework(name="cherrypy", interface=WSGI),
    "gradio.Blocks": Framework(name="gradio", interface=COMMAND, command=RUN),
    "gradio.Interface": Framework(name="gradio", interface=COMMAND, command=RUN),
    "gradio.ChatInterface": Framework(name="gradio", interface=COMMAND, command=RUN),
    "http.server.HTTPServer": Framework(name="http.server", interface=COMMAND, command=RUN),
    "http.server.ThreadingHTTPServer": Framework(name="http.server", interface=COMMAND, command=RUN),
    "werkzeug.wrappers.Request.application": Framework(name="werkzeug", interface=WSGI),
}
"""What is called -> the framework whose app it returns."""

METHODS: Mapping[str, tuple[str, Framework]] = {
    "make_wsgi_app": ("pyramid", Framework(name="pyramid", interface=WSGI)),
    "wsgifunc": ("web", Framework(name="web.py", interface=WSGI, package="web.py")),
}
"""A method whose result is an app -> the package that must be imported for it to be that one."""

COMMANDS: Mapping[str, Framework] = {
    "streamlit": Framework(
        name="streamlit",
        interface=COMMAND,
        command="python3 -m streamlit run {file} --server.port $PORT --server.address 0.0.0.0 --server.headless true",
    ),
    "nicegui": Framework(name="nicegui", interface=COMMAND, command=RUN),
    "panel": Framework(
        name="panel",
        interface=COMMAND,
        command="python3 -m panel serve {file} --port $PORT --address 0.0.0.0 --allow-websocket-origin '*'",
    ),
    "shiny": Framework(
        name="shiny", interface=COMMAND, command="python3 -m shiny run {file} --port $PORT --host 0.0.0.0"
    ),
    "chainlit": Framework(
        name="chainlit",
        interface=COMMAND,
        command="python3 -m chainlit run {file} --host 0.0.0.0 --port $PORT --headless",
    ),
    "solara": Framework(
        name="solara",
        interface=COMMAND,
        command="python3 -m solara run {file} --host 0.0.0.0 --port $PORT --production",
    ),
    "marimo": Framework(
        name="marimo",
        interface=COMMAND,
        command="python3 -m marimo run {file} --host 0.0.0.0 --port $PORT --headless",
    ),
    "bokeh": Framework(
        name="bokeh",
        interface=COMMAND,
        command="python3 -m bokeh serve {file} --address 0.0.0.0 --port $PORT --allow-websocket-origin '*'",
    ),
    "cherrypy": Framework(name="cherrypy", interface=COMMAND, command=RUN),
    "gradio": Framework(name="gradio", interface=COMMAND, command=RUN),
    "tornado": Framework(name="tornado", interface=COMMAND, command=RUN),
    "aiohttp": Framework(name="aiohttp", interface=COMMAND, command=RUN),
    "socketserver": Framework(name="socketserver", interface=COMMAND, command=RUN),
    "http": Framework(name="http.server", interface=COMMAND, command=RUN),
    "wsgiref": Framework(name="wsgiref", interface=COMMAND, command=RUN),
    "slack_bolt": Framework(name="slack-bolt", interface=COMMAND, command=RUN, package="slack-bolt"),
    "flask": Framework(name="flask", interface=COMMAND, command=RUN),
    "quart": Framework(name="quart", interface=COMMAND, command=RUN),
    "sanic": Framework(name="sanic", interface=COMMAND, command=RUN),
    "waitress": Framework(name="waitress", interface=COMMAND, command=RUN),
    "uvicorn": Framework(name="uvicorn", interface=COMMAND, command=RUN),
    "hypercorn": Framework(name="hypercorn", interface=COMMAND, command=RUN),
}
"""A package that is imported by a file which serves by being run -> the framework."""

SERVERS = frozenset({"wsgiref", "waitress", "uvicorn", "hypercorn"})
"""Those of :data:`COMMANDS` that serve an app of another framework."""

SERVING_CALLS: Mapping[str, str] = {
    "nicegui": "run",
    "cherrypy": "quickstart",
    "gradio": "launch",
    "tornado": "listen",
    "aiohttp": "run_app",
    "socketserver": "serve_forever",
    "http": "serve_forever",
    "wsgiref": "serve_forever",
    "slack_bolt": "start",
    "flask": "run",
    "quart": "run",
    "sanic": "run",
    "waitress": "serve",
    "uvicorn": "run",
    "hypercorn": "serve",
    "solara": "component",
    "marimo": "App",
    "bokeh": "curdoc",
}
"""Package -> the call without which a file that imports it serves nothing."""

WORKERS = ("celery", "rq", "dramatiq", "huey", "arq", "apscheduler", "schedule", "discord", "telegram", "slack_bolt",
           "pika", "kafka", "confluent_kafka", "aiokafka", "nats", "kombu")  # fmt: skip
"""Packages of programs that run without a port."""

"""Imports an app's entry, alone: ``python -I -S trial_worker.py RESULT``, with the question as JSON on standard input.

Runs on the app's own Python, with the standard library and the app's packages and nothing else. It needs Python 3.8 or
later and imports nothing of ours.
"""

import builtins
import errno
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import traceback

HOST = "app.localhost"
"""Who is asked for: a name as a platform gives one, which an app may refuse that takes requests of some hosts alone."""
MOST_PATHS = 12
"""Paths that the app itself names, of which so many are asked for."""
DESCRIBING = ("/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc")
"""FastAPI's own paths."""
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {
    "os.mkdir": (0,), "os.remove": (0,), "os.rmdir": (0,), "os.truncate": (0,), "os.chmod": (0,), "os.rename": (0, 1),
    "os.link": (1,), "os.symlink": (1,),
}  # fmt: skip
"""Of the events that Python tells its hooks, those that change files, and which of their arguments are paths:
https://docs.python.org/3/library/audit_events.html."""


def main(result):
    """Answer the question; write the answer to the descriptor ``result``."""
    options_key = json.loads(sys.stdin.read())
    if options_key["read_only"]:
        hold_files(options_key["root"])
    for name in ("exit", "quit"):
        # Of Python's module site, which a server has and this does not import.
        if not hasattr(builtins, name):
            setattr(builtins, name, sys.exit)
    sys.path[:0] = options_key["paths"]
    sys.path += options_key["late"]
    os.chdir(options_key["root"])
    # As a platform's server has it: settings look there for the command of manage.py that is run.
    sys.argv = ["gunicorn", "{}:{}".format(options_key["module"], options_key["name"])]
    try:
        entry = entered(options_key)
        answer = {"statuses": answered(entry, options_key), "empty": own_paths(entry) == []}
    except StartFailedError as failed:
        answer = {"error": failed.text.strip().splitlines()[-1].strip(), "trace": failed.text}
    except BaseException as error:
        trace = traceback.TracebackException.from_exception(error)
        own = [frame for frame in trace.stack if frame.filename != __file__ and "importlib" not in frame.filename]
        trace.stack = traceback.StackSummary.from_list(own)
        last = list(trace.format_exception_only())[-1].strip()
        answer = {"error": last or type(error).__name__, "trace": "".join(trace.format())}
    os.write(result, json.dumps(answer).encode())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that the app has started do not keep it alive


class StartFailedError(Exception):
    """An app has said that it cannot start, as a server would hear it."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text or "it says that it cannot start"


def hold_files(root):
    """Refuse to change files anywhere but in folders for temporary ones, as platforms do whose files are read-only."""
    free = tuple(os.path.realpath(way) + os.sep for way in (tempfile.gettempdir(), "/tmp", "/dev", "/proc"))  # noqa: S108
    own = os.path.realpath(root) + os.sep

    def refuse(path):
        if isinstance(path, (str, bytes, os.PathLike)):
            name = os.fsdecode(path)
            place = os.path.realpath(name) + os.sep
            if place.startswith(own) or not place.startswith(free):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), name)

    def hook(event, arguments):
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES:
            refuse(arguments[0])
        elif event == "os.mkdir" and os.path.lexists(arguments[0]):
            return  # what is there already is the error that the system itself answers with
        elif event in CHANGES:
            for index in CHANGES[event]:
                refuse(arguments[index])

    sys.addaudithook(hook)


def entered(options_key):
    """The object that the platform's server would call."""
    for name in options_key["imports"]:
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}")
    for name in options_key["servers"]:
        importlib.import_module(name)
    module = importlib.import_module(options_key["module"])
    entry = module
    for part in filter(None, options_key["name"].split(".")):
        if not hasattr(entry, part):
            names = ", ".join(sorted(name for name in vars(module) if not name.startswith("_"))[:12])
            raise AttributeError("{} has no {!r}: it has {}".format(options_key["module"], part, names or "no names"))
        entry = getattr(entry, part)
    if options_key["name"] and not callable(entry):
        raise TypeError(
            "{}:{} is {!r}, which cannot be called".format(options_key["module"], options_key["name"], entry)
        )
    return entry


def answered(entry, options_key):
    """Path -> status, of the paths that were asked for."""
    askers = {"wsgi": ask_wsgi, "django": ask_wsgi, "asgi": ask_asgi}
    statuses = {}
    ask = askers.get(options_key["interface"])
    for path in options_key["ask"] if ask else ():
        statuses[path] = status_of(ask, entry, path)
    if statuses and not any(200 <= status < 400 for status in statuses.values()):
        # Its code may name other paths than it has once all of it is put together.
        for path in [path for path in own_paths(entry) or () if path not in statuses][:MOST_PATHS]:
            statuses[path] = status_of(ask, entry, path)
    return statuses


def status_of(ask, entry, path):
    """The status of a GET; 500 where the app raises."""
    try:
        return ask(entry, path)
    except StartFailedError:
        raise
    except Exception:
        traceback.print_exc()
        return 500


def own_paths(entry):
    """The paths of GETs without parameters that an app itself names; None of an app that does not tell.

    Flask's and Quart's have a map of rules, Starlette's and FastAPI's a list of routes. What stands before an app, as
    a2wsgi's middleware does where a platform serves WSGI alone, has it as `app`.
    """
    while not (hasattr(entry, "url_map") or hasattr(entry, "routes")) and callable(getattr(entry, "app", None)):
        entry = entry.app
    rules = getattr(getattr(entry, "url_map", None), "iter_rules", None)
    if rules is not None:
        own = [rule for rule in rules() if rule.endpoint != "static"]
        return [rule.rule for rule in own if "GET" in (rule.methods or ()) and not rule.arguments]
    routes = getattr(entry, "routes", None)
    if not isinstance(routes, list):
        return None
    paths = [route.path for route in routes if "GET" in (getattr(route, "methods", None) or ())]
    # What describes an API shows less of it than an answer of its own.
    return sorted((path for path in paths if "{" not in path), key=lambda path: path in DESCRIBING)


def ask_wsgi(entry, path):
    """The status of a GET (PEP 3333)."""
    from io import BytesIO
    from wsgiref.util import setup_testing_defaults

    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": "", "wsgi.input": BytesIO()}
    setup_testing_defaults(environ)
    environ.update({"HTTP_HOST": HOST, "SERVER_NAME": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    environ["wsgi.errors"] = sys.stderr
    statuses = []

    def start_response(status, headers, exc_info=None):
        statuses.append(int(status[:3]))
        return lambda data: None

    body = entry(environ, start_response)
    try:
        for _ in body:
            break
    finally:
        getattr(body, "close", lambda: None)()
    return statuses[-1]


def ask_asgi(entry, path):
    """The status of a GET (ASGI 3.0), after the app's start."""
    import asyncio

    async def ask():
        sent, requests, answered = [], [], asyncio.Event()

        async def send(message):
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answered.set()

        async def receive():
            if requests:
                # Who asks goes once it has its answer; some apps read on until then.
                await answered.wait()
                return {"type": "http.disconnect"}
            requests.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(b"host", HOST.encode())], "client": ("127.0.0.1", 1), "server": ("localhost", 80),
        }  # fmt: skip
        scope["state"] = dict(await started(entry))
        await entry(scope, receive, send)
        return next(message["status"] for message in sent if message["type"] == "http.response.start")

    return asyncio.run(ask())


async def started(entry):
    """Let an app start that minds its lifespan, and go on where it does not; the state that it has then."""
    import asyncio

    up, failures = asyncio.Event(), []
    waiting = asyncio.Event()

    async def receive():
        if not up.is_set():
            return {"type": "lifespan.startup"}
        await waiting.wait()
        return {"type": "lifespan.shutdown"}

    async def send(message):
        if message["type"] == "lifespan.startup.failed":
            failures.append(message.get("message", ""))
        up.set()

    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    task = asyncio.ensure_future(entry(scope, receive, send))
    ready = asyncio.ensure_future(up.wait())
    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED, timeout=20)
    if failures:
        await asyncio.wait([task], timeout=1)
        raise StartFailedError(failures[0])
    if task.done():
        task.exception()  # one that nothing asks for would be written out
    return scope["state"]


if __name__ == "__main__":
    main(int(sys.argv[1]))

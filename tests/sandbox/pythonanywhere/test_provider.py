"""The provider of PythonAnywhere, over gRPC against the stand-in of its API."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from slipway.providers.protocol import wire

WEBAPP = "pythonanywhere:index:Webapp"
FILES = "pythonanywhere:index:Files"
WSGI = "pythonanywhere:index:WsgiFile"
RELOAD = "pythonanywhere:index:Reload"
STATIC = "pythonanywhere:index:StaticMapping"
SCHEDULED = "pythonanywhere:index:ScheduledTask"
ALWAYS_ON = "pythonanywhere:index:AlwaysOnTask"
DOMAIN = "anna.pythonanywhere.com"
HELLO = "/home/anna/hello"
MAIN = """from greeting import text


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text().encode()]
"""
PACKED = {"main.py": MAIN, "packages/greeting.py": "import os\ndef text():\n    return os.environ['GREETING']\n"}


def webapp(**more: Any) -> dict[str, Any]:
    return {"domainName": DOMAIN, "pythonVersion": "3.13", "sourceDirectory": HELLO, "workingDirectory": HELLO, **more}


def deployed(caller: Any, files: dict[str, Any], **environment: str) -> None:
    """A whole app, in the order of a program."""
    caller.made(WEBAPP, webapp())
    caller.made(FILES, files)
    pack = next((path for path in files["manifest"] if path.endswith(".zip")), "")
    wsgi = {"domainName": DOMAIN, "directory": HELLO, "entry": "main.app", "pack": pack, "environment": environment}
    caller.made(WSGI, wsgi)
    caller.made(RELOAD, {"domainName": DOMAIN, "triggers": {}})


def test_an_app_is_served_by_its_wsgi_file(provider: Callable[..., Any], api: Any, app: Callable[..., Any]):
    """Web app, files with packed dependencies, WSGI file with variables, reload: then it answers."""
    deployed(provider(), app(PACKED, packed="packages/"), GREETING="hello, world")
    assert (api.web().status_code, api.web().text) == (200, "hello, world")


def test_a_web_app_is_made_as_it_is_declared(provider: Callable[..., Any], api: Any):
    """Its settings arrive, HTTPS is forced unless told otherwise, and the outputs say where everything is."""
    id, made = provider().made(WEBAPP, webapp())
    found = api("GET", f"webapps/{DOMAIN}/").json()
    assert id == DOMAIN
    assert (found["python_version"], found["source_directory"], found["force_https"]) == ("3.13", HELLO, True)
    assert made["wsgiFile"] == "/var/www/anna_pythonanywhere_com_wsgi.py"
    assert made["url"].startswith("http://anna.pythonanywhere.localhost:")
    assert made["errorLog"] == "/var/log/anna.pythonanywhere.com.error.log"


def test_a_refresh_finds_what_somebody_changed(provider: Callable[..., Any], api: Any):
    """The Python that was changed by hand is in the inputs that a refresh brings, so the next plan puts it right."""
    caller = provider()
    _, made = caller.made(WEBAPP, webapp())
    api("PATCH", f"webapps/{DOMAIN}/", json={"python_version": "3.12"})
    inputs = {key: made[key] for key in (*webapp(), "forceHttps", "virtualenvPath")}
    seen = wire.plain_props(caller.read(WEBAPP, DOMAIN, inputs, made).inputs)
    assert seen == {**inputs, "pythonVersion": "3.12"}
    caller.update(WEBAPP, DOMAIN, {**made, **seen}, inputs)
    assert api("GET", f"webapps/{DOMAIN}/").json()["python_version"] == "3.13"


def test_what_is_gone_is_gone(provider: Callable[..., Any], api: Any):
    """A web app that was deleted by hand is read as no resource, and deleting it again is no error."""
    caller = provider()
    _, made = caller.made(WEBAPP, webapp())
    api("DELETE", f"webapps/{DOMAIN}/")
    assert caller.read(WEBAPP, DOMAIN, webapp(), made).id == ""
    caller.delete(WEBAPP, DOMAIN, made)


def test_an_interrupted_create_is_taken_over(provider: Callable[..., Any], api: Any):
    """The command died after the first request: the next one sets the same web app up, and none else takes it."""
    api("POST", "webapps/", json={"domain_name": DOMAIN, "python_version": "python313"})
    caller = provider()
    inputs = caller.checked(WEBAPP, webapp())
    with pytest.raises(Exception, match="has a web app"):
        caller.create(WEBAPP, inputs)
    caller.create(WEBAPP, inputs, resumes=True)
    assert api("GET", f"webapps/{DOMAIN}/").json()["source_directory"] == HELLO


def test_somebody_elses_web_app_is_not_taken_over(provider: Callable[..., Any], api: Any):
    """A web app with its source elsewhere is refused with the way to import it."""
    api("POST", "webapps/", json={"domain_name": DOMAIN, "python_version": "python313"})
    api("PATCH", f"webapps/{DOMAIN}/", json={"source_directory": "/home/anna/shop"})
    with pytest.raises(
        Exception, match=r"has a web app anna\..* already, with its source in '/home/anna/shop'.*import"
    ):
        provider().made(WEBAPP, webapp())


def test_only_what_changed_is_uploaded(provider: Callable[..., Any], api: Any, app: Callable[..., Any]):
    """A changed file is written, a new one too, one that is not in the manifest any more is deleted."""
    caller = provider()
    old = app({"main.py": MAIN, "same.txt": "same", "gone.txt": "gone"})
    caller.made(FILES, old)
    api("POST", f"files/path{HELLO}/same.txt", files={"content": b"by hand"})
    new = app({"main.py": f"# new\n{MAIN}", "same.txt": "same", "more.txt": "more"})
    caller.update(FILES, HELLO, old, new)
    assert sorted(api("GET", f"files/path{HELLO}").json()) == ["main.py", "more.txt", "same.txt"]
    assert api("GET", f"files/path{HELLO}/same.txt").content == b"by hand"
    assert api("GET", f"files/path{HELLO}/main.py").text.startswith("# new")


DATABASE = f"files/path{HELLO}/db.sqlite3"


@pytest.fixture
def live(provider: Callable[..., Any], api: Any, app: Callable[..., Any]) -> Any:
    """An app whose database was deployed with it and written to since: the caller, its state, its next version."""
    caller = provider()
    old = app({"main.py": MAIN, "db.sqlite3": "as deployed"})
    _, state = caller.made(FILES, old)
    api("POST", DATABASE, files={"content": b"rows of users"})
    return caller, {**old, **state}, app({"main.py": MAIN, "db.sqlite3": "of the laptop"})


def refreshed(caller: Any, state: dict[str, Any]) -> dict[str, Any]:
    """The state after `refresh`, which also asks what a change back would be; what was deployed stays known in it."""
    after = {**state, **wire.plain_props(caller.read(FILES, HELLO, state, state).properties)}
    assert caller.diff(FILES, after, state).diffs
    return after


@pytest.mark.parametrize("after_refresh", [False, True])
def test_what_the_app_wrote_stops_the_preview_with_a_choice(live: Any, api: Any, after_refresh: bool):
    """The refusal names the file and the three ways on; neither the preview nor an update has changed anything."""
    caller, state, new = live
    state = refreshed(caller, state) if after_refresh else state
    for call in (lambda: caller.diff(FILES, state, new), lambda: caller.update(FILES, HELLO, state, new)):
        with pytest.raises(Exception, match=r"db\.sqlite3 was changed there.*`data: \[db.*changed: keep.*overwrite"):
            call()
    assert api("GET", DATABASE).content == b"rows of users"


def test_a_refresh_alone_makes_no_up_write_over_what_the_app_wrote(live: Any, api: Any):
    """The program is as it was deployed: the state shows what is there, and the next `up` stops with the choice."""
    caller, state, _ = live
    seen = refreshed(caller, state)
    with pytest.raises(Exception, match="was changed there"):
        caller.diff(FILES, seen, state)
    assert api("GET", DATABASE).content == b"rows of users"


@pytest.mark.parametrize(
    ("choice", "content"),
    [
        ({"data": ["db.sqlite3"]}, b"rows of users"),
        ({"data": ["*.sqlite3"]}, b"rows of users"),
        ({"changed": "keep"}, b"rows of users"),
        ({"changed": "overwrite"}, b"of the laptop"),
    ],
)
def test_the_choice_is_followed(live: Any, api: Any, choice: dict[str, Any], content: bytes):
    """The app's own data and what is kept stay; what gives way is written; the rest is deployed in any case."""
    caller, state, new = live
    new = {**new, **choice, "manifest": {**new["manifest"]}}
    caller.diff(FILES, state, new)
    made = wire.plain_props(caller.update(FILES, HELLO, state, new))
    assert api("GET", DATABASE).content == content
    assert set(caller.diff(FILES, {**state, **made, **new}, new).diffs) <= {"deployed"}, "the next plan is quiet"


@pytest.mark.parametrize(("choice", "stays"), [({"data": ["db.sqlite3"]}, True), ({"changed": "overwrite"}, False)])
def test_a_file_that_the_program_drops_stays_where_the_app_wrote_it(
    live: Any, api: Any, app: Callable[..., Any], choice: dict[str, Any], stays: bool
):
    """Leaving it out of the folder deletes nothing of the app's without the choice."""
    caller, state, _ = live
    without = app({"main.py": MAIN})
    with pytest.raises(Exception, match="was changed there"):
        caller.diff(FILES, state, without)
    caller.update(FILES, HELLO, state, {**without, **choice})
    assert (api("GET", DATABASE).status_code == 200) is stays


def test_a_folder_that_has_the_apps_files_already_is_not_written_over(
    provider: Callable[..., Any], api: Any, app: Callable[..., Any]
):
    """A first deployment into a folder in use: a file of other content stops it, one of the same is no matter."""
    caller = provider()
    files = app({"main.py": MAIN, "db.sqlite3": "of the laptop"})
    api("POST", f"files/path{HELLO}/main.py", files={"content": MAIN.encode()})
    api("POST", DATABASE, files={"content": b"rows of users"})
    with pytest.raises(Exception, match="was changed there"):
        caller.made(FILES, files)
    assert api("GET", DATABASE).content == b"rows of users"
    caller.made(FILES, {**files, "data": ["db.sqlite3"]})
    assert api("GET", DATABASE).content == b"rows of users"


def test_a_file_that_becomes_data_stays_though_nothing_was_written_to_it(live: Any, api: Any, app: Callable[..., Any]):
    """It was deployed with the app once, and is now left out of the artifact: that deletes nothing."""
    caller, state, _ = live
    api("POST", DATABASE, files={"content": b"as deployed"})
    caller.update(FILES, HELLO, state, {**app({"main.py": MAIN}), "data": ["db.sqlite3"]})
    assert api("GET", DATABASE).content == b"as deployed"


def test_destroying_the_files_keeps_what_the_app_wrote_into_them(live: Any, api: Any):
    """What is as it was deployed goes; the database with rows stays."""
    caller, state, _ = live
    caller.delete(FILES, HELLO, state)
    assert api("GET", f"files/path{HELLO}").json().keys() == {"db.sqlite3"}


def test_another_zip_of_the_same_files_is_no_change(provider: Callable[..., Any], app: Callable[..., Any]):
    """Files are compared by the manifest: how their zip was packed is of no matter."""
    caller = provider()
    old, other = app({"main.py": MAIN}), app({"main.py": MAIN, "second.py": ""})
    same = {**old, "source": other["source"]}
    assert list(caller.diff(FILES, old, same).detailedDiff) == []
    assert list(caller.diff(FILES, old, other).detailedDiff) == ['manifest["second.py"]']


def test_a_refresh_finds_a_file_that_was_edited_or_deleted(
    provider: Callable[..., Any], api: Any, app: Callable[..., Any]
):
    """Contents are looked at, not names alone; an unpacked folder and the app's own files are not ours."""
    caller = provider()
    files = app({**PACKED, "a.txt": "a", "b.txt": "b"}, packed="packages/")
    caller.made(FILES, files)
    api("POST", f"files/path{HELLO}/a.txt", files={"content": b"by hand"})
    api("DELETE", f"files/path{HELLO}/b.txt")
    api("POST", f"files/path{HELLO}/uploads/of-a-user.txt", files={"content": b"theirs"})
    seen = wire.plain_props(caller.read(FILES, HELLO, files, files).inputs)["manifest"]
    assert {path for path in files["manifest"] if seen.get(path) != files["manifest"][path]} == {"a.txt", "b.txt"}
    assert set(seen) == set(files["manifest"]) - {"b.txt"}


def test_deleting_the_files_leaves_what_the_app_wrote(provider: Callable[..., Any], api: Any, app: Callable[..., Any]):
    """The packs go, what was unpacked from them too; a database that the app made stays."""
    caller = provider()
    files = app(PACKED, packed="packages/")
    deployed(caller, files, GREETING="hi")
    assert api.web().text == "hi"
    api("POST", f"files/path{HELLO}/data.sqlite", files={"content": b"rows"})
    caller.delete(FILES, HELLO, files)
    assert sorted(api("GET", f"files/path{HELLO}").json()) == ["data.sqlite"]


def test_deleting_everything_leaves_nothing(
    provider: Callable[..., Any], standin: Any, api: Any, app: Callable[..., Any]
):
    """After the deletes, in the order of an engine, the account is as it was."""
    caller = provider()
    files = app(PACKED, packed="packages/")
    deployed(caller, files, GREETING="hi")
    api.web()
    caller.delete(WSGI, "/var/www/anna_pythonanywhere_com_wsgi.py", {})
    caller.delete(FILES, HELLO, files)
    caller.delete(WEBAPP, DOMAIN, {})
    assert list(standin.world.held()) == []


def test_former_packs_are_pruned_but_for_the_last(provider: Callable[..., Any], api: Any, app: Callable[..., Any]):
    """Processes that go on until the reload have the last pack open; the one before it is nobody's."""
    caller = provider()
    versions = [app({**PACKED, "packages/version.py": f"v = {number}"}, packed="packages/") for number in range(3)]
    caller.made(FILES, versions[0])
    for old, new in itertools.pairwise(versions):
        caller.update(FILES, HELLO, old, new)
    packs = [next(path for path in files["manifest"] if path.endswith(".zip")) for files in versions]
    assert sorted(api("GET", f"files/path{HELLO}/.packages").json()) == sorted(
        path.removeprefix(".packages/") for path in packs[1:]
    )


def test_the_wsgi_file_follows_its_variables_and_keeps_them_out_of_sight(provider: Callable[..., Any], api: Any):
    """A changed variable is a change, one made by hand is found by a refresh; the digest is a secret."""
    caller = provider()
    caller.made(WEBAPP, webapp())
    given = {"domainName": DOMAIN, "directory": HELLO, "entry": "main.app", "environment": {"KEY": "one"}}
    answer = caller.check(WSGI, given)
    assert wire.is_secret(answer.inputs.fields["digest"])
    one, two = caller.checked(WSGI, given), caller.checked(WSGI, {**given, "environment": {"KEY": "two"}})
    assert set(caller.diff(WSGI, one, two).diffs) == {"environment", "digest"}
    id, made = caller.made(WSGI, given)
    assert wire.plain_props(caller.read(WSGI, id, one, made).inputs) == one
    api("POST", f"files/path{id}", files={"content": b"# by hand"})
    assert wire.plain_props(caller.read(WSGI, id, one, made).inputs)["digest"] != one["digest"]


def test_static_mappings_are_served_and_moved(provider: Callable[..., Any], api: Any, app: Callable[..., Any]):
    """A mapping leads past the app, may lead elsewhere, and goes."""
    caller = provider()
    deployed(caller, app({"main.py": MAIN.replace("from greeting import text", "text = str"), "static/a.txt": "a"}))
    given = {"domainName": DOMAIN, "url": "/static/", "path": f"{HELLO}/static"}
    id, made = caller.made(STATIC, given)
    assert api.web("/static/a.txt").text == "a"
    assert caller.create(STATIC, given, resumes=True)[0] == id
    caller.update(STATIC, id, made, {**given, "url": "/files/"})
    assert (api.web("/files/a.txt").text, api.web("/static/a.txt").text) == ("a", "")
    caller.delete(STATIC, id, made)
    assert api("GET", f"webapps/{DOMAIN}/static_files/").json() == []


def test_a_scheduled_task_lives_its_life(provider: Callable[..., Any], api: Any):
    """Made, taken over by the same creation after an interruption, changed, read, deleted."""
    caller = provider()
    given = {"command": "true", "interval": "daily", "hour": 3, "minute": 30, "description": "nightly"}
    id, made = caller.made(SCHEDULED, given)
    assert made["logfile"]
    assert caller.create(SCHEDULED, caller.checked(SCHEDULED, given), resumes=True)[0] == id
    caller.update(SCHEDULED, id, made, {**given, "minute": 45, "enabled": False})
    found = api("GET", f"schedule/{id}/").json()
    assert (found["printable_time"], found["enabled"]) == ("03:45", False)
    seen = wire.plain_props(caller.read(SCHEDULED, id, {**given, "enabled": True}, made).inputs)
    assert (seen["minute"], seen["enabled"]) == (45, False)
    caller.delete(SCHEDULED, id, made)
    assert caller.read(SCHEDULED, id, given, made).id == ""


@pytest.mark.parametrize(
    ("type", "given", "wrong"),
    [
        (SCHEDULED, {"command": "x", "interval": "weekly", "minute": 1}, {"interval"}),
        (SCHEDULED, {"command": "x", "interval": "daily", "minute": 60}, {"hour", "minute"}),
        (SCHEDULED, {"command": "x", "interval": "daily", "hour": 24, "minute": 0}, {"hour"}),
        (SCHEDULED, {"command": "x", "interval": "hourly", "hour": 1, "minute": 0}, {"hour"}),
        (ALWAYS_ON, {"command": " "}, {"command"}),
        (WEBAPP, {**webapp(), "pythonVersion": "2.7", "domainName": "anna"}, {"pythonVersion", "domainName"}),
        (FILES, {"directory": "/etc", "manifest": {"../x": "0"}}, {"directory", "manifest"}),
        (FILES, {"directory": "/home/anna/../eva/x", "manifest": {}}, {"directory"}),
        (WSGI, {"domainName": DOMAIN, "directory": HELLO, "entry": "main:app"}, {"entry"}),
        (STATIC, {"domainName": DOMAIN, "url": "static/", "path": "x"}, {"url", "path"}),
    ],
)
def test_what_cannot_be_is_refused_in_the_preview(
    provider: Callable[..., Any], type: str, given: dict[str, Any], wrong: set[str]
):
    """Ranges and forms are checked before anything is asked of PythonAnywhere."""
    assert set(provider().failures(type, given)) == wrong

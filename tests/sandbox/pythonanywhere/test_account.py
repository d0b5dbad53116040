"""How the provider asks: as whom, how often, and what it says where it is refused."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from slipway.providers.protocol.handler import CloudError
from slipway.providers.pythonanywhere import account as account_module
from slipway.providers.pythonanywhere.account import Account
from slipway.providers.pythonanywhere.package import PACKAGE, check_config, connect
from tests.sandbox.pythonanywhere.conftest import ANNA, EVA, PIA

WEBAPP = "pythonanywhere:index:Webapp"
SCHEDULED = "pythonanywhere:index:ScheduledTask"
ALWAYS_ON = "pythonanywhere:index:AlwaysOnTask"
FILES = "pythonanywhere:index:Files"


def webapp(domain: str, python: str = "3.13", user: str = "anna") -> dict[str, Any]:
    folder = f"/home/{user}/hello"
    return {"domainName": domain, "pythonVersion": python, "sourceDirectory": folder, "workingDirectory": folder}


def at(standin: Any) -> str:
    return f"http://127.0.0.1:{standin.server_port}"


def test_a_limit_of_requests_is_waited_out(standing: Callable[..., Any]):
    """After a 429 the provider waits as long as it is told, then goes on; nothing is lost."""
    standin = standing(rate=3, period=0.4)
    account = Account(ANNA.user, ANNA.token, endpoint=at(standin))
    began = time.monotonic()
    for number in range(8):
        account.write_file(f"/home/anna/{number}.txt", b"x")
    assert 0.6 < time.monotonic() - began < 6
    assert len(list((standin.world.root / "home/anna").iterdir())) == 8


def test_patience_has_an_end(standing: Callable[..., Any]):
    """An account that is throttled for longer than the bound fails in the API's words."""
    standin = standing(rate=1, period=30)
    account = Account(ANNA.user, ANNA.token, endpoint=at(standin), patience=0.3)
    account.find("cpu/")
    began = time.monotonic()
    with pytest.raises(CloudError, match=r"429 to GET cpu/: Request was throttled\. Expected .* for 0\.3 seconds"):
        account.find("cpu/")
    assert time.monotonic() - began < 5


def test_a_stand_in_that_is_gone_is_given_up_soon(monkeypatch: pytest.MonkeyPatch):
    """On this machine no answer means that the service has ended: an `up` does not wait for it as for a busy system."""
    monkeypatch.setattr(account_module, "LOCAL_PATIENCE", 0.2)
    account = Account(ANNA.user, ANNA.token, endpoint="http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(CloudError, match=r"does not answer: GET cpu/: .*\(tried again for 0\.2 seconds\)"):
        account.find("cpu/")
    assert time.monotonic() - began < 5


def test_each_endpoint_has_a_limit_of_its_own(standing: Callable[..., Any]):
    """What was asked of the files does not count against the web apps."""
    account = Account(ANNA.user, ANNA.token, endpoint=at(standing(rate=1, period=30)), patience=0.2)
    account.write_file("/home/anna/a.txt", b"x")
    assert account.find("webapps/") == []


def test_a_wrong_token_is_refused_and_not_repeated(provider: Callable[..., Any]):
    """The message says whose token and how to set another one; the token is not in it."""
    caller = provider(token="Tqx-secret")
    with pytest.raises(Exception, match=r"refuses the token of the user 'anna': .*Invalid token.*--secret") as refused:
        caller.made(WEBAPP, webapp("anna.pythonanywhere.com"))
    assert "Tqx-secret" not in str(refused.value)


def test_a_token_in_an_answer_is_hidden(standin: Any):
    """Whatever the API repeats of a request, the token is no part of a message."""
    account = Account(ANNA.user, ANNA.token, endpoint=at(standin))
    with pytest.raises(CloudError) as refused:
        account.send("POST", "schedule/", {"command": "x", "interval": ANNA.token, "minute": 1})
    assert ANNA.token not in str(refused.value)
    assert '"[token]" is not a valid choice' in str(refused.value)


def test_another_users_token_opens_nothing(standin: Any):
    """A valid token for one account is no permission for another."""
    with pytest.raises(CloudError, match=r"403 to GET webapps/: You do not have permission"):
        Account("pia", ANNA.token, endpoint=at(standin)).find("webapps/")


def test_the_token_may_come_by_a_variable():
    """In a pipeline and in the sandbox nothing is configured but the user; without both there is no account."""
    variables = {"PYTHONANYWHERE_TOKEN": "t", "PYTHONANYWHERE_ENDPOINT": "http://127.0.0.1:1"}
    assert connect({"user": "anna"}, environment=variables).user == "anna"
    with pytest.raises(CloudError, match="asks the user 'anna' for a token: make one on its page Account"):
        connect({"user": "anna"}, environment={})


def test_a_token_is_sent_to_pythonanywhere_alone():
    """Only the two systems, by HTTPS; what stands in for them is on this machine."""
    assert set(check_config({"user": "anna", "host": "evil.example.com"})) == {"host"}
    assert Account("anna", "t", "eu.pythonanywhere.com").address("anna.eu.pythonanywhere.com") == (
        "https://anna.eu.pythonanywhere.com/"
    )
    with pytest.raises(CloudError, match="must be on this machine"):
        Account("anna", "t", endpoint="http://10.0.0.1:80")


def test_a_configuration_says_who():
    """The user is needed, as PythonAnywhere takes it."""
    assert [set(check_config(config)) for config in ({}, {"user": "anna@x"}, {"user": "anna"})] == [
        {"user"},
        {"user"},
        set(),
    ]


def test_an_account_on_the_european_system(provider: Callable[..., Any]):
    """Its domain is another one; the American one is refused."""
    caller = provider(EVA, host="eu.pythonanywhere.com")
    with pytest.raises(Exception, match=r"may have a web app at eva\.eu\.pythonanywhere\.com, not at"):
        caller.made(WEBAPP, webapp("eva.pythonanywhere.com", user="eva"))
    _, made = caller.made(WEBAPP, webapp("eva.eu.pythonanywhere.com", user="eva"))
    assert made["url"].startswith("http://eva.eu.pythonanywhere.localhost:")


def test_a_free_account_has_one_web_app(provider: Callable[..., Any]):
    """A domain of one's own and a second web app need a paid account, which has them."""
    caller = provider()
    with pytest.raises(Exception, match=r"may have a web app at anna\.pythonanywhere\.com, not at shop\.example\.com"):
        caller.made(WEBAPP, webapp("shop.example.com"))
    paid = provider(PIA)
    paid.made(WEBAPP, webapp("pia.pythonanywhere.com", user="pia"))
    assert paid.made(WEBAPP, webapp("shop.example.com", user="pia"))[0] == "shop.example.com"


@pytest.mark.parametrize(
    ("type", "inputs", "says"),
    [
        (WEBAPP, webapp("anna.pythonanywhere.com", "3.9"), '"python39" is not a valid choice'),
        (WEBAPP, webapp("anna.pythonanywhere.com", user="pia"), r"must be inside of /home/anna"),
        (ALWAYS_ON, {"command": "x"}, "has 0 always-on tasks"),
        (SCHEDULED, {"command": "x", "interval": "hourly", "minute": 1}, "Hourly tasks need a paid account"),
    ],
)
def test_what_the_account_may_not_is_said_in_the_apis_words(
    provider: Callable[..., Any], type: str, inputs: dict[str, Any], says: str
):
    """The cloud's refusals reach the user as they are."""
    with pytest.raises(Exception, match=says):
        provider().made(type, inputs)


def test_a_second_daily_task_is_over_the_plan(provider: Callable[..., Any]):
    """A free account has one."""
    caller = provider()
    caller.made(SCHEDULED, {"command": "x", "interval": "daily", "hour": 1, "minute": 1})
    with pytest.raises(Exception, match="may have 1 scheduled tasks"):
        caller.made(SCHEDULED, {"command": "y", "interval": "daily", "hour": 1, "minute": 1})


def test_files_stay_in_the_home_and_under_the_quota(provider: Any, app: Callable[..., Any], standin: Any):
    """Another user's folder is refused, and what does not fit."""
    caller = provider()
    with pytest.raises(Exception, match=r"403 to GET files/tree/\?path=/home/pia/x: You do not have permission"):
        caller.made(FILES, app({"a.txt": "a"}, directory="/home/pia/x"))
    full = standin.world.place("/home/anna/full")
    full.parent.mkdir(parents=True, exist_ok=True)
    with full.open("wb") as file:
        file.truncate(512 << 20)
    with pytest.raises(Exception, match="exceeded your disk quota"):
        caller.made(FILES, app({"a.txt": "a"}))


def test_a_web_app_that_was_half_made_is_kept_with_its_error(provider: Callable[..., Any], api: Any):
    """The second request of a create fails: the state has the web app all the same, so it is not lost."""
    with pytest.raises(Exception, match="must be inside of /home/anna") as failed:
        provider().made(WEBAPP, webapp("anna.pythonanywhere.com", user="pia"))
    assert failed.value.partial.id == "anna.pythonanywhere.com"
    assert api("GET", "webapps/anna.pythonanywhere.com/").status_code == 200


def test_nobody_answers(provider: Callable[..., Any]):
    """Without an answer to what makes something, nothing is tried twice, and the message says where it failed."""
    account = Account("anna", "t", endpoint="http://127.0.0.1:9", patience=0.2)
    with pytest.raises(CloudError, match="PythonAnywhere does not answer: POST webapps/"):
        account.send("POST", "webapps/", {})
    with pytest.raises(CloudError, match=r"does not answer: GET webapps/.*for 0\.2 seconds"):
        account.find("webapps/")


def test_the_package_serves_what_a_program_declares():
    """Every resource that the components declare has a handler."""
    from components.pythonanywhere import resources

    own = [kind for kind in vars(resources).values() if getattr(kind, "__module__", "") == resources.__name__]
    assert {f"pythonanywhere:index:{kind.__name__}" for kind in own} == set(PACKAGE.handlers)

"""What other programs have in the local clouds is told from what a stack has there, before the stack goes."""

import pytest

from slipway.verbs.other_programs import foreign, written_path

IDS = ["slipway-sandbox-web", "e-6cfe94ed22", "apps/slipway-sandbox-aba679/services/default", "role-1c38645"]


@pytest.mark.parametrize(
    "line",
    [
        "Beanstalk application eu-central-1/slipway-sandbox-web",
        "AWS log group /aws/lambda/slipway-sandbox-web",
        "process of beanstalk:e-6cfe94ed22/i-63630ef7a1900286c",
        "App Engine service apps/slipway-sandbox-aba679/services/default",
        "file /home/slipway/shop/db.sqlite3 on PythonAnywhere",
    ],
)
def test_what_is_the_stacks_own_goes_with_it(line: str):
    """By its id or name, wherever a cloud writes it, and files that apps wrote stay by themselves."""
    assert foreign([line], IDS) == []


@pytest.mark.parametrize(
    "line", ["AWS bucket theirs", "Cloud Storage object theirs/a", "service apps/theirs-1/services/default"]
)
def test_what_another_program_made_is_named(line: str):
    """A plain word that both have, as App Engine's `default`, is no name."""
    assert foreign([line], IDS) == [line]


def test_a_file_is_an_apps_own_outside_of_packages_and_caches():
    """What the provider uploads for an app's packages, and what Python compiles, is no data."""
    assert written_path("file /home/slipway/shop/my notes.db on PythonAnywhere") == "/home/slipway/shop/my notes.db"
    for other in ("/.packages/ab/x.py", "/__pycache__/x.pyc", "/.release/x"):
        assert written_path(f"file /home/slipway/shop{other} on PythonAnywhere") == ""
    assert written_path("file /var/www/shop_wsgi.py on PythonAnywhere") == ""
    assert written_path("web app shop on PythonAnywhere") == ""

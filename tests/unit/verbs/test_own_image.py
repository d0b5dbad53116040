"""What the stack's file says of an app that its own Dockerfile builds."""

from dataclasses import replace
from pathlib import Path

import pytest

from slipway.recognise import Recognised, recognise
from slipway.verbs.app_state import Plan
from slipway.verbs.own_image import in_own_image, uses_own_dockerfile

DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /code
COPY src .
CMD ["gunicorn", "shop.wsgi"]
"""
WSGI = "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n"
SETTINGS = 'DATABASES = {"default": {"NAME": "db.sqlite3"}}\n'


@pytest.fixture
def shop(tmp_path: Path) -> Recognised:
    """A Django site below its Dockerfile, with rows in its own folder."""
    files = {
        "Dockerfile": DOCKERFILE,
        "src/manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "src/shop/settings.py": SETTINGS,
        "src/shop/wsgi.py": WSGI,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return replace(recognise(tmp_path), keeps=("sqlite:///db.sqlite3",))


def test_tables_are_made_where_the_rows_are(shop: Recognised):
    """In the container itself, by the path that the image has: another container would not share them."""
    entry = dict[str, object]()
    plan = in_own_image(shop, Plan(platform="container", release=shop.release), entry)
    assert plan.release == ""
    assert entry["command"] == "sh -c 'python manage.py migrate --noinput && exec gunicorn shop.wsgi'"
    assert (entry["locked_down"], entry["memory"]) == (False, 512)


def test_an_image_that_makes_its_tables_is_left_to_it(shop: Recognised):
    """Its own command stays, and nothing is run before."""
    entry = dict[str, object]()
    own = replace(shop, prepares_itself=True, image_command="serve --all")
    assert in_own_image(own, Plan(platform="container", release=shop.release), entry).release == ""
    assert entry["command"] == "serve --all"


def test_what_only_a_dockerfile_starts_is_not_taken_without_it(shop: Recognised):
    """A program in no framework has no other way."""
    assert uses_own_dockerfile(shop, "container")
    assert not uses_own_dockerfile(replace(shop, interface=None), "container")
    assert not uses_own_dockerfile(shop, "lambda")

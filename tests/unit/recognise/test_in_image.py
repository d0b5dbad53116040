"""Where an app's files are in the image of its own Dockerfile, and what prepares its tables there."""

from pathlib import Path

import pytest

from slipway.recognise import Recognised
from slipway.recognise.in_image import may_write, place_in_image, release_in_image, with_release

COPIED = """\
FROM node:22 AS pages
COPY pages /pages
FROM python:3.12 AS base
WORKDIR /code
COPY requirements.txt .
FROM base
COPY src/ ./
COPY ["tools/wait.sh", "tools/run.sh", "/bin/"]
COPY start.sh /start
CMD ["gunicorn", "shop.wsgi"]
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("src/manage.py", "/code/manage.py"),
        ("requirements.txt", "/code/requirements.txt"),
        ("tools/run.sh", "/bin/run.sh"),
        ("start.sh", "/start"),
        ("pages/index.html", ""),
    ],
)
def test_a_file_is_where_the_last_copy_brings_it(path, place):
    """Also by a stage that the last one starts from; what only another stage copies is not in the image."""
    assert place_in_image(COPIED, path) == place


def app(release: str) -> Recognised:
    return Recognised(root=Path("shop"), release=release, dockerfile="Dockerfile")


def test_a_release_command_names_its_file_as_the_image_has_it():
    """The folder that the image works in is not the folder of the sources."""
    assert release_in_image(app("python src/manage.py migrate"), COPIED) == "python manage.py migrate"
    assert release_in_image(app("python other/manage.py migrate"), COPIED) == ""
    alembic = app("python -m alembic upgrade head")
    assert release_in_image(alembic, COPIED.replace("src/", ".")) == alembic.release
    assert release_in_image(alembic, COPIED) == ""


def test_tables_are_made_in_the_container_that_has_them():
    """Rows among the image's own files are seen by no other container."""
    command = with_release(app(""), COPIED, "python manage.py migrate")
    assert command == "sh -c 'python manage.py migrate && exec gunicorn shop.wsgi'"
    assert with_release(app(""), 'FROM x\nENTRYPOINT ["./start"]\n', "python manage.py migrate") == ""


def test_a_folder_beside_the_image_is_for_users_who_can_write_there():
    """Root can, and a user whose Dockerfile makes the folder."""
    assert may_write(COPIED, "media")
    assert not may_write(f"{COPIED}USER 1000\n", "media")
    assert may_write(f"{COPIED}RUN mkdir media && chown 1000 media\nUSER 1000\n", "media")

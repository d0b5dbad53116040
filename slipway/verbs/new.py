"""A small app of one's own to start from: ``slipway new my-site --like flask``."""

import re
from collections.abc import Mapping
from pathlib import Path

from slipway.bundle.errors import BundleError
from slipway.bundle.locks import lock
from slipway.errors import UserError, nearest

FLASK = '''"""A site of one page."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    """The page."""
    return "Hello from NAME"


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8080)
'''

FASTAPI = '''"""An interface of one address."""

from fastapi import FastAPI

app = FastAPI(title="NAME")


@app.get("/")
def index() -> dict[str, str]:
    """What it is."""
    return {"hello": "NAME"}
'''

FUNCTION = '''"""A function of AWS Lambda."""

import json
from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a request to the function's address."""
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps({"hello": "NAME"})}
'''

PIPELINE = '''"""Counts the words of a text: --input, --output."""

import argparse
from collections.abc import Sequence

import apache_beam as beam
import regex  # Beam's own requirement: it knows the letters and marks of every script
from apache_beam.options.pipeline_options import PipelineOptions


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the pipeline."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", required=True)
    known, others = parser.parse_known_args(arguments)
    with beam.Pipeline(options=PipelineOptions(others)) as pipeline:
        (
            pipeline
            | "read" >> beam.io.ReadFromText(known.input)
            | "words" >> beam.FlatMap(lambda line: regex.findall(r"[\\p{L}\\p{M}']+", line))
            | "count" >> beam.combiners.Count.PerElement()
            | "lines" >> beam.MapTuple(lambda word, count: f"{word}: {count}")
            | "write" >> beam.io.WriteToText(known.output)
        )


if __name__ == "__main__":
    main()
'''

MANAGE = '''"""Django's commands."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_django.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
'''

SETTINGS = '''"""The site's settings. SECRET_KEY is sealed in the stack; the one below is for this machine alone."""

import os

SECRET_KEY = os.environ.get("SECRET_KEY", "for-this-machine-alone")
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_of_django.urls"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
'''

URLS = '''"""What answers where."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def index(request: HttpRequest) -> HttpResponse:
    """The page."""
    return HttpResponse("Hello from NAME")


urlpatterns = [path("", index)]
'''

WSGI = '''"""What servers call."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_django.settings")
application = get_wsgi_application()
'''

IGNORED = ".venv/\n__pycache__/\n*.sqlite3\n.env\n"

LIKE: Mapping[str, Mapping[str, str]] = {
    "flask": {"app.py": FLASK, "requirements.in": "flask\ngunicorn\n"},
    "fastapi": {"main.py": FASTAPI, "requirements.in": "fastapi\ngunicorn\nuvicorn-worker\n"},
    "django": {
        "manage.py": MANAGE,
        "requirements.in": "django\ngunicorn\n",
        "site_of_django/__init__.py": "",
        "site_of_django/settings.py": SETTINGS,
        "site_of_django/urls.py": URLS,
        "site_of_django/wsgi.py": WSGI,
    },
    "function": {"lambda_function.py": FUNCTION},
    "pipeline": {"main.py": PIPELINE, "requirements.in": "apache-beam[gcp]\n"},
    "container": {"app.py": FLASK, "requirements.in": "flask\ngunicorn\n", ".dockerignore": IGNORED},
}
"""What an app can be like -> its files."""


def new(folder: Path, like: str) -> int:
    """Write a small app into a folder that is made, lock what it needs; the exit status. Raises :class:`UserError`."""
    if like not in LIKE:
        raise UserError(f"there is no app like {like!r}{nearest(like, LIKE)}: one of {', '.join(LIKE)}")
    if folder.exists():
        raise UserError(f"{folder} is there already: name another folder")
    if not folder.absolute().parent.is_dir():
        raise UserError(f"there is no folder {folder.absolute().parent}, which {folder.name} would be in")
    name = re.sub(r"[^\w .-]", "", folder.name)
    for path, text in {**LIKE[like], ".gitignore": IGNORED}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("NAME", name), encoding="utf-8")
    print(f"wrote {folder}: {', '.join(LIKE[like])}")
    if "requirements.in" in LIKE[like]:
        try:
            print(f"wrote {lock(folder)}: every package it needs, pinned with hashes")
        except BundleError as mistake:
            raise UserError(f"{mistake}. Once that is put right: `slipway lock {folder}`") from None
    print(f"take it live with `slipway add {folder} --up`")
    return 0

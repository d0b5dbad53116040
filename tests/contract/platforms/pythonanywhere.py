"""PythonAnywhere: the app's files and its WSGI file."""

from tests.contract.platform import Platform

PLATFORM = Platform(name="PythonAnywhere", settings={"platform": "pythonanywhere", "entry": "main.app"})

"""PythonAnywhere: the app's files and its WSGI file."""

from tests.contract.home import Home

HOME = Home(name="PythonAnywhere", settings={"home": "pythonanywhere", "entry": "main.app"})

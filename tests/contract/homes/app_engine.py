"""App Engine standard: the zip of the app, unpacked and installed as Google's builder does."""

from tests.contract.home import Home

HOME = Home(name="App Engine", settings={"home": "app-engine"}, freezes=True)

"""App Engine standard: the zip of the app, unpacked and installed as Google's builder does."""

from tests.contract.platform import Platform

PLATFORM = Platform(name="App Engine", settings={"platform": "app-engine"}, freezes=True)

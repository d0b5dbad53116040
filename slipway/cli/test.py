"""The command ``test``: an app's own tests."""

import typer

from slipway.cli.options import PASS_ON, AppName, Stack, group, guarded
from slipway.verbs.test import test as run_tests

app = group()


@app.command("test", context_settings=PASS_ON)
@guarded
def test(context: typer.Context, name: AppName, stack: Stack = "sandbox") -> int:
    """Run an app's own tests with only the app's packages; further arguments go to pytest.

    The app is one of the stack, a folder's path, or a folder of app_src. Django's own runner is used where the app has
    manage.py and no pytest-django.
    """
    return run_tests(name, stack, context.args)

"""How a server of WSGI enters the library."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library.settings")
application = get_wsgi_application()
if "GAE_ENV" in os.environ:
    # App Engine has no place for a release command.
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)

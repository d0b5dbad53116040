"""Serves the static files of a Django site beside it, by WhiteNoise, where no one else does: ``with_static(app)``.

Goes into the artifact of a Django site as it is, so it imports nothing of ours. What is served is what Django's finders
find: the files of the packages (the admin's styles) and of the site's own apps and folders; files that were collected
before into ``STATIC_ROOT`` go before them. Source: https://whitenoise.readthedocs.io/en/stable/base.html.
"""

# pyright: reportMissingImports=false
import os
from urllib.parse import urlsplit

HOSTS = "SLIPWAY_ALLOWED_HOSTS"
"""The variable with names of hosts that are answered beside those of the site's settings."""


def with_static(app):
    """The site with its static files; as it is where ``django.contrib.staticfiles`` is not installed."""
    from django.apps import apps
    from django.conf import settings

    if hasattr(app, "_prepare") and hasattr(app, "wsgi"):
        # nanodjango's, which sets Django up when it is first called: https://docs.nanodjango.dev/en/latest/deploy.html.
        app._prepare()
        app = app.wsgi
    if os.environ.get(HOSTS):
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, *os.environ[HOSTS].split(",")]
    prefix = urlsplit(settings.STATIC_URL or "").path
    if not apps.is_installed("django.contrib.staticfiles") or prefix in ("", "/"):
        return app
    from django.contrib.staticfiles.finders import get_finders
    from whitenoise import WhiteNoise

    site = WhiteNoise(app)
    prefix = "/" + prefix.strip("/") + "/"
    for finder in reversed(list(get_finders())):
        for path, storage in finder.list(None):
            below = getattr(storage, "prefix", None)
            name = "/".join([below, path]) if below else path
            site.add_file_to_dictionary(prefix + name.replace(os.sep, "/"), storage.path(path))
    for folder in (collected(), settings.STATIC_ROOT):
        if folder and os.path.isdir(folder):
            site.add_files(str(folder), prefix)
    return site


def collected():
    """A temporary folder of the files under the names that a site's storage gives them, where it gives them its own.

    Such a storage (``ManifestStaticFilesStorage``) knows the names only of what was collected, and fails a page
    otherwise. Where ``STATIC_ROOT`` has been collected before, that counts.
    """
    from django.contrib.staticfiles.storage import staticfiles_storage

    if not hasattr(staticfiles_storage, "manifest_name") or staticfiles_storage.hashed_files:
        return ""
    import tempfile

    from django.core.management import call_command

    folder = tempfile.mkdtemp(prefix="static-")
    for storage in (staticfiles_storage, getattr(staticfiles_storage, "manifest_storage", None)):
        if storage is not None:
            storage.base_location = storage.location = folder
    call_command("collectstatic", interactive=False, verbosity=0)
    return folder

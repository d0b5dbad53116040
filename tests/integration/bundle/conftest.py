"""The apps, wheels and caches of the tests about bundles."""

from tests.fixtures.bundle import _user, cache, elf, folder, wheelhouse

__all__ = ["_user", "cache", "elf", "folder", "wheelhouse"]

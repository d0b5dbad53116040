"""A version that never started is not kept: no list names it, no rollback takes it, and the next `up` ends it."""

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]

MAIN = "app_src/time_service/main.py"
BROKEN = '\nimport sys\n\nif "gunicorn" in sys.argv[0]:\n    raise RuntimeError("this version does not start")\n'
"""Code that can be imported, and so passes every check before the first call of a cloud, but does not serve."""


@pytest.mark.parametrize("app", ["time-service", "time-service-beanstalk"])
def test_a_version_that_never_started_is_not_kept(clone: Clone, app: str):
    """The outputs stay those of the last `up` that succeeded; the mended code is kept beside the version before it."""
    clone.keep_only(app)
    clone.verb("up")
    (first,) = clone.outputs()["apps"][app]["versions"]
    main = clone.folder / MAIN
    well = main.read_text()

    main.write_text(well + BROKEN)
    for _ in range(2):
        assert "this version does not start" in clone.verb("up", status=1)
        assert clone.outputs()["apps"][app]["versions"] == [first]
    assert "1 of 1 versions" in clone.verb("prune", app, "--keep", "1", "--dry-run")
    assert "no way back" in clone.verb("rollback", app, status=1)

    main.write_text(f"{well}\n# mended\n")
    clone.verb("up")
    second, *others = clone.outputs()["apps"][app]["versions"]
    assert others == [first]
    assert second != first
    assert clone.nothing_would_change()
    assert "nothing is left" in clone.verb("destroy")


def test_an_app_that_never_served_is_not_called_live(clone: Clone):
    """The end of the first `up`, which fails, counts it among those that are not."""
    clone.keep_only("time-service")
    main = clone.folder / MAIN
    main.write_text(main.read_text() + BROKEN)
    said = clone.verb("up", status=1)
    assert "live, anew or as before: none" in said
    assert "not live: time-service" in said
    clone.verb("destroy")

"""The image of a pipeline: its Dockerfile, and what lies beside it."""

import pytest

from slipway.bundle import BundleError, Cache, beam_package
from slipway.bundle.pipeline_image import Bases, bases_named, dockerfile, lock_of_package, write_context

LOCK = f"apache-beam[gcp]==2.70.0 --hash=sha256:{'0' * 64}\n"
BASES = Bases(python="python@sha256:1", sdk="apache/beam@sha256:2", launcher="gcr.io/launcher@sha256:3")


def test_the_bases_are_of_the_apps_python_and_beam():
    """A worker of another version of Beam refuses the pipeline."""
    assert bases_named(LOCK.encode(), "3.12") == Bases(
        python="python:3.12-slim",
        sdk="apache/beam_python3.12_sdk:2.70.0",
        launcher="gcr.io/dataflow-templates-base/python312-template-launcher-base:latest",
    )
    with pytest.raises(BundleError, match="pins no apache-beam"):
        bases_named(b"numpy==2.0.0\n", "3.12")


def test_it_ends_in_what_workers_start():
    """The launcher lies beside it; packages come by their hashes, and nothing is installed when a worker starts."""
    lines = dockerfile(BASES, main="jobs/count.py").splitlines()
    assert lines[0] == "FROM python@sha256:1"
    assert lines[-1] == 'ENTRYPOINT ["/opt/apache/beam/boot"]'
    text = "\n".join(lines)
    launcher = "/opt/google/dataflow/python_template_launcher"
    assert f"COPY --from=gcr.io/launcher@sha256:3 {launcher} {launcher}" in text
    assert "COPY --from=apache/beam@sha256:2 /opt/apache/beam /opt/apache/beam" in text
    assert "--require-hashes" in text
    assert "FLEX_TEMPLATE_PYTHON_PY_FILE=/template/jobs/count.py" in text


def test_bases_that_cannot_be_had_are_left_out():
    """The boot program lies in the context then; without a launcher there is none to start."""
    text = dockerfile(Bases(python="python:3.11-slim"))
    assert "COPY boot /opt/apache/beam/boot" in text
    assert "--from" not in text


def test_the_context_is_the_packages_files_and_lock(folder, cache: Cache, tmp_path):
    """What is tested is what is built: the files come from the package, not from the folder."""
    files = {"main.py": "N = 1\n", "steps/a.py": "", "requirements.txt": LOCK, "README.md": "for people"}
    package = beam_package(folder(files), cache=cache)
    assert lock_of_package(package).decode() == LOCK
    context = tmp_path / "context"
    context.mkdir()
    write_context(package, context, dockerfile(BASES))
    written = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
    assert {"Dockerfile", "requirements.txt", "app/main.py", "app/steps/a.py"} <= written
    assert "app/README.md" not in written

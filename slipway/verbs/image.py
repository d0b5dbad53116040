"""Build the image that launches a pipeline and runs on its workers: ``slipway image APP``.

package -> Dockerfile, its bases by digest -> build -> push to the stack's registry -> the digest, in the stack's file
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.bundle import Artifact, BundleError, beam_package
from slipway.bundle.pipeline_image import Bases, bases_named, beam_version, dockerfile, lock_of_package, write_context
from slipway.engine.project.yamlfile import edit
from slipway.errors import UserError, nearest
from slipway.sandbox.dataflow import go_programs
from slipway.sandbox.docker import builds, daemon, image_times, owned_images
from slipway.sandbox.docker.client import Docker
from slipway.sandbox.handler import CloudError
from slipway.stack import session
from slipway.stack.session import Run
from slipway.verbs.up import up
from slipway.wire import variables

if TYPE_CHECKING:
    from docker import DockerClient

BOOT = "python/container"
"""The boot program, in Beam's Go module: https://github.com/apache/beam/tree/master/sdks/python/container."""


def image(run: Run, name: str, *, bring_up: bool = False) -> int:
    """Build and push a pipeline's image and write its digest into the stack's file; 0 where the stack has it.

    A stack that has no registry yet is brought up first; with ``bring_up`` it is brought up (again) with the image.
    """
    app = _pipeline(run, name)
    if not _registry(run) and (status := up(run)):
        return status
    registry = _registry(run)
    if not registry:
        raise UserError(
            f"the stack {run.stack!r} has no registry of Google's: give it one in its file, as "
            "`slipway:registries: {gcp: {name: images}}`"
        )
    try:
        package = _package(run, app)
        reference = _built(run, f"{registry}/{name}:{package.digest[:12]}", package, app)
    except (BundleError, CloudError) as failed:
        raise UserError(f"{name}: {failed}") from None
    print(f"{name}: {reference}")
    if run.sandbox:
        print("the sandbox runs the package itself: nothing was written into its file")
        return 0
    edit(run.settings.path, lambda document: _write(document, name, reference))
    print(f"wrote it into {run.settings.path}: `slipway up --stack {run.stack}` launches it")
    return up(session.reread(run)) if bring_up else 0


def _pipeline(run: Run, name: str) -> Mapping[str, Any]:
    apps = run.settings.apps
    app = apps.get(name)
    if not isinstance(app, dict):
        raise UserError(f"the stack {run.stack!r} has no app {name!r}{nearest(name, apps)}: it has {', '.join(apps)}")
    if app.get("platform") != "dataflow":
        raise UserError(f"{name} is no pipeline, but on {app.get('platform')}: `slipway up` builds what it needs")
    return app


def _registry(run: Run) -> str:
    """The address of the stack's registry, as its outputs have it; "" before its first `up`. A sandbox has its own."""
    if run.sandbox:
        return session.sandbox_environment(run).get(variables.REGISTRY, "")
    registries = session.previous_outputs(run).get("registries") or {}
    return str(registries.get("gcp", ""))


def _package(run: Run, app: Mapping[str, Any]) -> Artifact:
    reads = [app["sample"]] if app.get("sample") else list((app.get("reads") or {}).values())
    samples = sorted(place for place in reads if ":" not in place and not place.startswith("projects/"))
    return beam_package(
        run.project.root / app["source"],
        python=str(app.get("python") or "3.11"),
        sample="\n".join(samples),
        main=app.get("main") or "main.py",
        allow_keys_in=app.get("allow_keys_in") or (),
    )


def _built(run: Run, tag: str, package: Artifact, app: Mapping[str, Any]) -> str:
    """Build the image and push it; its name by digest. Raises :class:`CloudError` and :class:`BundleError`."""
    lock, python = lock_of_package(package), str(app.get("python") or "3.11")
    environment = session.sandbox_environment(run) if run.sandbox else {}
    docker = Docker(daemon.address(), str(run.project.state_folder), environment)
    bases = _pinned(docker.client, bases_named(lock, python))
    with tempfile.TemporaryDirectory(prefix="slipway-image-") as temporary:
        folder = Path(temporary)
        write_context(package, folder, dockerfile(bases, main=app.get("main") or "main.py"))
        if not bases.sdk:
            shutil.copy2(_boot(run.project.state_folder, beam_version(lock)), folder / "boot")
        args = {image_times.EPOCH: "0"}
        spec = builds.Build(name=tag, context=folder, args=args, platform="" if run.sandbox else "linux/amd64")
        image_times.with_time(docker, builds.build(docker, spec), tag, args)
        if run.sandbox:
            owned_images.own(docker, tag, None)
    return _pushed(docker, tag, _login(docker, tag))


def _pinned(client: "DockerClient", named: Bases) -> Bases:
    """The bases by their digests; those that cannot be pulled are left to the sandbox's own, and are named."""
    from docker.errors import APIError

    def pinned(name: str) -> str:
        try:
            return f"{name}@{client.images.get_registry_data(name).id}"
        except APIError:
            return ""

    sdk, launcher = pinned(named.sdk), pinned(named.launcher)
    if not launcher:
        print(f"{named.launcher} cannot be pulled here: the image runs workers, and launches no template")
    if not sdk:
        print(f"{named.sdk} cannot be pulled here: Go builds Beam's boot program of the same version")
    return replace(named, python=pinned(named.python) or named.python, sdk=sdk, launcher=launcher)


def _boot(state_folder: Path, version: str) -> Path:
    """Beam's boot program, built once by Go. Raises :class:`UserError` where it cannot be."""
    return go_programs.built(BOOT, version, state_folder / "cache" / "beam" / f"boot-{version}")


def _login(docker: Docker, tag: str) -> dict[str, str] | None:
    """What the registry takes: the sandbox's own key, or an access token of the user's."""
    host = tag.partition("/")[0]
    if host == docker.registry:
        return docker.login(host)
    import google.auth  # takes its time, and a sandbox needs none of it
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        credentials.refresh(Request())
    except GoogleAuthError as error:
        raise UserError(
            f"the image cannot be pushed: {error}. `gcloud auth application-default login` signs in"
        ) from None
    # https://cloud.google.com/artifact-registry/docs/docker/authentication#token
    return {"username": "oauth2accesstoken", "password": credentials.token}


def _pushed(docker: Docker, tag: str, login: dict[str, str] | None) -> str:
    """Push it; its name by digest. Raises :class:`CloudError`."""
    repository, _, version = tag.rpartition(":")
    digest = ""
    for line in docker.client.images.push(repository, tag=version, auth_config=login, stream=True, decode=True):
        if "error" in line:
            raise CloudError(f"pushing {tag}: {line['error']}")
        digest = (line.get("aux") or {}).get("Digest", digest)
    if not digest:
        raise CloudError(f"pushing {tag}: the registry has told no digest")
    return f"{repository}@{digest}"


def _write(document: Any, name: str, reference: str) -> None:  # noqa: ANN401 - ruamel's map
    document["config"]["slipway:apps"][name]["image"] = reference

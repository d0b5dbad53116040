"""Images, containers and what watches them, as the program declares them."""

from pathlib import Path
from types import SimpleNamespace

import pulumi
import pulumi_docker as docker
import pytest
from pulumi.runtime import rpc

from components.aws.registry import EcrRegistry, EcrRegistryArgs
from components.containers.container import AppContainer, AppContainerArgs, ReleaseCommand
from components.containers.image import AppImage, AppImageArgs, tag_of
from components.containers.local_registry import LocalRegistry
from components.containers.monitoring import Monitoring, MonitoringArgs
from components.containers.rules import Target
from components.gcp.registry import ArtifactRegistry, ArtifactRegistryArgs

DIGEST = f"127.0.0.1:5001/slipway-dev/hello@sha256:{'d' * 64}"


def local():
    return LocalRegistry("127.0.0.1:5001", below="slipway-dev", username="sandbox", password="made-at-start")


@pytest.fixture
def image_args(artifact, tmp_path):
    """Makes the arguments of an image; the context's digest is one character, repeated."""

    def make(character: str = "a", **how):
        how = {"registry": None, "image": "hello", "version": "1.0.0", **how}
        return AppImageArgs(context=artifact(character), folder=tmp_path / character, **how)

    return make


def test_an_images_tag_is_known_without_a_build(deploy, image_args):
    """A preview builds nothing, and what comes after has a name all the same."""
    deployed = deploy(lambda: AppImage("hello-image", image_args(registry=local())).reference)
    image = deployed.one("Image").inputs
    assert image["imageName"] == f"127.0.0.1:5001/slipway-dev/hello:{tag_of(image_args())}"
    assert tag_of(image_args()).startswith("1.0.0-")
    assert image["buildOnPreview"] is False
    assert deployed.result == f"127.0.0.1:5001/slipway-dev/hello@sha256:{'d' * 64}"


def test_a_tag_tells_all_that_makes_another_image(image_args):
    """Registries here take a tag once: the context, the base, the platform and the version are in it."""
    tags = [
        tag_of(image_args()),
        tag_of(image_args("b")),
        tag_of(image_args(build_args={"BASE": "python:3.13.9-slim-trixie"})),
        tag_of(image_args(platform="linux/amd64")),
        tag_of(image_args(version="1.0.1")),
    ]
    assert len(set(tags)) == len(tags)
    assert tag_of(image_args()) == tags[0]


def test_what_opens_the_registry_is_secret(deploy, image_args):
    """The state holds the registry's password sealed, whoever made it."""
    deployed = deploy(lambda: AppImage("hello-image", image_args(registry=local())).tag)
    sealed = deployed.one("Image").inputs["registry"]
    assert rpc.is_rpc_secret(sealed)
    assert rpc.unwrap_rpc_secret(sealed) == {
        "server": "127.0.0.1:5001",
        "username": "sandbox",
        "password": "made-at-start",
    }


def test_every_registry_names_and_opens_itself(deploy, project):
    """One interface: a path an app at Google, a tag an app at AWS, where one repository holds them all."""

    def program():
        google = ArtifactRegistry("images", ArtifactRegistryArgs(project=project(), region="europe-west1"))
        amazon = EcrRegistry("images-aws", EcrRegistryArgs(repository_name="images"))
        of = [google, amazon, local()]
        logins = [registry.login() for registry in of]
        return pulumi.Output.all(
            *(registry.image_name("hello", "1.0.0-abc") for registry in of),
            *(pulumi.Output.unsecret(login.password) for login in logins),
            *(pulumi.Output.from_input(login.username) for login in logins),
            *(login.password.is_secret() for login in logins),
        )

    found = deploy(program).result
    assert found[:3] == [
        "europe-west1-docker.pkg.dev/demo-ab12cd/images/hello:1.0.0-abc",
        "123456789012.dkr.ecr.r.amazonaws.com/images:hello-1.0.0-abc",
        "127.0.0.1:5001/slipway-dev/hello:1.0.0-abc",
    ]
    assert found[3:9] == ["token-of-google", "token-of-aws", "made-at-start", "oauth2accesstoken", "AWS", "sandbox"]
    assert found[9:] == [True, True, True]


@pytest.mark.parametrize("version", ["latest", "1.0 beta", "", "-1", "x" * 65])
def test_a_version_that_says_nothing_is_refused(image_args, version):
    """Nor one that no registry takes."""
    with pytest.raises(ValueError, match="an image's version has 1 to 64"):
        image_args(version=version)


PROXY = "haproxy:3.0.11-alpine"


def arguments(**how):
    return AppContainerArgs(**{"image": DIGEST, "proxy_image": PROXY, "port": 80, **how})


def container(deploy, **how):
    return deploy(lambda: AppContainer("hello", arguments(**how)).url)


def inputs_of(deployed, name):
    """Of the container of that name."""
    return deployed.one("Container", name).inputs


def test_a_container_may_do_nothing_but_answer(deploy):
    """No port of the machine, no capability, nothing to write but /tmp, bounded memory, processors and log."""
    deployed = container(deploy)
    inputs = inputs_of(deployed, "hello")
    assert "ports" not in inputs
    assert (inputs["readOnly"], inputs["privileged"]) == (True, False)
    assert inputs["capabilities"] == {"drops": ["ALL"]}
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert inputs["tmpfs"] == {"/tmp": "rw,nosuid,nodev,size=128m,mode=1777"}
    assert inputs["memory"] == inputs["memorySwap"] == 128
    assert (inputs["cpus"], inputs["restart"], inputs["wait"]) == ("0.5", "unless-stopped", True)
    assert (inputs["logDriver"], inputs["logOpts"]) == ("json-file", {"max-size": "10m", "max-file": "3"})
    assert deployed.result == "http://127.0.0.1:80"


def test_an_image_of_an_own_dockerfile_runs_as_it_was_built(deploy):
    """It writes its own files and changes its user, by a command of the stack's; it still gains no privilege."""
    inputs = inputs_of(container(deploy, locked_down=False, command=["serve", "--all"]), "hello")
    assert (inputs["readOnly"], inputs["command"]) == (False, ["serve", "--all"])
    assert {"CAP_CHOWN", "CAP_SETUID", "CAP_SETGID"} <= {*inputs["capabilities"]["adds"]}
    assert inputs["capabilities"]["drops"] == ["ALL"]
    assert inputs["securityOpts"] == ["no-new-privileges:true"]
    assert "tmpfs" not in inputs


def test_an_address_names_the_port_that_the_proxy_has_got(deploy, monkeypatch):
    """Where the sandbox replaced a taken port; the run says so."""
    said: list[str] = []
    monkeypatch.setattr(pulumi, "info", said.append)
    monkeypatch.setattr(
        docker.Container, "ports", property(lambda _: pulumi.Output.from_input([SimpleNamespace(external=8080)]))
    )
    assert container(deploy).result == "http://127.0.0.1:8080"
    assert said == ["the port 80 of this machine was taken: hello is on 8080"]


def test_a_container_is_on_a_network_of_its_own(deploy):
    """The daemon's default bridge would let it reach every other container."""
    deployed = container(deploy)
    network = {"name": "hello-network-1a2b3c4"}
    assert inputs_of(deployed, "hello")["networksAdvanced"] == [{**network, "aliases": ["hello"]}]
    assert inputs_of(deployed, "hello-proxy")["networksAdvanced"] == [network]
    assert "name" not in deployed.one("Network").inputs


def test_a_containers_secrets_stay_secret(deploy):
    """A value that is sealed in the stack's file is sealed in its state too."""

    def program():
        env = {"B": pulumi.Output.secret("sealed"), "A": "plain"}
        return AppContainer("hello", arguments(env=env)).url

    sealed = inputs_of(deploy(program), "hello")["envs"]
    assert rpc.is_rpc_secret(sealed)
    assert rpc.unwrap_rpc_secret(sealed) == ["A=plain", "B=sealed", "PORT=80"]


def test_only_a_stack_that_says_so_is_reached_from_elsewhere(deploy):
    """Another address is a choice, and another port of the machine too; the proxy has them."""
    inputs = inputs_of(container(deploy, publish=8000, address="0.0.0.0"), "hello-proxy")
    assert inputs["ports"] == [{"internal": 8080, "external": 8000, "ip": "0.0.0.0", "protocol": "tcp"}]


def test_another_image_leaves_the_proxy_as_it_is(deploy):
    """The port keeps its owner whatever is deployed, and the routes name the container that serves."""
    before, after = container(deploy), container(deploy, image=DIGEST.replace("d", "e"))
    assert inputs_of(before, "hello-proxy") == inputs_of(after, "hello-proxy")
    (routes, *_) = inputs_of(after, "hello-switch")["envs"]
    assert "server live hello-1a2b3c4:80" in routes
    assert "use_backend" not in routes


@pytest.mark.parametrize(
    ("how", "refuses"),
    [({}, False), ({"own_pages_alone": True}, True), ({"own_pages_alone": True, "address": "0.0.0.0"}, False)],
)
def test_pages_of_foreign_sites_are_refused_where_the_machine_is_ones_own(deploy, how, refuses):
    """In the sandbox; not where a proxy of one's own stands before the app, nor on an address of the network."""
    (routes, *_) = inputs_of(container(deploy, **how), "hello-switch")["envs"]
    assert ("foreign_site" in routes) == refuses


def test_a_canary_has_a_container_and_its_share(deploy):
    """Beside the one that serves, which is not touched."""
    deployed = container(deploy, canary_image=DIGEST.replace("d", "e"), canary=40)
    assert inputs_of(deployed, "hello")["image"] == DIGEST
    assert inputs_of(deployed, "hello-canary")["image"] == DIGEST.replace("d", "e")
    (routes, *_) = inputs_of(deployed, "hello-switch")["envs"]
    assert "use_backend canary if { rand(100) lt 40 }" in routes
    assert "server canary hello-canary-1a2b3c4:80" in routes


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"port": 0}, "port must be 1 to 65535, got 0"),
        ({"port": 80, "publish": 70000}, "publish must be 1 to 65535, got 70000"),
        ({"port": 80, "memory": 4}, "memory must be 16 MB or more, got 4"),
        ({"port": 80, "cpus": 0}, "cpus must be more than 0, got 0"),
        ({"canary": 10}, "a canary has an image and 1 to 99 percent"),
        ({"canary_image": DIGEST, "canary": 100}, "a canary has an image and 1 to 99 percent"),
    ],
)
def test_limits_that_are_none_are_refused(wrong, says):
    """Before anything is declared, with the value."""
    with pytest.raises(ValueError, match=says):
        arguments(**wrong)


def monitoring(deploy, folder: Path, *apps: str, **how):
    def program():
        targets = [Target(app=app, address=f"{app}:80") for app in apps or ("hello",)]
        args = MonitoringArgs(image="prom:1", targets=targets, networks=["n"], folder=folder, **how)
        return Monitoring("prometheus", args).configuration

    return deploy(program)


def test_prometheus_has_its_folder_mounted_and_bounded_memory_of_the_past(deploy, tmp_path):
    """The folder and not a file of it; days and megabytes both bound what is kept; the port is on loopback."""
    inputs = monitoring(deploy, tmp_path, retention_days=3, retention_mb=64).one("Container").inputs
    configuration, data = inputs["mounts"]
    assert (configuration["type"], configuration["readOnly"]) == ("bind", True)
    assert sorted(path.name for path in Path(configuration["source"]).iterdir()) == [
        *("grafana", "prometheus.yml", "rules.yml")
    ]
    assert (data["type"], data["target"]) == ("volume", "/prometheus")
    assert {"--storage.tsdb.retention.time=3d", "--storage.tsdb.retention.size=64MB"} <= set(inputs["command"])
    assert inputs["ports"][0]["ip"] == "127.0.0.1"


def test_another_configuration_is_another_container(deploy, tmp_path):
    """Its digest is in the inputs: what is mounted changes with what is in it, and not without."""

    def source(*apps):
        return monitoring(deploy, tmp_path, *apps).one("Container").inputs["mounts"][0]["source"]

    assert source("hello") != source("hello", "other")
    assert source("hello", "other") == source("other", "hello")


def test_configurations_do_not_pile_up(deploy, tmp_path):
    """The oldest go; the one that is mounted stays."""
    for number in range(9):
        deployed = monitoring(deploy, tmp_path, f"app{number}")
    assert len(list(tmp_path.iterdir())) == 5
    assert Path(deployed.one("Container").inputs["mounts"][0]["source"]).is_dir()


def test_to_watch_nothing_is_a_mistake(tmp_path):
    """A Prometheus without targets would say that all is well."""
    with pytest.raises(ValueError, match="targets must name an app to watch, got none"):
        MonitoringArgs(image="prom:1", targets=[], networks=[], folder=tmp_path)


def test_data_outlasts_the_container_and_a_kept_stack_protects_it(deploy):
    """A volume of its own for each folder, mounted where the app has it."""
    args = {"image": DIGEST, "proxy_image": "haproxy:3", "port": 80, "data": {"uploads": "/app/uploads"}}
    deployed = deploy(lambda: AppContainer("shop", AppContainerArgs(**args)).url)
    volume = deployed.named("shop-data-uploads")
    assert (volume.type, volume.protect) == ("docker:index/volume:Volume", True)
    (mounted,) = deployed.named("shop").inputs["volumes"]
    assert mounted == {"containerPath": "/app/uploads", "volumeName": "shop-data-uploads-1a2b3c4"}
    assert (
        not deploy(lambda: AppContainer("shop", AppContainerArgs(**args, ephemeral=True)).url)
        .named("shop-data-uploads")
        .protect
    )


RELEASED = {"image": DIGEST, "proxy_image": "haproxy:3", "port": 80, "ephemeral": True}


def test_a_release_command_runs_in_the_newest_image_before_it_serves(deploy):
    """With the app's environment and data, and not again and again; the container that serves waits for it."""
    release = ReleaseCommand(command="python manage.py migrate", image=DIGEST, attempt="a1")
    args = AppContainerArgs(**RELEASED, release=release, env={"A": "b"}, data={"d": "/app/d"})
    deployed = deploy(lambda: AppContainer("shop", args).url)
    run = deployed.named("shop-release").inputs
    assert run["command"] == ["python manage.py migrate"]
    assert (run["image"], run["attach"], run["mustRun"], run["restart"]) == (DIGEST, True, False, "no")
    assert run["envs"] == ["A=b", "PORT=80"]
    assert run["volumes"] == deployed.named("shop").inputs["volumes"]
    assert {"label": "slipway.attempt", "value": "a1"} in run["labels"]
    assert "shop-release" in " ".join(deployed.named("shop").depends_on)


def test_a_rollback_waits_for_no_release(deploy):
    """The version that serves had its own; the newest is not its."""
    release = ReleaseCommand(command="true", image=f"127.0.0.1:5001/a@sha256:{'e' * 64}")
    deployed = deploy(lambda: AppContainer("shop", AppContainerArgs(**RELEASED, release=release)).url)
    assert "shop-release" not in " ".join(deployed.named("shop").depends_on)

"""Image references and Dockerfiles, read as far as the rules need."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from policy.model import Resource
from policy.values import decoded, items, readable, text

NAMED_BY = {
    "docker:index/container:Container": ("image",),
    "docker:index/image:Image": ("imageName",),
    "docker:index/remoteImage:RemoteImage": ("name",),
    "docker-build:index:Image": ("tags",),
    "docker:index/service:Service": ("taskSpec.containerSpec",),
    "aws:ecs/taskDefinition:TaskDefinition": ("containerDefinitions",),
    "gcp:cloudrunv2/service:Service": ("template.containers",),
    "gcp:cloudrunv2/job:Job": ("template.template.containers",),
}
"""Where a resource names its images."""

CONTAINER, SERVICE, TASK = (
    "docker:index/container:Container",
    "docker:index/service:Service",
    "aws:ecs/taskDefinition:TaskDefinition",
)
RUNS = (CONTAINER, SERVICE, TASK)
"""What runs containers: one, a swarm's service, a task of Amazon ECS."""
BUILDS = ("docker:index/image:Image", "docker-build:index:Image")
"""What makes an image rather than runs one: its name is a tag, its base stands in a Dockerfile."""


def containers(resource: Resource) -> Iterator[Resource]:
    """The containers that a resource runs, with the properties that Docker's own containers have."""
    if resource.type == SERVICE:
        spec = resource.get("taskSpec.containerSpec")
        if isinstance(spec, Mapping):
            yield replace(resource, props={**spec, "groupAdds": spec.get("groups")})
    elif resource.type == TASK:
        folders = {
            volume.get("name"): volume["hostPath"]
            for volume in items(resource.get("volumes"))
            if isinstance(volume, Mapping) and volume.get("hostPath")
        }
        for one in items(decoded(resource.get("containerDefinitions"))):
            if isinstance(one, Mapping):
                points = [point for point in items(one.get("mountPoints")) if isinstance(point, Mapping)]
                binds = [
                    {"type": "bind", "source": folders[point["sourceVolume"]], "readOnly": point.get("readOnly")}
                    for point in points
                    if point.get("sourceVolume") in folders
                ]
                yield replace(resource, props={**one, "mounts": binds})
    else:
        yield resource


def images(resource: Resource) -> Iterator[str]:
    """The images a resource names, those of its Dockerfile left out; local image ids are no references."""
    for path in NAMED_BY.get(resource.type, ()):
        value = resource.get(path)
        for entry in items(decoded(value) if resource.type == TASK else value):
            name = entry.get("image") if isinstance(entry, dict) else entry
            if text(name) and not name.startswith("sha256:"):
                yield name


def dockerfile(resource: Resource) -> list[tuple[str, str]] | None:
    """(instruction, rest) of the inline Dockerfile, comments and continued lines resolved; None where there is none."""
    written = resource.get("dockerfile.inline")
    if not text(written):
        return None
    first = written.lstrip().partition("\n")[0].replace(" ", "").lower()
    escape = "`" if first == "#escape=`" else "\\"
    lines = (line.strip() for line in written.replace("\r", "").replace(f"{escape}\n", " ").splitlines())
    parts = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return [(part[0].upper(), part[1] if len(part) > 1 else "") for part in parts]


def bases(resource: Resource) -> Iterator[str]:
    """The images a Dockerfile starts from: no stage of its own, no `scratch`, none that an ARG decides.

    The one argument that is read is BASE, as the stack hands it to the build.
    """
    stages: set[str] = set()
    if text(value := resource.get("build.args.BASE")):
        yield value
    for instruction, rest in dockerfile(resource) or []:
        if instruction == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            if words and words[0] not in stages | {"scratch"} and "$" not in words[0]:
                yield words[0]
            if len(words) == 3 and words[1].upper() == "AS":
                stages.add(words[2])


def user(resource: Resource) -> object:
    """Who the process runs as: the container's user, or the last USER of a Dockerfile; "" where none is named."""
    if resource.type in BUILDS:
        lines = dockerfile(resource)
        if lines is None:
            return None
        last_stage = max((number for number, (instruction, _) in enumerate(lines) if instruction == "FROM"), default=0)
        users = [rest.strip() for instruction, rest in lines[last_stage:] if instruction == "USER"]
        return _filled(users[-1], lines, resource) if users else ""
    value = resource.get("user")
    return value if readable(value) else None


def _filled(word: str, lines: list[tuple[str, str]], resource: Resource) -> str:
    """A word of a Dockerfile with its variables filled in: the build's arguments, else the defaults of ARG and ENV."""
    values: dict[str, str] = {}
    for instruction, rest in lines:
        if instruction in ("ARG", "ENV"):
            name, _, value = rest.partition("=") if "=" in rest else rest.partition(" ")
            values[name.strip()] = value.strip().strip("\"'")
    actual = resource.get("build.args")
    values |= {name: value for name, value in actual.items() if text(value)} if isinstance(actual, dict) else {}
    filled = re.sub(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))", lambda at: values.get(at[1] or at[3], at[2] or at[0]), word)
    return filled.strip("\"'")

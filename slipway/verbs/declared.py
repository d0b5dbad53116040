"""Writes what the stacks of each environment declare, which the bootstrap makes the rights of pipelines of."""

import sys

from ruamel.yaml import YAML

from slipway.errors import UserError
from slipway.review.declared_types import declared_types
from slipway.stack.project import Project

FILE = "bootstrap/declared.yaml"
HEADER = (
    "# What the stacks of each environment declare: the rights of pipelines. Written by `slipway bootstrap declared`.\n"
)


def write_declared() -> int:
    """Write :data:`FILE` and say which environments it has. Raises :class:`UserError`."""
    project = Project.find()
    file = project.root / FILE
    if not file.parent.is_dir():
        raise UserError(f"there is no program in {file.parent}: run slipway inside a checkout that has it")
    by_environment = {
        name: {"types": list(declared.types), "project_roles": list(declared.project_roles)}
        for name, declared in declared_types(project).items()
    }
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    with file.open("w", encoding="utf-8") as stream:
        stream.write(HEADER)
        yaml.dump(by_environment, stream)
    sys.stdout.write(f"wrote {FILE}: {', '.join(by_environment)}\n")
    return 0

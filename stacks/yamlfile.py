"""What a stack's file says that is lost once it is read: a key that is there twice."""

from pathlib import Path

import yaml


def duplicates(path: Path) -> list[str]:
    """A line for each key that stands twice in one mapping; none for a file that is not there."""
    if not path.is_file():
        return []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    except yaml.YAMLError as wrong:
        return [f"{path.name} is not YAML: {' '.join(str(wrong).split())}"]
    return list(_twice(root, ())) if root is not None else []


def _twice(node: yaml.Node, place: tuple[str, ...]) -> list[str]:
    duplicates: list[str] = []
    if isinstance(node, yaml.MappingNode):
        lines_by_key: dict[str, int] = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            here = (*place, str(name.value))
            if name.value in lines_by_key:
                first = lines_by_key[name.value]
                duplicates.append(
                    f"{_shown(here)}: must be said once, got it in line {first} and again in line {line}: "
                    "take one of them out"
                )
            lines_by_key.setdefault(name.value, line)
            duplicates.extend(_twice(value, here))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            duplicates.extend(_twice(value, (*place, str(index))))
    return duplicates


def _shown(place: tuple[str, ...]) -> str:
    return ".".join(place[1:] if place[0] == "config" and len(place) > 1 else place)

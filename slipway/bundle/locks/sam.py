"""Folders of an AWS SAM application that have lists of requirements of their own: its functions' and its layers'.

``sam build`` installs each function's list beside it:
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html
"""

import posixpath
import re
from collections.abc import Iterator

TEMPLATES = ("template.yaml", "template.yml")
FOLDER = re.compile(r"^\s*(?:CodeUri|ContentUri):\s*[\"']?([\w./-]+)", re.MULTILINE)


def lists_of(template: str) -> Iterator[str]:
    """The lists that a template's functions and layers may have."""
    for folder in dict.fromkeys(posixpath.normpath(match[1].strip("/")) for match in FOLDER.finditer(template)):
        if not folder.startswith(".."):
            yield posixpath.join(folder, "requirements.txt")

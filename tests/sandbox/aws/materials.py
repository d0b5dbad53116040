"""Case files: reading them, filling in a name, making the zips they speak of."""

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from slipway.sandbox.handler import Asset, Props

HERE = Path(__file__).parent


def cases(folder: str) -> list[Path]:
    found = sorted((HERE / folder).glob("*.json"))
    assert found, f"no cases in {folder}"
    return found


def load(path: Path, name: str, tmp: Path) -> Props:
    """A case with ``{name}`` filled in and its ``$zip``, ``$bytes``, ``$size`` and ``$bomb`` made into archives."""
    return _made(json.loads(path.read_text().replace("{name}", name)), tmp)


def archive(content: bytes, tmp: Path) -> Asset:
    digest = hashlib.sha256(content).hexdigest()
    path = tmp / f"{digest}.zip"
    path.write_bytes(content)
    return Asset(sha256=digest, path=path, is_archive=True)


def zipped(files: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


MAKERS = {
    "$zip": zipped,
    "$bytes": str.encode,
    "$size": os.urandom,
    "$bomb": lambda size: zipped({"large": bytes(size)}),
}


def _made(value: Any, tmp: Path) -> Any:
    if isinstance(value, list):
        return [_made(one, tmp) for one in value]
    if not isinstance(value, dict):
        return value
    for key, maker in MAKERS.items():
        if key in value:
            return archive(maker(value[key]), tmp)
    return {key: _made(one, tmp) for key, one in value.items()}

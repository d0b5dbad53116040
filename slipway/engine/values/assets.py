"""The hashes of the assets and archives that a program names, filled in before anything is compared."""

from pathlib import Path
from typing import Any

from slipway.engine.errors import EngineError
from slipway.wire.assets import AssetError, archive_hash, asset_bytes_hash
from slipway.wire.signatures import ARCHIVE, ASSET
from slipway.wire.values import Props, rewrite, signature


def with_hashes(props: Props, root: Path) -> Props:
    """The properties with the hash of each asset and archive filled in. Paths are relative to ``root``.

    Raises :class:`EngineError` where a file that the program names cannot be read.
    """

    def fill(part: Any) -> Any:  # noqa: ANN401 - any JSON
        kind = signature(part)
        if kind not in (ASSET, ARCHIVE) or part.get("hash"):
            return part
        filled = {key: value for key, value in part.items() if value or key == "assets"}
        filled["hash"] = (asset_bytes_hash if kind == ASSET else archive_hash)(filled, root)
        return filled

    try:
        return {key: rewrite(value, fill) for key, value in props.items()}
    except OSError as error:
        raise EngineError(f"cannot read the asset {error.filename}: {error.strerror}") from error
    except AssetError as error:
        raise EngineError(str(error)) from error

"""The table of kinds: what ``app_src`` can be turned into."""

from slipway.bundle.kinds import app_engine_zip, lambda_zip
from slipway.bundle.plan import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        lambda_zip.KIND,
        app_engine_zip.KIND,
    )
}

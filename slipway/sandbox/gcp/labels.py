"""Labels as the provider has them: the resource's own, with those of the provider's configuration and Pulumi's.

``labels`` holds the program's alone; ``pulumiLabels`` and ``effectiveLabels`` all of them
(https://www.pulumi.com/registry/packages/gcp/how-to-guides/8-0-migration/, "Default label").
"""

from collections.abc import Mapping

from slipway.sandbox.gcp.cloud import Google
from slipway.sandbox.handler import Handler, Props


def derive(cloud: Google, handler: Handler, new: Props) -> Props:
    """Both label outputs of a type that has them."""
    if "pulumiLabels" not in handler.computed:
        return {}
    own = new.get("labels", {})
    merged = {**cloud.default_labels, **own} if isinstance(own, dict) else own
    return {"pulumiLabels": merged, "effectiveLabels": merged}


def effective(cloud: Google, new: Props) -> dict[str, str]:
    """What the cloud is given."""
    return {**cloud.default_labels, **(new.get("labels") or {})}


def own(cloud: Google, live: Mapping[str, str] | None) -> Props:
    """``labels`` as the program has them, of those that the cloud shows; nothing where there are none."""
    labels = {key: value for key, value in (live or {}).items() if cloud.default_labels.get(key) != value}
    return {"labels": labels} if labels else {}

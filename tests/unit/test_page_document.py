"""The document of the sandbox's page: one file that loads nothing."""

import base64
import hashlib
import re

from slipway.verbs.page.document import content_policy, document

MOST = 150_000


def test_the_document_is_whole_and_small() -> None:
    """Style and script are inside, no placeholder is left, and nothing is loaded from elsewhere."""
    text = document()
    assert len(text.encode()) < MOST
    assert "STYLE */" not in text
    assert "SCRIPT */" not in text
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)


def test_the_policy_names_the_script_and_the_style_that_are_there() -> None:
    """A browser runs what has one of these hashes, and nothing else."""
    for tag in ("style", "script"):
        inside = re.search(f"<{tag}>(.*?)</{tag}>", document(), re.DOTALL)
        assert inside
        hashed = base64.b64encode(hashlib.sha256(inside.group(1).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{hashed}'" in content_policy()

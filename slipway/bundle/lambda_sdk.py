"""What Lambda's Python runtimes bring beside a function's package: AWS's SDK, here this machine's own copy of it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html.
"""

import importlib.util
from pathlib import Path

SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


def linked(folder: Path) -> Path:
    """``folder``, which is made, with links to the SDK's packages."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # the folders above are closed; the functions' user has to read it
    for name in SDK:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        target = origin.parent if origin.name == "__init__.py" else origin
        link = folder / target.name
        if not link.is_symlink():
            link.symlink_to(target)
    return folder

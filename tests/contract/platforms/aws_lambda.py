"""AWS Lambda, which knows no WSGI: a few lines between its events and the app."""

from tests.contract.limits import AT_ONCE, THROTTLED
from tests.contract.platform import Platform

PLATFORM = Platform(
    name="AWS Lambda",
    settings={"platform": "lambda", "handler": "lambda_function.lambda_handler", "url": "public", "timeout": 240},
    adds={"lambda_function.py": "lambda_function.py"},
    freezes=True,
    differs={f"{AT_ONCE} requests at once": THROTTLED},
    note=(
        "AWS Lambda has events instead of WSGI: `tests/contract/adapters/lambda_function.py` stands between them. "
        "Requests at once are as many cold starts; the sandbox runs ten at a time, as a new account of AWS does, and "
        "throttles the rest."
    ),
)

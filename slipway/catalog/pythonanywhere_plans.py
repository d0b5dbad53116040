"""What each kind of account on PythonAnywhere has room for.

https://www.pythonanywhere.com/pricing/ and https://help.pythonanywhere.com/pages/FreeAccountsFeatures/. A free account
that was made since 15 January 2026 has neither tasks nor a database; older ones keep what they had.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The limits of an account."""

    words: str
    """The account in a sentence: "a free account …"."""
    web_apps: int
    own_domains: bool = False
    disk: int
    """Bytes."""
    daily_tasks: int
    hourly_tasks: bool = False
    always_on: int = 0
    mysql: bool
    cpu_seconds: int
    """A day."""
    web_app_days: int | None = None
    """After how many days a web app ends unless somebody prolongs it on the account's page; None: never."""


FREE = Plan(
    words="a free account made since 15 January 2026",
    web_apps=1,
    disk=512 << 20,
    daily_tasks=0,
    mysql=False,
    cpu_seconds=100,
    web_app_days=30,
)
FREE_BEFORE_2026 = replace(
    FREE, words="a free account made before 15 January 2026", daily_tasks=1, mysql=True, web_app_days=90
)
PAID = Plan(
    words="a paid account",
    web_apps=2,
    own_domains=True,
    disk=5 << 30,
    daily_tasks=20,
    hourly_tasks=True,
    always_on=1,
    mysql=True,
    cpu_seconds=4000,
)
PLANS: Mapping[str, Plan] = {"free": FREE, "free-before-2026": FREE_BEFORE_2026, "paid": PAID}
"""By the value of the setting ``pythonanywhere:plan``. A custom account of more than these is paid too."""

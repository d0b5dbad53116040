"""The accounts a stand-in has, and what each may.

After https://www.pythonanywhere.com/pricing/ and https://help.pythonanywhere.com/pages/FreeAccountsFeatures/.
"""

from dataclasses import dataclass, replace

PYTHONS = {f"python{major}{minor}": f"{major}.{minor}" for major, minor in ((3, n) for n in range(10, 15))}
"""The API's word for a Python -> its version, of those that a new web app can have."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an account has room for; None is no limit."""

    web_apps: int
    own_domains: bool
    disk: int
    """Bytes."""
    daily_tasks: int
    hourly_tasks: bool
    always_on: int
    cpu_seconds: int


FREE = Plan(
    web_apps=1,
    own_domains=False,
    disk=512 << 20,
    daily_tasks=1,
    hourly_tasks=False,
    always_on=0,
    cpu_seconds=100,
)
PAID = Plan(
    web_apps=2, own_domains=True, disk=5 << 30, daily_tasks=20, hourly_tasks=True, always_on=1, cpu_seconds=4000
)

SANDBOX = replace(PAID, web_apps=40, always_on=5)
"""A custom account: as many web apps as somebody tries side by side."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One user."""

    user: str
    token: str
    plan: Plan = FREE
    domain: str = "pythonanywhere.com"
    """``eu.pythonanywhere.com`` for one on the European system."""

    @property
    def home(self) -> str:
        """Where its files are."""
        return f"/home/{self.user}"


def sandbox_account(token: str) -> Account:
    """The account of the sandbox: one with room for several web apps, because nothing is paid for here."""
    return Account(user="slipway", token=token, plan=SANDBOX)

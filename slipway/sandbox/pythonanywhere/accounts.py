"""The accounts a stand-in has."""

from dataclasses import dataclass, replace

from slipway.catalog.pythonanywhere_plans import FREE_BEFORE_2026, PAID, PLANS, Plan

PYTHONS = {f"python{major}{minor}": f"{major}.{minor}" for major, minor in ((3, n) for n in range(10, 15))}
"""The API's word for a Python -> its version, of those that a new web app can have."""


SANDBOX = replace(PAID, web_apps=40, always_on=5)
"""A custom account: as many web apps as somebody tries side by side."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One user."""

    user: str
    token: str
    plan: Plan = FREE_BEFORE_2026
    domain: str = "pythonanywhere.com"
    """``eu.pythonanywhere.com`` for one on the European system."""

    @property
    def home(self) -> str:
        """Where its files are."""
        return f"/home/{self.user}"


def sandbox_accounts(token: str) -> tuple[Account, ...]:
    """The accounts of the sandbox, which share a token.

    ``slipway`` has room for several web apps, because nothing is paid for here; the others are called after the kinds
    of accounts there are, and have their limits: ``free``, ``freebefore2026``, ``paid``.
    """
    kinds = (Account(user=name.replace("-", ""), token=token, plan=plan) for name, plan in PLANS.items())
    return (Account(user="slipway", token=token, plan=SANDBOX), *kinds)

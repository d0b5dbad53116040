"""What to do where ``pulumi`` cannot begin: it is not signed in, or its backend has no such stack."""

from collections.abc import Callable

from slipway.errors import UserError

CHECKS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("whoami", "--non-interactive"),
        "`pulumi` is not signed in to a backend: `pulumi login gs://BUCKET` (a bucket of yours), `pulumi login` for "
        "Pulumi Cloud, or `pulumi login --local`",
    ),
    (
        ("stack", "export", "--non-interactive", "--stack", "{stack}"),
        "the backend has no stack {stack!r}, or another one is meant: `pulumi stack init {stack}` makes it, `pulumi "
        "whoami --verbose` names the backend",
    ),
)
"""What is asked of ``pulumi``, in order, and the remedy where it fails.

Sources: https://www.pulumi.com/docs/iac/cli/commands/pulumi_login/ and …/pulumi_stack_init/.
"""


def remedy(ask: Callable[..., str], stack: str) -> str | None:
    """The sentence that helps after a failed command on ``stack``; None where ``pulumi`` could begin.

    ``ask(*words)`` runs ``pulumi WORDS`` and raises :class:`UserError` where it fails.
    """
    for words, sentence in CHECKS:
        try:
            ask(*(word.format(stack=stack) for word in words))
        except UserError:
            return sentence.format(stack=stack)
    return None

"""The one error of this package."""


class BundleError(ValueError):
    """A folder, a lock or a target's limit that does not allow an artifact.

    The message is fit for the user as it is: which input, what is allowed, what was given, what to do.
    """


def damaged() -> BundleError:
    """The error for a cache that somebody else changed."""
    return BundleError("the bundle cache is damaged: run `slipway bundle --clean`, then again")

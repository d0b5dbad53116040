"""A property's name in Pulumi (``maxAge``) and in AWS's own API (``MaxAge``)."""


def capital(key: str) -> str:
    """Pulumi's name as AWS's."""
    return key[0].upper() + key[1:]


def small(key: str) -> str:
    """AWS's name as Pulumi's."""
    return key[0].lower() + key[1:]

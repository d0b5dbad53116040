"""What a service and its revisions are called, as Cloud Run has it and here."""

from dataclasses import dataclass

SUFFIX = "run.localhost"
"""Cloud Run's ``run.app``, on this machine: names below ``localhost`` are its own (RFC 6761)."""


@dataclass(frozen=True)
class Named:
    """A service of a project and region."""

    project: str
    location: str
    service: str

    @property
    def record(self) -> str:
        """Its name in the store."""
        return f"{self.project}/{self.location}/{self.service}"

    @property
    def id(self) -> str:
        """Its name at Google, which is its Pulumi id."""
        return f"projects/{self.project}/locations/{self.location}/services/{self.service}"

    @property
    def scope(self) -> str:
        """What roles on it are given on."""
        return f"run/{self.record}"

    def revision(self, name: str) -> str:
        """A revision's name in the store."""
        return f"{self.record}/{name}"

    def host(self, number: str) -> str:
        """``SERVICE-PROJECT_NUMBER.REGION.run.localhost``: https://cloud.google.com/run/docs/triggering/https-request."""
        return f"{self.service}-{number}.{self.location}.{SUFFIX}"

    @classmethod
    def of_id(cls, id: str) -> "Named":
        """The service behind a Pulumi id."""
        _, project, _, location, _, service = id.split("/")
        return cls(project, location, service)

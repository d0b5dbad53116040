"""What a pipeline reads and writes, by the parameter that each fills.

The parameters of a run, the grants of its account and the template's parameters follow from it.

A name tells what it is: ``gs://…`` is Cloud Storage, ``projects/P/topics/T`` a topic, ``projects/P/subscriptions/S`` a
subscription, ``PROJECT:DATASET.TABLE`` a table of BigQuery.
"""

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

OWN_FILES = "files"
"""What is written below the pipeline's own bucket, under the run's name."""


class Kind(Enum):
    """What a name stands for: its form, what it is called, and its types as a template's parameter, read and written.

    https://cloud.google.com/dataflow/docs/guides/templates/configuring-flex-templates#metadata-parameters
    """

    FILES = (r"gs://[a-z0-9][a-z0-9._-]*/.+", "Cloud Storage", "GCS_READ_FILE", "GCS_WRITE_FOLDER")
    TOPIC = (r"projects/[^/]+/topics/[^/]+", "Pub/Sub", "PUBSUB_TOPIC", "PUBSUB_TOPIC")
    SUBSCRIPTION = (r"projects/[^/]+/subscriptions/[^/]+", "Pub/Sub", "PUBSUB_SUBSCRIPTION", "")
    TABLE = (r"[a-z][a-z0-9.:-]*:\w+\.[\w$-]+", "BigQuery", "BIGQUERY_TABLE", "BIGQUERY_TABLE")

    def __init__(self, form: str, service: str, read: str, written: str) -> None:
        self.form, self.service, self.read, self.written = form, service, read, written

    @classmethod
    def of(cls, name: str) -> "Kind | None":
        """The kind of a name; None where it has the form of none."""
        return next((kind for kind in cls if re.fullmatch(kind.form, name)), None)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Files of the app that are uploaded below ``input/`` and read."""

    files: tuple[Path, ...]
    folder: str = ""
    """The name below which several lie; "" for a single one."""

    def __post_init__(self) -> None:
        if not self.files or (len(self.files) > 1 and not self.folder):
            raise ValueError(f"a sample is a file, or a folder with files, got {len(self.files)} files")

    @property
    def pattern(self) -> str:
        """What is read, below the bucket."""
        return f"input/{self.folder}/*" if self.folder else self.name_of(self.files[0])

    def name_of(self, file: Path) -> str:
        """Where a file lies, below the bucket."""
        return f"input/{self.folder}/{file.name}" if self.folder else f"input/{file.name}"

"""What every part of the settings is read as."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Read as it is written: nothing is converted, nothing ignored, nothing changed afterwards."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)

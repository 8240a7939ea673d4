"""Every environment variable, typed, with its doc line. The README's table is made from here.

Knows names and defaults. Reads the environment once, at start.
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """The service's settings; each is ILIAC_CDS_ and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="ILIAC_CDS_", extra="ignore", frozen=True)

    auth: Literal["jwt", "off"] = Field(
        default="jwt",
        description="Client authentication of `serve`. `off` leaves it to a proxy in front, and is shouted at start.",
    )
    code_map: str = Field(
        default="",
        description="Path of the site's own code map, a CSV file: what its local codes stand for. Empty: none.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins of browser-based CDS clients, separated by commas. Empty: no cross-origin calls.",
    )
    max_body_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="The largest request body taken, in bytes."
    )
    max_depth: int = Field(default=100, ge=10, le=400, description="The deepest nesting of JSON taken.")
    patient_view: bool = Field(
        default=False,
        description="Offer `iliac-charge-review` on `patient-view` too, for clients that deliver every trigger so.",
    )

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(v.strip() for v in value.split(",") if v.strip()) if isinstance(value, str) else value


def table() -> list[tuple[str, str, str]]:
    """The settings as rows of (variable, default, meaning), for the README."""
    rows = []
    for name, info in Settings.model_fields.items():
        default = info.default
        shown = (
            "(empty)" if default in ((), "") else str(default).lower() if isinstance(default, bool) else str(default)
        )
        rows.append((f"ILIAC_CDS_{name.upper()}", shown, info.description or ""))
    return rows

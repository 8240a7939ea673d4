"""Every environment variable, typed, with its doc line. The README's table is made from here.

Knows names and defaults. Reads the environment once, at start.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cds_service.fhir.servers import allowed
from cds_service.stores.place import Place


class Settings(BaseSettings):
    """The service's settings; each is ILIAC_CDS_ and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="ILIAC_CDS_", extra="ignore", frozen=True, hide_input_in_errors=True)

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
    data_dir: str = Field(
        default="",
        description="Directory of the embedded store. Empty: the user's own data directory, on Linux "
        "`~/.local/share/iliac-cds`.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="A PostgreSQL database to keep the store in: `postgresql://user:password@host/name`. "
        "Empty: a SQLite file in the data directory.",
    )
    fhir_ca_file: str = Field(
        default="",
        description="A file of certificate authorities (PEM) for these servers, in place of the public ones.",
    )
    fhir_deadline: float = Field(
        default=1.5, gt=0, le=60, description="Seconds that one request may spend on fetching, everything included."
    )
    fhir_max_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="The largest answer taken from a FHIR server, in bytes, all pages of a search together.",
    )
    fhir_max_files: int = Field(
        default=10, ge=0, le=100, description="The most notes and reports fetched for one request by their `url`."
    )
    fhir_max_pages: int = Field(default=10, ge=1, le=1000, description="The most pages of one search that are read.")
    fhir_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Base URLs of the FHIR servers that may be called, separated by commas. After one whose address is "
        "not public stand its networks: `https://fhir.hospital.example/r4 10.1.0.0/16`. Empty: nothing is fetched.",
    )
    max_body_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="The largest request body taken, in bytes."
    )
    max_depth: int = Field(default=100, ge=10, le=400, description="The deepest nesting of JSON taken.")
    patient_view: bool = Field(
        default=False,
        description="Offer `iliac-charge-review` on `patient-view` too, for clients that deliver every trigger so.",
    )

    store_key: SecretStr = Field(
        default=SecretStr(""),
        description="The secret under which encounters are recognised, at least 32 characters, the same for all that "
        "share a store. Empty: one that the store makes and holds.",
    )

    @field_validator("cors_origins", "fhir_servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(v.strip() for v in value.split(",") if v.strip()) if isinstance(value, str) else value

    @field_validator("fhir_servers")
    @classmethod
    def _are_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        allowed(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not text.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://; an embedded store is placed by ILIAC_CDS_DATA_DIR")
        return value

    @field_validator("store_key")
    @classmethod
    def _is_long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("fhir_ca_file")
    @classmethod
    def _is_a_file(cls, value: str) -> str:
        if value and not Path(value).is_file():
            raise ValueError("there is no such file")
        return value

    @property
    def place(self) -> Place:
        """Where the store is."""
        return Place(url=self.database_url.get_secret_value(), directory=self.data_dir)


class InvalidSettings(Exception):
    """A setting cannot be used; the message names each and why, and repeats no value."""


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        InvalidSettings: one cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"ILIAC_CDS_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_url=False)]
        raise InvalidSettings("; ".join(faults)) from None


def table() -> list[tuple[str, str, str]]:
    """The settings as rows of (variable, default, meaning), for the README."""
    rows = []
    for name, info in Settings.model_fields.items():
        rows.append((f"ILIAC_CDS_{name.upper()}", _shown(info.default), info.description or ""))
    return rows


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "(empty)" if default == () else str(default) or "(empty)"

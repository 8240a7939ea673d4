"""Every environment variable, typed, with its doc line. The README's table is made from here.

Knows names and defaults. Reads the environment once, at start.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cds_service.fhir.servers import allowed


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
    log_format: Literal["json", "text"] = Field(
        default="json", description="One line an event on standard error: `json`, or `text` for people."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="`info` is a line a request; `debug` adds probes; `warning` is failures only."
    )
    max_body_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="The largest request body taken, in bytes."
    )
    max_depth: int = Field(default=100, ge=10, le=400, description="The deepest nesting of JSON taken.")
    max_running: int = Field(
        default=8, ge=1, le=64, description="The most calls one worker process works on at the same time."
    )
    max_wait: float = Field(
        default=1.0, ge=0, le=30, description="Seconds a call waits for its turn before it is answered with 503."
    )
    max_waiting: int = Field(
        default=16, ge=0, le=256, description="The most calls that wait for a turn in one worker; more get 503 at once."
    )
    metrics: str = Field(
        default="on",
        pattern=r"^(on|off|.+:\d{1,5})$",
        description="`on`: /metrics is answered beside the service. `off`: it is not. `HOST:PORT`: it is answered "
        "there, and only there.",
    )
    patient_view: bool = Field(
        default=False,
        description="Offer `iliac-charge-review` on `patient-view` too, for clients that deliver every trigger so.",
    )
    receive_seconds: float = Field(
        default=10, gt=0, le=300, description="Seconds `serve` waits in all for the bytes of one request."
    )

    @property
    def metrics_port(self) -> int:
        """The port that is for /metrics alone; 0 when there is none."""
        return int(self.metrics.rpartition(":")[2]) if ":" in self.metrics else 0

    @field_validator("cors_origins", "fhir_servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(v.strip() for v in value.split(",") if v.strip()) if isinstance(value, str) else value

    @field_validator("fhir_servers")
    @classmethod
    def _are_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        allowed(value)
        return value

    @field_validator("fhir_ca_file")
    @classmethod
    def _is_a_file(cls, value: str) -> str:
        if value and not Path(value).is_file():
            raise ValueError("there is no such file")
        return value


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

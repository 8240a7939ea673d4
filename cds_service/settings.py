"""Every environment variable, typed, with its doc line; `settings_table` shows them in the README.

Knows names and defaults. Reads the environment once, at start.
"""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cds_service.advice import Preferences, audiences_of
from cds_service.coding.bilateral import both_legs_preference
from cds_service.outbound.addresses import check_authorities, check_base, check_origin
from cds_service.outbound.servers import allowed
from cds_service.stores.place import Place

Algorithm = Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512"]


class Settings(BaseSettings):
    """The service's settings; each is ILIAC_CDS_ and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="ILIAC_CDS_", extra="ignore", frozen=True, hide_input_in_errors=True)

    audiences: str = Field(
        default="",
        description="Who reads the cards of a hook when the user's own role was not sent: `hook=coder` or "
        "`hook=clinician`, separated by commas. Unset: coders, but on order-sign, which never names a code.",
    )
    auth: Literal["jwt", "off"] = Field(
        default="jwt",
        description="Client authentication of `serve`. `off` leaves it to a proxy in front, and is shouted at start.",
    )
    both_legs: str = Field(
        default="two-lines",
        description="How one initial code in both legs is written: `two-lines` (RT and LT) or `modifier-50`, and which "
        "payers want the other way: `two-lines, medicare=modifier-50`.",
    )
    client_profile: Literal["standard", "epic", "oracle"] = Field(
        default="standard",
        description="What the client can carry out: `standard`, `epic` or `oracle`; a trusted client may say its own.",
    )
    clients: str = Field(
        default="",
        description="Path of the file of trusted clients (TOML), see Client authentication. Needed for `jwt`.",
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
    epic_triggers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("7", "27"),
        description="The triggers of Epic that are answered where they come as patient-view, by their numbers: 7 a "
        "diagnosis is entered, 27 the discharge section of an inpatient. Others get no card.",
    )
    fhir_ca_file: str = Field(
        default="",
        description="A file of certificate authorities (PEM) for these servers, in place of the public ones.",
    )
    fhir_deadline: float = Field(
        default=1.5,
        gt=0,
        le=60,
        description="Seconds from a request's arrival that fetching may use, everything included. The last tenth is "
        "kept for reading what came and deciding.",
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
    jwt_algorithms: Annotated[tuple[Algorithm, ...], NoDecode] = Field(
        default=("ES384", "RS384"),
        min_length=1,
        description="Algorithms taken in client tokens, separated by commas, of ES256, ES384, ES512, RS256, RS384, "
        "RS512.",
    )
    jwt_leeway: int = Field(
        default=30, ge=0, le=300, description="Seconds that a client's clock may differ from this one's."
    )
    jwt_max_lifetime: int = Field(
        default=600,
        ge=30,
        le=3600,
        description="The longest life of a client token taken, from `iat` to `exp`, in seconds.",
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
    public_url: str = Field(
        default="",
        description="The service's address as clients call it: what stands before `/cds-services`. Needed for `jwt`.",
    )
    receive_seconds: float = Field(
        default=10, gt=0, le=300, description="Seconds `serve` waits in all for the bytes of one request."
    )
    store_key: SecretStr = Field(
        default=SecretStr(""),
        description="The secret under which encounters are recognised, at least 32 characters, the same for all that "
        "share a store. Empty: one that the store makes and holds.",
    )

    @property
    def metrics_port(self) -> int:
        """The port that is for /metrics alone; 0 when there is none."""
        return int(self.metrics.rpartition(":")[2]) if ":" in self.metrics else 0

    @field_validator("audiences")
    @classmethod
    def _are_audiences(cls, value: str) -> str:
        audiences_of(value)
        return value

    @field_validator("both_legs")
    @classmethod
    def _is_a_way(cls, value: str) -> str:
        both_legs_preference(value)
        return value

    @field_validator("cors_origins", "epic_triggers", "fhir_servers", "jwt_algorithms", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(v.strip() for v in value.split(",") if v.strip()) if isinstance(value, str) else value

    @field_validator("epic_triggers")
    @classmethod
    def _are_numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(v.isdecimal() for v in value):
            raise ValueError("must be numbers of triggers, separated by commas, such as 7, 27")
        return value

    @field_validator("fhir_servers")
    @classmethod
    def _are_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        allowed(value)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            check_origin(origin)
        return value

    @field_validator("public_url")
    @classmethod
    def _is_the_base(cls, value: str) -> str:
        check_base(value)
        return value.rstrip("/")

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
    def _holds_authorities(cls, value: str) -> str:
        check_authorities(value)
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
        found = ((str(e["loc"][0]).upper(), e["msg"].removeprefix("Value error, ")) for e in error.errors())
        raise InvalidSettings("; ".join(f"ILIAC_CDS_{name}: {why}" for name, why in found)) from None


def preferences(settings: Settings) -> Preferences:
    """What the installation prefers, out of its settings."""
    return Preferences(
        both_legs=both_legs_preference(settings.both_legs),
        audiences=audiences_of(settings.audiences),
        profile=settings.client_profile,
    )

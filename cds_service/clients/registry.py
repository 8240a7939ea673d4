"""The site's list of trusted clients: one TOML file, checked as a whole before the service starts.

Knows the file's form and says of every fault the client and what would be right. Opens no connection.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds_service.clients.addresses import address_of, names_public_sandbox
from cds_service.clients.key_sets import KeySet, UnusableKeys, has_private_key, read_keys
from cds_service.clients.key_sources import Address

Profile = Literal["standard", "epic", "oracle"]
_Text = Annotated[str, Field(min_length=1, max_length=1000)]


class ClientsProblem(Exception):
    """The clients' file cannot be used; the message is one line with every fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedClient:
    """One CDS client: what its tokens say, and either addresses of its keys by their `jku` or the keys themselves.

    `subject` and `tenant` are what a token's `sub` and `tenant` must be; None where they do not matter.
    `base_audience`: the service's public URL is taken as `aud` too, beside the URL of the endpoint.
    """

    name: str
    issuer: str
    profile: Profile | None
    subject: str | None
    tenant: str | None
    base_audience: bool
    addresses: tuple[Address, ...]
    pinned: KeySet | None


class _Entry(BaseModel):
    """One `[[client]]` as it stands in the file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    issuer: _Text
    profile: Profile | None = None
    subject: _Text | None = None
    tenant: _Text | None = None
    base_audience: bool = False
    jku: list[_Text] = []
    networks: list[_Text] = []
    ca_file: _Text | None = None
    loopback_http: bool = False
    jwks_file: _Text | None = None


def load_clients(path: str, algorithms: Sequence[str]) -> tuple[TrustedClient, ...]:
    """The clients of a file; paths in it are relative to its folder.

    Raises:
        ClientsProblem: the file cannot be read or has a fault.
    """
    file = Path(path)
    try:
        tables = _tables(tomllib.loads(file.read_text("utf-8")))
        clients = [_Reading(file.parent, n, table, algorithms) for n, table in enumerate(tables, start=1)]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).replace("\n", " ")
        raise ClientsProblem(f"the clients' file {path} cannot be used: {reason}") from None
    faults = [f for c in clients for f in c.faults] or list(_mistaken_for_each_other([c.client() for c in clients]))
    if faults:
        raise ClientsProblem(f"the clients' file {path} cannot be used: {'; '.join(faults)}")
    return tuple(c.client() for c in clients)


def _tables(document: dict[str, object]) -> list[object]:
    """The client tables of a document.

    Raises:
        ValueError: it has none, or something else beside them.
    """
    tables = document.get("client")
    if not isinstance(tables, list) or not tables:
        raise ValueError("it names no client; each is a table [[client]] with name, issuer and jku or jwks_file")
    if odd := [k for k in document if k != "client"]:
        raise ValueError(f"{', '.join(odd)} stands outside of the clients; every setting belongs below a [[client]]")
    return tables


class _Reading:
    """One table of the file, being read; `faults` says what is wrong with it."""

    def __init__(self, folder: Path, number: int, table: object, algorithms: Sequence[str]) -> None:
        self._folder, self._algorithms = folder, algorithms
        self._faults: list[str] = []
        self._addresses: list[Address] = []
        self._pinned: KeySet | None = None
        name = table.get("name") if isinstance(table, dict) else None
        self._label = f"client {number}" + (f" ({name})" if isinstance(name, str) else "")
        try:
            self._entry = _Entry.model_validate(table)
        except ValidationError as error:
            self._faults += [_fault(str(e["loc"][0]) if e["loc"] else "", e["type"], e["msg"]) for e in error.errors()]
            return
        self._faults += _about_keys(self._entry)
        if self._entry.jwks_file is not None:
            self._read_file(self._folder / self._entry.jwks_file)
        self._read_addresses()

    @property
    def faults(self) -> list[str]:
        return [f"{self._label}: {fault}" for fault in self._faults]

    def client(self) -> TrustedClient:
        entry = self._entry
        return TrustedClient(
            name=entry.name,
            issuer=entry.issuer,
            profile=entry.profile,
            subject=entry.subject,
            tenant=entry.tenant,
            base_audience=entry.base_audience,
            addresses=tuple(self._addresses),
            pinned=self._pinned,
        )

    def _read_addresses(self) -> None:
        entry = self._entry
        authorities = str(self._folder / entry.ca_file) if entry.ca_file else ""
        if authorities and not Path(authorities).is_file():
            self._faults.append(f"ca_file: there is no file {entry.ca_file}")
        for url in entry.jku:
            try:
                server = address_of(url, entry.networks, plain=entry.loopback_http)
                self._addresses.append(Address(url=url, server=server, authorities=authorities))
            except ValueError as error:
                self._faults.append(f"jku: {error}")

    def _read_file(self, path: Path) -> None:
        try:
            raw = path.read_bytes()
            if has_private_key(raw):
                self._faults.append("jwks_file: it holds a private or shared key; it must hold public keys only")
            self._pinned = read_keys(raw, self._algorithms)
        except OSError as error:
            self._faults.append(f"jwks_file: {path.name} cannot be read ({error.strerror})")
        except UnusableKeys as error:
            self._faults.append(f"jwks_file: {path.name} cannot be used: {error}")
        if self._pinned is not None and not self._pinned:
            self._faults.append(
                f"jwks_file: {path.name} has no public key with a kid for one of {', '.join(self._algorithms)}"
            )


def _fault(name: str, kind: str, said: str) -> str:
    if kind == "extra_forbidden":
        return f"{name} is no setting of a client; there are {', '.join(_Entry.model_fields)}"
    if kind == "missing":
        return f"{name} is missing"
    if name == "name" and kind == "string_pattern_mismatch":
        return "name must be up to 40 lower-case letters, digits and hyphens"
    return f"{name}: {said[:1].lower()}{said[1:]}".removeprefix(": ")


def _about_keys(entry: _Entry) -> Iterator[str]:
    if names_public_sandbox(entry.issuer):
        yield "issuer is the public CDS Hooks sandbox, whose private key everyone has; use `iliac-cds sandbox` with it"
    if bool(entry.jku) == bool(entry.jwks_file):
        yield "either jku or jwks_file must say where the client's keys are, and not both"
    if entry.jwks_file and (entry.networks or entry.ca_file or entry.loopback_http):
        yield "networks, ca_file and loopback_http belong to jku"


def _mistaken_for_each_other(clients: Sequence[TrustedClient]) -> Iterator[str]:
    """Every token must belong to one client at most."""
    for n, client in enumerate(clients):
        for other in clients[:n]:
            if client.name == other.name:
                yield f"two clients are named {client.name}"
            apart = [a and b and a != b for a, b in ((client.subject, other.subject), (client.tenant, other.tenant))]
            if client.issuer == other.issuer and not any(apart):
                yield (
                    f"{other.name} and {client.name} have the same issuer; "
                    "give both a subject or both a tenant of their own"
                )

"""A CDS client: its keys, its JWK Set and its tokens, good ones and every kind of bad one."""

import base64
import json
import time
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from cds_service.clients.registry import TrustedClient, load_clients
from cds_service.clients.verification import Authentication, Demands
from cds_service.stores.tokens import MemoryTokenStore, TokenStore

ISSUER = "https://ehr.hospital.example/r4"
BASE = "https://cds.hospital.example"
PATH = "/cds-services/iliac-charge-review"
URL = BASE + PATH
ALGORITHMS = ("ES384", "RS384")
KINDS = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


@lru_cache
def private_key(algorithm: str, owner: str = "client", bits: int = 2048) -> Any:
    """A key pair, the same one whenever it is asked for again."""
    if algorithm in KINDS:
        return ec.generate_private_key(KINDS[algorithm]())
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(algorithm: str, kid: str | int | None, owner: str = "client", **more: Any) -> dict[str, Any]:
    """The public key as it stands in a JWK Set; a member given as None is left out."""
    kind = jwt.algorithms.ECAlgorithm if algorithm in KINDS else jwt.algorithms.RSAAlgorithm
    found = json.loads(kind.to_jwk(private_key(algorithm, owner).public_key()))
    found.pop("key_ops", None)
    made = {**found, "kid": kid, "use": "sig", "alg": algorithm, **more}
    return {k: v for k, v in made.items() if v is not None}


def jwk_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": list(keys)}).encode()


def pem(key: PrivateKeyTypes) -> bytes:
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims with changes; one given as None is left out."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": URL, "iat": now, "exp": now + 240, "jti": str(uuid.uuid4())}
    return {k: v for k, v in {**good, **changes}.items() if v is not None}


def head(algorithm: str = "ES384", **changes: Any) -> dict[str, Any]:
    """A good header with changes; a member given as None is left out."""
    good = {"typ": "JWT", "alg": algorithm, "kid": algorithm.lower()}
    return {k: v for k, v in {**good, **changes}.items() if v is not None}


def signed(header: Any, payload: Any, algorithm: str = "ES384", owner: str = "client") -> str:
    """Header and payload as they are, signed by a key; nothing is checked or added."""
    message = f"{packed(header)}.{packed(payload)}"
    signer = jwt.algorithms.get_default_algorithms()[algorithm]
    signature = signer.sign(message.encode(), private_key(algorithm, owner))
    return f"{message}.{encoded(signature)}"


def token(*, header: dict[str, Any] | None = None, algorithm: str = "ES384", owner: str = "client", **more: Any) -> str:
    """A token of good claims with changes, signed; `header` changes its header."""
    return signed(head(algorithm, **(header or {})), claims(**more), algorithm, owner)


def packed(value: Any) -> str:
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def authentication(*clients: TrustedClient, tokens: TokenStore | None = None, **demands: Any) -> Authentication:
    wanted = {"algorithms": ALGORITHMS, "public_url": BASE, "leeway": 30, "lifetime": 600, **demands}
    return Authentication(clients, Demands(**wanted), tokens or MemoryTokenStore())


def trusting(folder: Path, *tables: str, keys: bytes = b"") -> tuple[TrustedClient, ...]:
    """The clients of a file with these tables; `keys` lies beside it as keys.json."""
    (folder / "keys.json").write_bytes(keys or jwk_set(*(jwk(a, a.lower()) for a in ALGORITHMS)))
    file = folder / "clients.toml"
    file.write_text("\n".join(f"[[client]]\n{t}\n" for t in tables), "utf-8")
    return load_clients(str(file), ALGORITHMS)


def table(name: str = "ehr", **more: Any) -> str:
    """A client's table with pinned keys and changes; an entry given as None is left out."""
    good = {"name": name, "issuer": ISSUER, "jwks_file": "keys.json", **more}
    return "\n".join(f"{k} = {json.dumps(v)}" for k, v in good.items() if v is not None)

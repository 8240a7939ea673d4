"""The deployment files say what the service is: its commands, settings, addresses and limits, and nothing that runs as root."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from click.testing import CliRunner

from cds_service.app import create_app
from cds_service.cli import main
from cds_service.settings import Settings
from cds_service.settings_table import table
from cds_service.workers import GRACE
from tests.ops.serving import CHARGE, served, until
from tests.ops.test_serving import BODY, listens
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
MANIFEST = {d["kind"]: d for d in yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text())}
POD = MANIFEST["Deployment"]["spec"]["template"]["spec"]


def dockerfile() -> list[tuple[str, str]]:
    """Instructions and their arguments, in order."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, " ".join(rest.split())) for name, rest in lines]


def last_stage() -> list[tuple[str, str]]:
    found = dockerfile()
    return found[max(n for n, (name, _) in enumerate(found) if name == "FROM") :]


def test_the_image_has_two_stages_and_ends_as_nobody() -> None:
    assert [rest for name, rest in dockerfile() if name == "FROM"] == [
        "python:${PYTHON}-slim AS build",
        "python:${PYTHON}-slim",
    ]
    assert [rest for name, rest in last_stage() if name == "USER"] == ["10001:10001"]
    names = [name for name, _ in last_stage()]
    assert "RUN" not in names[names.index("USER") :]
    assert {"ADD", "ONBUILD", "MAINTAINER"} & set(names) == set()


def test_what_the_image_copies_is_there_and_reaches_the_builder() -> None:
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {s for name, rest in dockerfile() if name == "COPY" and "--from" not in rest for s in rest.split()[:-1]}
    assert {s.removeprefix("./") for s in sources} == admitted
    assert [s for s in admitted if not (ROOT / s).exists()] == []


def test_ci_installs_the_image_by_the_same_commands() -> None:
    ci = (ROOT / ".ci/run").read_text().replace('"$image/bin/python"', "/opt/iliac-cds/bin/python")
    installs = [rest for name, rest in dockerfile() if name == "RUN" and rest.startswith("pip ")]
    assert len(installs) == 2
    assert [i for i in installs if i not in ci] == []


def test_the_image_starts_a_command_there_is() -> None:
    command = next(rest for name, rest in last_stage() if name == "CMD")
    words = yaml.safe_load(command)
    assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0
    assert next(rest for name, rest in last_stage() if name == "ENTRYPOINT") == '["iliac-cds"]'
    ports = {words[words.index("--port") + 1], next(rest for name, rest in last_stage() if name == "EXPOSE")}
    assert ports == {"5000"}
    health = next(rest for name, rest in last_stage() if name == "HEALTHCHECK")
    assert "http://127.0.0.1:5000/healthz" in health


def test_no_image_is_named_by_its_registry() -> None:
    images = [s["image"] for s in COMPOSE["services"].values()]
    images += [c["image"] for c in [*POD["containers"], *POD["initContainers"]]]
    assert set(images) == {"iliac-cds", "caddy:2", "postgres:17"}


def test_every_setting_named_is_one() -> None:
    texts = [p.read_text() for p in [ROOT / "Dockerfile", *(ROOT / "deploy").iterdir()]]
    named = {name for text in texts for name in re.findall(r"ILIAC_CDS_[A-Z_]+", text)}
    assert named <= {variable for variable, _, _ in table()}
    Settings(metrics=MANIFEST["ConfigMap"]["data"]["ILIAC_CDS_METRICS"])


@pytest.mark.parametrize("name", ["proxy", "iliac-cds", "upgrade"])
def test_containers_write_nowhere_and_gain_no_rights(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_compose_runs_two_replicas_that_have_time_to_finish() -> None:
    service = COMPOSE["services"]["iliac-cds"]
    assert service["deploy"]["replicas"] == 2
    assert int(service["stop_grace_period"].removesuffix("s")) > GRACE
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "deploy/compose.yaml").read_text()))
    told = {line.split("=")[0] for line in (ROOT / "deploy/env.example").read_text().splitlines() if "=" in line}
    assert asked == told


def test_pods_run_as_nobody_and_write_nowhere() -> None:
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert f"{POD['securityContext']['runAsUser']}:{POD['securityContext']['runAsGroup']}" == "10001:10001"
    for container in [*POD["containers"], *POD["initContainers"]]:
        closed = container["securityContext"]
        assert closed["readOnlyRootFilesystem"] is True
        assert closed["allowPrivilegeEscalation"] is False
        assert closed["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        volumes = {v["name"] for v in POD["volumes"]}
        assert {m["name"] for m in container["volumeMounts"]} <= volumes


def test_pods_are_asked_where_they_answer_and_have_time_to_finish() -> None:
    (container,) = POD["containers"]
    paths = {rule.rule for rule in create_app(Settings()).url_map.iter_rules()}
    ports = {p["name"]: p["containerPort"] for p in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"] in paths
        assert ports[asked["port"]] == 5000
    assert f"0.0.0.0:{ports['metrics']}" == MANIFEST["ConfigMap"]["data"]["ILIAC_CDS_METRICS"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert POD["terminationGracePeriodSeconds"] > pause + GRACE


def test_all_parts_of_the_manifest_mean_the_same_pods() -> None:
    labels = MANIFEST["Deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors: list[Any] = [MANIFEST["Service"]["spec"]["selector"]]
    selectors += [MANIFEST[kind]["spec"]["selector"]["matchLabels"] for kind in ("Deployment", "PodDisruptionBudget")]
    assert selectors == [labels] * 3
    assert MANIFEST["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "iliac-cds"
    assert MANIFEST["PodDisruptionBudget"]["spec"]["minAvailable"] < MANIFEST["Deployment"]["spec"]["replicas"]


@pytest.mark.server
@pytest.mark.enable_socket
@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_the_proxy_leads_to_the_service_and_to_nothing_of_its_inside(tmp_path: Path) -> None:
    authority = trustme.CA()
    site = authority.issue_cert("localhost")
    (tmp_path / "cds.pem").write_bytes(b"".join(c.bytes() for c in site.cert_chain_pems))
    (tmp_path / "cds.key").write_bytes(site.private_key_pem.bytes())
    config = tmp_path / "Caddyfile"
    config.write_text((ROOT / "deploy/Caddyfile").read_text().replace("/certificates", str(tmp_path)))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    port = free_port()
    with served(tmp_path) as server:
        environment = {"CDS_HOST": f"localhost:{port}", "CDS_UPSTREAM": "127.0.0.1", "HOME": str(tmp_path)}
        environment |= {"CDS_UPSTREAM_PORT": str(server.port), "PATH": os.environ["PATH"]}
        proxy = subprocess.Popen(["caddy", "run", "--adapter", "caddyfile", "--config", str(config)], env=environment)
        try:
            until(lambda: proxy.poll() is None and listens(port))
            assert asked(port, trust, "/cds-services", None).startswith(b"HTTP/1.1 200")
            assert b'"cards"' in asked(port, trust, CHARGE, BODY)
            for inside in ("/metrics", "/healthz", "/readyz", "/"):
                assert asked(port, trust, inside, None).startswith(b"HTTP/1.1 404")
        finally:
            proxy.terminate()
            proxy.wait(30)


def asked(port: int, trust: ssl.SSLContext, path: str, body: bytes | None) -> bytes:
    """The whole answer, as it came over TLS."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body or b'')}\r\n\r\n"
        connection.sendall(head.encode() + (body or b""))
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)

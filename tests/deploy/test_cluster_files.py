"""The files of `deploy/cluster` and `deploy/backup` fit each other, and what the product needs of them stands in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from api.settings import Settings
from reporting.database.connect import Database

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CLUSTER = DEPLOY / "cluster"
PATRONI: dict[str, Any] = yaml.safe_load((CLUSTER / "patroni.yml").read_text("utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((CLUSTER / "compose.yaml").read_text("utf-8"))
DCS = PATRONI["bootstrap"]["dcs"]
PARAMETERS = DCS["postgresql"]["parameters"]


def haproxy() -> dict[str, list[list[str]]]:
    """Section → its lines, in words."""
    sections: dict[str, list[list[str]]] = {}
    for line in (CLUSTER / "haproxy.cfg").read_text("utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words and not line.startswith(" "):
            sections[words[-1]] = current = []
        elif words:
            current.append(words)
    return sections


HAPROXY = haproxy()


def environment(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def unit(file: Path) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            values.setdefault(name, []).append(value)
    return values


def port(address: str) -> str:
    return address.rpartition(":")[2]


def servers(section: str) -> list[tuple[str, str, str | None]]:
    """(name, address with its port, port of the check)."""
    return [
        (words[1], words[2], words[words.index("port") + 1] if "port" in words else None)
        for words in HAPROXY[section]
        if words[0] == "server" and "backup" not in words
    ]


def test_nothing_is_acknowledged_that_one_machine_alone_has() -> None:
    assert DCS["synchronous_mode"] is True
    assert DCS["synchronous_mode_strict"] is True
    assert DCS["synchronous_node_count"] == 1
    assert {PARAMETERS[name] for name in ("synchronous_commit", "fsync", "full_page_writes")} == {"on"}
    assert "data-checksums" in PATRONI["bootstrap"]["initdb"]
    assert PATRONI["watchdog"]["mode"] == "required"
    assert PATRONI["tags"] == {"nofailover": False, "noloadbalance": False}


def test_the_times_are_those_that_patroni_takes() -> None:
    """Below its minima it would use its own, and nothing would say so."""
    assert DCS["ttl"] >= 20
    assert DCS["retry_timeout"] >= 3
    assert DCS["loop_wait"] + 2 * DCS["retry_timeout"] <= DCS["ttl"]
    assert DCS["primary_start_timeout"] == 0


@pytest.mark.parametrize(("section", "role"), [("primary", "/primary"), ("replicas", "/replica")])
def test_haproxy_asks_patroni_who_leads(section: str, role: str) -> None:
    assert ["mode", "tcp"] in HAPROXY["defaults"]
    assert ["mode", "http"] not in HAPROXY[section]
    (check,) = (words for words in HAPROXY[section] if words[:2] == ["option", "httpchk"])
    assert check[3].partition("?")[0] == role
    assert ["http-check", "expect", "status", "200"] in HAPROXY[section]
    (every,) = (words for words in HAPROXY[section] if words[0] == "default-server")
    assert "on-marked-down shutdown-sessions" in " ".join(every), "a session must not outlive its primary"
    ports = {(port(address), asked) for _, address, asked in servers(section)}
    assert ports == {(port(PATRONI["postgresql"]["listen"]), port(PATRONI["restapi"]["listen"]))}
    assert len(servers(section)) == 3


def test_the_product_finds_haproxy_and_haproxy_the_product() -> None:
    binds = {
        name: next(words[1] for words in HAPROXY[name] if words[0] == "bind")
        for name in ("primary", "replicas", "api")
    }
    given = environment(CLUSTER / "reporting.env.example")
    for setting, section in (("REPORTING_DATABASE_URL", "primary"), ("REPORTING_READ_URL", "replicas")):
        url = conninfo_to_dict(given[setting])
        assert f"{url['hostaddr']}:{url['port']}" == binds[section]
        assert url["sslmode"] == "verify-full"
        kept = conninfo_to_dict(Database(given[setting]).dsn())
        assert {name: kept[name] for name in url} == url, "nothing of it is lost on the way"
    # until its first checks HAProxy takes every server for the primary
    assert conninfo_to_dict(given["REPORTING_DATABASE_URL"])["target_session_attrs"] == "read-write"
    settings = Settings.from_env(given)
    assert {port(address) for _, address, _ in servers("api")} == {str(settings.port)}
    assert {address.partition(":")[0] for _, address, _ in servers("api")} == set(settings.trusted_proxies)
    assert settings.projector is False
    assert ["http-request", "set-header", "X-Forwarded-For", "%[src]"] in HAPROXY["api"]
    assert settings.read_url is not None
    # `/ready/changes` is the reading database's answer: a replica's, never 200
    assert ["option", "httpchk", "GET", "/ready"] in HAPROXY["api"]


def test_the_logins_have_room_together() -> None:
    limits = re.findall(r"CONNECTION LIMIT (\d+)", (DEPLOY / "roles.sql").read_text("utf-8"))
    assert sum(map(int, limits)) + PARAMETERS["max_wal_senders"] < PARAMETERS["max_connections"]
    rules = "\n".join(PATRONI["postgresql"]["pg_hba"])
    for login in re.findall(
        r"^ALTER ROLE (\w+) LOGIN", (DEPLOY / "roles.sql").read_text("utf-8"), re.MULTILINE
    ):
        assert login in rules
    assert PATRONI["postgresql"]["pg_hba"][-1] == "host all all all reject"
    assert not re.search(r"\b(trust|password|md5)$", rules, re.MULTILINE)
    for user in PATRONI["postgresql"]["authentication"].values():
        assert user["username"] in rules
        assert "password" not in user


def test_patroni_is_let_in_where_it_asks_its_own_server() -> None:
    """Over 127.0.0.1, which it takes where it is told nothing, the last line refuses it, and no cluster is ever made."""
    own, rules = PATRONI["postgresql"], [line.split() for line in PATRONI["postgresql"]["pg_hba"]]
    users = {who: user["username"] for who, user in own["authentication"].items()}
    assert own["use_unix_socket"]
    assert own["use_unix_socket_repl"]
    assert ["local", "all", users["superuser"], "peer"] in rules
    assert ["local", "replication", users["replication"], "scram-sha-256"] in rules


def test_readers_ask_the_primary_while_no_replica_is_there() -> None:
    (bind,) = (words[1] for words in HAPROXY["primary"] if words[0] == "bind")
    assert ["server", "primary", bind, "backup"] in HAPROXY["replicas"]
    (every,) = (words for words in HAPROXY["replicas"] if words[0] == "default-server")
    assert "shutdown-backup-sessions" in every, "and come back to a replica"


@pytest.mark.parametrize("file", sorted(DEPLOY.rglob("*.env.example")), ids=lambda file: str(file.name))
def test_a_server_whose_certificate_is_looked_at_is_named_with_who_signed_it(file: Path) -> None:
    urls = [
        value for name, value in environment(file).items() if name.endswith("_URL") and "verify-full" in value
    ]
    assert [url for url in urls if "sslrootcert" not in conninfo_to_dict(url)] == []


def test_etcd_is_where_patroni_looks_for_it() -> None:
    given = environment(CLUSTER / "etcd.env.example")
    members = dict(member.split("=", 1) for member in given["ETCD_INITIAL_CLUSTER"].split(","))
    assert len(members) == 3
    assert members[given["ETCD_NAME"]] == given["ETCD_INITIAL_ADVERTISE_PEER_URLS"]
    hosts = {url.removeprefix("http://").rpartition(":")[0] for url in members.values()}
    asked = port(given["ETCD_LISTEN_CLIENT_URLS"])
    assert {f"{host}:{asked}" for host in hosts} == set(PATRONI["etcd3"]["hosts"])
    node = environment(CLUSTER / "node.env.example")
    assert port(node["PATRONI_RESTAPI_CONNECT_ADDRESS"]) == port(PATRONI["restapi"]["listen"])
    assert port(node["PATRONI_POSTGRESQL_CONNECT_ADDRESS"]) == port(PATRONI["postgresql"]["listen"])
    assert all(node[name] == "" for name in node if name.endswith("PASSWORD")), "no secret is shipped"


def test_the_units_name_files_that_the_guides_install() -> None:
    guide = (CLUSTER / "README.md").read_text("utf-8") + (DEPLOY / "README.md").read_text("utf-8")
    patroni = unit(CLUSTER / "patroni.service")
    program, config = shlex.split(patroni["ExecStart"][0])
    assert f"{Path(program).parent}/pip install" in guide
    assert config in guide
    assert patroni["EnvironmentFile"][0] in guide
    writable = patroni["ReadWritePaths"][0].split()
    assert any(PATRONI["postgresql"]["data_dir"].startswith(f"{path}/") for path in writable)
    archive = shlex.split(PARAMETERS["archive_command"])
    assert any(archive[-1].startswith(f"{path}/") for path in writable)
    assert PARAMETERS["jit"] == "off" or "MemoryDenyWriteExecute" not in patroni
    assert patroni["RemoveIPC"] == ["no"]
    assert patroni["Type"] == ["simple"] or "patroni[etcd3,systemd]" in guide, (
        "it says READY only with systemd-python"
    )
    assert patroni["KillMode"] == ["process"]
    assert patroni["RuntimeDirectoryPreserve"] == ["yes"], "a PostgreSQL that goes on keeps its socket"
    assert f". {patroni['EnvironmentFile'][0]}; " in guide, (
        "else what is checked lacks its name and addresses"
    )
    backup = unit(DEPLOY / "backup" / "reporting-backup.service")
    script, folder, _ = shlex.split(backup["ExecStart"][0])
    assert folder == backup["ReadWritePaths"][0] == str(Path(archive[-1]).parent)
    for name in (archive[0], script):
        assert f"deploy/backup/{Path(name).name}" in guide
        assert f"install -d {Path(name).parent}" in guide
    bin_dir = PATRONI["postgresql"]["bin_dir"]
    assert bin_dir in " ".join(backup["Environment"])


def test_both_ways_to_archive_are_one() -> None:
    lines = (DEPLOY / "backup" / "postgresql.conf").read_text("utf-8").splitlines()
    alone = dict(line.replace(" ", "", 2).split("=", 1) for line in lines if not line.startswith("#"))
    assert alone["archive_command"].strip("'") == PARAMETERS["archive_command"]
    for name in ("wal_level", "archive_mode", "archive_timeout", "full_page_writes"):
        assert alone[name] == PARAMETERS[name]


def test_the_trial_on_one_machine_is_the_same_arrangement() -> None:
    addresses = {
        name: service["networks"]["reporting"]["ipv4_address"]
        for name, service in COMPOSE["services"].items()
        if "networks" in service
    }
    for section in ("primary", "replicas"):
        for name, address, _ in servers(section):
            assert addresses[name] == address.partition(":")[0]
    for name, address, _ in servers("api"):
        beside = COMPOSE["services"][name]["network_mode"].removeprefix("service:")
        assert addresses[beside] == address.partition(":")[0]
    for name in ("db1", "db2", "db3"):
        given = COMPOSE["services"][name]["environment"]
        assert given["PATRONI_NAME"] == name
        assert given["PATRONI_POSTGRESQL_CONNECT_ADDRESS"] == f"{addresses[name]}:5432"
        asked = re.findall(r"[\d.]+(?=:)", given["PATRONI_ETCD3_HOSTS"])
        assert asked == [addresses[etcd] for etcd in ("etcd1", "etcd2", "etcd3")]
    given = Settings.from_env(COMPOSE["services"]["api1"]["environment"])
    assert given.database_url is not None
    assert conninfo_to_dict(given.database_url)["port"] == "5000"
    used = {name for service in COMPOSE["services"].values() for name in service.get("depends_on", ())}
    assert used <= COMPOSE["services"].keys()
    assert {"api1", "api2", "follow", "signer", "migrate"} <= COMPOSE["services"].keys()


def test_the_image_copies_what_is_there() -> None:
    lines = (CLUSTER / "Dockerfile").read_text("utf-8").splitlines()
    copied = [line.split()[-2] for line in lines if line.startswith("COPY")]
    assert copied
    assert [name for name in copied if not (DEPLOY / name).is_file()] == []
    assert any("s/mode: required/" in line for line in lines), "a container has no watchdog"
    units = (CLUSTER / "patroni.service").read_text("utf-8")
    versions = {re.search(r"patroni\[etcd3\]==([\d.]+)", text) for text in (units, "\n".join(lines))}
    assert {version.group(1) for version in versions if version} == {"4.1.5"}


def test_no_pooler_stands_between() -> None:
    """The product refuses one, in session mode too: tests/database/test_pooler.py."""
    for file in CLUSTER.iterdir():
        if file.suffix not in (".md", ".cfg"):
            assert "pgbouncer" not in file.read_text("utf-8").lower(), file.name
    assert ":6432" not in (CLUSTER / "haproxy.cfg").read_text("utf-8")


def test_files_of_the_wal_are_kept_however_postgresql_is_run() -> None:
    """As docs/operate.md says; the benchmarks' server takes it from the same file."""
    alone = (DEPLOY / "backup" / "postgresql.conf").read_text("utf-8")
    assert f"\nmin_wal_size = {PARAMETERS['min_wal_size']}\n" in alone
    guides = ((ROOT / "docs" / name).read_text("utf-8") for name in ("operate.md", "ja/運用の手引き.md"))
    assert all("min_wal_size" in guide for guide in guides)

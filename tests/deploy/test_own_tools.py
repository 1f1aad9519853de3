"""What is shipped for other people's programs is what those programs take: each file through its own tool, where that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from api.cli.group import root

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*/*.service"), *DEPLOY.glob("*/*.timer")])
EXPOSED = 20
"""Tenths of `systemd-analyze security`'s number, at most."""
PUBLISHING = (ROOT / "docs" / "publishing.md").read_text("utf-8")


def tool(name: str) -> str:
    path = shutil.which(name, path="/usr/sbin:/sbin:" + (os.environ.get("PATH", "")))
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def taken(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def nginx_block() -> str:
    fenced = re.search(r"```nginx\n(.*?)```", PUBLISHING, re.DOTALL)
    assert fenced is not None
    return fenced.group(1)


def test_what_a_unit_starts_is_a_command_and_who_tells_has_one() -> None:
    started = {
        tuple(words.split()) for unit in UNITS for words in re.findall(r"^ExecStart=.*/bin/reporting (.*)$", unit.read_text("utf-8"), re.M)
    }  # fmt: skip
    assert ("tell", "run") in started
    for words in started:
        named = [word for word in words if not word.startswith("-") and not word[0].isdigit()]
        assert CliRunner().invoke(root, [*named, "--help"]).exit_code == 0, words


def test_haproxy_takes_its_file() -> None:
    assert "[WARNING]" not in taken(tool("haproxy"), "-c", "-f", DEPLOY / "cluster" / "haproxy.cfg")


def test_prometheus_takes_the_rules() -> None:
    taken(tool("promtool"), "check", "rules", DEPLOY / "observe" / "alerts.yml")


def test_who_tells_offices_and_stands_is_heard_of_long_before_500_events(tmp_path: Path) -> None:
    """One that reads, however busy the night, and one that was caught in between are left alone."""
    series = {
        "Down": ("100x20", "0 3x19"),
        "Busy": ("100+40x20", "7x20"),
        "Quiet": ("100x9 101x10", "0x8 1 0x10"),
    }
    case = {
        "rule_files": [str(DEPLOY / "observe" / "alerts.yml")],
        "tests": [
            {
                "interval": "30s",
                "input_series": [
                    {"series": f'reporting_follower_{what}{{follower="{name}"}}', "values": values}
                    for name, both in series.items()
                    for what, values in zip(("position", "behind_events"), both, strict=True)
                ],
                "promql_expr_test": [
                    {
                        "expr": 'count by (follower) (ALERTS{alertname="FollowerStands", alertstate="firing"})',
                        "eval_time": "6m",
                        "exp_samples": [{"labels": '{follower="Down"}', "value": 1}],
                    }
                ],
            }
        ],
    }
    file = tmp_path / "case.yml"
    file.write_text(yaml.safe_dump(case), encoding="utf-8")
    taken(tool("promtool"), "test", "rules", file)


def test_nginx_takes_the_block_and_keeps_the_types_of_pages(tmp_path: Path) -> None:
    block = nginx_block()
    assert block.index("include mime.types") < block.index("types {"), "else pages come as files to keep"
    program = tool("nginx")
    (tmp_path / "mime.types").write_text("types { text/html html; }", encoding="utf-8")
    folders = "".join(f"{kind}_temp_path {tmp_path};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {folders} access_log off; server {{ listen unix:{tmp_path}/s;\n{block}}} }}",
        encoding="utf-8",
    )
    assert "duplicate" not in taken(program, "-t", "-c", config)


def test_systemd_takes_the_units_and_each_is_shut_in(tmp_path: Path) -> None:
    program = tool("systemd-analyze")
    there = tmp_path / "etc" / "systemd" / "system"
    there.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, there)
        for named in re.findall(r"^Exec\w+=\+?(/\S+)", unit.read_text("utf-8"), re.MULTILINE):
            stands_for = tmp_path / named.lstrip("/")
            stands_for.parent.mkdir(parents=True, exist_ok=True)
            stands_for.touch(mode=0o755)
    own = Path("/usr/lib/systemd/system")
    shutil.copytree(own, tmp_path / "usr/lib/systemd/system", symlinks=True)
    services = [unit.name for unit in UNITS if unit.suffix == ".service"]
    told = taken(program, f"--root={tmp_path}", "verify", *(there / unit.name for unit in UNITS))
    assert [line for line in told.splitlines() if any(unit.name in line for unit in UNITS)] == []
    options = ("security", "--offline=yes", f"--threshold={EXPOSED}", "--no-pager")
    taken(program, f"--root={tmp_path}", *options, *services)

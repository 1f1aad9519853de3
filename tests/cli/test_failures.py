"""Whatever goes wrong at the terminal: one message in two languages, the right exit code, no traceback."""

from __future__ import annotations

import errno
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import psycopg
import pytest
import structlog
from click.testing import CliRunner, Result
from eventsourcing import persistence as es
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolTimeout

from api.cli import logs
from api.cli.evidence import write_key
from api.cli.failure import as_failure
from api.cli.group import COMMANDS, root
from api.cli.plot import NothingToPlot, draw
from api.settings import Settings
from projections.errors import ProjectionStopped, ViewsOutdated
from reporting.database.connect import Database
from reporting.errors import HeldElsewhere, InvalidInput, ReportingError, Unavailable
from reporting.logs.errors import AnotherMove
from reporting.transparency.errors import AnotherSigner
from reporting.transparency.note import SignerKey

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("REPORTING_DEBUG", raising=False)
    return lambda *words, **options: CliRunner().invoke(root, words, prog_name="reporting", **options)


def assert_one_message(result: Result, code: str) -> None:
    lines = result.stderr.strip().splitlines()
    assert result.exit_code == 1, result.output
    assert lines[-2].startswith("エラー: ")
    assert lines[-1].startswith("Error:  ")
    assert lines[-1].endswith(f"[{code}]")
    assert "Traceback" not in result.output


def all_commands() -> list[list[str]]:
    found = []

    def walk(command: click.Command, words: list[str]) -> None:
        found.append(words)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(inner, [*words, name])

    walk(root, [])
    return found


def test_every_command_has_an_example_in_its_help(run: Run) -> None:
    commands = all_commands()
    assert {words[0] for words in commands if words} == set(COMMANDS)
    for words in commands:
        result = run(*words, "--help")
        assert result.exit_code == 0
        assert "Example" in result.output, words
        assert "reporting " + " ".join(words) in result.output.split("Example", 1)[1], words


@pytest.mark.parametrize(
    "words", [["nope"], ["serve", "--port", "0"], ["import", "areas"], ["query"], ["token", "--role", "king"]]
)
def test_what_is_not_understood_is_a_usage_error(run: Run, words: list[str]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize("variables", ["{x", "[1]", "1"])
def test_variables_must_be_an_object(run: Run, variables: str) -> None:
    assert_one_message(run("query", "{ __typename }", "--variables", variables), "invalid_input")


@pytest.mark.parametrize("url", ["ftp://x", "nonsense"])
def test_url_must_be_http(run: Run, url: str) -> None:
    assert_one_message(run("query", "{ __typename }", "--url", url), "invalid_input")


@pytest.mark.parametrize(
    "words", [["query", "{ __typename }"], ["import", "returns", __file__], ["kit", "sent"]], ids=" ".join
)
@pytest.mark.parametrize("token", ["", " "])
def test_an_empty_token_is_not_nobodys(run: Run, database: Database, words: list[str], token: str) -> None:
    """What should have printed it had failed, and the command did more than that person may: as an auditor, as the installation."""
    told = run(*words, "--token", token, env={"REPORTING_DATABASE_URL": database.url})
    assert_one_message(told, "invalid_input")
    assert "--token" in told.stderr


def test_a_server_that_is_not_there(run: Run) -> None:
    assert_one_message(run("query", "{ __typename }", "--url", "http://127.0.0.1:1"), "no_answer")


@pytest.mark.parametrize("command", [["migrate"], ["projections", "status"], ["projections", "verify"]])
def test_a_database_that_is_not_there(run: Run, command: list[str]) -> None:
    env = {"REPORTING_DATABASE_URL": "postgresql://127.0.0.1:1/none?connect_timeout=2"}
    assert_one_message(run(*command, env=env), "unavailable")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput(field="f", found="1", expected="2"), "invalid_input"),
        (psycopg.OperationalError("gone\nmore"), "unavailable"),
        (psycopg.errors.UndefinedTable("ledger.head"), "not_migrated"),
        (FileNotFoundError(2, "No such file", "x.csv"), "file_problem"),
        (KeyError("x"), "internal"),
        (RuntimeError(), "internal"),
    ],
)
def test_any_exception_is_a_message(error: Exception, code: str) -> None:
    assert as_failure(error).error.code == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('FATAL:  permission denied to set role "reporting_writer"', "not_permitted"),
        ('FATAL:  permission denied to set role "ledger_owner"', "not_permitted"),
        ('FATAL:  password authentication failed for user "reporting_app"', "unavailable"),
        ('FATAL:  role "reporting_app" does not exist', "not_permitted"),
        ('FATAL:  role "reporting_writer" does not exist', "not_migrated"),
        ('FATAL:  database "reporting_nix" does not exist', "unavailable"),
        (
            'FATAL:  permission denied for database "r"\nDETAIL:  User does not have CONNECT privilege.',
            "not_permitted",
        ),
        (
            'FATAL:  データベース"r"へのアクセスが拒否されました\nDETAIL:  ユーザーはCONNECT権限を持ちません。',
            "not_permitted",
        ),
        ('FATAL:  ロール"reporting_writer"を設定する権限がありません', "not_permitted"),
        ('FATAL:  ロール"ledger_owner"を設定する権限がありません', "not_permitted"),
        ('FATAL:  ロール"reporting_app"は存在しません', "not_permitted"),
        ('FATAL:  ロール"reporting_writer"は存在しません', "not_migrated"),
        ('FATAL:  データベース"reporting_nix"は存在しません', "unavailable"),
    ],
)
def test_a_login_of_another_duty_is_not_told_to_migrate(said: str, code: str) -> None:
    """In either language: a server speaks that of the machine it was set up on."""
    assert as_failure(psycopg.OperationalError(said)).error.code == code


@pytest.mark.parametrize(
    "said",
    [
        'FATAL:  too many connections for role "reporting_app"',
        'FATAL:  ロール"reporting_app"からの接続が多すぎます',
        "FATAL:  sorry, too many clients already",
        "FATAL:  現在クライアント数が多すぎます",
        "FATAL:  残りの接続スロットはレプリケーションユーザーではないスーパーユーザー用に予約されています",
        "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
    ],
)
def test_a_full_house_is_no_missing_right(said: str) -> None:
    """Of a connection that is refused there are words alone, and a login's limit names its role."""
    told = as_failure(psycopg.OperationalError(said)).error
    assert told.code == "unavailable"
    assert "no more connections" in told.message_en
    assert "上限" in told.message_ja


def test_what_reads_the_log_through_a_library_is_told_as_if_it_did_not() -> None:
    error = es.ProgrammingError("relation does not exist")
    error.__cause__ = psycopg.errors.UndefinedTable("ledger.head")
    assert as_failure(error).error.code == "not_migrated"


def test_who_operates_is_told_what_to_do_and_not_whom_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    as_failure(ProjectionStopped(position=7, detail="壊れている / broken")).show()
    told = capsys.readouterr().err
    assert "位置 7 の処理で集計が停止しています：壊れている。" in told
    assert "7: broken. Install the build" in told
    as_failure(HeldElsewhere(election="hr51", log="west", address="https://west.example/")).show()
    told = capsys.readouterr().err
    assert "REPORTING_LOG=west" in told
    assert "command id" not in told  # nobody at a terminal has one
    as_failure(ViewsOutdated(version=3)).show()  # its own words, not those that it derives from
    assert "version 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["offices", "register", "ward", "--label", "W", "--role", "ward", "--area", "*"],
        ["tell", "again", "7b0c6f0e-0f5e-5d39-9a0e-2f6b0d0c1a11"],
        ["projections", "rebuild"],
    ],
)
def test_a_standby_is_told_as_one(run: Run, database: Database, command: list[str]) -> None:
    """By its setting of transactions: none changes anything."""
    with database.connect(autocommit=True) as owner:
        owner.execute(f'ALTER DATABASE "{owner.info.dbname}" SET default_transaction_read_only = on')
    told = run(*command, env={"REPORTING_DATABASE_URL": database.url})
    assert_one_message(told, "read_only")
    assert "target_session_attrs=read-write" in told.output


def test_what_a_library_says_of_a_standby_is_told_as_that() -> None:
    library = es.OperationalError("cannot execute LISTEN during recovery")
    library.__cause__ = psycopg.errors.ReadOnlySqlTransaction("cannot execute LISTEN during recovery")
    away = Unavailable(detail="x")
    away.__cause__ = library
    assert [as_failure(error).error.code for error in (library, away)] == ["read_only", "read_only"]


@pytest.mark.parametrize(
    "command",
    [
        "offices list", "access list", "tell list", "tell address list", "release list", "retention due",
        "retention holds", "kit sent",
    ],
)  # fmt: skip
def test_a_list_of_nothing_says_so_beside_itself(
    run: Run, database: Database, tmp_path: Path, command: str
) -> None:
    env = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    if command == "kit sent":
        office = ("--person", "a", "--office", "ward", "--role", "ward", "--jurisdiction", "11")
        env |= {"REPORTING_TOKEN_KEY": str(tmp_path / "key")}
        env["REPORTING_TOKEN"] = run("token", *office, env=env).stdout.strip()
    told = run(*command.split(), env=env)
    assert (told.exit_code, told.stdout) == (0, ""), told.output
    assert "該当するものはありません。 / There are none." in told.stderr


@pytest.mark.parametrize("error", [AnotherSigner(), AnotherMove()])
def test_what_has_to_be_waited_for_is_not_a_database_that_is_away(error: Unavailable) -> None:
    assert as_failure(error).error is error


@pytest.mark.parametrize("command", [["tell", "list"], ["offices", "list"]])
def test_why_a_pool_has_no_connection_is_told(run: Run, database: Database, command: list[str]) -> None:
    """It is made in the background, and the library says of that only that it came too late."""
    url = make_conninfo(database.url, dbname="reporting_nix")
    told = run(*command, env={"REPORTING_DATABASE_URL": url})
    assert_one_message(told, "unavailable")
    assert 'database "reporting_nix" does not exist' in told.output
    assert "PoolTimeout" not in told.output


def test_a_wrong_database_is_told_before_a_pool_tries_it_for_seconds(
    run: Run, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "pool", lambda *words, **options: pytest.fail("a pool was opened"))
    url = make_conninfo(database.url, dbname="reporting_nix")
    told = run("offices", "list", env={"REPORTING_DATABASE_URL": url})
    assert_one_message(told, "unavailable")
    assert 'database "reporting_nix" does not exist' in told.output


def test_whoever_interrupts_the_start_reads_no_traceback() -> None:
    program = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'api.cli.group': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from api.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")


def test_a_pool_whose_connections_are_all_in_use_says_so(database: Database) -> None:
    with closing(database.pool(None, 0, 1)) as pool, pool.connection(), pytest.raises(PoolTimeout) as full:
        pool.getconn(0.01)
    assert "all connections" in as_failure(full.value).error.message_en
    assert "使用中" in as_failure(full.value).error.message_ja


def test_at_a_terminal_nobody_is_told_to_send_again_with_a_command_id() -> None:
    for error in (Unavailable(detail="x"), psycopg.OperationalError("x")):
        told = as_failure(error).error
        assert told.code == "unavailable"
        assert "command id" not in told.message_en
        assert "操作番号" not in told.message_ja


def test_a_command_speaks_through_its_own_messages_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """psycopg sets a level of its own, so that its pool told every attempt."""
    monkeypatch.delenv("REPORTING_DEBUG", raising=False)
    before, level = logging.root.handlers[:], logging.root.level
    try:
        logs.configure()
        logging.getLogger("psycopg.pool").warning("error connecting")
        assert capsys.readouterr().err == ""
    finally:
        logging.root.handlers[:], logging.root.level = before, level
        structlog.reset_defaults()


def test_an_address_that_the_driver_quotes_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        psycopg.connect("postgres//u:geheim@db/x")
    except psycopg.Error as error:
        as_failure(error).show()
    told = capsys.readouterr().err
    assert "[unavailable]" in told
    assert "geheim" not in told


def test_facts_with_braces_do_not_break_the_message() -> None:
    assert "{x}" in ReportingError(detail="{x}").message_en


@pytest.mark.parametrize(
    "env", [{"REPORTING_PORT": "http"}, {"REPORTING_PORT": "70000"}, {"REPORTING_PROJECTOR": "perhaps"}]
)
def test_settings_name_the_variable_that_is_wrong(env: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(env))):
        Settings.from_env(env)


@pytest.mark.parametrize(
    "words",
    [
        ["register", "../x", "--label", "西区選管", "--role", "ward", "--area", "11"],
        ["register", "nishi", "--label", "\u200b", "--role", "ward", "--area", "11"],
        ["register", "nishi", "--label", "西区選管", "--role", "ward", "--area", " 11"],
        ["grant", "nishi", "a.sato "],
    ],
)
def test_the_terminal_takes_no_other_names_than_the_api(run: Run, words: list[str]) -> None:
    assert_one_message(run("offices", *words), "invalid_input")


def test_a_plot_of_nothing_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(NothingToPlot):
        draw([], [], tmp_path / "none.svg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (psycopg.errors.DiskFull, "disk is full"),
        (psycopg.errors.TooManyConnections, "no more connections"),
        (psycopg.errors.OutOfMemory, "no memory left"),
    ],
)
def test_what_a_database_lacks_is_told_in_words(state: type[psycopg.Error], said: str) -> None:
    """The settings were to be looked at, and the number in brackets."""
    assert said in as_failure(state("x")).error.message_en


def test_a_login_without_the_grant_is_told_which_to_use() -> None:
    told = as_failure(psycopg.errors.InsufficientPrivilege("permission denied for schema public")).error
    assert told.code == "not_permitted"
    assert "roles.sql" in told.message_ja
    for words in (told.message_ja, told.message_en):
        assert "--server" in words


def test_what_ships_is_listed_and_another_name_is_told(run: Run) -> None:
    listed = run("import", "areas", "--list")
    assert listed.exit_code == 0
    assert listed.output.startswith("japan: ")
    assert_one_message(run("import", "areas", "--shipped", "atlantis"), "invalid_input")
    assert run("import", "areas", "areas.csv", "--shipped", "japan").exit_code == 2


@pytest.mark.parametrize("name", ["REPORTING_DATABASE_URL", "REPORTING_READ_URL"])
@pytest.mark.parametrize(
    "address",
    ["postgres//u:geheim@db/x", "http://u:geheim@db/x", "postgresql://u:geheim@db:port/x", "u:geheim"],
)
def test_an_address_that_is_none_is_refused_without_its_password(run: Run, name: str, address: str) -> None:
    result = run("projections", "status", env={name: address})
    assert_one_message(result, "invalid_input")
    assert name in result.stderr
    assert "geheim" not in result.output + result.stderr


@pytest.mark.parametrize("kind", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_as_one(kind: int) -> None:
    """The system names no file then: “the file — cannot be used, check its place and permissions” sent people elsewhere."""
    told = as_failure(OSError(kind, "no space")).error
    assert told.code == "disk_full"
    assert "空き" in told.message_ja
    assert "—" not in told.message_ja + told.message_en


@pytest.mark.parametrize(("kind", "code"), [(errno.ENOSPC, "disk_full"), (errno.EACCES, "file_problem")])
def test_what_a_folder_s_copy_met_is_told_and_not_that_it_met_something(kind: int, code: str) -> None:
    """A check of backups with too small a TMPDIR said “the file — cannot be used (known as Error)”."""
    met = OSError(kind, "words", "/base/1", None, "/tmp/1")
    told = as_failure(shutil.Error([("/base/1", "/tmp/1", str(met)), ("/base/2", "/tmp/2", str(met))])).error
    assert told.code == code
    assert "/tmp/1" in told.message_en
    assert "—" not in told.message_ja + told.message_en


def test_a_folder_that_is_no_evidence_is_told_in_both_languages(run: Run, tmp_path: Path) -> None:
    key = SignerKey.generate("x/1").verifier()
    assert_one_message(run("audit", "verify", str(tmp_path), "--log", str(key)), "no_evidence")


def test_a_key_that_could_not_be_written_leaves_nothing_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="no space"):
            write_key(tmp_path / "signer.key", SignerKey.generate("walk.example/x"))
    assert not (tmp_path / "signer.key").exists()


@pytest.mark.parametrize("file", ["no/such/folder/alarms.sqlite", "other.sqlite"])
def test_a_followers_file_that_is_none_is_named(run: Run, server_url: str, tmp_path: Path, file: str) -> None:
    (tmp_path / "other.sqlite").write_text(
        "not of SQLite, and longer than a header is " * 9, encoding="utf-8"
    )
    result = run(
        "follow",
        "alarms",
        "--to",
        str(tmp_path / file),
        "--until-now",
        env={"REPORTING_DATABASE_URL": server_url},
    )
    assert_one_message(result, "file_problem")
    assert file in result.stderr


def test_who_has_read_enough_is_told_nothing(tmp_path: Path) -> None:
    """Its file “—” could not be used, the connection was cut."""
    words = [sys.executable, "-c", "from api.cli import main; main()", "schema"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        told.stdout.close()
        assert told.stderr.read() == b""
        assert told.wait() == 1

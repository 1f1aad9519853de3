"""How one process of this product is set up: the environment, with defaults that need no preparation."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from api.messages import message
from api.oidc.settings import NAMES as OIDC_NAMES
from api.oidc.settings import PREFIX as OIDC
from api.oidc.settings import OidcSettings
from reporting.database.connect import is_address
from reporting.domain.actor import Actor
from reporting.errors import InvalidInput, ReportingError
from reporting.publication.distribution.publisher import LICENCES, UNNAMED, PublisherChoice
from reporting.suggest import near
from reporting.words import in_both

if TYPE_CHECKING:
    from reporting.logs.naming import Installation

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})

PREFIX = "REPORTING_"
NAMES = frozenset(
    f"{PREFIX}{name}"
    for name in [
        "DATABASE_URL",
        "READ_URL",
        "WRITE_URL",
        "DATA_DIR",
        "HOST",
        "PORT",
        "TOKEN_KEY",
        "TOKEN",
        "DEBUG",
        "URL",
        "PROJECTOR",
        "PUBLICATION",
        "DEV_TOKENS",
        "CONSOLE",
        "IDLE_MINUTES",
        "SOCKETS_PER_ADDRESS",
        "SOCKETS_PER_PERSON",
        "REQUESTS_PER_ADDRESS",
        "REQUESTS_PER_PERSON",
        "TRUSTED_PROXIES",
        "FONTS",
        "BRANDS",
        "PUBLISHER",
        "LICENCE",
        "METRICS_TOKEN",
        "TRACES_URL",
        "DOCUMENTS",
        "LOGS",
        "LOG",
        "SIGNER_KEY",
        "SIGNER_STATE",
        "SIGNER_WITNESSES",
        "SIGNER_QUORUM",
        "MAIL_SERVER",
        "MAIL_FROM",
        "MAIL_PASSWORD",
        "TELL_RULES",
        "TELL_LINK",
        "TELL_LEAD",
        "TELL_NETWORKS",
    ]
) | {f"{OIDC}{name}" for name in OIDC_NAMES}
"""Every variable that anything of this product reads. `URL`: the clients' own."""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000


class MisspelledSetting(ReportingError):
    """facts: `name`, `meant`. What it was set to is not told: it may be a password."""

    code = "misspelled_setting"
    template_ja = "環境変数 {name} はありません。{meant} の書き誤りと思われます。名前を直してください。"
    template_en = "There is no setting {name}; {meant} was probably meant. Correct its name."


@dataclass(frozen=True, slots=True)
class Settings:
    """`database_url` None means the embedded PostgreSQL whose files stand in `data_dir`.

    `token_key` is the file that holds the token signing key; `publication` says whether it runs the
    publication clock; `projector` says whether this process also keeps
    the views up to date (one process of an installation is enough, more do no harm). `oidc` is the
    identity provider, where there is one; `dev_tokens` says whether tokens of `reporting token` count beside it
    (None: only without one). `console`: pages for people at `/`; `practice`: people to choose from instead of a login, for
    test elections without a provider; `idle_minutes`: a session in which nobody did anything ends.
    `fonts`: folder of the operator's own fonts, which names are printed in where they have the characters.
    `brands`: folder of what each office looks like at its own host.
    `publisher`: who publishes and under which licence, as open data say it.
    `write_url`: the address that a server at a standby sends changes to; `read_url`: a replica that reads are asked of, while
    whatever decides a change asks `database_url`.
    `metrics_token`: who sends it may ask `/metrics` (None: nobody); `traces_url`: a collector of traces (OTLP over HTTP).
    `logs_file`: which logs the installation has, where it has several; `log_name`: which of them this server's is (None: it reads them all).
    `sockets_per_address`, `sockets_per_person`: open at a time from one caller; `requests_per_address`, `requests_per_person`: a second, for
    long (None: any number; a minute's worth may come at once); `trusted_proxies`: peers that name the caller (X-Forwarded-For).
    """

    database_url: str | None = None
    data_dir: Path = Path(".data")
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    token_key: Path = Path(".data/token.key")
    projector: bool = True
    publication: bool = True
    oidc: OidcSettings | None = None
    dev_tokens: bool | None = None
    sockets_per_address: int = 20
    sockets_per_person: int = 10
    requests_per_address: int | None = None
    requests_per_person: int | None = None
    trusted_proxies: tuple[str, ...] = ()
    console: bool = True
    practice: tuple[Actor, ...] = ()
    idle_minutes: int = 30
    fonts: Path | None = None
    brands: Path | None = None
    publisher: PublisherChoice = UNNAMED
    write_url: str | None = None
    read_url: str | None = None
    metrics_token: str | None = None
    traces_url: str | None = None
    documents_folder: Path | None = None
    logs_file: Path | None = None
    log_name: str | None = None

    def installation(self) -> Installation | None:
        """None where the installation has one log. What is wrong with the file: `Installation.read`."""
        if self.logs_file is None:
            return None
        from reporting.logs.naming import Installation

        return Installation.read(self.logs_file, self.log_name)

    def installation_named(self) -> Installation:
        """InvalidInput where none is."""
        if (installation := self.installation()) is None:
            raise _refused("REPORTING_LOGS", "", "logs.toml (docs/operate.md)")
        return installation

    @property
    def documents(self) -> Path:
        """Folder of the documents attached to returns: beside the log, backed up with it."""
        return self.documents_folder or self.data_dir / "documents"

    @property
    def distributions(self) -> Path:
        """Folder of releases in the open formats."""
        return self.data_dir / "distributions"

    @property
    def series(self) -> Path:
        """Folder of series made as data sets, all of it public."""
        return self.data_dir / "series"

    @property
    def releases(self) -> Path:
        """Folder of released files, made once each; what is lost there is made again from the log."""
        return self.data_dir / "releases"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read `REPORTING_DATABASE_URL`, `REPORTING_DATA_DIR`, `REPORTING_HOST`, `REPORTING_PORT`,
        `REPORTING_TOKEN_KEY` (path; default `token.key` in the data directory), `REPORTING_PROJECTOR` (yes/no),
        `REPORTING_DEV_TOKENS` (yes/no; default: yes only without a provider), `REPORTING_CONSOLE`
        (yes/no), `REPORTING_IDLE_MINUTES`, `REPORTING_SOCKETS_PER_ADDRESS`, `…_PER_PERSON`, `REPORTING_REQUESTS_PER_ADDRESS`, `…_PER_PERSON`,
        `REPORTING_TRUSTED_PROXIES` (addresses),
        `REPORTING_FONTS`, `REPORTING_BRANDS` (folders), `REPORTING_PUBLISHER` (name, `日本語 / English`), `REPORTING_LICENCE` (CC-BY-4.0 or PDL-1.0), `REPORTING_WRITE_URL`, `REPORTING_READ_URL`,
        `REPORTING_METRICS_TOKEN` (16 characters at least), `REPORTING_TRACES_URL`,
        `REPORTING_DOCUMENTS` (folder; default `documents` in the data directory),
        `REPORTING_LOGS` (file), `REPORTING_LOG` (name),
        `REPORTING_OIDC_…` (docs/login.md). MisspelledSetting for a name that is almost one of these."""
        given = os.environ if environ is None else environ
        # A blank before or behind is nobody's: a folder of that name would be made, and documents kept in it.
        env = {name: value.strip() for name, value in given.items()}
        _refuse_misspelled(env)
        if env.get("REPORTING_DATABASE_URL") == "":
            # A secret that was not there, and not somebody's wish for the embedded database.
            raise _refused("REPORTING_DATABASE_URL", "", "postgresql://…")
        if env.get("REPORTING_LOG") and not env.get("REPORTING_LOGS"):
            # It would write what another log holds.
            raise _refused("REPORTING_LOGS", "", "logs.toml (docs/operate.md)")
        dev_tokens = env.get("REPORTING_DEV_TOKENS")
        data_dir = Path(env.get("REPORTING_DATA_DIR") or ".data")
        return cls(
            database_url=_database("REPORTING_DATABASE_URL", env),
            data_dir=data_dir,
            host=env.get("REPORTING_HOST") or DEFAULT_HOST,
            port=_port(env.get("REPORTING_PORT") or str(DEFAULT_PORT)),
            token_key=Path(env.get("REPORTING_TOKEN_KEY") or data_dir / "token.key"),
            projector=_switch("REPORTING_PROJECTOR", env.get("REPORTING_PROJECTOR") or "yes"),
            publication=_switch("REPORTING_PUBLICATION", env.get("REPORTING_PUBLICATION") or "yes"),
            oidc=OidcSettings.from_env(env),
            dev_tokens=_switch("REPORTING_DEV_TOKENS", dev_tokens) if dev_tokens else None,
            sockets_per_address=_number("REPORTING_SOCKETS_PER_ADDRESS", env, 20, 100_000),
            sockets_per_person=_number("REPORTING_SOCKETS_PER_PERSON", env, 10, 100_000),
            requests_per_address=_number("REPORTING_REQUESTS_PER_ADDRESS", env, 100, 100_000),
            requests_per_person=_number("REPORTING_REQUESTS_PER_PERSON", env, 50, 100_000),
            trusted_proxies=_proxies("REPORTING_TRUSTED_PROXIES", env),
            console=_switch("REPORTING_CONSOLE", env.get("REPORTING_CONSOLE") or "yes"),
            idle_minutes=_number("REPORTING_IDLE_MINUTES", env, 30, 24 * 60),
            fonts=Path(folder) if (folder := env.get("REPORTING_FONTS")) else None,
            brands=Path(folder) if (folder := env.get("REPORTING_BRANDS")) else None,
            publisher=_publisher(env),
            write_url=_address("REPORTING_WRITE_URL", env),
            read_url=_database("REPORTING_READ_URL", env),
            metrics_token=_token("REPORTING_METRICS_TOKEN", env),
            traces_url=_address("REPORTING_TRACES_URL", env),
            documents_folder=Path(kept) if (kept := env.get("REPORTING_DOCUMENTS")) else None,
            logs_file=Path(logs) if (logs := env.get("REPORTING_LOGS")) else None,
            log_name=env.get("REPORTING_LOG") or None,
        )

    def look_at_places(self) -> None:
        """OSError for a folder or file that was named to a server and that it cannot read: it would start, and show another office's
        look or let nobody log in."""
        for folder in (self.fonts, self.brands):
            if folder is not None:
                os.scandir(folder).close()
        for file in self.oidc.files if self.oidc is not None else ():
            file.open("rb").close()

    @property
    def has_database(self) -> bool:
        """Whether this installation has one yet, the embedded one or another."""
        return self.database_url is not None or (self.data_dir / "postgres").is_dir()

    @property
    def accepts_dev_tokens(self) -> bool:
        return self.oidc is None if self.dev_tokens is None else self.dev_tokens

    def overridden(self, **given: Any) -> Self:
        """With every given value that is not None."""
        return replace(self, **{key: value for key, value in given.items() if value is not None})

    def at(self, database_url: str) -> Self:
        """The same settings on a database that is already running."""
        return replace(self, database_url=database_url)


def _refuse_misspelled(env: Mapping[str, str]) -> None:
    """A name passed over silently would put a night's entries into an embedded database, or release where nothing may be. Names that
    are like none of ours are others' (an orchestrator sets some for each service); of the login's own prefix each is looked at there."""
    for name in sorted(env):
        if (
            name.startswith(PREFIX[:4])
            and not name.startswith(OIDC)
            and name not in NAMES
            and (meant := near(name, NAMES))
        ):
            raise MisspelledSetting(name=name, meant=meant[0])


def _refused(name: str, text: str, expected: str) -> InvalidInput:
    return InvalidInput(field=name, found=repr(text), expected=expected)


def _publisher(env: Mapping[str, str]) -> PublisherChoice:
    """The name as it is, in both languages where it says two with ` / ` between."""
    name = (env.get("REPORTING_PUBLISHER") or "").strip()
    licence = (env.get("REPORTING_LICENCE") or "").strip() or UNNAMED.licence
    if licence not in LICENCES:
        raise _refused("REPORTING_LICENCE", licence, ", ".join(LICENCES))
    if len(name) > 200:
        raise _refused("REPORTING_PUBLISHER", name[:40], "1–200")
    return PublisherChoice(in_both(name) if name else None, licence)


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise _refused("REPORTING_PORT", text, "1–65535")


def _number(name: str, env: Mapping[str, str], default: int, most: int) -> int:
    text = env.get(name) or str(default)
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most:
        return int(text)
    raise _refused(name, text, f"1–{most:,}")


def _address(name: str, env: Mapping[str, str]) -> str | None:
    """It is shown to people, who follow it."""
    if not (text := (env.get(name) or "").strip()):
        return None
    if re.fullmatch(r"https?://[!-~]{1,200}", text):
        return text
    raise _refused(name, text[:60], "https://…")


def _database(name: str, env: Mapping[str, str]) -> str | None:
    """It may hold a password: what is wrong with it is never told with it."""
    if not (text := env.get(name)) or is_address(text):
        return text or None
    raise _refused(name, "***", "postgresql://…")


def _proxies(name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    """As a socket's peer is told: a name, a network or a comma would never be anybody's."""
    addresses = []
    for text in (env.get(name) or "").split():
        try:
            addresses.append(str(ip_address(text)))
        except ValueError:
            raise _refused(name, text[:60], "10.0.0.5 10.0.0.6 …") from None
    return tuple(addresses)


def _token(name: str, env: Mapping[str, str]) -> str | None:
    if not (text := (env.get(name) or "").strip()):
        return None
    if re.fullmatch(r"[!-~]{16,200}", text):
        return text
    raise _refused(name, "***", message("letters_and_digits_16_to_200"))


def _switch(name: str, text: str) -> bool:
    if (word := text.strip().lower()) in _TRUE | _FALSE:
        return word in _TRUE
    raise _refused(name, text, "yes, no")

"""Which logs an installation has: one TOML file that all its servers share, and the name of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from reporting.database.connect import Database
from reporting.errors import InvalidInput, UnknownReference
from reporting.files.structured import checked, read_file
from reporting.logs.messages import message
from reporting.transparency.note import VerifierKey

LogName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]


class Log(BaseModel):
    """`database`: URL of its PostgreSQL; `address`: of the server that writes there, as people are told; `key`: what its signer's
    checkpoints are verified by (none: it is not signed yet)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: LogName
    database: str = Field(min_length=1, repr=False)
    address: str = Field(pattern=r"^https?://[!-~]{1,200}$")
    key: str | None = None

    @property
    def at(self) -> Database:
        return Database(self.database)

    @property
    def verifier(self) -> VerifierKey | None:
        """KeyInvalid."""
        return None if self.key is None else VerifierKey.parse(self.key)


class Installation(BaseModel):
    """`directory`: the log that says which log holds which election. `here`: the log of the one who reads this; None: none of them
    (a reading database, a command from outside)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    directory: LogName
    log: tuple[Log, ...] = Field(min_length=1)
    here: str | None = None

    @cached_property
    def logs(self) -> Mapping[str, Log]:
        return {log.name: log for log in self.log}

    def named(self, name: str) -> Log:
        """UnknownReference."""
        if name not in self.logs:
            raise UnknownReference(kind="log", found=name, among=list(self.logs))
        return self.logs[name]

    @property
    def directory_log(self) -> Log:
        return self.logs[self.directory]

    @classmethod
    def read(cls, path: Path, here: str | None = None) -> Installation:
        """FileRefused for what does not have this form; InvalidInput for a name that stands twice or nowhere; OSError."""
        told: Installation = checked(path.name, read_file(path), cls)
        if len(told.logs) != len(told.log):
            raise InvalidInput(field=path.name, found="[[log]]", expected=message("each_name_once"))
        for field, name in (("directory", told.directory), ("REPORTING_LOG", here)):
            if name is not None and name not in told.logs:
                raise InvalidInput(field=field, found=name, expected=", ".join(told.logs))
        for log in told.log:
            _ = log.verifier
        return told.model_copy(update={"here": here})

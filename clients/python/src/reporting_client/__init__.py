"""Election figures as data frames, exact and checked.

from reporting_client import Client

with Client("https://HOST") as client:
    turnout = client.series("turnout", level="prefecture").to_pandas()
"""

from reporting_client.areas import Area, AreaChange
from reporting_client.client import Client
from reporting_client.codebook import Codebook, Election, Item
from reporting_client.connection import Retries
from reporting_client.download import Downloaded
from reporting_client.errors import (
    Busy,
    DownloadBroken,
    InvalidArgument,
    InvalidRequest,
    MissingExtra,
    NewerServer,
    NotAllowed,
    NotAsReleased,
    NotFullyVerified,
    NotPublished,
    NotThisApi,
    PagesDisagree,
    RefusedByServer,
    ReportingError,
    ServerAway,
    TokenRefused,
    UnknownCode,
)
from reporting_client.observations import Observation
from reporting_client.releases import Change, Release
from reporting_client.series import Break, Erratum, Series, Unplaced
from reporting_client.verification import Verification, verify

__all__ = [
    "Area",
    "AreaChange",
    "Break",
    "Busy",
    "Change",
    "Client",
    "Codebook",
    "DownloadBroken",
    "Downloaded",
    "Election",
    "Erratum",
    "InvalidArgument",
    "InvalidRequest",
    "Item",
    "MissingExtra",
    "NewerServer",
    "NotAllowed",
    "NotAsReleased",
    "NotFullyVerified",
    "NotPublished",
    "NotThisApi",
    "Observation",
    "PagesDisagree",
    "RefusedByServer",
    "Release",
    "ReportingError",
    "Retries",
    "Series",
    "ServerAway",
    "TokenRefused",
    "UnknownCode",
    "Unplaced",
    "Verification",
    "verify",
]

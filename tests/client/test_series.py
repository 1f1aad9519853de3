"""`Client.series` against the application: exact, whole, of one position, and the same as the CSV."""

from __future__ import annotations

import csv
from dataclasses import fields
from datetime import date
from decimal import Decimal
from io import StringIO

import pandas
import pytest
from analysts import Installation
from reporting_client import Client, Observation, frames


def test_a_series_is_a_frame(client: Client) -> None:
    frame = client.series("turnout", level="prefecture").to_pandas()
    assert set(frame["area"]) == {"P1", "P2"}
    first = frame[(frame["election"] == "e2003") & (frame["area"] == "P2")].iloc[0]
    assert first["value"] == Decimal("69.45")
    assert first["date"] == pandas.Timestamp("2003-11-09")
    print(frame[["election","area","value","obs_status","coverage"]])
    print(client.releases("tiny")[0])

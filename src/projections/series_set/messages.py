"""What a series' data set says of its tables and columns, in both languages: `messages.toml`; what a release's open data have too is
said in their words."""

from __future__ import annotations

from reporting.messages import Messages
from reporting.publication.distribution.messages import message as of_a_release

message = Messages.of("projections.series_set")

# What a release has too is said in its words; this package's own texts add what a release has not, or has in another sense.
COLUMN = {**of_a_release.table("column"), **message.table("column")}
LIST = {**of_a_release.table("list"), **message.table("list")}
OBS_STATUS = {**of_a_release.table("obs_status"), **message.table("obs_status")}
CONF_STATUS = {**of_a_release.table("conf_status"), **message.table("conf_status")}

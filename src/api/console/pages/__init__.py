"""Every page, in the order of the menu."""

from __future__ import annotations

from api.console.page import Page
from api.console.pages.election.page import PAGE as election
from api.console.pages.home.page import PAGE as home
from api.console.pages.results.page import PAGE as results
from api.console.pages.sign_in.page import PAGE as sign_in

PAGES: tuple[Page, ...] = (home, election, results, sign_in)

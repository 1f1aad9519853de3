"""Who is at the browser: the session of a login, or a practice person. Idle sessions end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import anyio.to_thread
import structlog
from fastapi import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.responses import Response

from api.auth import ALGORITHM, ISSUER, issue_token, issued_at, read_token
from api.console.offline import Keeping, keeping
from api.drills import Drills, DrillStands, DrillState
from api.execute import Asker
from api.serving import serving
from api.settings import Settings
from reporting.domain.actor import Actor, Role
from reporting.errors import NotAuthenticated

PRACTICE_COOKIE = "reporting-practice"
SEEN_COOKIE = "reporting-seen"
SEEN_TYPE = "seen+jwt"
PRACTICE_S = 12 * 3600
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """`key` binds a form's token to the session; `practice`: chosen from a list, not logged in."""

    actor: Actor
    key: str
    practice: bool

    @property
    def at_desk(self) -> bool:
        """Whether anything is its own before the release: analysts have no work, and no trail of an election that goes through offices."""
        return self.actor.role != Role.ANALYST

    @property
    def asker(self) -> Asker:
        return Asker(self.actor, logged_in=not self.practice)


class People:
    """Reads and writes the console's cookies. `idle` is told apart from `nobody`, so that the page can say so."""

    def __init__(self, settings: Settings, key: OctKey, drills: Drills | None = None) -> None:
        self._settings, self._key, self.drills = settings, key, drills
        self._secure = settings.oidc is not None and settings.oidc.secure

    @property
    def practising(self) -> tuple[Actor, ...]:
        """People to choose from; never where there is an identity provider."""
        return () if self._settings.oidc is not None else self._settings.practice

    def rehearsals(self) -> Sequence[DrillStands]:
        """Those whose seats can be taken; never where there is an identity provider."""
        if self._settings.oidc is not None or self.drills is None:
            return ()
        return [drill for drill in self.drills.listed() if drill.state is DrillState.PLAYING]

    @property
    def idle_s(self) -> int:
        """A session in which nobody does anything for so long ends."""
        return self._settings.idle_minutes * 60

    def keeping(self, person: Person) -> Keeping:
        """Whose what they keep in a browser is, and its key."""
        return keeping(self._key.raw_value, person.actor)

    def who(self, request: Request, now: int) -> Person | None:
        """None for nobody, for a session that is over, and for one that was idle too long."""
        person = (
            self._logged_in(request, now) if self._settings.oidc is not None else self._practice(request, now)
        )
        if person is None or self._idle(request, person, now):
            return None
        return person

    def choose(self, response: Response, number: int, now: int) -> Actor | None:
        """Act as the practice person of that number."""
        if not 0 <= number < len(self.practising):
            return None
        actor = self.practising[number]
        self._begin(response, actor, now)
        return actor

    def sit_down(self, response: Response, election: str, area: str, name: str, now: int) -> Actor | None:
        """Take a seat of a rehearsal under a name of one's own; never where there is an identity provider: there the office
        of the login is the seat."""
        if self._settings.oidc is not None or self.drills is None:
            return None
        actor = self.drills.guest(election, area, name)
        if actor is not None:
            self._begin(response, actor, now)
        return actor

    async def key_of(self, request: Request, person: Person | None) -> tuple[Keeping, int] | None:
        """With the idle time. None for nobody, and for who does not work for the office any more: what they kept of it is not opened
        for them again."""
        state = serving(request)
        if person is None:
            return None
        try:
            await anyio.to_thread.run_sync(person.asker.check_held, state, limiter=state.reads)
        except NotAuthenticated:
            return None
        return self.keeping(person), self.idle_s

    async def let_in(self, request: Request, token: str, response: Response, now: int) -> bool:
        """With an emergency's token, while the provider is away; the session that begins ends with the access."""
        state = serving(request)
        login = state.login
        actor = None if login is None else login.sessions.emergency(token, now)
        if login is None or actor is None:
            return False
        try:
            await anyio.to_thread.run_sync(state.access.check, actor, limiter=state.reads)
        except NotAuthenticated:
            return False
        log.warning("emergency_login", access=actor.access, office=actor.office)
        login.sessions.start(response, actor, now)
        return True

    def _begin(self, response: Response, actor: Actor, now: int) -> None:
        token = issue_token(self._key, actor, now=now, lifetime_s=PRACTICE_S)
        self._set(response, PRACTICE_COOKIE, token, PRACTICE_S)
        self.seen(response, token, now)

    def leave(self, request: Request, response: Response, now: int) -> None:
        login = serving(request).login
        if login is not None:
            login.sessions.end(request, response, now)
        self._set(response, PRACTICE_COOKIE, "", 0)
        self._set(response, SEEN_COOKIE, "", 0)

    def seen(self, response: Response, session: str, now: int) -> None:
        """Somebody is there: the idle time begins anew."""
        claims = {"for": _mark(session), "at": now}
        token = jwt.encode({"alg": ALGORITHM, "typ": SEEN_TYPE}, claims, self._key, algorithms=[ALGORITHM])
        self._set(response, SEEN_COOKIE, token, PRACTICE_S)

    def renew(self, request: Request, response: Response, now: int) -> None:
        """Whoever asks with their session's cookie is there."""
        if (person := self.who(request, now)) is not None:
            self.seen(response, person.key, now)

    def _practice(self, request: Request, now: int) -> Person | None:
        token = request.cookies.get(PRACTICE_COOKIE, "")
        try:
            actor = read_token(self._key, token, now=now, issuers=(ISSUER,))
        except NotAuthenticated:
            return None
        here = actor in self.practising or (self.drills is not None and self.drills.has_seat(actor))
        return Person(actor, token, practice=True) if here else None

    def _logged_in(self, request: Request, now: int) -> Person | None:
        login = serving(request).login
        if login is None:
            return None
        sessions = login.sessions
        token = request.cookies.get(sessions.session_cookie, "")
        try:
            actor = sessions.bearer(token, now) if token else None
        except NotAuthenticated:
            return None
        return None if actor is None else Person(actor, token, practice=False)

    def _idle(self, request: Request, person: Person, now: int) -> bool:
        """A session that nothing says was seen was there when it began, and no later: whoever takes the cookie away from a machine
        that was left open gains nothing by it."""
        return now - (self._seen_at(request, person) or issued_at(person.key)) > self.idle_s

    def _seen_at(self, request: Request, person: Person) -> int | None:
        """Unix seconds; None where no cookie of ours says it of this session."""
        try:
            claims = jwt.decode(
                request.cookies.get(SEEN_COOKIE, ""), self._key, algorithms=[ALGORITHM]
            ).claims
        except (JoseError, ValueError):
            return None
        at = claims.get("at")
        return at if claims.get("for") == _mark(person.key) and isinstance(at, int) else None

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="strict"
        )


def _mark(session: str) -> str:
    """The signature's end: names the session and is of no use for it."""
    return session[-12:]

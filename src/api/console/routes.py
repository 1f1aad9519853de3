"""Addresses of the console: each page's reading and forms, the language switch, static files, and what is not there."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import anyio.to_thread
from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment
from starlette.exceptions import HTTPException

from api.console import forgery, offline, static
from api.console.addressed import Addressed
from api.console.confirmation import MOVED, NOT_AS_SHOWN, STAMP, Confirmation, is_as_shown
from api.console.documents import STATUS, Told, ask
from api.console.helping import help_of
from api.console.live import LIVE, is_still
from api.console.menu import AS_A_FILE, menu, position_of, query_link
from api.console.page import Asked, Deed, Page, Problem, Query, Taken, Variables, on_top, whole_number
from api.console.pages import PAGES
from api.console.people import People, Person
from api.console.render import JAPAN, environment, spoken
from api.console.terms import marked
from api.console.words import COOKIE, LANGUAGES, Words, chosen, words
from api.execute import Asker, error_of
from api.form import read_form
from api.refusals import not_there
from api.serving import serving
from reporting.errors import ReportingError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
EDIT = "edit"
"""In a form's `deed`: nothing is done, the page comes with what the form holds, to be changed."""
RECORDED, BEHIND = "recorded", "NOT_YET_PROJECTED"
"""Variable of a document that waits until the views hold what the reader has just done; code of the answer where they do not
hold it in time: the page stands as they have it, and says so."""
UNLESS_GIVEN: Variables = {"query_link": None, "islands": (), "help": None, "data": {}}
PAGES_AT_ONCE = 2
"""One that makes a large page lets small ones by; more would only take turns at the interpreter's lock."""


class Console:
    """`clock`: Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._making = anyio.CapacityLimiter(PAGES_AT_ONCE)
        self._templates: Environment = environment()
        self._templates.globals["page_addresses"] = {page.name: page.address for page in PAGES}

    def routes(self) -> list[Addressed]:
        routes = []
        for page in PAGES:
            routes.append(Addressed(page.address, self._safe(self._reading(page)), methods=["GET"]))
            if page.deeds:
                routes.append(Addressed(page.address, self._safe(self._sending(page)), methods=["POST"]))
        return [
            *routes,
            *offline.offline_routes(self._templates, POLICY, self._keeping),
            Addressed("/language", self._language, methods=["POST"]),
            Addressed("/sign-in", self._practice, methods=["POST"]),
            Addressed("/leave", self._leave, methods=["POST"]),
            Addressed("/still-here", self._still_here, methods=["POST"]),
            Addressed("/verify.py", static.verifier, methods=["GET"]),
            Addressed(static.PREFIX + "/{mark}/{name:path}", static.serve, methods=["GET"]),
        ]

    def _reading(self, page: Page) -> Callable[[Request], Any]:
        async def read(request: Request) -> Response:
            asked = self._asked(request)
            if page.needs_login and asked.person is None:
                return RedirectResponse(_sign_in(request), 303)
            if await is_still(request, asked, _asker(asked)):
                return Response(
                    status_code=204, headers={"Cache-Control": "no-store", "Console-At": self._now()}
                )
            return await self._show(page, request, asked)

        return read

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), JAPAN).strftime("%H:%M:%S")

    def _sending(self, page: Page) -> Callable[[Request], Any]:
        async def send(request: Request) -> Response:
            form = await read_form(request)
            asked = self._asked(request, form)
            if form is None:
                return await self._show(page, request, asked, [self._too_long(asked.words)], status=400)
            if page.needs_login and asked.person is None:
                return self._logged_out(request, asked)
            if not forgery.is_ours(request, asked.session, form.get("token", "")):
                stale = Problem(
                    "FORM_STALE",
                    asked.words.of(
                        "この画面は古くなりました。入力した値を確かめて、もう一度送信してください。"
                    ),
                )
                if wants_json(request):
                    return self._other_session(asked, stale)
                return await self._show(page, request, asked, [stale], status=403)
            if form.get("deed") == EDIT:
                return await self._show(page, request, asked)
            deed = next(
                (offered for offered in page.deeds if offered.name == form.get("deed")), page.deeds[0]
            )
            if deed.confirms is not None and not is_as_shown(
                deed.confirms(asked), asked.session, form.get(STAMP, "")
            ):
                otherwise = Problem("NOT_AS_SHOWN", asked.words.of(NOT_AS_SHOWN))
                return await self._anew(page, deed, request, asked, [otherwise])
            return await self._do(page, deed, request, asked)

        return send

    async def _do(self, page: Page, deed: Deed, request: Request, asked: Asked) -> Response:
        if (elsewhere := deed.unless(asked)) is not None:
            return self._onward(request, elsewhere)
        document = page.mutation(deed)
        told = await ask(serving(request), document, deed.variables(asked), _asker(asked), asked.words)
        problems, onward = (told.problems, "") if told.problems else deed.judge(told.data, asked)
        if problems and wants_json(request):
            return JSONResponse({"problems": [asdict(problem) for problem in problems]}, 409)
        if problems and deed.confirms is not None and any(problem.code in MOVED for problem in problems):
            return await self._anew(page, deed, request, asked, problems)
        if problems:
            return await self._show(
                page, request, asked, problems, status=409 if told.status == 200 else told.status
            )
        if deed.shows or deed.tells:
            return await self._show(page, request, replace(asked, before=told.data))
        return self._onward(request, onward)

    async def _anew(
        self, page: Page, deed: Deed, request: Request, asked: Asked, why: list[Problem]
    ) -> Response:
        """What would be confirmed, shown again with what was sent and why it was not done."""
        showing = next((other for other in page.deeds if other.name == deed.anew), None)
        if wants_json(request):
            return JSONResponse({"problems": [asdict(problem) for problem in why]}, 409)
        if showing is None or showing.unless(asked) is not None:
            return await self._show(page, request, asked, why, status=409)
        document = page.mutation(showing)
        told = await ask(serving(request), document, showing.variables(asked), _asker(asked), asked.words)
        if told.problems:
            return await self._show(page, request, asked, [*why, *told.problems], status=409)
        return await self._show(page, request, replace(asked, before=told.data), why, status=409)

    def _onward(self, request: Request, address: str) -> Response:
        return JSONResponse({"onward": address}) if wants_json(request) else RedirectResponse(address, 303)

    async def _show(
        self,
        page: Page,
        request: Request,
        asked: Asked,
        problems: list[Problem] | None = None,
        status: int = 200,
    ) -> Response:
        told = Told({}, [], 200, "")
        variables: dict[str, Any] = {}
        if page.document is not None:
            variables = page.variables(asked)
            asker = Asker() if page.public else _asker(asked)
            told = await ask(serving(request), page.document, variables, asker, asked.words)
            behind = {problem.code for problem in told.problems} == {BEHIND}
            if behind and variables.get(RECORDED) is not None:
                problems = [*(problems or ()), *told.problems]
                variables |= {RECORDED: None}
                told = await ask(serving(request), page.document, variables, asker, asked.words)
        made = partial(self._told, page, request, asked, told, variables, problems or [], status)
        return await anyio.to_thread.run_sync(made, limiter=self._making)

    def _told(
        self, page: Page, request: Request, asked: Asked, told: Told, variables: Variables, before: list[Problem], status: int
    ) -> Response:  # fmt: skip
        """The page of an answer, in a thread: of 1,900 units it takes as long as its request, and every other request would wait."""
        if wants_json(request):
            return JSONResponse(
                {"data": told.data, "problems": [asdict(problem) for problem in told.problems]}, told.status
            )
        everything = [*before, *told.problems]
        if told.problems:
            status = max(STATUS.get(problem.code, 404) for problem in told.problems)
            return self._problem(request, asked, everything, status, told.request_id)
        if page.serves is not None:
            return self._file(page.serves(asked, told.data), request, asked)
        shown = page.show(asked, told.data)
        if isinstance(shows := shown.get("confirmation"), Confirmation):
            shown[STAMP] = shows.stamp(asked.session)
        made = partial(
            self._page, f"{page.name}/page.html", request, asked, status,
            data=told.data, help=help_of(page.name, asked.path), title=page.title(asked, told.data), request_id=told.request_id,
            query_link=query_link(page, variables), islands=page.islands, **shown,
        )  # fmt: skip
        whole = made(problems=everything)  # by then it has used what it uses
        return made(problems=[*everything, *asked.not_used]) if asked.not_used else whole

    def _file(self, file: Taken, request: Request, asked: Asked) -> Response:
        """Whatever its name holds, it is one header."""
        named = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {
            "Content-Disposition": named,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        response = Response(file.content, 200, headers, media_type=file.media_type)
        if asked.person is not None:
            self._people(request).seen(response, asked.person.key, int(self._clock()))
        return response

    def _problem(
        self, request: Request, asked: Asked, problems: list[Problem], status: int, request_id: str
    ) -> Response:
        """Why a page cannot be shown; what was sent stays on it and can be sent again."""
        title = asked.words.of("表示できません")
        return self._page(
            "problem.html", request, asked, status, problems=problems, title=title, request_id=request_id
        )

    def _safe(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Any]:
        """What nobody foresaw is logged with the request's id, and told in a page, too."""

        async def answered(request: Request) -> Response:
            try:
                return await page(request)
            except HTTPException:
                raise  # nothing is there: the page of all such addresses says so
            except Exception as unexpected:
                request_id = str(uuid.uuid4())
                told = error_of(unexpected, request_id)
                asked = self._asked(request)
                problem = Problem(told["extensions"]["code"], asked.words.of("いまは処理できません。"))
                return self._problem(request, asked, [problem], 503, request_id)

        return answered

    def not_found(self, request: Request, error: Exception) -> Response:
        """Of a browser: a page that says so, also where nothing but forms is sent to. Programs get no page."""
        if "text/html" not in request.headers.get("accept", ""):
            return not_there(request, error)
        asked, status = self._asked(request), getattr(error, "status_code", 404)
        return self._page(
            "missing.html", request, asked, status, problems=[], title=asked.words.of("見つかりません")
        )

    def refused(self, request: Request, why: ReportingError) -> Response:
        """Of an address that no page is asked with."""
        asked, told = self._asked(request), error_of(why)["extensions"]
        problem = Problem(told["code"], told[asked.words.language])
        return self._problem(request, asked, [problem], 400, str(uuid.uuid4()))

    def _page(self, template: str, request: Request, asked: Asked, status: int, **given: Any) -> Response:
        person, still = asked.person, bool(request.scope.get("still"))
        every = {
            "asked": asked, "person": person, "address": request.url.path,
            "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
            "token": forgery.token_for(person.key if person else ""), "command_id": uuid.uuid4(),
            "practising": self._people(request).practising, "rehearsals": self._people(request).rehearsals,
            "menu": menu(request.url.path, person, self._people(request).drills is not None), "position": position_of(given.get("data", {})),
            "still": still, "brand": serving(request).brands.at(request), "now": self._now(),
            "today": datetime.fromtimestamp(self._clock(), JAPAN).strftime("%Y-%m-%d"),
            "login": serving(request).login is not None, "idle_s": self._people(request).idle_s if person is not None else None, "owner": self._people(request).keeping(person).owner if person else "",
            "idle_at": datetime.fromtimestamp(self._clock() + self._people(request).idle_s, JAPAN).strftime("%H:%M"),
        }  # fmt: skip
        assert every.keys().isdisjoint(given), "a page that names its own so changes what stands around it"
        shown = {**spoken(asked.words), **UNLESS_GIVEN, **every, **given}
        if still:
            shown |= AS_A_FILE
        shown["on_top"] = on_top(shown["problems"])
        text = self._templates.get_template(template).render(shown)
        if shown["help"] is not None:
            text = marked(text, asked.words.language)
        policy = offline.policy(POLICY, given.get("islands", ()))
        response = HTMLResponse(text, status, {"Content-Security-Policy": policy})
        if person is not None and LIVE not in request.headers:
            self._people(request).seen(response, person.key, int(self._clock()))
        return response

    async def _language(self, request: Request) -> Response:
        form = await read_form(request) or {}
        response = RedirectResponse(_within(form.get("back", "/")), 303)
        if form.get("language") in LANGUAGES:
            response.set_cookie(
                COOKIE, form["language"], max_age=365 * 86_400, path="/", samesite="lax", httponly=True
            )
        return response

    async def _practice(self, request: Request) -> Response:
        form = await read_form(request) or {}
        person = self._person(request)
        back = _within(form.get("back", "/"))
        again = "/sign-in?" + urlencode({"back": back})
        if not forgery.is_ours(request, person.key if person else "", form.get("token", "")):
            return RedirectResponse(again, 303)
        response = RedirectResponse(back, 303)
        number, people, now = whole_number(form.get("person", "")), self._people(request), int(self._clock())
        if "emergency" in form:
            let_in = await people.let_in(request, form["emergency"].strip(), response, now)
            return response if let_in else RedirectResponse(f"{again}&emergency=no", 303)
        if "seat" in form:
            where = (form.get("election", ""), form["seat"], form.get("name", ""))
            seated = people.sit_down(response, *where, now)
            return RedirectResponse(f"{again}&seat=no", 303) if seated is None else response
        if number is None or people.choose(response, number, now) is None:
            return RedirectResponse(again, 303)
        return response

    async def _still_here(self, request: Request) -> Response:
        """Somebody types, or says so: the idle time begins anew. 401 where the session is over."""
        now, person = int(self._clock()), self._person(request)
        if person is None:
            return Response(status_code=401)
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        self._people(request).seen(response, person.key, now)
        return response

    async def _leave(self, request: Request) -> Response:
        form, person = await read_form(request) or {}, self._person(request)
        response = RedirectResponse("/", 303)
        if person is not None and forgery.is_ours(request, person.key, form.get("token", "")):
            self._people(request).leave(request, response, int(self._clock()))
        return response

    def _other_session(self, asked: Asked, stale: Problem) -> Response:
        """To an island whose form is of a session before this one: who is there now, and a token of theirs."""
        who = f"{asked.person.actor.office} {asked.person.actor.person}" if asked.person else ""
        now = {"person": who, "token": forgery.token_for(asked.session)}
        return JSONResponse({"problems": [asdict(stale)], **now}, 403)

    def _logged_out(self, request: Request, asked: Asked) -> Response:
        """What was sent stays on the page, to be sent again by who logs in meanwhile."""
        over = Problem(
            "NOT_AUTHENTICATED",
            asked.words.of("ログインの時間が切れました。打った値はこの画面に残っています。"),
        )
        if wants_json(request):
            return JSONResponse({"problems": [asdict(over)], "signIn": _sign_in(request)}, 401)
        return self._page(
            "logged_out.html", request, asked, 401,
            problems=[over], title=asked.words.of("もう一度ログインしてください"), sign_in=_sign_in(request),
        )  # fmt: skip

    def _asked(self, request: Request, form: Mapping[str, str] | None = None) -> Asked:
        given = form or {}
        return Asked(
            path=dict(request.path_params), query=Query(request.query_params.multi_items()), form=given,
            words=words(chosen(request.cookies.get(COOKIE))), person=self._person(request), command_id=_uuid(given.get("command")),
        )  # fmt: skip

    def _person(self, request: Request) -> Person | None:
        return self._people(request).who(request, int(self._clock()))

    async def _keeping(self, request: Request) -> tuple[offline.Keeping, int] | None:
        return await self._people(request).key_of(request, self._person(request))

    def _people(self, request: Request) -> People:
        return serving(request).people

    def _too_long(self, said: Words) -> Problem:
        return Problem(
            "FORM_TOO_LONG", said.of("送信された内容が大きすぎるか、読み取れません。分けて送信してください。")
        )


def wants_json(request: Request) -> bool:
    """An island asks for what the page is made of."""
    return request.headers.get("accept", "") == "application/json"


def _asker(asked: Asked) -> Asker:
    return Asker() if asked.person is None else asked.person.asker


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _sign_in(request: Request) -> str:
    """The way in, and from there back to what was asked for, as its address was sent."""
    path = request.scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")
    return "/sign-in?" + urlencode({"back": path + (f"?{request.url.query}" if request.url.query else "")})


def _within(address: str) -> str:
    """An address of ours, never another site's."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"

"""The page by which readers leave and come back: a POST acts, a GET only shows (RFC 8058, RFC 9110 section 9.2.1).

The token in the address is the only right to anything here: there is no session, no list, and nothing else to find.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from alerts.leaving import PATH
from alerts.page import SECURITY, accepted, page
from alerts.tokens import Purpose, Tokens, claimed_number
from storage import addresses, subscribers
from storage.addresses import UNSUBSCRIBED
from storage.database import Database
from storage.errors import StorageError
from storage.model import AddressEvent, EventKind, StoredSubscriber

logger = logging.getLogger(__name__)

LARGEST_BODY = 8 * 1024
SLOWEST_BODY = 10.0
GUESSES, GUESS_WINDOW, CLIENTS = 20, 600.0, 1024


@dataclass(frozen=True, slots=True)
class Office:
    """What the pages need: the database, the signer of tokens, each reader's language by address, the clock."""

    database: Database
    tokens: Tokens
    readers: Mapping[str, str]
    now: Callable[[], datetime]
    hosts: tuple[str, ...] = ("*",)
    guesses: int = GUESSES


@dataclass(slots=True)
class Guesses:
    """Counts bad tokens by client, so that nobody tries many; who shows a good one is never counted."""

    most: int
    seen: OrderedDict[str, tuple[float, int]] = field(default_factory=OrderedDict)

    def too_many(self, client: str) -> bool:
        began, count = self.seen.pop(client, (time.monotonic(), 0))
        if time.monotonic() - began > GUESS_WINDOW:
            began, count = time.monotonic(), 0
        self.seen[client] = began, count + 1
        while len(self.seen) > CLIENTS:
            self.seen.popitem(last=False)
        return count + 1 > self.most


def leaving_app(office: Office) -> Starlette:
    """The application; mount it at the root of the public address."""
    desk = _Desk(office, Guesses(office.guesses))
    routes = [
        Route(f"{PATH}{{token}}", desk.show, methods=["GET"]),
        Route(f"{PATH}{{token}}", desk.act, methods=["POST"]),
    ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(office.hosts), www_redirect=False)
    app = Starlette(routes=routes, middleware=[hosts], exception_handlers={404: desk.lost, StorageError: desk.away})
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Desk:
    office: Office
    guesses: Guesses

    async def show(self, request: Request) -> Response:
        reader = await self._reader(request)
        if reader is None:
            return self._refused(request)
        reason = await run_in_threadpool(self._suppressed, reader)
        return self._page(request, _state(reason), reader=reader)

    async def act(self, request: Request) -> Response:
        reader = await self._reader(request)
        if reader is None:
            return self._refused(request)
        body = await _body(request)
        if body is None:
            return self._page(request, "unclear", 413, reader=reader)
        wish = _wish(body)
        if wish is None:
            return self._page(request, "unclear", 400, reader=reader)
        reason = await run_in_threadpool(self._obey, reader, wish)
        return self._page(request, _state(reason), reader=reader)

    async def lost(self, request: Request, error: Exception) -> Response:
        return self._page(request, "unknown", 404)

    async def away(self, request: Request, error: Exception) -> Response:
        logger.error("a page cannot be answered: %s", error)
        return self._page(request, "away", 503, {"Retry-After": "120"})

    async def _reader(self, request: Request) -> StoredSubscriber | None:
        """Whose token it is; None for a token that was not made here."""
        token = request.path_params["token"]
        number = claimed_number(token)
        return None if number is None else await run_in_threadpool(self._genuine, token, number)

    def _genuine(self, token: str, number: int) -> StoredSubscriber | None:
        with self.office.database.read() as connection:
            reader = addresses.subscriber_of(connection, number)
        if reader is None or not self.office.tokens.is_genuine(token, Purpose.LEAVE, reader.id, reader.email):
            return None
        return reader

    def _suppressed(self, reader: StoredSubscriber) -> str | None:
        with self.office.database.read() as connection:
            return subscribers.suppressed(connection, reader.email)

    def _obey(self, reader: StoredSubscriber, wish: EventKind) -> str | None:
        event = AddressEvent(reader.email, wish, self.office.now(), "page")
        with self.office.database.write() as connection:
            if wish is EventKind.UNSUBSCRIBED:
                changed = addresses.unsubscribe(connection, event)
            else:
                left = subscribers.suppressed(connection, reader.email) == UNSUBSCRIBED
                changed = left and addresses.resume(connection, event)
            reason = subscribers.suppressed(connection, reader.email)
        if changed:
            logger.info("subscriber %s %s by the page", reader.id, wish)
        return reason

    def _refused(self, request: Request) -> Response:
        if self.guesses.too_many(request.client.host if request.client else ""):
            return self._page(request, "busy", 429, {"Retry-After": str(int(GUESS_WINDOW))})
        return self._page(request, "unknown", 404)

    def _page(
        self,
        request: Request,
        state: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        reader: StoredSubscriber | None = None,
    ) -> Response:
        language = self.office.readers.get(reader.email) if reader else None
        language = language or accepted(request.headers.get("accept-language", ""))
        html = page(state, language, reader.email if reader else "")
        return HTMLResponse(html, status, {**SECURITY, "Content-Language": language, **(headers or {})})


async def _body(request: Request) -> bytes | None:
    """The body; None when it is too long or too slow in coming."""
    read = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            async for chunk in request.stream():
                read += chunk
                if len(read) > LARGEST_BODY:
                    return None
    except (TimeoutError, ClientDisconnect):
        return None
    return bytes(read)


def _wish(body: bytes) -> EventKind | None:
    """What a form asks for. RFC 8058 section 3.2 lets mail services send multipart/form-data too."""
    if b'name="List-Unsubscribe"' in body and b"One-Click" in body:
        return EventKind.UNSUBSCRIBED
    said = parse_qs(body.decode("ascii", "replace"), max_num_fields=10) if body.count(b"&") < 10 else {}
    if said.get("List-Unsubscribe") == ["One-Click"]:
        return EventKind.UNSUBSCRIBED
    return EventKind.RESUMED if said.get("resume") == ["yes"] else None


def _state(reason: str | None) -> str:
    if reason is None:
        return "subscribed"
    return "left" if reason == UNSUBSCRIBED else "bounced"

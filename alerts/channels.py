"""Further channels by Apprise, with the optional extra `channels`: the same ledger, another way out.

Apprise tells only whether a notification went well. What it cannot tell, whether a failed one may have arrived, is read
off the HTTP requests that it makes: refused or never sent, or sent without an answer (RFC 9110 section 9.2.2: a POST
that was not answered must not be repeated lightly).
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from alerts.brief import Brief, unpacked
from alerts.heard import Heard
from alerts.transport import Letter, Outcome, Result

logger = logging.getLogger(__name__)

CONNECT, ANSWER, LONGEST = 10.0, 30.0, 120.0
# Bytes of a text that a service shows in one message; ntfy makes an attachment of more than 4,096, Telegram refuses it.
LIMITS = {
    "json": 30_000,
    "jsons": 30_000,
    "ntfy": 3_800,
    "ntfys": 3_800,
    "slack": 12_000,
    "matrix": 30_000,
    "matrixs": 30_000,
    "tgram": 3_500,
}
ABOUT_THE_TEXT = (400, 413, 422)
GATEWAY_TIMEOUT = 504


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; its address, Apprise's, is a secret and stands in no message, log or database."""

    id: str
    url: str = field(repr=False)

    @property
    def service(self) -> str:
        return self.url.partition("://")[0].lower()

    @property
    def limit(self) -> int:
        return LIMITS[self.service]


def flaw(url: str) -> str:
    """What is wrong with a channel's address, without the address; nothing when it will do."""
    service = url.partition("://")[0].lower()
    if service not in LIMITS:
        known = ", ".join(f"{each}://" for each in LIMITS)
        return f"its address does not begin with one of {known}"
    plugin = _plugin(url)
    if plugin is None:
        return f"its address is none that Apprise understands as {service}://"
    if len(plugin) > 1:
        return "its address names several targets: write one channel for each, so that none is told twice"
    return ""


class ChannelTransport:
    """Notifications to one channel."""

    def __init__(self, channel: Channel, longest: float = LONGEST) -> None:
        self._channel = channel
        self._longest = longest

    async def send(self, letter: Letter) -> Outcome:
        """Sends one. Never raises for what a service or a network does."""
        plugin = _plugin(self._channel.url)
        if plugin is None:
            return Outcome(Result.SERVER, text=f"channel {self._channel.id}: its address is not understood")
        brief = unpacked(letter.mime)
        if not await letter.enter_data():
            return Outcome(Result.LOST_LEASE)
        try:
            went_well, heard = await _aside(lambda: _notify(plugin, brief), self._longest)
        except TimeoutError:
            return Outcome(Result.DOUBT, text=f"no answer within {self._longest:.0f} s")
        except Exception as error:  # a fault in Apprise; its words may hold the address
            logger.error("channel %s: the notification failed with %s", self._channel.id, type(error).__name__)
            return Outcome(Result.DOUBT, text=type(error).__name__)
        return outcome_of(went_well, heard, is_webhook=self._channel.service in ("json", "jsons"))

    async def close(self) -> None:
        pass


def outcome_of(went_well: bool, heard: list[Heard], *, is_webhook: bool) -> Outcome:
    """What a notification came to, by Apprise's word and by its requests' fates. A webhook's every 2xx is a yes."""
    last = heard[-1] if heard else None
    accepted = last is not None and last.status is not None and 200 <= last.status < 300
    if went_well or (is_webhook and accepted):
        return Outcome(Result.SENT, text=last.words if last else "")
    if any(each.is_doubtful or each.status == GATEWAY_TIMEOUT for each in heard):
        return Outcome(Result.DOUBT, text=" then ".join(each.words for each in heard))
    if last is None:
        return Outcome(Result.SERVER, text="nothing was sent")
    if last.status in ABOUT_THE_TEXT:
        return Outcome(Result.DEFERRED, text=last.words)
    return Outcome(Result.SERVER, text=last.words if not accepted else f"{last.words}, but the service refused it")


def _notify(plugin: Any, brief: Brief) -> tuple[bool, list[Heard]]:
    from apprise import NotifyFormat

    from alerts.listening import listening

    with listening() as heard:
        went_well = plugin.notify(title=brief.title, body=brief.body, body_format=NotifyFormat.TEXT)
    return bool(went_well), heard


def _plugin(url: str) -> Any:
    """Apprise's plugin for the address; None when it understands it not."""
    from apprise import Apprise, AppriseAsset

    for secretive in ("apprise", "urllib3"):  # they log addresses
        logging.getLogger(secretive).setLevel(logging.CRITICAL)
    asset = AppriseAsset(app_id="Veilleur", app_desc="Veilleur", app_url="", async_mode=False, plugin_paths=[])
    plugin: Any = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is not None:
        plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT, ANSWER
        plugin.retry = 0  # what is repeated is the ledger's to decide
    return plugin


async def _aside(work: Callable[[], tuple[bool, list[Heard]]], longest: float) -> tuple[bool, list[Heard]]:
    """Waits for work in a thread that keeps nothing from ending, for so many seconds at most."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[bool, list[Heard]]] = loop.create_future()

    def settle(finish: Callable[[], None]) -> None:
        if not done.done():
            finish()

    def run() -> None:
        try:
            finish = partial(done.set_result, work())
        except Exception as error:
            finish = partial(done.set_exception, error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, finish)

    threading.Thread(target=run, name="channel", daemon=True).start()
    return await asyncio.wait_for(done, longest)

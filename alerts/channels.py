"""Further channels by Apprise, with the optional extra `channels`: the same ledger, another way out.

Apprise tells only whether a notification went well. What it cannot tell, whether a failed one may have arrived, is read
off the HTTP requests that it makes: refused or never sent, or sent without an answer (RFC 9110 section 9.2.2: a POST
that was not answered must not be repeated lightly).
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from alerts.brief import Brief, unpacked
from alerts.heard import Heard
from alerts.services import Channel, plugin_of
from alerts.transport import Letter, Outcome, Result

logger = logging.getLogger(__name__)

LONGEST = 120.0
ABOUT_THE_TEXT = (400, 413, 422)
GATEWAY_TIMEOUT = 504


class ChannelTransport:
    """Notifications to one channel."""

    def __init__(self, channel: Channel, longest: float = LONGEST) -> None:
        self._channel = channel
        self._longest = longest

    async def send(self, letter: Letter) -> Outcome:
        """Sends one. Never raises for what a service or a network does."""
        plugin = plugin_of(self._channel.url)
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

"""Verdicts: what the outcome of a try means for the delivery, for its recipient, and for the server."""

import random
from datetime import datetime, timedelta

from alerts.transport import Outcome, Result
from storage import tries
from storage.mailing import FIRST_PAUSE
from storage.model import Delivery, DeliveryState, Ending

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(seconds=4000)
DOUBTS = 3  # in a row: no reply comes through, and each further mail would be in doubt too
REJECTIONS = 3  # of one mail, or of as many mails in a row: then an operator has to look

# The address is wrong for good (RFC 3463 section 3.2; 5.1.10 is RFC 7505's null MX). Not 5.1.7 and 5.1.8, which are
# about the sender's address, nor 5.1.9, about a relay on the way.
WRONG_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"})
# A mailbox that takes no mail "may be a permanent error if the mailbox will never be re-enabled or a transient error if
# the mailbox is only temporarily disabled" (RFC 3463 section 3.3): it is believed the second time.
DISABLED = "5.2.1"


def ending(claimed: Delivery, outcome: Outcome, now: datetime, *, resend_after_doubt: bool) -> Ending:
    """How the try of the delivery ended."""
    if outcome.result is Result.DOUBT:
        return tries.doubtful(claimed, now=now, text=outcome.text, resend=resend_after_doubt)
    state, next_at = _state(claimed, outcome, now)
    return Ending(
        claimed.id,
        claimed.fence,
        state,
        now,
        next_at,
        outcome.code,
        outcome.text,
        is_counted=outcome.result not in (Result.SERVER, Result.LOST_LEASE),
        held_why="rejected" if state is DeliveryState.HELD else None,
        phase=outcome.phase or None,
    )


def named(result: Result, state: str) -> str:
    """What a server made of a mail and, in brackets, what became of it, where these are not the same word."""
    return str(result) if result == state else f"{result} ({state})"


def _state(claimed: Delivery, outcome: Outcome, now: datetime) -> tuple[DeliveryState, datetime | None]:
    match outcome.result:
        case Result.SENT:
            return DeliveryState.SENT, None
        case Result.REFUSED:
            return DeliveryState.FAILED, None
        case Result.REJECTED if was_rejected(claimed) and claimed.attempts + 1 >= REJECTIONS:
            return DeliveryState.HELD, None
        case Result.DEFERRED | Result.REJECTED:
            return DeliveryState.DEFERRED, now + retry_delay(claimed.attempts)
        case _:
            return DeliveryState.PENDING, now + FIRST_PAUSE


def retry_delay(attempts: int) -> timedelta:
    """Five minutes, doubling, at most 4000 seconds, with a fifth of jitter."""
    seconds = min(FIRST_RETRY.total_seconds() * 2 ** min(attempts, 10), LONGEST_RETRY.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))


def was_rejected(tried: Delivery) -> bool:
    """Whether a server refused this very mail before, for good."""
    return tried.attempts > 0 and (tried.last_code or 0) >= 500


def is_wrong_address(outcome: Outcome) -> bool:
    """Whether the refusal says that there is no such address, rather than that a policy forbids (5.7.x)."""
    return outcome.result is Result.REFUSED and enhanced_code(outcome.text) in WRONG_ADDRESS


def is_forbidden(outcome: Outcome) -> bool:
    """Whether a policy forbids (RFC 3463 section 3.8): mostly the sender's fault or the relay's, not the reader's."""
    return outcome.result is Result.REFUSED and enhanced_code(outcome.text).startswith("5.7.")


def is_against_the_route(tried: Delivery, outcome: Outcome) -> bool:
    """Whether it counts among those that, in a row, are the sender's fault: each mail that is rejected once, and each
    recipient whom a policy forbids."""
    return is_forbidden(outcome) or (outcome.result is Result.REJECTED and not was_rejected(tried))


def is_disabled(outcome: Outcome) -> bool:
    """Whether the refusal says that the mailbox takes no mail, for now or for good."""
    return outcome.result is Result.REFUSED and enhanced_code(outcome.text) == DISABLED


def enhanced_code(text: str) -> str:
    """The enhanced status code (RFC 2034) with which a reply begins, if it does."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return first if all(part.isdecimal() for part in first.split(".")) and first.count(".") == 2 else ""

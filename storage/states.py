"""Where a delivery may stand: a module of its own, for --help names the states before anything is loaded."""

from enum import StrEnum

IN_DOUBT = "doubt"  # as a state: what may have arrived, whether its repeat is due or it is held


class DeliveryState(StrEnum):
    """Where a delivery stands; `sent`, `failed`, `held` and `expired` are final until an operator acts."""

    PENDING = "pending"
    ATTEMPTING = "attempting"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    EXPIRED = "expired"

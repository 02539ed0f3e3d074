"""What the queries give back: frozen values, never a row of the database."""

from storage.kinds import SourceKind
from storage.model.articles import KeptPage, Place, Revisit, StoredArticle, StoredChange, StoredMention, StoryMember
from storage.model.collecting import (
    Ailment,
    Incident,
    OutletActivity,
    Pace,
    Page,
    PageState,
    Round,
    Source,
    Told,
    Unread,
    Waiting,
)
from storage.model.filters import EVERYTHING, Filter, Least
from storage.model.mails import (
    AddressEvent,
    Delivery,
    Ending,
    EventKind,
    FirstTelling,
    Hold,
    Route,
    Run,
    RunKind,
    StoredSubscriber,
    Suppression,
)
from storage.states import DeliveryState

__all__ = [
    "EVERYTHING",
    "AddressEvent",
    "Ailment",
    "Delivery",
    "DeliveryState",
    "Ending",
    "EventKind",
    "Filter",
    "FirstTelling",
    "Hold",
    "Incident",
    "KeptPage",
    "Least",
    "OutletActivity",
    "Pace",
    "Page",
    "PageState",
    "Place",
    "Revisit",
    "Round",
    "Route",
    "Run",
    "RunKind",
    "Source",
    "SourceKind",
    "StoredArticle",
    "StoredChange",
    "StoredMention",
    "StoredSubscriber",
    "StoryMember",
    "Suppression",
    "Told",
    "Unread",
    "Waiting",
]

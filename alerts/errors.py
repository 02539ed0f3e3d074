"""What can go wrong with telling subscribers.

AlertsError
├── AddressError      an address that no mail server takes (also a ValueError)
└── UnknownLanguage   a reader's language has no words here (also a LookupError)
"""


class AlertsError(Exception):
    """A subscriber cannot be told; the message says why, and what to do."""


class UnknownLanguage(AlertsError, LookupError):
    """A reader's language has no words in alerts/languages."""


class AddressError(AlertsError, ValueError):
    """A mail address that no mail server takes."""

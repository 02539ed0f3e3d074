"""What can go wrong with telling subscribers.

AlertsError
├── AddressError      an address that no mail server takes (also a ValueError)
├── SecretError       a key or secret file is missing, unreadable or readable by others
├── MissingExtra      something is configured that needs packages which are not installed
├── NoAnswer          no name server answers
└── UnknownLanguage   a reader's language has no words here (also a LookupError)
"""


class AlertsError(Exception):
    """A subscriber cannot be told; the message says why, and what to do."""


class UnknownLanguage(AlertsError, LookupError):
    """A reader's language has no words in alerts/languages."""


class AddressError(AlertsError, ValueError):
    """A mail address that no mail server takes."""


class SecretError(AlertsError):
    """A key or a secret's file cannot be used: the message says why, without the secret."""


class NoAnswer(AlertsError):
    """No name server says anything of a name, not even that there is none."""


class MissingExtra(AlertsError):
    """Packages that an option needs are not installed; the message names the extra that brings them."""

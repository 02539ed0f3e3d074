"""The secrets that the environment holds; apart from the configuration, for every command's log leaves them out."""

import os
from collections.abc import Mapping

CHANNEL_VARIABLE = "VEILLEUR_CHANNEL_"


def secrets_of(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The secrets that the environment holds, so that nothing that is written shows them."""
    named = ("VEILLEUR_SMTP_PASSWORD", "VEILLEUR_KEY")
    return [value for key, value in environ.items() if value and (key in named or key.startswith(CHANNEL_VARIABLE))]

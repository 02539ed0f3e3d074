"""The name under which pages are asked for."""

USER_AGENT = "Veilleur/0.1 (+{contact})"

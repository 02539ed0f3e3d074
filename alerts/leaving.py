"""How a reader can leave: by a mail always, by one click where there is a public address (RFC 2369, RFC 8058)."""

from dataclasses import dataclass

from alerts.tokens import Purpose, Tokens

PLACE = "{token}"
ONE_CLICK = "List-Unsubscribe=One-Click"
PATH = "/u/"


@dataclass(frozen=True, slots=True)
class Exit:
    """One reader's ways out: addresses for List-Unsubscribe, best first; `one_click` when the first takes a POST."""

    addresses: tuple[str, ...]
    one_click: bool = False

    @property
    def link(self) -> str:
        """The address for people, in the mail's foot."""
        return self.addresses[0]

    def headers(self) -> dict[str, str]:
        """The headers that mail programs look at."""
        listed = {"List-Unsubscribe": ", ".join(f"<{each}>" for each in self.addresses)}
        return listed | ({"List-Unsubscribe-Post": ONE_CLICK} if self.one_click else {})


@dataclass(frozen=True, slots=True)
class Exits:
    """What every exit is made from: an address with or without a place for the token, and the pages' public address.

    `written` is a mailto: or https: address; a mailto: one stands beside an https: one where both are known.
    """

    written: str
    mailto: str
    public_url: str | None = None

    def of(self, tokens: Tokens, number: int, address: str) -> Exit:
        """The exit of the subscriber of that number and address."""
        token = tokens.make(Purpose.LEAVE, number, address)
        page = () if self.public_url is None else (f"{self.public_url}{PATH}{token}",)
        others = (self.written,) if self.written.startswith("mailto:") else (self.written, self.mailto)
        listed = (*page, *(each.replace(PLACE, token) for each in others))
        return Exit(listed, one_click=bool(page))

    def unsigned(self) -> Exit:
        """An exit for what is nobody's mail: a preview, a notice to the operator."""
        return Exit(
            (self.mailto.partition("?")[0] + "?subject=unsubscribe" if PLACE in self.written else self.written,)
        )

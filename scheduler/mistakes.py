"""What is wrong in a configuration file, for people."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel, ValidationError

from scheduler.sections import File

_REMEDIES = {
    "string_type": "write a text in quotes",
    "int_type": "write a whole number, without quotes",
    "list_type": "write a list, in brackets",
    "dict_type": "write a table",
    "model_type": "write a table",
}


def explained(error: ValidationError, name: str) -> str:
    """Every mistake in a file: the key, what was read, and what is allowed."""
    lines = []
    for each in error.errors():
        key = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}"
            for part in each["loc"]
            if part not in ("literal['all']", "list[str]")
        ).lstrip(".")
        if each["type"] == "extra_forbidden":
            lines.append(f"{name}: unknown key {key!r}: allowed here are {', '.join(_allowed(each['loc']))}")
        elif each["type"] == "missing":
            lines.append(f"{name}: {key} is missing")
        else:
            value = "" if key == "database.url" else f" = {each['input']!r}"  # a database's address holds a password
            remedy = _REMEDIES.get(each["type"], each["msg"].removeprefix("Value error, "))
            lines.append(f"{name}: {key}{value}: {remedy}")
    return "\n".join(dict.fromkeys(lines))


def _allowed(location: tuple[int | str, ...]) -> list[str]:
    """The keys of the table in which the last of these stands."""
    model: type[BaseModel] = File
    for part in location[:-1]:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        model = next(_models(field.annotation), model) if field else model
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The tables that a key's type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)

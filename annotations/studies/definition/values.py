"""The kinds of values that a definition is made of."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

LARGEST_WHOLE = 2**53 - 1


class Part(BaseModel):
    """Strict and closed: no unknown key, no "60" for 60, no nan."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def printable(text: str) -> str:
    if any(ord(character) < 32 and character not in "\t\n\r" for character in text):
        raise ValueError("holds a control character")
    return text


def one_line(text: str) -> str:
    if not text.isprintable() or text != text.strip() or not text:
        raise ValueError("must be one line of text, without spaces around it")
    return text


def as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def different(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise ValueError("names a value twice")
    return values


Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=100)]
Label = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]
DomainName = Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=50_000), AfterValidator(printable)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Texts = dict[Locale, Text]
Names = Annotated[list[Label], BeforeValidator(as_list), AfterValidator(different), Field(max_length=1_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Whole = Annotated[int, Field(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
Word = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(printable)]
Scalar = Word | bool | Whole | float | None
Parameters = Annotated[dict[Slug, Scalar], Field(max_length=100)]

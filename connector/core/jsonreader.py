"""A JSON object that is read key by key: whatever is missing or of a wrong kind is named with its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader:
    """A JSON object with its place, so that a fault can be named. A method without a default demands the key. All raise
    ValueError, in a sentence."""

    values: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, value: object, place: str) -> "Reader":
        """The reader of a value, which must be an object."""
        if not isinstance(value, Mapping):
            raise ValueError(f"This is not a plan file: {place} is not an object.")
        return cls(value, place)

    def fault(self, key: str, problem: str) -> ValueError:
        """The error that a key deserves."""
        return ValueError(f'This is not a plan file: "{key}" {problem} in {self.place}.')

    def raw(self, key: str) -> Any:
        """Whatever stands under a key."""
        if key not in self.values:
            raise self.fault(key, "is missing")
        return self.values[key]

    def text(self, key: str) -> str:
        """Text."""
        value = self.raw(key)
        if not isinstance(value, str):
            raise self.fault(key, "is not text")
        return value

    def later(self, key: str, default: str = "") -> str:
        """Text under a key that older files do not have."""
        return self.text(key) if key in self.values else default

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fault(key, "is not a whole number")
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.raw(key)
        if not isinstance(value, bool):
            raise self.fault(key, "is not true or false")
        return value

    def decimal(self, key: str) -> Decimal:
        """A number, also as text."""
        value = self.raw(key)
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
                raise ValueError
            number = Decimal(str(value))
        except (InvalidOperation, ValueError) as error:
            raise self.fault(key, "is not a number") from error
        if not number.is_finite():
            raise self.fault(key, "is not a number")
        return number

    def parsed(self, key: str, parse: Callable[[str], T], kind: str) -> T:
        """Text that ``parse`` understands; ``kind`` says what it should be."""
        value = self.text(key)
        try:
            return parse(value)
        except ValueError as error:
            raise self.fault(key, f"({value!r}) is not {kind}") from error

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        """A value, or null."""
        return None if self.raw(key) is None else read(key)

    def younger(self, key: str, missing: T | None, read: Callable[[str], T]) -> T | None:
        """A value, or null, under a key that older files do not have."""
        return self.optional(key, read) if key in self.values else missing

    def inner(self, key: str) -> "Reader":
        """An object."""
        return Reader.of(self.raw(key), f'"{key}" of {self.place}')

    def listed(self, key: str) -> list[Any]:
        """A list."""
        value = self.raw(key)
        if not isinstance(value, list):
            raise self.fault(key, "is not a list")
        return value

    def each(self, key: str) -> "list[Reader]":
        """A list of objects."""
        return [Reader.of(value, f'"{key}" {at} of {self.place}') for at, value in enumerate(self.listed(key), 1)]

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.listed(key)
        if not all(isinstance(value, str) for value in values):
            raise self.fault(key, "is not a list of texts")
        return tuple(values)

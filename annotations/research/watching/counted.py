from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator

if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator


class CountedPaginator(AnyPaginator):
    """Of a list whose length is known already."""

    def __init__(self, rows: Any, a_page: int, known: int) -> None:
        super().__init__(rows, a_page)
        self.known = known

    @property
    def count(self) -> int:
        return self.known

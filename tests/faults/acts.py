"""Acts to be disturbed, each by what prepares a world for it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.messages import get_messages
from django.db import OperationalError
from django.test import Client

Act = Callable[[], object]
ACTS: dict[str, Callable[[Path], Act]] = {}


def act(prepare: Callable[[Path], Act]) -> Callable[[Path], Act]:
    """Registers what prepares a world and gives the act to be disturbed in it."""
    ACTS[prepare.__name__] = prepare
    return prepare


@dataclass
class Asking:
    """A request of somebody whose browser is put back, too, before each time."""

    client: Client
    method: str
    address: str
    data: dict[str, Any] | None = None
    status: int = 303
    follow: bool = False

    def __post_init__(self) -> None:
        self.client.raise_request_exception = False
        self.cookies = copy.deepcopy(self.client.cookies)

    def __call__(self) -> None:
        self.client.cookies = copy.deepcopy(self.cookies)
        answer = getattr(self.client, self.method)(self.address, self.data, follow=self.follow)
        if answer.status_code == 503:
            assert int(answer["Retry-After"]) > 0
            raise OperationalError("told to come back")
        assert answer.status_code == self.status, (answer.status_code, answer.content[:2000])
        list(get_messages(answer.wsgi_request))

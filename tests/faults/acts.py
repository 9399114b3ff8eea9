"""Acts to be disturbed, each by what prepares a world for it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.messages import get_messages
from django.db import OperationalError
from django.test import Client

from annotations.core import clock
from annotations.responses.retention import carry_out_retention
from annotations.studies.models import RetentionDate

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
    # What they are told who ask again for what was done, should that be something else.
    when_done: int = 0
    # What time brings when they have left.
    afterwards: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        self.client.raise_request_exception = False
        self.cookies = copy.deepcopy(self.client.cookies)
        self.view = ""

    def __call__(self) -> None:
        self.client.cookies = copy.deepcopy(self.cookies)
        answer = getattr(self.client, self.method)(self.address, self.data, follow=self.follow)
        self.view = getattr(answer.resolver_match, "view_name", "")
        if answer.status_code == 503:
            assert int(answer["Retry-After"]) > 0
            raise OperationalError("told to come back")
        if answer.status_code not in (self.status, self.when_done or self.status):
            raise AssertionError((answer.status_code, answer.content[-1500:]))
        b"".join(answer) if answer.streaming else list(get_messages(answer.wsgi_request))
        if self.afterwards:
            self.afterwards()


def carrying_out(what: str) -> Act:
    """The day has come on which every study deletes that."""
    RetentionDate.objects.filter(what=what).update(due=clock.now() - timedelta(days=1))

    def carry_out() -> None:
        try:
            carry_out_retention()
        except* OperationalError as broken:
            raise broken.exceptions[0] from None

    return carry_out

"""Providers as they play: people they send, and the messages they sign."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from annotations.core import clock
from annotations.participation.hooks import sign
from tests.participation.kit import RATED, Visitor
from tests.participation.reading import Page

SECRET = "a secret of a workspace"
HOOK = "/hooks/prolific/"


def prolific_query(person: int = 1, submission: int = 1) -> dict[str, str]:
    """What Prolific puts into the address: 24 hexadecimal digits each."""
    return {
        "PROLIFIC_PID": f"{person:024x}",
        "STUDY_ID": f"{7:024x}",
        "SESSION_ID": f"{1000 * person + submission:024x}",
    }


def told(status: str, person: int = 1, submission: int = 1, event: str = "submission.status.change") -> bytes:
    query = prolific_query(person, submission)
    said = {"event_type": event, "participant_id": query["PROLIFIC_PID"], "status": status}
    return json.dumps({**said, "resource_id": query["SESSION_ID"]}).encode()


def tell(body: bytes, *, secret: str = SECRET, ago: float = 0.0, **headers: Any) -> int:
    """Send a message as Prolific does. The status of the answer."""
    sent_at = str(int(clock.now().timestamp() - ago))
    signed = {
        "X-Prolific-Request-Timestamp": sent_at,
        "X-Prolific-Request-Signature": sign(secret, sent_at, body).decode(),
        **headers,
    }
    # As a server that is not one of our pages: it has no cookie and no token.
    client = Client(enforce_csrf_checks=True)
    kind = "application/json"
    return client.post(HOOK, body, content_type=kind, headers=signed).status_code


class Sent(Visitor):
    """Somebody whom a provider sends with these parameters, in a browser of their own."""

    def __init__(self, query: dict[str, str], slug: str = "sums", client: Client | None = None) -> None:
        super().__init__(slug, client)
        self.query = query

    def arrive(self) -> Page:
        page = self._read(self.client.get(f"/join/{self.slug}/", self.query))
        return self.get() if page.status == 303 else page

    def begin(self) -> Page:
        """As far as the first unit."""
        self.arrive()
        self.consent()
        return self.send()

    def consent(self) -> Page:
        return self._read(
            self.client.post(self.whole_address, self.page.form.filled(consent="1"), follow=True)
        )

    def answer_unit(self, **values: str) -> Page:
        return self.send(**{**RATED, **values})

    @property
    def whole_address(self) -> str:
        """With the parameters, as a form without an address of its own is sent."""
        from urllib.parse import urlencode

        return f"/join/{self.slug}/?{urlencode(self.query)}"

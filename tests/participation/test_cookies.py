"""What the browser is asked to keep, and how."""

from __future__ import annotations

import pytest
from django.test import override_settings

from tests.participation.kit import Visitor, make_study

TEXTS = {"locales": ["en", "es"]}


@pytest.mark.django_db
def test_every_cookie_of_ours_is_closed_to_scripts_and_secure_behind_https(tmp_path):
    make_study(tmp_path, settings=TEXTS)
    ann = Visitor()
    with override_settings(HTTPS=True):
        ann.get("/join/sums/")
        ann.post("/take/sums/language/", ann.outer_form("language").filled(language="es"))
        ann.get("/join/sums/")
        ann.send(consent="1")
        ann.send()
        ann.get("/take/sums/?view=plain")
    ours = {name: morsel for name, morsel in ann.client.cookies.items() if name != "csrftoken"}
    assert set(ours) == {"take_sums", "language", "plain"}
    for morsel in ours.values():
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Lax")

"""Requests that fail before a view is reached get a page all the same."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.parametrize("address", ["/join/some-study/", "/take/some-study/", "/accounts/login/"])
def test_form_in_another_encoding_is_a_bad_request(db, address: str):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.get("/accounts/login/")  # for its cookie
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    reply = browser.post(address, b"consent=1", content_type=kind)
    assert reply.status_code == 400
    assert b"<h1>" in reply.content

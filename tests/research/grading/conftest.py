"""Editors beside Alice, who owns the study: Erin, Frank and Grace. Each grades at a desk of their own."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotations.accounts.models import User
from annotations.studies.models import Member


class Desk:
    def __init__(self, client, study):
        self.client = client
        self.study = study
        self.page = ""

    def look(self):
        self.page = self.client.get(reverse("research:grading-hand", args=[self.study.slug])).content.decode()
        return self

    @property
    def key(self):
        found = re.search(r'name="key" value="([^"]+)"', self.page)
        return found[1] if found else None

    def give(self, grade, key=None, **more):
        address = reverse("research:grading-give", args=[self.study.slug])
        data = {"key": key or self.key, "grade": grade, **more}
        self.page = self.client.post(address, data, follow=True).content.decode()
        return self

    def begin(self, **data):
        address = reverse("research:grading-begin", args=[self.study.slug])
        return self.client.post(address, {"purpose": "grading", **data}, follow=True).content.decode()


def editor(study, name):
    user = User.objects.create_user(f"{name}@example.org", "correct horse")
    Member.objects.create(study=study, user=user, role=Member.EDITOR)
    return user


@pytest.fixture
def erin(study, as_user):
    return Desk(as_user(editor(study, "erin")), study)


@pytest.fixture
def frank(study, as_user):
    return Desk(as_user(editor(study, "frank")), study)


@pytest.fixture
def grace(study, as_user):
    return Desk(as_user(editor(study, "grace")), study)


@pytest.fixture
def owner(study, alice, as_user):
    return Desk(as_user(alice), study)

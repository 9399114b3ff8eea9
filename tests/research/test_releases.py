from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.core import clock
from annotations.core.models import Job
from tests.research import rows


@pytest.fixture
def released(study, settings, tmp_path):
    settings.VAR = tmp_path
    folder = tmp_path / "releases" / study.slug / "1"
    (folder / "figures").mkdir(parents=True)
    (folder / "items.csv").write_text("item_id\n1\n")
    (folder / "figures" / "slip.svg").write_text("<svg/>")
    (tmp_path / "secret").write_text("key")
    return rows.make_release(study)


def test_files_are_listed_and_downloaded(study, released, bob, as_user):
    client = as_user(bob)
    content = client.get(reverse("research:release", args=[study.slug, 1])).content.decode()
    for name, body in (("items.csv", b"item_id\n1\n"), ("figures/slip.svg", b"<svg/>")):
        address = reverse("research:release-file", args=[study.slug, 1, name])
        assert address in content
        response = client.get(address)
        assert b"".join(response.streaming_content) == body
        assert "attachment" in response["Content-Disposition"]


@pytest.mark.parametrize(
    "name",
    [
        "../../../secret",
        "figures/../../../../secret",
        "nope.csv",
        "figures",
        "/etc/passwd",
        "%00",
        "x" * 300,
        "a%0Ab",
        "%ED%A0%80",
    ],
)
def test_other_files_are_not_served(study, released, alice, as_user, name):
    assert as_user(alice).get(f"/research/studies/{study.slug}/releases/1/{name}").status_code == 404


def test_folder_outside_is_not_served(study, released, alice, as_user):
    released.folder = ".."
    released.save()
    assert (
        as_user(alice).get(reverse("research:release-file", args=[study.slug, 1, "secret"])).status_code
        == 404
    )


def test_closed_release_is_gone_and_says_why(study, released, alice, as_user):
    released.closed_at, released.closed_reason = clock.now(), "a participant withdrew"
    released.save()
    client = as_user(alice)
    response = client.get(reverse("research:release-file", args=[study.slug, 1, "items.csv"]))
    assert response.status_code == 410
    assert "a participant withdrew" in response.content.decode()
    page = client.get(reverse("research:release", args=[study.slug, 1]))
    assert "items.csv" not in page.content.decode()
    assert (
        "a participant withdrew"
        in client.get(reverse("research:releases", args=[study.slug])).content.decode()
    )


def test_release_that_would_be_the_same_is_said(study, released, alice, as_user):
    address = reverse("research:releases", args=[study.slug])
    result = {"number": 1, "new": True}
    job = Job.objects.create(kind="release", subject=study.slug, key="k", state=Job.DONE, result=result)
    assert "Nothing has changed since" not in as_user(alice).get(address).content.decode()
    job.result["new"] = False
    job.save()
    assert "release 1 holds the same content" in as_user(alice).get(address).content.decode()


def test_stranger_cannot_download(study, released, charlie, as_user):
    assert (
        as_user(charlie).get(reverse("research:release-file", args=[study.slug, 1, "items.csv"])).status_code
        == 404
    )

"""Users: for admins alone; nobody locks the platform up."""

from __future__ import annotations

import re

import pytest
from django.core import mail as outbox
from django.urls import reverse

from annotations.accounts.models import User
from annotations.core.models import AuditEntry

ACTS = ["password-link", "user-role", "user-off", "user-on"]

# Longer than an address can be, in parts that are not.
LONG = f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'y' * 60}.{'z' * 50}.org"


def post(client, act, /, *args, **asked):
    return client.post(reverse(f"research:{act}", args=args), asked, follow=True)


def test_admin_invites_and_is_shown_the_link_once(ada, as_user, settings):
    settings.MAIL_ON = False
    page = post(as_user(ada), "invite-user", email="New@Example.org", role="researcher", name="New One")
    link = re.search(r'value="(http://testserver/accounts/choose/[^"]+)"', page.content.decode()).group(1)
    user = User.objects.get(email__iexact="new@example.org")
    assert (user.role, user.name, user.has_usable_password()) == ("researcher", "New One", False)
    assert "no-store" in page["Cache-Control"]
    token = link.rstrip("/").rsplit("/", 1)[-1]
    assert token not in str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert token not in as_user(ada).get(reverse("research:users")).content.decode()


def test_with_mail_the_link_goes_there_and_is_not_shown(ada, as_user, settings):
    settings.MAIL_ON = True
    page = post(as_user(ada), "invite-user", email="new@example.org", role="admin")
    assert "on its way" in page.content.decode()
    assert "/accounts/choose/" not in page.content.decode()
    assert [one.to for one in outbox.outbox] == [["new@example.org"]]


@pytest.mark.parametrize(
    "asked, reason",
    [
        ({"email": "no address", "role": "researcher"}, "is not an e-mail address"),
        ({"email": "ALICE@example.org", "role": "researcher"}, "There is already a user"),
        ({"email": "x@example.org", "role": "god"}, "an admin or a researcher"),
        ({"email": "x\0@example.org", "role": "researcher"}, "is not an e-mail address"),
        ({"email": LONG, "role": "researcher"}, "is not an e-mail address"),
    ],
)
def test_bad_invitation_says_why_and_makes_nobody(ada, alice, as_user, asked, reason):
    before = User.objects.count()
    assert reason in post(as_user(ada), "invite-user", **asked).content.decode()
    assert User.objects.count() == before


def test_switched_off_user_is_logged_out_and_comes_back(ada, alice, as_user):
    hers = as_user(alice)
    assert hers.get(reverse("research:studies")).status_code == 200
    post(as_user(ada), "user-off", alice.pk)
    assert hers.get(reverse("research:studies")).status_code == 302
    post(as_user(ada), "user-on", alice.pk)
    assert as_user(alice).get(reverse("research:studies")).status_code == 200


def test_last_admin_stays(ada, as_user):
    page = post(as_user(ada), "user-role", ada.pk, role="researcher")
    assert "last admin" in page.content.decode()
    ada.refresh_from_db()
    assert ada.is_admin


def test_one_of_two_admins_may_step_down(ada, alice, as_user):
    post(as_user(ada), "user-role", alice.pk, role="admin")
    post(as_user(ada), "user-role", ada.pk, role="researcher")
    ada.refresh_from_db()
    assert not ada.is_admin


def test_nobody_switches_themself_off(ada, alice, as_user):
    User.objects.filter(pk=alice.pk).update(role="admin")
    assert "your own account" in post(as_user(ada), "user-off", ada.pk).content.decode()


def test_no_link_for_a_switched_off_user(ada, alice, as_user):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert "switched off" in post(as_user(ada), "password-link", alice.pk).content.decode()


def test_for_researchers_the_page_is_not_there(alice, ada, as_user):
    client = as_user(alice)
    assert client.get(reverse("research:users")).status_code == 404
    assert client.post(reverse("research:invite-user"), {"email": "x@example.org"}).status_code == 404
    for name in ACTS:
        there = client.post(reverse(f"research:{name}", args=[ada.pk]), {"role": "researcher"})
        missing = client.post(reverse(f"research:{name}", args=[10**9]), {"role": "researcher"})
        assert (there.status_code, there.content) == (404, missing.content)
    ada.refresh_from_db()
    assert ada.is_admin


def test_users_are_found_by_address_or_name_and_paged(ada, as_user, django_assert_max_num_queries):
    User.objects.bulk_create(
        User(email=f"u{n}@example.org", name=f"Person {n}", password="!") for n in range(120)
    )
    client = as_user(ada)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("research:users")).content.decode()
    assert "Page 1 of 3" in page
    assert "u77@example.org" in client.get(reverse("research:users"), {"q": "Person 77"}).content.decode()
    assert "Nobody is called that" in client.get(reverse("research:users"), {"q": "\0zz"}).content.decode()


def test_times_are_shown_in_ones_own_zone(alice, study, as_user):
    client = as_user(alice)
    assert "Times are in UTC" in client.get(reverse("research:studies")).content.decode()
    saved = post(client, "account", name="Alice", time_zone="Asia/Tokyo")
    assert "Saved." in saved.content.decode()
    opened = study.opened_at
    shown = client.get(reverse("research:overview", args=[study.slug])).content.decode()
    assert "Times are in Asia/Tokyo" in shown
    from zoneinfo import ZoneInfo

    assert f"{opened.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}" in shown
    assert (
        "Times are in UTC"
        in as_user(User.objects.create_user("b@example.org"))
        .get(reverse("research:studies"))
        .content.decode()
    )


def test_unknown_zone_is_refused_in_words(alice, as_user):
    page = as_user(alice).post(reverse("research:account"), {"time_zone": "Mars/X"})
    assert "Select a valid choice" in page.content.decode()
    alice.refresh_from_db()
    assert alice.time_zone == ""

"""Addresses of a study's people, their answers, its alerts and its log."""

from __future__ import annotations

from django.urls import path

from annotations.research.views import messages
from annotations.research.watching.views import alerts, answers, log, people

urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/step-answers.csv", messages.step_answers, name="step-answers"),
    path("people/decide/", people.decide_people, name="decide-people"),
    path("people/answers/", answers.answers, name="answers"),
    path("people/answers/decide/", answers.decide_answers, name="decide-answers"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/decide/", people.decide_person, name="decide-person"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/mail/", alerts.choose, name="alert-mail"),
    path("alerts/<int:pk>/dismiss/", alerts.dismiss, name="dismiss-alert"),
    path("log/", log.log, name="log"),
    path("log.csv", log.log_csv, name="log-csv"),
]

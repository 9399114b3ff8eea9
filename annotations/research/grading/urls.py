"""Addresses of the grading, inside a study."""

from __future__ import annotations

from django.urls import path

from annotations.research.grading import automatic, hands, pages

urlpatterns = [
    path("", pages.grading, name="grading"),
    path("ungraded/", pages.ungraded, name="grading-ungraded"),
    path("hand/", hands.hand, name="grading-hand"),
    path("hand/give/", hands.give, name="grading-give"),
    path("hand/begin/", hands.begin, name="grading-begin"),
    path("hand/<int:pk>/", hands.round_, name="grading-round"),
    path("hand/<int:pk>/close/", hands.close, name="grading-close"),
    path("hand/<uuid:key>/picture/", hands.picture, name="grading-picture"),
    path("automatic/", automatic.choose, name="grading-choose"),
    path("automatic/mark/", automatic.mark, name="grading-mark"),
    path("automatic/<int:pk>/", automatic.run, name="grading-run"),
    path("automatic/<int:pk>/record/", automatic.record, name="grading-record"),
    path("automatic/<int:pk>/drop/", automatic.drop, name="grading-drop"),
]

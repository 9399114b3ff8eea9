from __future__ import annotations

from django.urls import path

from annotations.participation.hooks import prolific_hook
from annotations.participation.preview.views import preview
from annotations.participation.views import beside, framing, joining, taking

app_name = "participation"

urlpatterns = [
    path("join/<slug:slug>/", joining.join, name="join"),
    path("join/<slug:slug>/decline/", joining.decline, name="decline"),
    path("join/<slug:slug>/frame/", framing.frame, name="frame"),
    path("hooks/prolific/", prolific_hook, name="prolific-hook"),
    path("take/withdraw/", beside.withdraw, name="withdraw"),
    path("take/<slug:slug>/", taking.take, name="take"),
    path("take/<slug:slug>/correct/", taking.correct, name="correct"),
    path("take/<slug:slug>/keep/", taking.keep, name="keep"),
    path("take/<slug:slug>/image/<str:key>/", taking.image, name="image"),
    path("take/<slug:slug>/preview/", preview, name="preview"),
    path("take/<slug:slug>/leave/", beside.go, name="leave"),
    path("take/<slug:slug>/anew/", beside.anew, name="anew"),
    path("take/<slug:slug>/consent/", beside.consent, name="consent"),
    path("take/<slug:slug>/language/", beside.language, name="language"),
    path("take/<slug:slug>/message/", beside.message, name="message"),
    path("take/<slug:slug>/withdraw/", beside.withdraw, name="withdraw-study"),
]

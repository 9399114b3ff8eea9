"""The web process, as gunicorn loads it."""

from __future__ import annotations

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyplatform.settings")
# Seconds after which a thread that computes lets another go on. A request asks the database ten times, and
# after each reply it would wait for Python's usual 5 ms wherever another request is computing.
sys.setswitchinterval(0.0005)
application = get_wsgi_application()

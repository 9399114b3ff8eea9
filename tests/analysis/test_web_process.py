"""The web process computes nothing, and so carries nothing to compute with."""

from __future__ import annotations

import subprocess
import sys

from tests.servers import ROOT

HEAVY = ("pandas", "scipy", "altair", "vl_convert")
SCRIPT = f"""
import io, sys
from studyplatform.wsgi import application

def get(path):
    told = []
    environ = {{
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "HTTP_HOST": "localhost",
    }}
    body = b"".join(application(environ, lambda status, headers: told.append(status)))
    return told[0], body

for path in ("/healthz", "/accounts/login/", "/research/", "/join/nothing/"):
    status, body = get(path)
    assert not status.startswith("5"), (path, status)
import annotations.research.views.results, annotations.research.views.acts, annotations.participation.views
print(" ".join(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_web_process_imports_no_analysis_library(database_env):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=database_env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""

"""The product's settings, for a process that may not write to files while the test says so."""

from __future__ import annotations

import os
import resource

from studyplatform.settings import *  # noqa: F403

if os.path.exists(os.environ.get("TEST_DISK_IS_FULL", "")):
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

"""Makes releases known to jobs and to erasure, without importing what they are made with."""

from __future__ import annotations

from annotations.core.jobs import kinds
from annotations.releases import interim
from annotations.releases.importing.bundles import KIND as BUNDLE_KIND
from annotations.releases.importing.services import CHECK_KIND, IMPORT_KIND
from annotations.releases.services import KIND, close_releases_of
from annotations.responses.erasure import before_erasure

kinds.register_module(KIND, "annotations.releases.job")
kinds.register_module(IMPORT_KIND, "annotations.releases.importing.job")
kinds.register_module(BUNDLE_KIND, "annotations.releases.importing.bundles")
kinds.register_module(CHECK_KIND, "annotations.releases.importing.job")
kinds.register_module(interim.KIND, "annotations.releases.interimjob")
before_erasure(close_releases_of)
before_erasure(interim.withdraw_interim)

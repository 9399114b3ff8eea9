"""Makes known to jobs what accounts have workers do."""

from __future__ import annotations

from annotations.accounts import forgotten
from annotations.core.jobs import kinds

kinds.register(kinds.Kind(forgotten.KIND, forgotten.work, forgotten.store))

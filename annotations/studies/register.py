"""Makes the jobs of batches known, without importing what they draw with."""

from __future__ import annotations

from annotations.core.jobs import kinds
from annotations.studies import adding, extending

kinds.register_module(adding.KIND, "annotations.studies.batchjob")
kinds.register_module(extending.KIND, "annotations.studies.overlapjob")

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig

# Areas whose import registers something: job kinds, axis sources, erasure listeners.
REGISTRANTS: tuple[str, ...] = (
    "annotations.studies.opening",
    "annotations.accounts.register",
    "annotations.responses.register",
    "annotations.catalogue.register",
    "annotations.studies.register",
    "annotations.studies.handrounds",
    "annotations.analysis.pipeline",
    "annotations.calibration.register",
    "annotations.supervision.register",
    "annotations.reliability.register",
    "annotations.releases.register",
    "annotations.participation.register",
)


class AnnotationsConfig(AppConfig):
    name = "annotations"
    verbose_name = "Study platform"

    def ready(self) -> None:
        for module in REGISTRANTS:
            import_module(module)

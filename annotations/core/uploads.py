"""Files that browsers send: to researchers' pages only, bounded, and for this user's eyes alone on disk."""

from __future__ import annotations

from typing import IO, Any

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

ADDRESSES = "/research/"
TOO_LARGE = "upload_too_large"
# What is beyond the bound is read and thrown away, so that the browser gets to see the answer; up to here.
PATIENCE = 5


class BoundedUpload(TemporaryFileUploadHandler):
    """Writes to a file that goes with the request, unless whoever wants it takes it over."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: Any = None,
    ) -> None:
        self.received = 0
        self.too_large = content_length > settings.UPLOAD_MAX_BYTES
        self.hopeless = content_length > PATIENCE * settings.UPLOAD_MAX_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        request = self.request
        if request is None or not request.path.startswith(ADDRESSES):
            raise SkipFile
        if self.too_large:
            setattr(request, TOO_LARGE, True)
            if self.hopeless:
                raise StopUpload(connection_reset=True)
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_BYTES:
            setattr(self.request, TOO_LARGE, True)
            raise SkipFile
        super().receive_data_chunk(raw_data, start)


def was_too_large(request: HttpRequest) -> bool:
    """Whether a file came along that was larger than the setting allows, and was not kept."""
    return not request.FILES and bool(getattr(request, TOO_LARGE, False))

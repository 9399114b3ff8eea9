"""Pictures as small as pictures get, and the sound bundle with them."""

from __future__ import annotations

import base64

from tests.catalogue import bundle_case

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(20)
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L" + bytes(18)

ITEMS = (
    "item_id,domain,prompt,reference,metric,image,image_alt\n"
    "i1,sums,What is drawn?,2,1,two.png,Two dots\n"
    "i2,sums,And here?,5,2,,\n"
)


def write_images(folder, **images):
    """By name; `__` stands for the dot."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name, content in images.items():
        (folder / "images" / name.replace("__", ".")).write_bytes(content)
    return folder


def write(folder, items=ITEMS, **images):
    folder.mkdir(exist_ok=True)
    return bundle_case.write(write_images(folder, **(images or {"two__png": PNG})), items=items)

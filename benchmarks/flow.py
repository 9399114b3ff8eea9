"""CPU of one participant's next + submit over HTTP, in this process. Prints one JSON object.

Run by `benchmarks.run` in an environment of its own: python -m benchmarks.flow SLUG ANSWERS
"""

from __future__ import annotations

import json
import os
import re
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyplatform.settings")


def main(slug: str, answers: int) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    setup_test_environment()
    browser = Client()
    key = hidden(browser.get(f"/join/{slug}/").content, "submission_key")
    browser.post(f"/join/{slug}/", {"consent": "1", "submission_key": key})
    browser.post(f"/take/{slug}/", {"step": "instructions"})
    seconds: list[float] = []
    queries: list[int] = []
    for at in range(answers):
        began = time.process_time()
        count = at in (0, answers - 1)
        if count:
            with CaptureQueriesContext(connection) as asked:
                page = browser.get(f"/take/{slug}/")
            queries.append(len([one for one in asked if not one["sql"].startswith(("BEGIN", "COMMIT"))]))
        else:
            page = browser.get(f"/take/{slug}/")
        form = {"submission_key": hidden(page.content, "submission_key"), "answer": "1"}
        reply = browser.post(f"/take/{slug}/", form | {"difficulty": "40", "confidence": "50"})
        if reply.status_code != 303:
            raise RuntimeError(f"answer {at + 1} got {reply.status_code}")
        seconds.append(time.process_time() - began)
    print(json.dumps({"seconds": seconds, "queries": queries}))


def hidden(page: bytes, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.decode())
    if found is None:
        raise RuntimeError(f"the page has no {name}")
    return found[1]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

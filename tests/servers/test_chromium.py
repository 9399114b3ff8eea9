"""Chromium is installed where we may, and asked for in a sentence where we may not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.servers import ServerError, chromium

FAKE_APT = """#!/bin/sh
echo "$@" >> "$0.calls"
[ "$1" = install ] || exit 0
printf '#!/bin/sh\\n' > "${0%/*}/chromium"
/bin/chmod +x "${0%/*}/chromium"
"""


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only program is the apt-get that a test may put in the returned folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(chromium, "MAC", tmp_path / "none")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


def put_apt(folder: Path, script: str) -> None:
    (folder / "apt-get").write_text(script)
    (folder / "apt-get").chmod(0o755)


def test_chromium_is_installed_where_root_has_apt(bare_machine: Path) -> None:
    put_apt(bare_machine, FAKE_APT)
    assert chromium.chromium() == str(bare_machine / "chromium")
    calls = (bare_machine / "apt-get.calls").read_text().splitlines()
    assert calls[0].startswith("update")
    assert calls[1].endswith("chromium")


def test_chromium_is_asked_for_without_root(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_apt(bare_machine, FAKE_APT)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ServerError, match="apt install chromium"):
        chromium.chromium()
    assert not (bare_machine / "apt-get.calls").exists()


def test_chromium_is_asked_for_without_apt(bare_machine: Path) -> None:
    with pytest.raises(ServerError, match="apt install chromium"):
        chromium.chromium()


def test_chromium_that_cannot_be_installed_says_why(bare_machine: Path) -> None:
    put_apt(bare_machine, "#!/bin/sh\necho no network >&2\nexit 100\n")
    with pytest.raises(ServerError, match=r"apt install chromium.*no network"):
        chromium.chromium()

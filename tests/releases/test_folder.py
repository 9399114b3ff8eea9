"""What a release says of itself can be made again from its folder, without a database."""

from __future__ import annotations

import json
import shutil

import pytest

from annotations.releases.contents import files_in
from annotations.releases.documents import documents
from annotations.releases.folder import contents_of


def made_again(folder):
    return documents(contents_of(folder), files_in(folder))


def test_documents_are_made_again_from_the_folder_alone(folder):
    texts = made_again(folder)
    assert sorted(texts) == ["README.md", "codebook.csv", "croissant.json", "manifest.json"]
    for name, text in texts.items():
        assert (folder / name).read_text() == text, name


@pytest.mark.parametrize(
    "file, old, new, differs",
    [
        ("participants.csv", "p01,human", "p01,simulated", ["README.md", "codebook.csv", "croissant.json"]),
        ("responses.csv", ",plain,", ",warned,", []),
        ("items.csv", "CC-BY-4.0", "CC-BY-5.0", ["README.md", "croissant.json"]),
        ("outputs.csv", "avoidant,", "correct,", ["README.md", "croissant.json"]),
        ("definition.json", "größer", "kleiner", ["README.md", "croissant.json"]),
    ],
)
def test_changed_table_shows_in_the_documents(folder, tmp_path, file, old, new, differs):
    shutil.copytree(folder, tmp_path / "out")
    path = tmp_path / "out" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    texts = made_again(tmp_path / "out")
    changed = [name for name, text in texts.items() if (folder / name).read_text() != text]
    assert set(differs) <= set(changed)
    manifest = json.loads(texts["manifest.json"])
    assert manifest["fingerprint"] != json.loads((folder / "manifest.json").read_text())["fingerprint"]

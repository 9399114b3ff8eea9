"""What is wrong with a file is said with its place, and nothing of it is loaded."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.urls import reverse

from annotations.catalogue.importing import staging
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.models import Item, Load, Output
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.releases.importing import services
from tests.research.importing.conftest import Desk
from tests.research.importing.elsewhere import FLAT, as_csv, many

HOSTILE = "id,question,topic\n1,=cmd|' /C calc'!A0,sums\n2,,sums\n3,ok\n4,ok,\n"


def test_all_row_errors_are_listed_and_downloaded(desk, client):
    desk.send(HOSTILE).check(table="items")
    desk.check()
    assert [(one["line"], one["column"], one["reason"]) for one in desk.report["listed"]] == [
        (4, None, "2 fields where the header has 3"),
        (3, "question", "is blank"),
        (5, "topic", "is blank"),
    ]
    assert "3 problems" in desk.page
    answer = desk.client.get(desk.address("import-problems"))
    found = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert found[0] == ["file", "line", "column", "reason"]
    assert found[2] == ["table.csv", "3", "question", "is blank"]
    assert len(found) == 4
    desk.load()
    assert "has to be checked, and found to be sound" in desk.page
    assert not Item.objects.exists()


def test_many_errors_are_all_in_the_download(desk):
    rows = [{"question": "", "topic": "x"} for _ in range(300)]
    desk.send(as_csv(rows)).map(table="items")
    desk.check()
    assert desk.report["problems"] == 300
    assert len(desk.report["listed"]) == 100
    answer = desk.client.get(desk.address("import-problems"))
    assert len(b"".join(answer.streaming_content).splitlines()) == 301


def test_item_given_twice_with_other_content(desk):
    desk.send("item_id,question,model,output\nq1,one?,a,x\nq1,two?,b,y\n").check(constant_domain="x")
    assert desk.reasons == ['item "q1" is given on line 2 with other content']
    assert desk.report["listed"][0]["line"] == 3


def test_conflict_with_what_the_collection_has(desk):
    desk.send("item_id,question,model,output\nq1,one?,a,x\n").check(constant_domain="x").load()
    desk.send("item_id,question,model,output\nq1,two?,a,x\n").check(constant_domain="x")
    assert desk.reasons == ['item "q1" is in the collection already, with other content']
    (table, _) = desk.report["tables"]
    assert (table["new"], table["equal"], table["conflicts"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0old excel", "an old Excel or Word file"),
        (b"%PDF-1.7", "a PDF"),
        (b"<html><table>", "HTML or XML"),
        (b"[{\"a\": 1}", "does not end as one"),
        (b"a,b\n", "has a header and no rows"),
        (b"PAR1 is no parquet", "Parquet"),
        (b"\x1f\x8b\x08 damaged", "damaged"),
        (b"PK\x03\x04 damaged", "archive"),
        (b"question\nhalf \x81 \xff\xfe\n", "encoding of the file is not known"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_and_not_kept(desk, content, said):
    desk.send(content)
    assert said in desk.page
    assert desk.upload is None
    assert not list(staging.root().iterdir())


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "/").replace("_csv", ".csv").replace("_xml", ".xml"), content)
    return out.getvalue()


def test_bomb_is_refused(desk):
    desk.send(archive(items_csv=b"0" * 80_000_000), "bomb.zip")
    assert "expand" in desk.page
    assert desk.upload is None


def test_workbook_is_told_from_a_bundle(desk):
    desk.send(archive(xl__workbook_xml=b"<a/>", other_csv=b"a\n1\n"), "book.xlsx")
    assert "The workbook is damaged: save the sheet as CSV (UTF-8)." in desk.page


def test_bundle_of_tables_needs_no_mapping(desk):
    content = archive(
        items_csv=b"item_id,domain,prompt\nq,x,Why?\n",
        systems_csv=b"system\ns\n",
        outputs_csv=b"output_id,item_id,system,text\no,q,s,Because\n",
    )
    desk.send(content, "bundle.zip").check().load()
    assert Output.objects.visible().get().key == "o"


def test_nul_and_huge_cells(desk, monkeypatch):
    monkeypatch.setattr(services, "SMALL", 10**9)
    desk.send(b"question,topic\nWhy?,x\nwh\0at,x\n" + b"y" * 1_000_001 + b",x\n").map(table="items")
    desk.check()
    assert "a NUL byte" in desk.reasons
    assert any("longer than 1,000,000" in reason for reason in desk.reasons)


def test_nothing_chosen_and_both_chosen(desk):
    assert "Choose a file, or paste a table" in desk.send().page
    assert "send one of them at a time" in desk.send(FLAT, pasted=FLAT).page


def test_too_large_file_is_refused_while_it_comes(desk, settings):
    settings.UPLOAD_MAX_BYTES = 1_000_000
    desk.send(b"a,b\n" + b"1,2\n" * 300_000)
    assert "larger than 1 MB, and nothing of it was kept" in desk.page
    assert desk.upload is None


def test_files_sent_elsewhere_are_not_kept(client, monkeypatch, db):
    kept = []
    monkeypatch.setattr(
        "annotations.core.uploads.TemporaryFileUploadHandler.new_file", lambda *args, **kw: kept.append(1)
    )
    client.post(reverse("login"), {"file": io.BytesIO(b"x" * 1000)})
    assert not kept


def test_open_study_takes_grades_only(study, alice, as_user):
    desk = Desk(as_user(alice), study)
    assert "later imports do not reach it" in desk.client.get(desk.address("import")).content.decode()
    desk.send(FLAT).check()
    assert "The study is open: its rows are what they were when it opened" in desk.page
    before = Load.objects.count()
    desk.load()
    assert Load.objects.count() == before


def test_undeclared_domain_is_an_error(draft, alice, as_user):
    desk = Desk(as_user(alice), draft)
    desk.send(FLAT).check()
    assert 'domain "sums" is not declared' in desk.reasons[0]
    assert desk.report["listed"][0]["column"] == "topic"


def test_viewers_and_strangers_get_nothing(desk, bob, charlie, as_user):
    desk.send(FLAT)
    for user in (bob, charlie):
        client = as_user(user)
        for name in ("import", "import-file", "import-problems"):
            assert client.get(desk.address(name)).status_code == 404
        for name in ("import-send", "import-map", "import-load", "import-drop"):
            assert client.post(desk.address(name)).status_code == 404
    assert Upload.objects.count() == 1


def test_file_of_another_study_is_not_there(desk, draft):
    desk.send(FLAT)
    desk.study = draft
    assert desk.client.get(desk.address("import-file")).status_code == 404


def test_dropped_file_is_gone(desk):
    desk.send(FLAT)
    folder = staging.folder_of(desk.upload)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    desk.client.post(desk.address("import-drop"))
    assert not folder.exists()
    assert not Upload.objects.exists()


def test_large_file_is_a_job(desk, worker, monkeypatch):
    monkeypatch.setattr(services, "SMALL", 10)
    desk.send(as_csv(many(50))).check(constant_domain="sums")
    assert "are being checked" in desk.page
    drive(Job.objects.get())
    desk.upload.refresh_from_db()
    assert desk.report["problems"] == 0
    desk.load()
    assert "is being loaded" in desk.page
    drive(Job.objects.get(kind="import"))
    assert Output.objects.visible().count() == 100

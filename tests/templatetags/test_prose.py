from __future__ import annotations

from annotations.templatetags.prose import prose


def test_prose_folds_lines_and_parts_paragraphs():
    assert prose("One\ntwo.\n\nThree.\n") == "<p>One two.</p>\n<p>Three.</p>"


def test_prose_lists():
    assert prose("Judge:\n- right;\n- wrong\n  or odd.") == (
        "<p>Judge:</p><ul><li>right;</li><li>wrong or odd.</li></ul>"
    )


def test_prose_escapes():
    assert prose("<b>\n\n- <i>") == "<p>&lt;b&gt;</p>\n<ul><li>&lt;i&gt;</li></ul>"

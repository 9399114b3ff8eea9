"""What a text looks like: its Markdown and its formulas, with nothing lost and nothing made up."""

from __future__ import annotations

import pytest

from annotations.catalogue.rendering import render_text
from annotations.catalogue.rendering.markdown import LONGEST


def shown(text):
    rendered = render_text(text, format="markdown")
    kind = "md" if rendered.html.startswith('<div class="md"') else "plain"
    opening = f'<div class="{kind}" dir="auto">'
    assert rendered.html.startswith(opening)
    assert rendered.html.endswith("</div>")
    return rendered.html[len(opening) : -len("</div>")]


def is_plain(text):
    return render_text(text, format="markdown").plain


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("so **42**, *it* and _it_", "<p>so <strong>42</strong>, <em>it</em> and <em>it</em></p>"),
        ("这是**重点**内容", "<p>这是<strong>重点</strong>内容</p>"),
        ("a `x < y` b", "<p>a <code>x &lt; y</code> b</p>"),
        ("# One\n\n##### Five", "<h3>One</h3><h6>Five</h6>"),
        ("Steps:\n- one\n- two", "<p>Steps:</p><ul><li>one</li><li>two</li></ul>"),
        ("```python\nif x:\n    y\n```", '<p>python</p><pre dir="ltr"><code>if x:\n    y\n</code></pre>'),
        ("|a|b|\n|-|:-:|\n|1|2|", "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"),
        ("one\ntwo **b**\n\nthree", "<p>one<br>two <strong>b</strong></p><p>three</p>"),
    ],
)  # fmt: skip
def test_it_shows_markdown(text, html):
    assert shown(text) == html


def test_numbers_of_a_list_stay_as_written():
    assert (
        shown("1. a\n1. b\n7. c") == '<ol><li value="1">a</li><li value="1">b</li><li value="7">c</li></ol>'
    )
    assert shown("3) x") == '<ol class="paren"><li value="3">x</li></ol>'


def test_indentation_stays_in_front_of_every_line():
    assert shown("    x = 1\n      **b**") == "<p>    x = 1<br>      <strong>b</strong></p>"


@pytest.mark.parametrize(
    "text",
    [
        "3*4*5 = 60 and a_b_c", "(3)*4*(5)", "2**3**4", "2 *3* 4", "f(x)*g(y)*h", "__init__ and ____",
        "48\n+ 27", "48\n- 27", "#### 42", "> 0.5", "0042. is an id", "5 * 3 * 2",
        "<b>bold</b> <<48/2=24>>24 &lt;", "x < y > z",
        "[text](https://example.com) ![x](a.png) <https://a.b>",
        "costs $5 and $10, $5 * 3 = $15, $x$", "from $a_1$5 on", r"C:\temp\new \( open",
        "| a | b |\n|---|---|\n| 1 | 2 | lost |",
    ],
)  # fmt: skip
def test_what_only_looks_like_markdown_stays_as_written(text):
    assert is_plain(text)
    assert shown(text) == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_a_column_sum_keeps_its_signs():
    assert shown("48\n- 27\n----\n21") == "48\n- 27\n----\n21"


@pytest.mark.parametrize(
    "text",
    [
        "- 1/2", "- 3x + 1", "- 5°C", "- 2^3", "- π", "- x", "- sqrt(2)", "- 1e5", "- 10 km", "10\n- 4x\n= 6",
        r"^\d+\.\d+$", r"C:\.git\_build", r"a\*b", "*\n**\n***\n****", "---", "x\n> -1", "> half",
        "_x_ + _y_", "f(*x*)", r"\(\phantom{-}2\)", r"\(a \mathrel{<} b\)", r"\(7 \mathbin{-} 2\)",
        r"\(\mathop{-}5\)", r"\(\mathrel{\rlap{=}/}\)",
    ],
)  # fmt: skip
def test_signs_are_not_taken_for_marks(text):
    assert is_plain(text)
    plain = text.replace("<", "&lt;").replace(">", "&gt;")
    assert shown(text) == plain


def test_plain_says_whether_a_switch_makes_sense():
    assert is_plain("Just words.\n\nTwo paragraphs.")
    assert not is_plain("Just *words*.")
    assert (
        render_text("Just *words*.", format="plain").html
        == '<div class="plain" dir="auto">Just *words*.</div>'
    )


def test_long_texts_are_marked():
    for text in ("word " * 600, "a\n" * 50):
        assert render_text(text, format="plain").long
        assert render_text(text, format="markdown").long
    assert not render_text("short", format="markdown").long


@pytest.mark.parametrize("text", ["*a* " * (LONGEST // 4 + 1), "- a\n" * 4_000])
def test_a_text_that_costs_too_much_is_plain(text):
    assert is_plain(text)


def test_a_table_that_costs_too_much_is_none():
    assert "<table>" in shown("|a" * 20 + "\n" + "|-" * 20 + "\n" + "|b\n" * 20)
    assert "<table>" not in shown("**x**\n\n" + "|a" * 800 + "\n" + "|-" * 800 + "\n" + "|b\n" * 800)


def test_too_deep_a_text_is_plain():
    lists = "\n".join("  " * depth + f"- level {depth}" for depth in range(40))
    assert is_plain(lists)
    assert not is_plain(lists[: lists.index("- level 5")])


def test_hidden_controls_are_taken_out():
    """They would show 15 as 51, or cut the text off."""
    for format in ("plain", "markdown"):
        assert render_text("a\u202e51\u202c \u2066b\u2069\x00\x1b", format=format).html.endswith(
            ">a51 b</div>"
        )
    assert render_text("a\r\nb\rc", format="plain").html.endswith(">a\nb\nc</div>")

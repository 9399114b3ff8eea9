"""Whatever a model wrote: no element, attribute or address beyond those allowed, and not a word lost."""

from __future__ import annotations

import sys
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotations.catalogue.rendering import render_text
from annotations.catalogue.rendering.hidden import without_hidden
from annotations.catalogue.rendering.html import ATTRIBUTES, CLASSES, TAGS, wall

PIECES = st.sampled_from([
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "<!--", "-->", "<![CDATA[",
    "<math><mi xlink:href='javascript:1'>", "</div>", "<style>", '" onclick="x', "&#x3c;script>", "&lt;",
    "[a](javascript:alert(1))", "![a](http://a.b/c.png)", "<http://a.b>", "[r]: http://a.b", "[^1]", "http://a.b",
    "\\(", "\\)", "\\[", "\\]", "$", "$$", "^2", "_{", "}", "\\frac{1}{2}", "\\text{<b>}", "\\href{javascript:1}{x}",
    "\\unicode{x3c}", "\\style{color:red}{x}", "\\class{evil}{x}", "\\begin{matrix}", "\\end{matrix}", "&", "\\\\",
    "*", "**", "_", "`", "```", "~~~", "# ", "> ", "- ", "+ ", "1. ", "7) ", "|", "|-|-|", "---", "===", "\n", "\n\n",
    "    ", "\t", "\\", "\u202e", "\u2066", "\x00", "\ufeff", "word", "12", "é", "重点", "ש",
])  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


class Reading(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.words = []
        self.depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS
        for name, value in attrs:
            if name == "class":
                assert set(value.split()) <= CLASSES[tag]
            else:
                assert name in ATTRIBUTES[tag]
            assert ":" not in value

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("\\(\\text{</mtext></math><script>}\\)")
def test_nothing_but_the_allowed_gets_through(text):
    Reading(render_text(text, format="markdown").html)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_plain_text_is_all_there(text):
    assert "".join(Reading(render_text(text, format="plain").html).words) == without_hidden(text)


def letters(text):
    return "".join(mark for mark in text if mark.isalpha())


@settings(max_examples=300, deadline=None)
@given(TEXTS.filter(lambda text: "\\(" not in text and "\\[" not in text and "$" not in text))
def test_markdown_keeps_every_word_in_its_place(text):
    assert letters("".join(Reading(render_text(text, format="markdown").html).words)) == letters(text)


def test_the_second_wall_takes_out_what_the_first_should_never_write():
    hostile = (
        '<p onclick="x" class="evil" id="a" style="x">a</p><a href="https://a.b">b</a><script>c</script>'
        '<img src="x"><math><mi href="javascript:1" mathvariant="normal">x</mi>'
        '<annotation-xml encoding="text/html"><script>1</script></annotation-xml></math><div class="md evil">d</div>'
    )
    assert wall(hostile) == '<p>a</p>b<math><mi mathvariant="normal">x</mi></math><div class="md">d</div>'


BOMBS = {
    "emphasis": "*a **b ", "marks": "*_`", "closers": "a** ", "ticks": "` `` ", "dollars": "$a_ ", "displays": "$$\na\n",
    "parens": "\\(", "brackets": "\\[\n", "formulas": "\\(\\frac{a}{b}\\) ", "quotes": "> ", "lists": "1. a\n   - b\n",
    "tables": "|a|b|\n|-|-|\n", "fences": "```\n", "headings": "# a\n", "tags": "<", "escapes": "\\*", "links": "[a](",
    "images": "![", "entities": "&lt;",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_hostile_texts_cost_little(bomb):
    """Calls are counted, not seconds: twice the text, twice the calls, and nothing that is read over and over."""
    render_text.__wrapped__(r"warm **up** \(x\)", format="markdown")
    short, long = (calls_for((BOMBS[bomb] * size)[:size]) for size in (10_000, 20_000))
    assert long < 3 * short
    assert long < 100 * 20_000


def calls_for(text):
    count = 0

    def counting(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        render_text.__wrapped__(text, format="markdown")
    finally:
        sys.setprofile(None)
    return count


def test_a_longer_text_costs_nothing():
    assert calls_for("*a **b " * 15_000) < 100

"""Formulas: which are shown as such, and which stay as they were written."""

from __future__ import annotations

import pytest

from annotations.catalogue.rendering.maths import MOST_TEX
from tests.catalogue.test_rendering import is_plain, shown


@pytest.mark.parametrize(
    "text",
    [r"so \(x^2\) is", "so $x^2$ is", "so $x^2$, is", "money $5 and so $x^2$ is"],
)
def test_a_formula_in_a_line(text):
    assert "<math><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>" in shown(text)


@pytest.mark.parametrize(
    "text",
    [
        "\\[\nx = 3\n- 4\n\\]",
        "$$\nx = 3\n- 4\n$$",
        "$$x = 3 - 4$$",
        "so:\n\\[ x=3 -4 \\]\nand",
        "- a\n\n  $$x=3-4$$",
    ],
)
def test_a_formula_of_its_own(text):
    formula = "<mrow><mi>x</mi><mo>=</mo><mn>3</mn><mo>−</mo><mn>4</mn></mrow>"
    assert f'<div class="maths"><math display="block">{formula}</math></div>' in shown(text)


def test_a_displayed_formula_within_a_line():
    assert shown("so $$x_1$$ is").startswith('<p>so <math display="block">')


@pytest.mark.parametrize(
    ("tex", "mathml"),
    [
        (r"\boxed{42}", '<mrow class="boxed"><mrow><mn>42</mn></mrow></mrow>'),
        (r"\text{if } x", "<mtext>if&nbsp;</mtext><mi>x</mi>"),
        (r"\text{<script>}", "<mtext>&lt;script&gt;</mtext>"),
        (r"\mathbb{R}", "<mi>ℝ</mi>"),
        (r"50\%", "<mn>50</mn><mi>%</mi>"),
        (r"\sqrt[3]{x}", "<mroot><mrow><mi>x</mi></mrow><mn>3</mn></mroot>"),
        (r"a \quad b", '<mi>a</mi><mspace width="1em"></mspace><mi>b</mi>'),
        (
            r"\begin{aligned}a&=1\\b&=2\end{aligned}",
            "<mtr><mtd><mi>b</mi></mtd><mtd><mi></mi><mo>=</mo><mn>2</mn></mtd></mtr>",
        ),
    ],
)
def test_tex_as_mathml(tex, mathml):
    assert mathml in shown(rf"\({tex}\)")


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{1", r"\frac{1}", "x^", r"\foo{3}", "50% of 3", r"\\% 3", r"\color{white}{5}", r"\cancel{5}",
        r"\href{https://a.b}{5}", r"\newcommand{\a}{5}\a", r"\def\a{5}", r"\unicode{x31}", r"\class{a}{b}",
        "{" * 900 + "}" * 900, "x" * 2_001,
    ],
)  # fmt: skip
def test_tex_that_cannot_be_shown_whole_stays_as_written(tex):
    assert is_plain(rf"\({tex}\)")


def test_the_formulas_of_one_text_have_a_limit_together():
    html = shown(r"\(x^2\) " * 4_000)
    assert html.count("<math>") == MOST_TEX // len("x^2")
    assert html.count("<math>") + html.count(r"\(x^2\)") == 4_000


def test_letters_and_digits_are_all_there():
    """The converter drops what it takes for a comment or a colour; then the source is shown."""
    assert is_plain(r"\(\textcolor{red}{5} + 1\)")
    assert not is_plain(r"\(\operatorname{lcm}(4, 6) = 12\)")


@pytest.mark.parametrize(
    "tex",
    [
        r"\phantom{-}2", r"\phantom{1}2", r"\hphantom{-}2", r"\vphantom{-}2", r"\smash{2}", r"\rlap{=}/", r"\llap{=}/",
        r"\mathrlap{=}/", r"\mathrel{\rlap{=}/}", r"3 \kern{-}2", r"\sideset{}{'}\sum_1",
        r"1 \mathrel{<} 2", r"1 \mathbin{-} 2", r"\mathop{-}1", r"\mathord{-}1", r"\mathopen{-}1", r"\mathclose{-}1",
        r"a \not= b_1", r"\begin{array}{c|c}1&2\end{array}", r"\begin{array}{c}1\\\hline 2\end{array}",
    ],
)  # fmt: skip
def test_tex_that_would_show_another_sign_or_number_stays_as_written(tex):
    assert is_plain(rf"\({tex}\)")


@pytest.mark.parametrize(
    "tex",
    [
        r"\left. \frac{x}{2} \right|_0^1", r"\left[0, 1\right)", r"\left| -x \right|", r"|x| < 1", r"\lvert x\rvert",
        r"a \lt b \gt c", r"f'(x) - f''(x)", r"\binom{n}{k}", r"a \equiv b \pmod{5}", r"1{,}000.5", r"1, \ldots, n",
        r"\begin{bmatrix} -1 & 2 \\ 3 & -4 \end{bmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}", r"\{-1, +1\}",
        r"\begin{cases} -x & x < 0 \\ x & x \ge 0 \end{cases}", r"P(A \mid B)", r"\operatorname*{argmax}_x",
        r"\begin{align}a&=b-c\\&=d!\end{align}", r"\text{A-B: } a*b/c", r"\exp\left(-\frac{x^2}{2}\right)",
        r"x \tag{1}", r"\stackrel{?}{=}", r"90^\circ \pm 5\%", r"\mathrm{m/s^2}", r"\mathbf{12}", r"3×4 ≤ 12",
    ],
)  # fmt: skip
def test_common_formulas_are_shown(tex):
    assert "<math>" in shown(rf"\({tex}\)")


def test_lines_of_a_formula_get_no_numbers():
    assert "(1)" not in shown(r"\(\begin{align}a&=b\\&=c\end{align}\)")

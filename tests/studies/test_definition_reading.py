from __future__ import annotations

import pytest

from annotations.studies.definition import DefinitionErrors, parse_definition
from annotations.studies.definition.batches import affordable

SOUND = """\
title: Verdicts on sums
protocol: supervision
domains:
  - {name: sums, metric: carries, grader: number}
batches:
  - name: main
    participants: 60
    overlap: 3
"""


def read(text):
    return parse_definition(text, file="study.yaml", default_collection="sums-study")


def faults(text):
    """What is wrong with the text, as (line, column, reason)."""
    with pytest.raises(DefinitionErrors) as caught:
        read(text)
    assert {problem.file for problem in caught.value.problems} == {"study.yaml"}
    return [(problem.line, problem.column, problem.reason) for problem in caught.value.problems]


def with_line(line):
    return faults(SOUND + line + "\n")


def test_sound_definition():
    definition = read(SOUND)
    assert definition.title == "Verdicts on sums"
    assert definition.collection == "sums-study"
    assert definition.batches[0].participants == 60


def test_bytes_with_and_without_mark():
    assert read(SOUND.encode()) == read(b"\xef\xbb\xbf" + SOUND.encode()) == read(SOUND)


# A key that nobody knows, as the issue asks.


def test_unknown_key():
    assert with_line("colour: blue") == [(9, 1, "colour: unknown key")]


def test_unknown_key_near_a_known_one():
    assert with_line("locale: [en]") == [(9, 1, 'locale: unknown key, did you mean "locales"?')]


def test_unknown_key_inside():
    text = SOUND.replace("    overlap: 3", "    overlp: 3")
    assert faults(text) == [(8, 5, 'batches.0.overlp: unknown key, did you mean "overlap"?')]


def test_unknown_key_of_a_step():
    text = SOUND + "steps:\n  - {kind: consent}\n  - {kind: units, cuont: 3}\n  - {kind: exit}\n"
    assert faults(text) == [(11, 19, 'steps.1.cuont: unknown key, did you mean "count"?')]


# Text that is no definition at all.


@pytest.mark.parametrize(
    "text, line, column, reason",
    [
        ("", 1, 1, "the file is empty"),
        ("# nothing\n", 1, 1, "the file is empty"),
        ("- title\n", 1, 1, "not a mapping of names to values"),
        ("title", 1, 1, "not a mapping of names to values"),
        ("title: x\n\tprotocol: both\n", 2, 1, "not YAML: while scanning for the next token found character '\\t' that cannot start any token"),
        ("title: a: b\n", 1, 9, "not YAML: mapping values are not allowed here"),
        ("title: &a x\nprotocol: *a\n", 2, 11, "an alias (*); write the value out"),
        ("a: " + "[" * 30, 1, 23, "nested deeper than 20 levels"),
        ('title: "a\\UFFFFFFFFb"\n', None, None, "not YAML: an escape of no character"),
        ("title: a\n---\ntitle: b\n", 2, 1, "not YAML: expected a single document in the stream but found another document"),
        ("title: a\x07b\n", 1, 9, "not YAML: character U+0007 is not allowed"),
        (b"title: x\nprotocol: b\xfcth\n", 2, 12, "not UTF-8: byte 0xfc"),
        ("title: " + "x" * 1_000_000, None, None, "longer than 1,000,000 characters"),
    ],
)  # fmt: skip
def test_no_definition(text, line, column, reason):
    assert faults(text) == [(line, column, reason)]


MANY = {
    "flow": "locales: [" + "en, " * 40_000 + "en]",
    "block": "locales:" + "\n- en" * 40_000,
    "keys": "".join(f"key{number}: 1\n" for number in range(20_000)),
    "empty": "seed: [" + "[]," * 40_000 + "]",
}


@pytest.mark.parametrize("how", MANY)
def test_more_values_than_a_definition_has_are_not_read(how):
    [(line, column, reason)] = faults(f"title: T\n{MANY[how]}\n")
    assert reason == "more than 30,000 keys and values"
    assert line > 1
    assert column


def test_many_faults_are_listed_up_to_a_limit_in_the_order_of_the_text():
    found = with_line("".join(f"unknown{number}: 1\nseed: {number}\n" for number in range(100)))
    assert len(found) == 101
    assert [line for line, *_ in found[:100]] == [9, *range(11, 110)]
    assert found[-1] == (None, None, "and 99 more")


def test_alias_bomb_is_refused_at_its_first_alias():
    bomb = 'a: &a ["x", "x"]\n' + "".join(
        f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert faults(bomb) == [(2, 8, "an alias (*); write the value out")]


def test_key_twice():
    assert with_line("seed: 1\nseed: 2") == [(10, 1, 'the key "seed" stands on line 9 already')]
    text = SOUND.replace("    overlap: 3", "    participants: 3")
    assert faults(text) == [(8, 5, 'the key "participants" stands on line 7 already')]


def test_tags_are_refused():
    found = with_line("seed: !!python/object/apply:os.system [x]")
    assert found[0] == (9, 7, "the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed")


def test_half_characters_are_refused():
    assert with_line('debrief: {en: "\\uD800"}')[0] == (9, 15, "an escape of half a character")


def test_merge_key_is_no_special_key():
    assert with_line("<<: {seed: 1}") == [(9, 1, "<<: unknown key")]


def test_words_of_yaml_1_1_are_words():
    definition = read("title: no\nprotocol: both\nlocales: [no, on]\nconsent: {no: yes}\n")
    assert definition.title == "no"
    assert definition.locales == ["no", "on"]
    assert definition.consent["no"] == "yes"


# Values that make no sense.


@pytest.mark.parametrize(
    "line, column, reason",
    [
        ("seed: -1", 7, "seed: must be 0 or more, not -1"),
        ('seed: "3"', 7, 'seed: must be a whole number, not "3"'),
        ("seed: 1.5", 7, "seed: must be a whole number, not 1.5"),
        ("seed: true", 7, "seed: must be a whole number, not true"),
        ("seed: " + "9" * 101, 7, "the number is too long"),
        ("collection: a b", 13, 'collection: "a b" holds characters that a name may not have'),
        ("collection: ../x", 13, 'collection: "../x" holds characters that a name may not have'),
        ("locales: []", 10, "locales: needs 1 or more of them"),
        ("locales: [en, en]", 10, "locales: names a value twice"),
        ("locales: en", 10, 'locales: must be a list, not "en"'),
        ("consent: yes", 10, 'consent: must be a mapping of names to values, not "yes"'),
        ("consent: {de: Hallo}", 10, 'consent: there is a text for "de", which is none of locales'),
        ("checks: {share: 1}", 17, "checks.share: must be less than 1, not 1"),
        ("checks: {share: .nan}", 17, "checks.share: must be a finite number, not nan"),
        ("recruitment: {provider: prolofic}", 25, "recruitment.provider: must be 'open', 'invitation', 'prolific', 'mturk' or 'sona', not \"prolofic\", did you mean \"prolific\"?"),
        ("analysis: {method: likelyhood}", 20, "analysis.method: must be 'likelihood', 'least_squares', 'mixed' or 'isotonic', not \"likelyhood\", did you mean \"likelihood\"?"),
        ("analysis: {difficulty_target: both}", 31, "analysis.difficulty_target: must be 'rated' or 'failure', not \"both\""),
        ("analysis: {thresholds: [10, 5]}", 24, "analysis.thresholds: must rise from one to the next"),
        ("analysis: {thresholds: [0]}", 25, "analysis.thresholds.0: must be more than 0, not 0"),
        ("analysis: {rho_output: 1.1}", 24, "analysis.rho_output: must be 1 or less, not 1.1"),
        ("conditions: [{name: a}, {name: a}]", 13, 'conditions: the name "a" is given twice'),
        ("conditions: [{name: a, weight: 0}]", 32, "conditions.0.weight: must be more than 0, not 0"),
        ("conditions: [{name: a, parameters: {x: [1]}}]", 40, "conditions.0.parameters.x: "),
        ("exclusions: [{parameters: {}}]", 14, "exclusions.0.name: is required"),
        ("corrections: {allowed: 1}", 24, "corrections.allowed: must be true or false, not 1"),
        ("questions: [{name: verdict, text: {en: x}}]", 13, 'questions.0: the name "verdict" is taken by the platform'),
        ("questions: [{name: q, kind: choice, text: {en: x}}]", 13, "questions.0: a question of kind choice needs two options or more"),
        ("questions: [{name: q, kind: scale, text: {en: x}}]", 13, "questions.0: a question of kind scale needs low and high"),
        ("questions: [{name: q, kind: text, text: {en: x}, low_end: {en: y}}]", 13, "questions.0: a question of kind text has no ends to name"),
        ("steps: [{kind: unit}]", 9, "steps.0: kind must be one of 'consent', "),
        ("steps: [{name: x}]", 9, "steps.0: needs a kind"),
        ("steps: [{kind: units}]", 8, "steps: there must be one step of kind consent, here are 0"),
        ("steps: [{kind: consent}, {kind: exit}]", 8, "steps: there must be a step of kind units"),
        ("steps: [{kind: consent}, {kind: exit}, {kind: units}]", 8, "steps: the last step must be of kind exit"),
        ("steps: [{kind: units}, {kind: consent}, {kind: exit}]", 8, "steps: only a step of kind eligibility may come before consent"),
        ("steps: [{kind: consent}, {kind: debrief}, {kind: units}, {kind: exit}]", 8, "steps: a step of kind debrief must come after the last step of kind units"),
        ("steps: [{kind: consent}, {kind: units}, {kind: units}, {kind: exit}]", 8, 'steps: the name "units" is given twice'),
        ("steps: [{kind: consent}, {kind: units}, {kind: questionnaire, questions: [q]}, {kind: exit}]", 8, 'steps: the step "questionnaire" asks "q", which is no question asked once'),
        ("steps: [{kind: practice}]", 9, "steps.0: a practice step needs items or outputs"),
    ],
)  # fmt: skip
def test_nonsense(line, column, reason):
    (found, *_) = with_line(line)
    assert found[:2] == (9, column)
    assert found[2].startswith(reason) if reason.endswith((" ", ", ")) else found[2] == reason


@pytest.mark.parametrize(
    "old, new, line, column, reason",
    [
        ("title: Verdicts on sums\n", "", 1, 1, "title: is required"),
        ("Verdicts on sums", "''", 1, 8, "title: must be one line of text, without spaces around it"),
        ("Verdicts on sums", "2024", 1, 8, "title: must be text, not 2024"),
        ("Verdicts on sums", "x" * 201, 1, 8, None),
        ("supervision", "supervison", 2, 11, "protocol: must be 'difficulty', 'supervision' or 'both', not \"supervison\", did you mean \"supervision\"?"),
        ("grader: number", "grader: nubmer", 4, 43, 'domains.0.grader: must be one of none, number, text, did you mean "number"?'),
        ("grader: number", "guess: 1", 4, 42, "domains.0.guess: must be less than 1, not 1"),
        ("grader: number", "guess: -0.1", 4, 42, "domains.0.guess: must be 0 or more, not -0.1"),
        ("participants: 60", "participants: -1", 7, 19, "batches.0.participants: must be 1 or more, not -1"),
        ("overlap: 3", "overlap: 0", 8, 14, "batches.0.overlap: must be 1 or more, not 0"),
        ("overlap: 3", "overlap: .inf", 8, 14, "batches.0.overlap: must be a whole number, not inf"),
        ("overlap: 3", "overlap:", 8, 13, "batches.0.overlap: must be a whole number"),
        ("    participants: 60\n", "", 6, 5, "batches.0.participants: is required"),
        ("overlap: 3", "strata: [domain, domain]", 8, 13, "batches.0.strata: names a value twice"),
        ("overlap: 3", "units: {grade: [wrong]}", 8, 21, "batches.0.units.grade.0: must be 'correct', 'avoidant' or 'incorrect', not \"wrong\""),
        ("overlap: 3", "units: {sample: 0}", 8, 21, "batches.0.units.sample: must be 1 or more, not 0"),
        ("overlap: 3", "units: {domain: verse}", 1, 1, 'batch "main" takes units of "verse", which is none of domains'),
    ],
)  # fmt: skip
def test_nonsense_in_a_sound_definition(old, new, line, column, reason):
    (found,) = faults(SOUND.replace(old, new))
    assert found[:2] == (line, column)
    assert reason is None or found[2] == reason


def test_names_twice():
    text = SOUND + "  - {name: main, participants: 5}\n"
    assert faults(text) == [(6, 3, 'batches: the name "main" is given twice')]
    text = SOUND.replace("batches:", "  - {name: sums}\nbatches:")
    assert faults(text) == [(4, 3, 'domains: the name "sums" is given twice')]


def test_all_faults_are_listed_in_their_order():
    text = SOUND.replace("60", "-1").replace("supervision", "both_").replace("number", "digits")
    assert [line for line, _, _ in faults(text)] == [2, 4, 7]


@pytest.mark.parametrize("name", ["attempt", "number", "action", "submission_key", "next"])
@pytest.mark.parametrize("kind", ["eligibility", "comprehension"])
def test_questions_named_as_fields_of_the_form_are_refused(name, kind):
    step = f"{{kind: {kind}, questions: [{{name: {name}, text: {{en: A}}, options: [{{value: a}}, {{value: b}}], right: [a]}}]}}"
    text = f"title: T\nprotocol: difficulty\nsteps: [{{kind: consent}}, {step}, {{kind: units}}, {{kind: exit}}]\n"
    with pytest.raises(DefinitionErrors, match="taken by the platform"):
        parse_definition(text, file="study.yaml", default_collection="c")


@pytest.mark.parametrize(
    "line",
    [
        'information: {version: "1\\0"}',
        'recruitment: {provider: open}\nexclusions: [{name: fast, rule: fast_answers, parameters: {x: "\\0"}}]',
    ],
)
def test_control_characters_are_refused(line):
    assert any("control character" in reason for _, _, reason in with_line(line))


def test_budget_pays_for_any_number_of_places():
    costs = "    budget: 1000000\n    cost_per_place: 1.0e-300\n"
    assert affordable(read(SOUND + costs).batches[0].model_dump()) == 2**31 - 1


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:00+00:00", "0001-01-01T00:00:00+00:00"])
def test_moments_that_some_time_zone_has_no_day_for_are_refused(moment):
    assert any("too far away" in reason for _, _, reason in faults(f'{SOUND}    opens_at: "{moment}"\n'))

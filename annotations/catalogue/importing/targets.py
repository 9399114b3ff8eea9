"""The columns that rows have, and under which names they usually stand in tables from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.catalogue.bundle.tables import AVOIDANCE_KINDS, GRADES, SHAPINGS, VERDICTS

OF_EACH_ROW = {"item_id", "output_id", "prompt", "text", "trace", "reference", "metric"}


@dataclass(frozen=True)
class Target:
    """A column that rows will have. `table` and `column` say where, in the words of a bundle."""

    name: str
    table: str
    column: str
    label: str
    hint: str = ""
    synonyms: tuple[str, ...] = ()
    # Needed, from a column or as one value for all rows.
    needed: bool = False
    # Made from the content where nothing gives it.
    generated: bool = False
    choices: tuple[str, ...] = ()

    @property
    def may_be_one(self) -> bool:
        """Whether one value may stand for all rows."""
        return self.name not in OF_EACH_ROW


ITEM_ID = Target(
    "item_id",
    "items",
    "item_id",
    "Item id",
    "made from the content where there is none",
    (
        "item_id",
        "item",
        "itemid",
        "question_id",
        "qid",
        "prompt_id",
        "task_id",
        "problem_id",
        "example_id",
        "doc_id",
        "sample_id",
        "id",
        "idx",
        "index",
    ),
    generated=True,
)
OUTPUT_ID = Target(
    "output_id",
    "outputs",
    "output_id",
    "Output id",
    "made from the content where there is none",
    ("output_id", "outputid", "response_id", "completion_id", "generation_id", "answer_id", "id"),
    generated=True,
)
DOMAIN = Target(
    "domain",
    "items",
    "domain",
    "Domain",
    "the family of items that share one difficulty metric",
    ("domain", "subject", "category", "topic", "dataset", "task", "benchmark", "subset"),
    needed=True,
)
PROMPT = Target(
    "prompt",
    "items",
    "prompt",
    "Prompt",
    "what the item asks, as people read it",
    ("prompt", "question", "input", "instruction", "problem", "query", "task_text", "text", "stem"),
    needed=True,
)
SYSTEM = Target(
    "system",
    "systems",
    "system",
    "System",
    "the name of the model",
    ("system", "model", "model_name", "model_id", "engine", "llm", "generator", "assistant"),
    needed=True,
)
TEMPLATE = Target(
    "template",
    "outputs",
    "template",
    "Template",
    "the name of the phrasing that was used",
    ("template", "template_id", "prompt_template", "phrasing", "prompt_version"),
)
GRADE = Target(
    "grade",
    "outputs",
    "grade",
    "Grade",
    "what the output truly is",
    (
        "grade",
        "label",
        "is_correct",
        "correct",
        "correctness",
        "score",
        "result",
        "outcome",
        "judgement",
        "judgment",
        "human_label",
        "gold_label",
        "acc",
        "accuracy",
        "passed",
        "verdict",
    ),
    choices=GRADES,
)
KIND = Target(
    "avoidance_kind",
    "outputs",
    "avoidance_kind",
    "Kind of avoidance",
    "only where the grade is avoidant",
    ("avoidance_kind", "avoidance", "refusal_type", "refusal_kind"),
    choices=AVOIDANCE_KINDS,
)
GRADER = Target(
    "grader",
    "outputs",
    "grader",
    "Grader",
    "who graded it",
    ("grader", "annotator", "judge", "labeler", "labeller", "rater", "graded_by"),
)

ITEM_REST = (
    Target(
        "reference",
        "items",
        "reference",
        "Reference",
        "the right answer, or several as a JSON list",
        (
            "reference",
            "references",
            "gold",
            "target",
            "ground_truth",
            "answer_key",
            "correct_answer",
            "expected",
            "expected_answer",
            "solution",
            "reference_answer",
            "answers",
            "gold_answer",
            "answer",
        ),
    ),
    Target(
        "metric",
        "items",
        "metric",
        "Metric",
        "a number for how hard the item is by itself",
        ("metric", "difficulty", "steps", "n_steps", "complexity", "level", "hops", "carries"),
    ),
    Target(
        "item_check",
        "items",
        "check",
        "Check answer",
        "makes the item an attention check with this answer",
        ("check", "check_answer", "attention_check"),
    ),
)
SYSTEM_REST = (
    Target(
        "family",
        "systems",
        "family",
        "Family",
        "",
        ("family", "model_family", "vendor", "provider", "organisation", "organization"),
    ),
    Target(
        "parameters",
        "systems",
        "parameters",
        "Parameters",
        "a number, or such as 7B",
        ("parameters", "params", "n_params", "num_parameters", "model_size", "size"),
    ),
    Target(
        "flop",
        "systems",
        "flop",
        "Training FLOP",
        "",
        ("flop", "flops", "training_flop", "training_flops", "compute"),
    ),
    Target(
        "shaping",
        "systems",
        "shaping",
        "Shaping",
        "",
        ("shaping", "tuning", "finetuned", "instruct"),
        choices=SHAPINGS,
    ),
    Target("licence", "systems", "licence", "Licence", "", ("licence", "license")),
)
TEMPLATE_REST = (
    Target(
        "template_text",
        "templates",
        "text",
        "Template text",
        "the phrasing, with its gaps",
        ("template_text",),
    ),
    Target(
        "weight",
        "templates",
        "weight",
        "Weight",
        "how often people write it so",
        ("weight", "template_weight", "frequency"),
    ),
)
OUTPUT_REST = (
    Target(
        "text",
        "outputs",
        "text",
        "Output",
        "what the system replied",
        (
            "output",
            "response",
            "completion",
            "model_output",
            "model_response",
            "model_answer",
            "generation",
            "generated_text",
            "reply",
            "prediction",
            "pred",
            "llm_output",
            "answer",
            "text",
        ),
        needed=True,
    ),
    Target(
        "trace",
        "outputs",
        "trace",
        "Trace",
        "its reasoning or tool calls",
        ("trace", "reasoning", "chain_of_thought", "cot", "rationale", "thinking", "scratchpad"),
    ),
    GRADE,
    KIND,
    GRADER,
    Target(
        "severity",
        "outputs",
        "severity",
        "Severity",
        "how bad it is if people believe it",
        ("severity", "harm", "risk"),
    ),
    Target(
        "output_check",
        "outputs",
        "check",
        "Check verdict",
        "makes the output an attention check",
        ("output_check",),
        choices=VERDICTS,
    ),
)

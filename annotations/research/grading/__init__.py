"""The room where outputs are graded: by a grader, by people who do not see each other, and once more."""

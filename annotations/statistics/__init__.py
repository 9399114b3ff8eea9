"""Measures on plain arrays: no Django, no input or output, no clock.

A public function validates, calls small kernels, and returns a frozen dataclass. Malformed input
(wrong shapes, negative weights) raises ValueError; degenerate data gives a Caution and nan.
"""

"""What each page is given. Views call these, by the name of what they show."""

from annotations.participation.pages.away import AWAY, away_page, departure_page, notice
from annotations.participation.pages.beside import consent_copy, leave_page, message_page, withdraw_page
from annotations.participation.pages.contexts import (
    PLAIN,
    Errors,
    base_context,
    definition_of,
    provider_of,
    title_of,
)
from annotations.participation.pages.entry import CHANGED, TICK, consent_context, entry_page
from annotations.participation.pages.inside import step_page, stored_page, unit_page

__all__ = [
    "AWAY", "CHANGED", "PLAIN", "TICK", "Errors", "away_page", "base_context", "consent_context",
    "consent_copy", "definition_of", "departure_page", "entry_page", "leave_page", "message_page", "notice",
    "provider_of", "step_page", "stored_page", "title_of", "unit_page", "withdraw_page",
]  # fmt: skip

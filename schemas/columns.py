"""One dictionary of columns: name, type, unit, meaning, and what else people call them. Pure data."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.activity_columns import ACTIVITY_COLUMNS
from schemas.ai_columns import AI_COLUMNS
from schemas.column import Column
from schemas.factor_columns import FACTOR_COLUMNS
from schemas.master_columns import MASTER_COLUMNS
from schemas.reading_columns import READING_COLUMNS
from schemas.register_columns import REGISTER_COLUMNS
from schemas.term_columns import TERM_COLUMNS

COLUMNS: Mapping[str, Column] = {
    column.name: column
    for group in (
        ACTIVITY_COLUMNS,
        TERM_COLUMNS,
        MASTER_COLUMNS,
        FACTOR_COLUMNS,
        REGISTER_COLUMNS,
        READING_COLUMNS,
        AI_COLUMNS,
    )
    for column in group
}
"""Every column that a file may have, by our name for it; the same name means the same thing everywhere."""

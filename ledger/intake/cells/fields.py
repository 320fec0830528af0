"""How the columns of an activity upload meet the ledger's: the same name but for the few that are worked out."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.activity_columns import ACTIVITY_COLUMNS

_OTHERWISE = {"unit": "unit_given"}
_NOT_HELD = {"spend", "month", "quarter", "year", "shared_by"}

UPLOAD_FIELDS: Mapping[str, str] = {
    column.name: _OTHERWISE.get(column.name, column.name) for column in ACTIVITY_COLUMNS if column.name not in _NOT_HELD
}
"""Upload column → column of `activity` or `activity_detail` from which the same row could be given again."""

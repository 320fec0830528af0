"""What is in force of runs, readings, decisions and sites up to a size: the parts that every query of them begins with.

A statement says ``{run}``, ``{reading}``, ``{decision}``, ``{reading_decision}`` or ``{site}`` in its WITH, and takes
``$size``, the number of batches that it reads.
"""

from __future__ import annotations

from schemas.kinds import KINDS


def newest_sql(kind: str, size: str = "") -> str:
    """SQL: of each identity of a kind of record the row that was recorded last, up to the batch that ``size`` gives."""
    identity = ", ".join(KINDS[kind].identity)
    return (
        f"select * from {kind} {f'where batch_no <= {size} ' if size else ''}"
        f"qualify row_number() over (partition by {identity} order by batch_no desc, seq desc) = 1"
    )


_DECISION = (
    "{name} as (select * from ai_decision where batch_no <= $size and record_table = '{table}' "
    "qualify row_number() over (partition by record_batch, record_seq order by batch_no desc, seq desc) = 1)"
)
_PARTS = {
    "run": f"run as ({newest_sql('ai_run', '$size')})",
    "reading": f"reading as ({newest_sql('measurement', '$size')})",
    "decision": _DECISION.format(name="decision", table="ai_run"),
    "reading_decision": _DECISION.format(name="reading_decision", table="measurement"),
    "site": (
        "site as (select * from (select * from facility where batch_no <= $size qualify row_number() over "
        "(partition by facility_id, valid_from order by batch_no desc, seq desc) = 1) where not withdrawn)"
    ),
}


def in_force(sql: str) -> str:
    """A statement with its parts written out. KeyError for a part that there is not."""
    return sql.format_map(_PARTS)

"""Where a posting stands and why, in words: who runs the machines decides (Scope 3 Standard, chapter 5)."""

from __future__ import annotations

import polars as pl

_RELATIONS = {
    "owned": "our own facility",
    "lease_in_operating": "a facility that we lease and run",
    "lease_in_finance": "a facility that we lease and run",
    "colocation": "our machines in a leased hall",
    "lease_out_operating": "a facility that we let to others",
    "lease_out_finance": "a facility that we let to others",
    "franchise": "a franchisee's facility",
    "investment": "a facility of a company that we hold a share of",
}


def place_in_words() -> pl.Expr:
    """A sentence for each row: who runs the machines, what follows, how the energy is known, whether overhead is in.

    Rows of the plan: `facility_id`, `relation`, `cloud_provider`, `source`, `is_below`, `pue`, `is_rest` and others.
    """
    relation = pl.col("relation").replace_strict(_RELATIONS, default="our facility", return_dtype=pl.String)
    control = (
        pl.when(pl.col("facility_id").is_not_null())
        .then(pl.concat_str(relation, pl.lit(": purchased electricity of "), "facility_id",
                            pl.lit("; the view says whether it is in Scope 2 or category 8")))
        .when(pl.col("control") == "lessor")
        .then(pl.concat_str(pl.lit("leased machines that "), pl.coalesce("cloud_provider", pl.lit("the lessor")),
                            pl.lit(" runs: not under our control, Scope 3 category 8")))
        .when(pl.col("control") == "ours")
        .then(pl.lit("leased machines that we run: under our operational control, Scope 2; a view that puts an "
                     "operating lease into category 8 needs them at a facility"))
        .when(pl.col("cloud_provider").is_not_null())
        .then(pl.concat_str(pl.col("cloud_provider"), pl.lit(" runs the machines: a purchased service, Scope 3 "
                                                             "category 1, sub-line 1.1")))
        .otherwise(pl.lit("neither a facility nor a provider is named: taken as our own machines, Scope 2"))
    )  # fmt: skip
    energy = (
        pl.when("is_rest").then(pl.concat_str(pl.lit("what is left of "), "source", pl.lit(" once its parts are posted "
                                "apart: idle, host, storage, network, losses")))
        .when(pl.col("source") == "estimate").then(pl.lit("energy estimated from power, time and utilisation"))
        .when(pl.col("source") == "run_record").then(pl.lit("energy of the run's own record"))
        .when(pl.col("readings") == 1).then(pl.concat_str(pl.lit("energy of a reading by "), "source"))
        .otherwise(pl.concat_str(pl.lit("energy of "), "readings", pl.lit(" readings by "), "source"))
    )  # fmt: skip
    overhead = (
        pl.when(~pl.col("is_below") | pl.col("is_rest")).then(pl.lit(""))
        .when(pl.col("pue").is_not_null()).then(pl.lit(", times PUE"))
        .otherwise(pl.lit(", PUE unknown and not applied"))
    )  # fmt: skip
    first = pl.when(~pl.col("is_new")).then(pl.concat_str(pl.lit("; from "), "first_entry")).otherwise(pl.lit(""))
    return pl.concat_str(control, pl.lit("; "), energy, overhead, first)

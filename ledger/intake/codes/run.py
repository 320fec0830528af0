"""Finding codes of runs of AI models and of readings of their energy."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

RUN_CODES: Mapping[str, Code] = {
    "pue-absurd": Code(
        "error",
        "a PUE of {value} cannot be: it is the energy of the whole facility divided by that of its machines",
        "write it as 1.2; where it is unknown leave it blank, then nothing is added and the report says so",
    ),
    "part-over-whole": Code(
        "error", "{column} is {value}, which is more than the whole", "write it as a part of one{likely}"
    ),
    "energy-level-missing": Code(
        "error",
        "energy is given, but not what it takes in",
        "fill column energy_level: chip, it (whole machines), wall, or facility (overhead inside)",
    ),
    "run-place-missing": Code(
        "error",
        "nothing says where it ran, and no grid is taken for granted",
        "fill facility_id (your own machines), or cloud_provider with cloud_region, or at least country",
    ),
    "region-without-provider": Code(
        "error", "region “{value}” has no provider", "fill column cloud_provider: aws, azure, gcp …"
    ),
    "run-twice": Code(
        "error",
        "attempt {attempt} of run {value} stands here and on line {first}, and their times meet",
        "keep one row; number a repeated run in column attempt, and give idle time its own row with state idle",
    ),
    "used-over-reserved": Code(
        "error",
        "more accelerator-seconds were used ({value}) than were reserved ({reserved})",
        "check both; what was reserved holds what was used",
    ),
    "cost-without-currency": Code("error", "the cost has no currency", "fill column currency, like USD"),
    "run-longer-than-clock": Code(
        "warning",
        "{value} s are more than from start to end ({clock} s)",
        "wall_seconds is time on the clock; accelerators × seconds belong in reserved_accelerator_seconds",
    ),
    "pue-unknown": Code(
        "warning",
        "{count} rows have energy of machines and no PUE: the facility's overhead is not in their energy",
        "enter the PUE of the place in column {column}, with its source; or give energy at facility level",
        "a row has energy of machines and no PUE: the facility's overhead is not in its energy",
    ),
    "run-energy-unknown": Code(
        "warning",
        "run {value} has neither energy nor power and machines from which it could be estimated; it is not quantified",
        "enter energy_kwh, or power_w with hardware_count, or upload readings of it (ghg template measurement)",
    ),
    "utilisation-assumed": Code(
        "warning",
        "{count} runs have no utilisation: their energy is estimated at full power, which is an upper bound",
        "enter utilisation (0 to 1), or measured power or energy",
        "a run has no utilisation: its energy is estimated at full power, which is an upper bound",
    ),
    "region-unknown": Code("error", "{reason}", "{near}; or fill column country, whose grid is then taken"),
    "region-not-held": Code("warning", "{reason}; the country of the row is taken", "check the name: {near}"),
    "pue-published": Code(
        "info",
        "the provider publishes a PUE of {pue} for {value} ({source}); it is not taken by itself",
        "enter it in column pue, with its source in pue_source, if it is that of these machines",
    ),
    "hardware-not-told": Code(
        "error", "{reason}, and the energy of the run rests on its power", "{near}; or enter power_w or energy_kwh"
    ),
    "hardware-without-power": Code(
        "warning",
        "no source gives the power of {value}; the run is not quantified",
        "enter power_w as measured, or energy_kwh",
    ),
    "parts-exceed-meter": Code(
        "warning",
        "{parts} kWh of runs are more than the {meter} kWh of their meter; the meter counts alone",
        "look at the levels, the times and the PUE of the runs; a part cannot be more than the whole",
    ),
    "cover-partial": Code(
        "warning",
        "{bill} holds {days} of the {of} days on which it ran; nothing is posted for the others",
        "upload the bill or statement of the other days; until then they are not in the book",
    ),
    "source-sees-more": Code(
        "warning",
        "{source} saw {seen} kWh, more than the {counted} kWh of {chosen}, which counts",
        "they may cover other machines: name clusters apart, so that each is counted; ghg ai reconcile compares them",
    ),
    "energy-above-machines": Code(
        "warning",
        "run {value} has {kwh} kWh, more than ten times the {most} kWh that its accelerators draw at full board power",
        "look at the unit (Wh and kWh), the number of accelerators and the times; upload it again, --replace and "
        "--reason TEXT",
        "the energy of a run is more than ten times what its accelerators draw at full board power",
    ),
    "computing-without-place": Code(
        "warning",
        "{count} runs, clusters or machines name no place: their energy is posted and not quantified, since no grid is "
        "taken for granted",
        "upload it again with its place (country, facility_id, or cloud_provider and cloud_region), --replace and "
        "--reason TEXT; of a file of another program say it with --choose country=GB",
        "a run, cluster or machine names no place: its energy is posted and not quantified, since no grid is taken for "
        "granted",
    ),
    "control-at-facility": Code(
        "warning",
        "the run is at {facility_id}, whose relation (owned, leased, colocation) says who controls it: '{value}' is "
        "not taken",
        "leave control blank, or leave facility_id blank where the leased machines are at no facility of yours",
    ),
    "computing-without-facility": Code(
        "warning",
        "{count} runs or readings name neither a facility nor a provider: they count as electricity of our own "
        "machines in their country",
        "fill facility_id, or cloud_provider where someone else runs the machines, or control where they are leased",
        "a run or reading names neither a facility nor a provider: it counts as electricity of our own machines in its "
        "country",
    ),
    "ai-posted": Code(
        "info",
        "runs and readings as activities: {made} posted, {taken} taken back, {held} held by bills or statements",
        "ghg trace shows the record behind each; ghg ai footprint adds them up by model",
    ),
    "record-held": Code(
        "info",
        "{count} rows of {kind} are in the ledger already, alike in every column; they are not recorded again",
        "no action needed",
        "one row of {kind} is in the ledger already, alike in every column; it is not recorded again",
    ),
    "record-differs": Code(
        "error",
        "the ledger has this as {entry} with another value: {differs}",
        "if this is right, add --replace --reason TEXT: the earlier entry stays, its posting is reversed, this counts",
    ),
    "record-replaced": Code(
        "warning",
        "{count} rows of {kind} take the place of earlier entries; what those had posted is reversed",
        "no action where that is meant",
        "one row of {kind} takes the place of {entry}; what that had posted is reversed",
    ),
}
"""Codes of kinds `ai_run` and `measurement`."""

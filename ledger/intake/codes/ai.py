"""Finding codes of files that other programs write: what they are, what they leave open, what does not fit."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

AI_CODES: Mapping[str, Code] = {
    "records-not-read": Code("error", "the file cannot be read: {reason}", "export it again, and do not edit it"),
    "records-not-recognised": Code(
        "error",
        "no export that is known has these keys: {keys}",
        "docs/ai-files.md lists the files that are read; send anything else as CSV or XLSX (ghg template activity)",
    ),
    "records-mixed": Code(
        "error", "the file begins as {title} and goes on with other keys: {keys}", "upload each in a file of its own"
    ),
    "foreign-file": Code(
        "info",
        "known as {title}: {count} records make {made}",
        "no action needed",
        "known as {title}: its record makes {made}",
    ),
    "choice-needed": Code("error", "{what}", "say it: --choose {choice}"),
    "choice-unknown": Code(
        "error", "{title} leaves no “{value}” to choose", "its choices are: {choices}; and columns of its rows"
    ),
    "choice-not-read": Code("error", "the choice {column} is “{value}”", "choose {allowed}"),
    "file-without-readings": Code(
        "error",
        "this is {title}: {why}, and neither energy nor emissions",
        "{todo}; docs/ai-files.md lists what is read",
    ),
    "answer-goes-on": Code(
        "warning",
        "the answer has a further page ({column} is filled), which is not in this file",
        "fetch the further pages and upload them too",
    ),
    "answer-denied": Code(
        "error",
        "the answer leaves out a subscription that was denied: {value}",
        "let the reader's role be given and ask again; or take what is there: --choose denied=without",
    ),
    "statement-blank": Code(
        "warning",
        "the row states no emissions; blank is not zero, and nothing is posted of it",
        "ask the provider, or upload an estimate marked as such",
    ),
    "statement-one-basis": Code(
        "warning",
        "{count} rows have no {basis} figure; the {other} one counts in its place",
        "no action where the provider states no other",
        "one row has no {basis} figure; the {other} one counts in its place",
    ),
    "statement-basis-unstated": Code(
        "info",
        "{title} does not say whether its figures are location-based or market-based; that is kept with each row",
        "no action needed",
    ),
    "statement-unit": Code(
        "error", "the unit is “{value}”, and {expected} is expected", "check the export: a ton is a thousand kilograms"
    ),
    "statement-superseded": Code(
        "info",
        "{count} rows state the same services by an earlier method ({value}); the latest counts",
        "no action needed",
        "one row states the same services by an earlier method ({value}); the latest counts",
    ),
    "statement-methods": Code(
        "warning",
        "the provider changed its method within the file ({value}): figures before and after do not compare",
        "ask for the earlier months by the later method, and restate them",
    ),
    "statement-method-changed": Code(
        "warning",
        "{provider} states these months by its method {value}; the ledger has {days} by {earlier}: they do not compare",
        "ask for those months by {value}, reverse the earlier figures (ghg reverse, reason method) and upload them; "
        "closed periods are restated, and the base year may be recalculated (ghg base-year)",
    ),
    "statement-parts-differ": Code(
        "warning",
        "the total is {value}, and its scopes come to {sum}; the total counts",
        "ask the provider which is right",
    ),
    "statement-changed": Code(
        "error",
        "the ledger has another figure for the same services and days: {entry} has {held}, the file {value} {unit}",
        "where the provider restated it, reverse the earlier one (ghg reverse {entry} --reason restated), then upload",
    ),
    "statement-overlaps": Code(
        "error",
        "the ledger has figures of the same provider and days from another kind of report ({other}, {entry}); both "
        "would count",
        "keep one kind of report: reverse the earlier batch, or leave these days out",
    ),
    "statement-basis-changed": Code(
        "error",
        "the ledger counts these services on the other basis ({entry}), and the file would turn them round",
        "reverse the earlier batch first; which basis counts is one choice for a month",
    ),
    "statement-recorded-before": Code(
        "info",
        "{count} rows are in the ledger already with the same figure; they are passed over",
        "no action needed",
        "one row is in the ledger already with the same figure; it is passed over",
    ),
    "intensity-blank": Code(
        "warning", "the row has no carbon intensity; blank is not zero, and the time stays open", "no action needed"
    ),
    "answer-other-zone": Code(
        "error",
        "asked for zone {asked}, and the answer says {value}: a zone that a service does not know falls back to the "
        "place of whoever asks",
        "see how the zone is written (ghg connect grid --zones) and ask again",
    ),
    "answer-other-terms": Code(
        "error",
        "asked for {asked}, and the answer's {column} is {value} ({count} values)",
        "ask for what the service gives (--basis, --granularity)",
        "asked for {asked}, and the answer's {column} is {value}",
    ),
    "answer-estimated": Code(
        "error",
        "{count} values of {asked} are estimates, though none were asked for",
        "ask without --no-estimates; the flag is kept with each value",
        "a value of {asked} is an estimate, though none was asked for",
    ),
    "intensity-missing": Code(
        "warning",
        "{count} of {asked} values of the span asked for are not in the answers, first {first}; those times stay open",
        "ask again later, or for another source",
        "one of {asked} values of the span asked for is not in the answers, {first}; that time stays open",
    ),
    "forecast-stale": Code(
        "warning",
        "the forecast was issued at {value}, {hours} hours before it was fetched ({fetched})",
        "take it with care: who plans by it sees when it was issued; ask again later",
    ),
    "forecast-undated": Code(
        "info", "the service does not say when it issued its forecast; the time of fetching stands for it",
        "no action needed",
    ),
    "intensity-held": Code(
        "info",
        "{count} intensities are in the ledger already with the same value; they are not recorded again",
        "no action needed",
        "one intensity is in the ledger already with the same value; it is not recorded again",
    ),
    "intensity-revised": Code(
        "warning",
        "{count} intensities differ from those held, first {held} g/kWh ({entry}) and now {value}: each is a new "
        "revision, which counts from now on",
        "no action where the publisher revised them; figures of before are shown by --at N",
        "an intensity differs from the one held ({entry}), {held} g/kWh and now {value}: it is a new revision, which "
        "counts from now on",
    ),
    "series-too-coarse": Code(
        "error",
        "the rows are longer than a day, and intensities are kept by the hour",
        "take yearly rows in as factors: ghg factors import FILE; or fetch hours",
    ),
    "reading-blank": Code(
        "warning",
        "the row has no energy; blank is not zero, and no reading is made of it",
        "look for the run's other rows, or enter its energy by hand",
    ),
    "reading-time": Code("error", "“{value}” is not read as a time", "write times as 2026-07-31T14:00:00Z"),
    "reading-power": Code(
        "warning",
        "the mean power of the reading is {value} kW, more than one machine draws",
        "check the energy and the time; where a rack or a cluster was read, nothing need be done",
    ),
    "reading-flushes": Code(
        "info",
        "{count} rows are earlier flushes of runs that have a later row; the last row of each run counts",
        "no action needed",
        "one row is an earlier flush of a run that has a later row; the last row of each run counts",
    ),
    "reading-grown": Code(
        "info",
        "{count} runs have gone on since the ledger's reading of them: the earlier is withdrawn, this one counts",
        "no action needed",
        "a run has gone on since the ledger's reading of it: the earlier is withdrawn, this one counts",
    ),
    "reading-older": Code(
        "info",
        "the ledger has later readings of {count} runs, which hold what the file says of them; these are passed over",
        "no action needed",
        "the ledger has a later reading of a run, which holds what the file says of it; this one is passed over",
    ),
    "reading-overlaps": Code(
        "error",
        "the reading of {value} reaches into {entry}, which is of the same from {start} to {end} UTC: both would count",
        "query from where the ledger ends, in the same whole hours; or withdraw the earlier (withdrawn = yes)",
    ),
    "reading-copies": Code(
        "error",
        "run {value} and {others} more ran at one time on machines that are alike, each measuring its whole machine: "
        "ranks of one node are copies of one reading",
        "say what they are: --choose copies=one (one node, one of them counts) or copies=all (nodes apart)",
    ),
    "reading-copies-left": Code(
        "info",
        "{count} runs are copies of others of the same node; they make no reading",
        "no action needed",
        "one run is a copy of another of the same node; it makes no reading",
    ),
    "codecarbon-shifted": Code(
        "error",
        "{count} rows have fewer or more cells than the header: CodeCarbon 3.2.9 and 3.3.0 left out blank columns when "
        "they appended, so that values stand under other headers",
        "run it again with 3.3.1 or later, or put the cells of these rows right by hand; they are never padded",
        "a row has fewer or more cells than the header: CodeCarbon 3.2.9 and 3.3.0 left out blank columns when they "
        "appended, so that values stand under other headers",
    ),
    "metrics-line": Code("error", "the line is no sample of a metric", "save what the exporter answers, unchanged"),
    "metrics-without-energy": Code(
        "error", "no metric of energy or power that is read is there, but {value}", "query one of: {names}"
    ),
    "metrics-same-energy": Code(
        "info", "the file has the same energy in another cut ({value}), which is left", "no action needed"
    ),
    "metrics-label": Code(
        "error", "samples of {value} have no label {label}, by which machines are told apart", "keep it in the query"
    ),
    "metrics-one-scrape": Code(
        "error",
        "{value} was read once, or without times: a counter or a power at one instant is no energy",
        "query a span of time: /api/v1/query_range?query={value}&start=…&end=…&step=60s",
    ),
    "metrics-zones": Code(
        "info", "of the zones of {name}, which overlap, {value} counts; {left} are left", "no action needed"
    ),
    "metrics-slices": Code(
        "info",
        "{count} samples of {value} repeat a device's whole energy on its slices or pods; of each device the largest "
        "counts",
        "no action needed",
        "one sample of {value} repeats a device's whole energy on a slice or pod; of each device the largest counts",
    ),
    "samples-without-value": Code(
        "warning",
        "{count} samples are marks of no value ({value}), and are left",
        "no action needed",
        "one sample is a mark of no value ({value}), and is left",
    ),
    "counter-reset": Code(
        "info",
        "{count} times a counter fell and began anew, as after a reboot; what it counted since is taken",
        "no action needed; what it counted before the reboot and after the last sample is not known",
        "a counter fell and began anew, as after a reboot; what it counted since is taken",
    ),
    "power-gap": Code(
        "warning",
        "{count} gaps in the power, {value} h in all, are longer than five usual steps: nothing is known of them",
        "no action where the machine was off; else estimate the time in between and enter it as such",
        "a gap in the power, of {value} h, is longer than five usual steps: nothing is known of it",
    ),
    "telemetry-gap": Code(
        "warning",
        "{gpu} of {host} has no sample for {value} s between its first ({first}) and its last ({last}): what it used "
        "in them is not known, and nothing is put in its place",
        "no action where the machine was off; else estimate that time and enter it as such",
    ),
    "estimate-lines-bare": Code(
        "warning",
        "{count} lines have no energy, since their service is not estimated; nothing is made of them",
        "the rest of the bill may be taken in by spend (cloud_spend), without these services twice",
        "one line has no energy, since its service is not estimated; nothing is made of it",
    ),
    "impact-zero": Code(
        "warning",
        "the impact is from 0 to 0, which gateways write for models that they do not know; no reading is made of it",
        "name the model as EcoLogits knows it, or take its tokens in and estimate",
    ),
    "tokens-blank": Code(
        "warning", "the request has no tokens; it is not counted", "look whether it failed, or was not logged in full"
    ),
    "total-differs": Code(
        "error", "the total row says {value}, and the rows come to {sum}", "export the file again; it is not whole"
    ),
    "reading-twin": Code(
        "error",
        "the ledger has the energy of tracker {value} from its own table (emissions.csv); both would count",
        "leave these lines out; or end the earlier readings by rows with withdrawn = yes, then give the lines again",
    ),
    "reading-twin-left": Code(
        "warning",
        "{count} runs are in the ledger from the lines of ghg-track that their trackers wrote; they are left",
        "no action needed: it is the same energy",
        "a run is in the ledger from the lines of ghg-track that its tracker wrote; it is left",
    ),
    "line-cut-off": Code(
        "warning",
        "the last line is cut off after {count} characters; every whole line before it is read",
        "give the file again when its run goes on; after a crash of the machine the energy since the line before is in "
        "no line",
        "the last line is cut off after one character; every whole line before it is read",
    ),
    "line-damaged": Code(
        "warning",
        "the line is damaged ({count} characters that are no line of the log) and is left",
        "no action where the lines after it go on from it, as after a full disk; energy that is missing is told apart",
        "the line is damaged (one character that is no line of the log) and is left",
    ),
    "track-format": Code(
        "error", "the line is of format {value} of ghg-track, and format 1 is read", "update ghg-ledger, and try again"
    ),
    "track-gap": Code(
        "warning",
        "{value} Wh of {part} lie between the sum of the line before and that of this one, and in no line: a line was "
        "lost or changed",
        "look for the whole file; where it is lost, enter the difference as a reading by hand",
    ),
    "track-nothing-yet": Code(
        "error",
        "the run has begun, and neither a reading nor its end is in the file",
        "give the file again later; a run of which nothing was measured ends with a line all the same",
    ),
    "track-without-end": Code(
        "warning",
        "attempt {attempt} of run {value} has no last line: it goes on, or it was killed; its readings are taken, and "
        "the run itself is not",
        "give the file again when it has ended; if it was killed: --choose unfinished=interrupted",
    ),
    "feed-unit": Code(
        "error", "the unit of the feed ({value}) is none that is read", "electricity in Wh and gas in therms are read"
    ),
    "feed-received": Code(
        "info",
        "{count} readings are of energy that the utility received; they are not subtracted",
        "no action needed",
        "one reading is of energy that the utility received; it is not subtracted",
    ),
    "feed-reading": Code("error", "the reading {value} has no sound start, duration or value", "ask for the feed anew"),
}
"""Codes of the formats of :mod:`ledger.intake.ai_files`."""

"""Finding codes of publishers' files of factors, and of factors that users bring."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

PUBLISHER_CODES: Mapping[str, Code] = {
    "factor-zero": Code(
        "warning",
        "the factor is zero: what it serves would count as nothing",
        "leave it where it is meant, as for bought wind power",
    ),
    "factor-tie": Code(
        "warning",
        "this factor and that of line {first} serve the same at the same time: neither would win",
        "date them apart, or keep one",
    ),
    "factor-year-future": Code("warning", "the factor describes {value}, a year to come", "check the year"),
    "factor-gwp-missing": Code(
        "warning",
        "the CO2e figure holds CH4 or N2O and its GWP set is not told",
        "fill gwp_set with AR4, AR5 or AR6, as the source says",
    ),
    "factor-below-parts": Code(
        "warning",
        "the total of {value} is less than its gases come to ({parts} on the smallest GWP of any set)",
        "check whether the total leaves a gas out, or a gas is in grams",
    ),
    "factor-far": Code(
        "warning",
        "{value} kg per {unit} is more than ten times away from what is published for {activity} ({span})",
        "check the unit, and kilogram against gram or tonne",
    ),
    "publisher-not-recognised": Code(
        "error", "no publisher's file that we know has these headers", "say what it is with --as: {kinds}"
    ),
    "publisher-file-unknown": Code(
        "warning",
        "this is not a known edition (SHA-256 {value}…): its figures are recorded as brought by the user",
        "check that it is the publisher's own file; nothing else to do where it is",
    ),
    "publisher-header-missing": Code(
        "error", "there is no header with {expected}", "bring the publisher's file as it was published"
    ),
    "publisher-column-differs": Code(
        "error",
        "expected “{expected}”, found {found}",
        "bring the publisher's file as it was published, or rename the column",
    ),
    "publisher-edition-missing": Code(
        "error", "the file does not say which edition it is", "say it with --edition, like --edition {example}"
    ),
    "publisher-edition-unknown": Code(
        "error",
        "“{value}” is an edition that cannot be read",
        "bring an edition from {first} on: earlier ones stand on AR4",
    ),
    "publisher-gwp-assumed": Code(
        "warning",
        "the edition {value} does not say its GWP set; {gwp_set} is taken, as in the editions before",
        "check the publisher's methodology paper",
    ),
    "publisher-row-differs": Code(
        "error", "a row is not what it was in earlier editions: {reason}", "report it: the mapping needs a new version"
    ),
    "publisher-rows-missing": Code("error", "the file has no {what}", "check that it is the whole file"),
    "publisher-number-not-read": Code("error", "“{value}” is not a number", "bring the publisher's file as published"),
    "publisher-year-missing": Code(
        "error", "the row does not say its year", "add a column Year, or say the year with --edition"
    ),
    "publisher-place-unknown": Code(
        "warning", "“{value}” is no country; the row is left out", "no action where it is an aggregate"
    ),
    "publisher-no-mix": Code(
        "warning",
        "{value} prints no residual mix; it has no factor here, never zero",
        "market-based figures there fall back on the location factor, flagged no_residual_mix",
    ),
    "publisher-basis-unclear": Code(
        "warning",
        "“{value}” does not say CO2e; the figure is taken as CO2e, so that CH4 and N2O are not counted on top",
        "check the publisher's note on gases",
    ),
    "publisher-life-cycle-assumed": Code(
        "warning",
        "the file does not say direct or life cycle; life cycle is taken, with no upstream line on top",
        "bring the file that has both columns where direct figures are wanted",
    ),
    "publisher-money-not-read": Code(
        "error",
        "“{value}” is no price year with a currency",
        "write the year of prices and an ISO code, like 2022 and USD",
    ),
    "publisher-price-basis-assumed": Code(
        "warning", "the price basis is not told; purchaser prices are taken", "fill the column price basis"
    ),
}

"""Finding codes of publishers' files of factors."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.code import Code

PUBLISHER_CODES: Mapping[str, Code] = {
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

"""What is said of a file and its rows on the command line, and what its page says in the place of it."""

from __future__ import annotations

OTHERWISE = "“Read it otherwise” on this page"
_LACKS = "“What the ledger lacks” on this page gives the file to fill in"
_NAME = "“Name the columns” on this page"
_TICK = f"{OTHERWISE}, tick “Replace”, and say why"
FILES: tuple[tuple[str, str], ...] = (
    (r"ghg upload \S.*? --propose \S+ writes the file to fill in", _LACKS),
    (
        r"ghg mapping propose \S.*? writes a file that says what it is; upload with --mapping FILE",
        f"say it with {_NAME}",
    ),
    (
        r"say in a mapping file what means it or holds for every row: ghg mapping propose (?:'[^']*'|\S+)",
        f"say what means it, or what holds for every row, with {_NAME}",
    ),
    (
        r"name the columns as in `ghg template (\w+)`, or say the kind with --as",
        rf"say what they are with {_NAME}, take the template of \1, or say what it holds under {OTHERWISE}",
    ),
    (
        r"name its columns as in `ghg template (\w+)`, or hand it in",
        rf"name its columns as in the template of \1 or with {_NAME}, or hand it in",
    ),
    (
        r"if that is (?:right|meant), add: --as history(?: --pivot (\w+))?",
        rf"if that is meant, say under {OTHERWISE} that it holds history",
    ),
    (
        r"(?:if that is right, )?add: --pivot (\w+) --year (\S+)",
        rf"if that is right, say under {OTHERWISE}: \1 across the columns, of the year \2",
    ),
    (r"if that is right, add: --pivot (\w+)", rf"if that is right, say under {OTHERWISE}: \1 across the columns"),
    (r"without --pivot", f"as one row each, under {OTHERWISE}"),
    (r"if this is right, add --replace --reason TEXT", f"if this is right: {_TICK}"),
    (r"upload it again, --replace and --reason TEXT", f"upload it again: {_TICK}"),
    (r", --replace and --reason TEXT", f": {_TICK}"),
    (r"and --replace", f"and tick “Replace” under {OTHERWISE}"),
    (r"--choose (\S+?)=(\S+)", rf"\1=\2 among the choices under {OTHERWISE}"),
    (
        r"(say how the file writes numbers|say their order)(, for instance|:) (--locale .*)",
        rf"\1 with “Numbers and dates” under {OTHERWISE}\2 \3",
    ),
    (r"--locale (\S+)", r"\1"),
    (r"--as: ", ""),
    (r"with --as (\w+)", rf"under {OTHERWISE}, for instance \1"),
    (r"--sheet, where it is not meant", f"“Sheet” under {OTHERWISE}, where it is not meant"),
    (
        r"reverse (B\S+) if this row replaces it \(ghg reverse \S+ --reason \w+\)",
        r"reverse \1 on its own page if this row replaces it",
    ),
    (
        r"reverse (?:the entry|the earlier one) first: ghg reverse (\S+) --reason \w+",
        r"reverse \1 first, on its own page",
    ),
    (r"take it back \(ghg reverse (\S+) --reason TEXT\)", r"take \1 back on its own page"),
    (r"take it back first \(ghg reverse (\S+) --reason TEXT\)", r"take \1 back first, on its own page"),
    (r"\(ghg reverse (\S+) --reason \w+\)", r"(\1, on its own page)"),
    (r": ghg reverse ENTRY --reason duplicate", ", on its own page"),
    (r"ghg reverse (\S+) --reason \w+", r"reverse \1 on its own page"),
    (r"put right by ghg correct ENTRY --set unit=…", "put right on its own page"),
    (r": ghg correct ENTRY --set tax_rate_pct=… --reason error", ", put it right on the page of the entry"),
    (r"\(ghg correct or ghg reverse\)", "(on the page of the entry)"),
    (r": ghg attach FILE", ", on the page of its batch"),
    (r"\(ghg template (\w+)\)", r"(see the template of \1)"),
    (r"ghg template activity lists them", "the template of activity data lists them"),
    (
        r"ghg completeness --propose -o \S+ check the rows, and ghg upload \S+",
        "say it by the template of expectation, under Upload",
    ),
    (r"or estimate them: ghg completeness --fill PERIOD -o \S+; or", "estimates among them where need be; or"),
    (r"estimate it: ghg ai accrue --provider \S+ --period \S+", "enter an estimate"),
    (r"ghg trace (\S+); then ghg correct \S+ --set unit=… --reason unit", r"correct the unit on the page of \1"),
    (r", then ghg calculate", ", then calculate"),
    (r"until ghg restate (\S+)", r"until \1 is restated, under Review"),
    (r"ghg restate (\S+) --reason late_data --check shows what would change", r"Review says what restating \1 does"),
    (r"ghg submit (\S+), as it now stands", r"submit \1 as it now stands, under Review"),
)

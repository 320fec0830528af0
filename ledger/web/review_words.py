"""What to do about a refusal, in the words of the pages: where a command has an option, a form has a field."""

from __future__ import annotations

import re

_WORDS: tuple[tuple[str, str], ...] = (
    # periods
    (r"rows that came since count after: ghg restate (\S+) --reason CODE --note TEXT",
     r"rows that came since count once \1 is restated, under Periods"),
    (r"until ghg restate (\S+)", r"until \1 is restated, under Periods"),
    (r"what came since counts after ghg restate", "what came since counts once they are restated"),
    (r"see ghg status (\S+), then submit what it now says: ghg submit \S+",
     r"see under Periods what became of \1, then submit what it now says"),
    (r"next: ghg (\w+) (\S+?)(?=[,;]|$)", r"its next step, under Periods: \1 \2"),
    (r"; it was (\w+) with --view (\S+)(?: --entity (.+))?", r"; it was \1 for the view \2 \3"),
    (r"close it first: ghg submit (\S+), or its quarters; ghg status \S+ says how far it is",
     r"submit \1 or its quarters, have them approved, and close them, under Periods"),
    (r"ghg restate … --check shows what it would do", "the page of that step shows what it would do"),
    (r"it is submitted, then approved by another person: ghg status (\S+)",
     "it is submitted, then approved by another person, under Periods"),
    (r"ghg status (?:\S+ )?shows every period(?:, with its view and entity)?", "Periods shows every one"),
    (r"ghg setting set base_year \S+ --reason TEXT", "a reviewer or an admin sets it, under Accounts"),
    (r"ghg setting set single_person on --reason …, which every figure then says",
     "a reviewer or an admin allows a single person, under Accounts, which every figure then says"),
    (r" \(ghg person add NAME --role reviewer\)", " (an admin takes one in, under Accounts)"),
    (r"ghg base-year show says by whom and why", "the page of the base year says by whom and why"),
    (r"; ghg person list shows everyone(?: who can be asked)?", ""),
    (r"ghg person list shows everyone(?: who can be asked)?", "take one of the list"),
    (r"come with one that may write: ghg person token NAME --scope write", "have the app served so that it may write"),
    # threads and findings
    (r"say it in the thread: ghg review comment (\S+) TEXT, or answer \S+ TEXT", r"say it on the page of \1"),
    (r"open it again first: ghg review reopen (\S+) --note TEXT", r"open it again first, on the page of \1"),
    (r"answer it \(ghg review answer \S+ TEXT\)", "answer it here"),
    (r"; say what was done with ghg review comment", "; say what was done in a comment"),
    (r"ghg review list (?:--open )?shows (?:them with ids|what is)", "take one of the list of threads"),
    (r"ghg findings lists them with their ids", "take one of the list of findings"),
    (r"attach a document: ghg attach FILE ENTRY", "attach a document, on the page of the entry"),
    (r"keep the document first: ghg attach FILE ENTRY", "keep the document first, on the page of the entry"),
    (r"ghg trace (?:FIGURE )?shows entries(?: with their batches)?", "entries stand behind each figure, under Explore"),
    (r"reverse (B\S+) if this row replaces it \(ghg reverse \S+ --reason \w+\)",
     r"reverse \1, on its own page, if this row replaces it"),
    (r"\(ghg reverse (\S+) --reason \w+\)", r"(on the page of \1)"),
    (r"ghg reverse (\S+) --reason \w+", r"reverse \1 on its own page"),
    # engagements, samples, misstatements, sign-off
    (r"an auditor records one: ghg review engagement E1 …", "an auditor records one, under Engagements"),
    (r"ghg review engagement shows them", "take one of the list of engagements"),
    (r"ghg review sample … --record puts one on record", "an auditor puts one on record, under Samples"),
    (r"ghg review misstatement add records one", "an auditor adds one"),
    (r"ghg inventory (\S+) shows what is recorded", r"Explore shows what is recorded of \1"),
    (r"give what ghg review sample -o wrote, filled in", "give the work papers of the sample, filled in"),
    (r"ghg correct and ghg reverse tell the batch they wrote", "the page of the corrected entry names the batch"),
    (r": ghg trace ?(\S*)", r", which the page of \1 names"),
    (r"\(ghg review reopen, resolve\)", "(on the page of each)"),
    (r"say why it is given all the same: --despite-open TEXT", "say why it is given although something is open"),
    (r"look at it, then sign off again: ghg review changes --from ?(\d*)",
     r"look under Changes at what came since size \1, then sign off again"),
    (r"(?:see them with|run) ghg verify(?: --checkpoint \S+)?", "see Verification"),
    (r"ghg verify (?:--checkpoint .+? )?says where it breaks", "Verification, against it, says where it breaks"),
    (r"ghg verify tells", "Verification tells"),
    (r"name the ledger with --ledger", "choose a checkpoint of this ledger"),
    (r"give the key that the auditor told you: ghg verify --auditor-key KEY",
     "whoever has the auditor's key checks it where the ledger lies"),
    # fields for options
    (r"give (--\w+) (limited\|reasonable|TEXT|2026|total_market)", r"give \1"),
    (r"--size (\d+) and an interval from (\S+)", r"\1 items and an interval from \2"),
    (r"leave --size out to draw by performance materiality ÷ factor", "leave the items empty to draw by the interval"),
    (r"or leave --confidence-factor out to draw by the size", "or the factor to draw by the items"),
    (r"give --size N, or --interval KG, or --performance-materiality KG with --confidence-factor F",
     "say how many items; or the interval; or the confidence factor with performance materiality"),
    (r"give --size N, or --method carbon-unit", "say how many items, or draw by carbon unit"),
    (r"give --size N", "say how many items"),
    (r"say by what with --by: ", "take one of: "),
    (r"give --method stratum --by (\w+), or leave --by out", r"draw at random within strata by \1, or take no strata"),
    (r"give (?:one|this one another name) with --(?:seed|id)", "fill it in"),
    (r"give the earlier one with --from", "give the earlier one first"),
    (r"(?:name one|name it) with --(engagement|sample)", r"name the \1"),
    (r"say with --(?:note|reason|statement) ", "say "),
    (r"give (?:it|materiality as a mass)(?: with)?:? --(\w+)(?: 1200t)?", r"give \1 as a mass, like 1200t"),
    (r"--(\w+)(?:-(\w+))?", r"\1 \2"),
)  # fmt: skip
_READ = tuple((re.compile(pattern), words) for pattern, words in _WORDS)


def page_words(text: str) -> str:
    """What to do, as somebody does it who sees the pages of the review and no terminal."""
    for pattern, words in _READ:
        text = pattern.sub(words, text)
    return re.sub(r" +(?=[ ,;.:]|$)", "", text)

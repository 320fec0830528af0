"""What a finding or a refusal says, in the words of the pages: where a command has an option, a form has a field."""

from __future__ import annotations

import re

from ledger.web.frame.words_of_files import FILES
from ledger.web.frame.words_of_review import OPTIONS, REVIEW

_SAID = tuple((re.compile(said), instead) for said, instead in (*FILES, *REVIEW))
_OPTIONS = tuple((re.compile(said), instead) for said, instead in OPTIONS)


def page_words(text: str) -> str:
    """What is said for the command line, as somebody reads it who sees pages and no terminal.

    A command that has no page keeps its options.

    >>> page_words("say which it is with --as activity")
    'say which it is under “Read it otherwise” on this page, for instance activity'
    """
    for said, instead in _SAID:
        text = said.sub(instead, text)
    if "ghg " not in text:
        for said, instead in _OPTIONS:
            text = said.sub(instead, text)
    return re.sub(r" +(?=[ ,;.:]|$)", "", text)


def file_words(text: str) -> str:
    """The same in a workbook that is taken along from the page of a file.

    >>> file_words("say which it is with --as activity")
    'say which it is under “Read it otherwise” on the page of the file, for instance activity'
    """
    return page_words(text).replace("on this page", "on the page of the file")

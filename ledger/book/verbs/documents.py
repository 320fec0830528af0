"""What is handed out and held against others: reports, claims, documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.assurance.reviewing.documents import Attachment
    from ledger.book.acts.issuing import Issued
    from ledger.book.checking import CheckedFile
    from ledger.book.issued import IssuedState
    from ledger.disclosure.comparison.reading import ComparedReports
    from ledger.disclosure.documents.document import Document
    from ledger.disclosure.documents.page import Paper
    from ledger.disclosure.requirements.index import ContentIndex
    from ledger.disclosure.statement.reading import Statement
    from ledger.errors import LedgerError
    from ledger.inventory.coverage.claims import Claims
    from ledger.inventory.coverage.evidenced import EvidenceShare


class Documents(Book):
    """What is handed out and held against others: reports, claims, documents."""

    __slots__ = ()

    def report(
        self,
        kind: str = "quarterly",
        *,
        period: str,
        formats: Sequence[str] = ("pdf", "xlsx", "html", "json"),
        folder: Path | str = ".",
        view: str | None = None,
        at: int | None = None,
        paper: str = "A4",
        narrative: Path | str | None = None,
        language: str | None = None,
    ) -> dict[str, Path]:
        """Make the documents of a report; the same checkpoint gives the same bytes, and nothing is written.

        ``kind`` is `quarterly` or a statement (`ghg-protocol`, `iso-14064-1`, `esrs-set-1`, `esrs-revised`, `ifrs-s2`);
        a statement takes the texts that people give from a ``narrative`` (TOML). ``language`` (`en`, `de`) is another
        than the company's setting.

        ``kind`` has its own formats; paths are by format. Raises Misuse for a kind, format, paper, language or view
        that there is not, and for a ``narrative`` that a kind takes none of or that is not read. Standards by kind:
        docs/reports.md.
        """
        from ledger.disclosure.documents.files import named_bytes, put_files

        document, wanted, size = self._document(kind, period, formats, paper, view, at, narrative, language)
        return put_files(named_bytes(document, wanted, size), Path(folder))

    def report_by_format(
        self,
        kind: str,
        *,
        period: str,
        formats: Sequence[str],
        folder: Path | str,
        view: str | None = None,
        at: int | None = None,
        paper: str = "A4",
        narrative: Path | str | None = None,
        language: str | None = None,
    ) -> Iterator[tuple[str, Path | LedgerError]]:
        """The same, read once and then made format by format, each told when it is there; or why it cannot be made.

        Arguments and errors are those of :meth:`report`, as ``kind``; Misuse is raised before anything is made.
        """
        from ledger.disclosure.documents.files import named_bytes, put_files
        from ledger.errors import LedgerError

        document, wanted, size = self._document(kind, period, formats, paper, view, at, narrative, language)
        for form in wanted:
            try:
                yield form, put_files(named_bytes(document, [form], size), Path(folder))[form]
            except LedgerError as fault:
                yield form, fault

    def _document(
        self,
        kind: str,
        period: str,
        formats: Sequence[str],
        paper: str,
        view: str | None,
        at: int | None,
        narrative: Path | str | None,
        language: str | None,
    ) -> tuple[Document, list[str], Paper]:
        """A report as read from the ledger, the formats that are wanted, and the size of the paper; all checked."""
        from ledger.disclosure.documents.files import checked_formats
        from ledger.disclosure.documents.made_ready import made_ready
        from ledger.disclosure.kinds import formats_of, own_view, read_document, told_for
        from ledger.store import session

        wanted, size = checked_formats(formats, paper, formats_of(kind))
        told = told_for(kind, narrative)
        with made_ready(wanted), session(self.path) as s:
            of, seen = self._period(s, period), self._view(s, view or own_view(kind))
            document = read_document(s, kind, of, seen, at, told, with_postings="xlsx" in wanted, language=language)
        return document, wanted, size

    def statement(
        self,
        kind: str,
        *,
        period: str,
        narrative: Path | str | None = None,
        view: str | None = None,
        at: int | None = None,
        with_postings: bool = False,
    ) -> Statement:
        """What a statement by a standard says of a period: figures, texts, and the index of what the standard asks.

        ``kind`` is a statement's; ``with_postings`` adds the lines of the XLSX annex. Raises Misuse for another kind,
        and for a ``narrative`` that is not read.
        """
        from ledger.disclosure.requirements.narrative import read_narrative
        from ledger.disclosure.statement.layout import layout
        from ledger.disclosure.statement.reading import statement
        from ledger.store import session

        shape, told = layout(kind), read_narrative(None if narrative is None else Path(narrative))
        with session(self.path) as s:
            of, seen = self._period(s, period), self._view(s, view or shape.view)
            return statement(s, shape, of, seen, at, told, with_postings=with_postings)

    def requirements(
        self,
        rule_set: str,
        *,
        period: str,
        narrative: Path | str | None = None,
        view: str | None = None,
        at: int | None = None,
        language: str | None = None,
    ) -> ContentIndex:
        """What a rule set asks of a period's report: each requirement, whether and where it is met, or why not.

        ``rule_set`` is one of docs/requirements.md; titles and reasons are in the company's language, or in
        ``language``. Raises Misuse for another of either, and for a ``narrative`` that is not read.
        """
        from ledger.disclosure.figures.period import PeriodFigures
        from ledger.disclosure.requirements.index import content_index, ledger_beside
        from ledger.disclosure.requirements.narrative import read_narrative
        from ledger.disclosure.requirements.rule_sets import rule_set as named
        from ledger.disclosure.statement.layout import layouts
        from ledger.disclosure.words.texts import spoken
        from ledger.store import session

        rules, told = named(rule_set), read_narrative(None if narrative is None else Path(narrative))
        with session(self.path) as s:
            own = layouts()[rules.name].view if rules.name in layouts() else None
            figures = PeriodFigures(s, self._period(s, period), self._view(s, view or own), at, language)
            with spoken(figures.look.language):
                return content_index(rules, figures, ledger_beside(s, figures, told))

    def content_indexes(
        self,
        kind: str,
        *,
        period: str,
        narrative: Path | str | None = None,
        view: str | None = None,
        at: int | None = None,
    ) -> Rows[ContentIndex]:
        """The index of every rule set that a kind of statement answers, read at once; none for the quarterly report.

        Raises Misuse for a ``kind`` that is none, and for a ``narrative`` of one that takes none.
        """
        from ledger.disclosure.figures.period import PeriodFigures
        from ledger.disclosure.kinds import formats_of, told_for
        from ledger.disclosure.requirements.index import ContentIndex, content_index, ledger_beside
        from ledger.disclosure.requirements.rule_sets import rule_set as named
        from ledger.disclosure.statement.layout import layouts
        from ledger.store import session

        formats_of(kind)  # which must be a kind
        told = told_for(kind, narrative)
        if told is None:
            return Rows((), ContentIndex)
        shape = layouts()[kind]
        with session(self.path) as s:
            of, seen = self._period(s, period), self._view(s, view or shape.view)
            figures = PeriodFigures(s, of, seen, at)
            beside = ledger_beside(s, figures, told)
            return Rows((content_index(named(name), figures, beside) for name in shape.rule_sets), ContentIndex)

    def narrative_template(self, language: str = "en") -> str:
        """An empty narrative (TOML): the question of each text that a statement takes from people.

        Raises Misuse for a ``language`` that reports do not speak.
        """
        from ledger.disclosure.requirements.narrative import template_text
        from ledger.disclosure.words.texts import spoken

        with spoken(language):
            return template_text()

    def issue_report(
        self,
        kind: str = "quarterly",
        *,
        period: str,
        formats: Sequence[str] = ("pdf", "xlsx", "html", "json"),
        folder: Path | str = ".",
        view: str | None = None,
        at: int | None = None,
        paper: str = "A4",
        narrative: Path | str | None = None,
        language: str | None = None,
        reason: str | None = None,
    ) -> Issued:
        """Hand out a report of an approved period: its bytes and inputs are kept, and it is on record; a reviewer does.

        What was issued before, and says the same, is given again out of evidence; nothing is written then. ``reason``
        stands on record with the issue, as to whom it goes.

        Arguments are those of :meth:`report` by ``kind``. Raises Misuse as it does; Refused where the period is not
        approved, or the role may not.
        """
        from ledger.book.acts.issuing import issued

        texts = None if narrative is None else Path(narrative)
        return issued(self, kind, period, formats, Path(folder), view, at, paper, texts, language, reason)

    def issued_files(self, entry: str, *, folder: Path | str = ".") -> dict[str, Path]:
        """The files of an issued report (`B46-1`) out of evidence, as they were handed out.

        Raises Misuse where nothing was issued as ``entry``.
        """
        from ledger.book.acts.issuing import issued_again

        return issued_again(self, entry, Path(folder))

    def issued_reports(self, period: str | None = None) -> Rows[IssuedState]:
        """What was issued: when, by whom, of which checkpoint, and whether the ledger has moved since."""
        from ledger.book.issued import IssuedState, issued_states
        from ledger.store import session

        with session(self.path) as s:
            return Rows(issued_states(s, None if period is None else self._period(s, period)), IssuedState)

    def check_reports(
        self, *files: Path | str, kind: str | None = None, narrative: Path | str | None = None
    ) -> Rows[CheckedFile]:
        """Whether files of reports are ours and unchanged; if not, which figure differs, and what the ledger says.

        With ``kind`` None each file says which report it is. ``narrative`` holds the texts of a statement that was not
        issued; those of an issued one are kept.
        """
        from ledger.book.checking import CheckedFile, checked_files

        texts = None if narrative is None else Path(narrative)
        return Rows(checked_files(self, kind, [Path(file) for file in files], texts), CheckedFile)

    def compare_reports(
        self, a: str, b: str, *, view: str | None = None, language: str | None = "en"
    ) -> ComparedReports:
        """Two reports side by side, each figure with its difference and the causes that add up to it exactly.

        A side is an issued report (`B52-1`), a report's file, `PERIOD@SIZE`, `PERIOD/VIEW@SIZE`, or `PERIOD` as the
        ledger is now; without a view it takes ``view``, else the other side's, else the ledger's. Nothing is written.

        ``a`` is the one from which differences are counted, ``b`` the other. Raises Misuse for a side that is none.
        Amounts in kg CO2e and kWh.
        """
        from ledger.book.comparing import compared_reports

        return compared_reports(self, a, b, view, language)

    def compare_report_files(
        self,
        a: str,
        b: str,
        *,
        view: str | None = None,
        formats: Sequence[str] = ("html",),
        folder: Path | str = ".",
        paper: str = "A4",
        language: str | None = None,
    ) -> dict[str, Path]:
        """The same as files, by format: html, pdf, xlsx, csv, json; the same sides give the same bytes.

        ``a`` and ``b`` as for :meth:`compare_reports`, with its errors.
        """
        from ledger.book.comparing import written_comparison

        return written_comparison(self, a, b, view, formats, Path(folder), paper, language)

    def claims(self, period: str | None = None, *, at: int | None = None) -> Claims:
        """The figures of others beside ours, with the difference and whether it is within tolerance; none is posted."""
        from ledger.inventory.coverage.claims import compare_claims
        from ledger.store import session

        with session(self.path) as s:
            return compare_claims(s, None if period is None else self._period(s, period), at)

    def attach(self, file: Path | str, *entries: str, note: str = "") -> WriteResult:
        """Keep a document by its SHA-256 and link it to entries (`B12-3`); what is there already is not written."""
        from ledger.book.acts.attaching import attached

        return attached(self, Path(file), entries, note)

    def attachments(self, entry: str | None = None) -> Rows[Attachment]:
        """The documents of the ledger, or of one entry."""
        from ledger.assurance.reviewing.documents import Attachment
        from ledger.book.acts.attaching import attachments_of

        return Rows(attachments_of(self, entry), Attachment)

    def evidence_shares(self, period: str, *, at: int | None = None) -> Rows[EvidenceShare]:
        """How many rows and kg of each scope and category a kept document shows."""
        from ledger.inventory.coverage.evidenced import EvidenceShare, evidence_shares
        from ledger.store import session

        with session(self.path) as s:
            return Rows(evidence_shares(s, self._period(s, period), at), EvidenceShare)

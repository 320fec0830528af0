"""What people do: hand in files, put entries right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.results import UploadResult, WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.book.recording.earlier import HeldMapping, HeldUpload
    from ledger.intake.tables.mapping_proposal import MappingProposal


class Recording(Book):
    """What people do: hand in files, put entries right."""

    __slots__ = ()

    def upload(
        self,
        file: Path | str,
        kind: str | None = None,
        *,
        locale: str | None = None,
        sheet: str | None = None,
        encoding: str | None = None,
        pivot: str | None = None,
        year: int | None = None,
        mapping: Path | str | None = None,
        choices: Mapping[str, str] | None = None,
        propose: Path | str | None = None,
        check: bool = False,
        again: bool = False,
        reason: str | None = None,
        replace: bool = False,
    ) -> UploadResult:
        """Read, validate and record a file, all of it or nothing: CSV, XLSX, or what other programs export.

        Args:
            file: the file; its bytes are kept as evidence.
            kind: what it holds (activity, facility, …); recognised by its headers when None.
            locale: how it writes numbers and dates (`en-GB`, `en-US`, `de`, …); only what is unambiguous is read
                without one.
            sheet: the one sheet of a workbook to read; every one that holds a table where None.
            encoding: of a text file that does not say it; UTF-8 where None.
            pivot: read a wide table: `months`, `quarters`, `years` or `activities` stand across its columns.
            year: of columns that do not say theirs.
            mapping: a TOML file of what headers and words mean, and of what holds for every row.
            choices: what somebody else's format leaves open, by name (a facility, a month, a time zone …).
            propose: write a file of the facilities, entities and contracts that are not known, and nothing else.
            check: say what would happen and write nothing.
            again: take a file once more whose batch was reversed as a whole; needs a ``reason``.
            reason: why.
            replace: let runs and readings take the place of earlier ones of the same identity; needs a ``reason``.

        Raises Misuse for a file that is not there, a ``kind`` or mapping that is none, and without a needed reason.
        Faults in the data are findings of the answer (docs/codes.md), and nothing is recorded then.
        """
        from ledger.book.recording.uploading import uploaded
        from ledger.intake.tables.mapping import Shaping, read_mapping

        shaping = Shaping(pivot, year, None if mapping is None else read_mapping(Path(mapping)), choices or {})
        return uploaded(
            self, Path(file), kind=kind, locale=locale, sheet=sheet, encoding=encoding, check=check, again=again,
            reason=reason, shaping=shaping, propose=None if propose is None else Path(propose),
            replace_earlier=replace,
        )  # fmt: skip

    def accrue(
        self, provider: str, period: str, *, months: int = 3, kg: str | None = None, source: str | None = None,
        check: bool = False,
    ) -> UploadResult:  # fmt: skip
        """Estimate a provider's services of months before its export arrives; the export's upload reverses it.

        Args:
            provider: aws, azure, gcp or another, by any of its names.
            period: a month, or several; one estimate a month.
            months: how many of the last months that the provider stated it rests on, at most.
            kg: an estimate of one's own for one month, kg CO2e; with ``source``.
            source: how that was made.
            check: say what would happen and write nothing.

        Raises Misuse for a month that is estimated or stated already, and where there is nothing to go by.
        """
        from ledger.book.acts.accruing import accrued

        return accrued(self, provider, period, months=months, kg=kg, source=source, check=check)

    def template(self, kind: str, file: Path | str) -> Path:
        """Write an empty workbook for a kind of upload, with explanations and drop-downs.

        Raises Misuse for a ``kind`` that is none, a name other than .xlsx, and a file that is there; Refused where the
        ledger's catalogue is of another version.
        """
        from ledger.book.recording.uploading import known_of
        from ledger.intake.handed_back.template import write_template

        if Path(file).suffix.casefold() != ".xlsx":
            raise Misuse(f"a template is a workbook, and {file} is not named like one", "name it .xlsx with -o")
        if Path(file).exists():
            raise Misuse(f"{file} is there already", "name another file with -o; nothing was overwritten")
        return write_template(kind, Path(file), known_of(self) if self.path.exists() else None)

    def propose_mapping(self, file: Path | str, target: Path | str, **how: str | None) -> Path:
        """Write a mapping file with the likely meanings of a file's headers and words.

        ``how`` are kind, locale, sheet and encoding, as for :meth:`upload`.

        ``target`` is the file to write. Raises Misuse where it is there.
        """
        from ledger.book.recording.meanings import proposed_mapping_file

        return proposed_mapping_file(self, Path(file), Path(target), **how)

    def meanings(
        self, file: Path | str, *, mapping: Path | str | None = None, shown: int = 0, **how: str | None
    ) -> MappingProposal:
        """What a file's headers and words probably mean, with the first ``shown`` rows of its tables; nothing written.

        What a ``mapping`` file says is taken as said. ``how`` are kind, locale, sheet and encoding, as for
        :meth:`upload`. Raises Misuse for a file without a table.
        """
        from ledger.book.recording.meanings import proposed_meanings
        from ledger.intake.tables.mapping import read_mapping

        said = None if mapping is None else read_mapping(Path(mapping))
        return proposed_meanings(self, Path(file), mapping=said, shown=shown, **how)

    def write_mapping(
        self, target: Path | str, headers: Mapping[str, str], values: Mapping[str, Mapping[str, str]],
        constants: Mapping[str, str],
    ) -> Path:  # fmt: skip
        """Write a mapping file that says what somebody confirmed. Raises Misuse where it names no column of ours.

        ``target`` is the file; ``headers`` maps theirs to columns of ours, ``values`` words of a column to ours,
        ``constants`` columns to what holds for every row.
        """
        from ledger.intake.tables.mapping import read_mapping
        from ledger.intake.tables.mapping_proposal import mapping_text

        path = Path(target)
        path.write_text(mapping_text(headers, values, constants), encoding="utf-8")
        read_mapping(path)
        return path

    def remembered_mapping(self, headers: Sequence[str]) -> HeldMapping | None:
        """The last mapping by which files of this person were recorded, all of whose headers a file has."""
        from ledger.book.recording.earlier import remembered_mapping

        return remembered_mapping(self, headers)

    def uploads(self) -> Rows[HeldUpload]:
        """The files that were recorded, the last one first."""
        from ledger.book.recording.earlier import HeldUpload, uploads

        return Rows(uploads(self), HeldUpload)

    def reverse(self, entry: str, *, reason: str, note: str = "") -> WriteResult:
        """Cancel an entry (`B12-3`) or every activity of a batch (`B12`) by its exact negative.

        ``entry`` is reversed once. Raises Refused where it was, or the role may not.
        """
        from ledger.book.acts.correcting import reversed_entry

        return reversed_entry(self, entry, reason, note)

    def given(self, entry: str) -> dict[str, str]:
        """An activity as an upload would give it: column → text, blank where nothing is given; for a correction.

        Raises Misuse for what is no entry, Refused for an entry that is no activity.
        """
        from ledger.book.acts.correcting import row_as_given

        return row_as_given(self, entry)

    def correct(
        self, entry: str, changes: dict[str, str], *, reason: str, note: str = "", locale: str | None = None
    ) -> WriteResult:
        """Put an entry right: its reversal and a replacement with the changed columns, in one batch.

        ``locale`` says how the changes write numbers and dates; without one plain numbers and ISO dates are read.

        ``changes`` is column → text. Raises Misuse for a whole batch or a column that is none, Refused where the row
        would not hold then.
        """
        from ledger.book.acts.correcting import corrected_entry

        return corrected_entry(self, entry, changes, reason, note, locale)

"""The Ledger: what people hold. Every verb is here, a few lines each; command line and page only call it."""

from __future__ import annotations

import getpass
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import Misuse
from ledger.results import UploadResult, WriteResult

if TYPE_CHECKING:
    from ledger.assurance.doctor import Check
    from ledger.assurance.documents import Attachment
    from ledger.assurance.rebuild import Rebuilt
    from ledger.assurance.trace import Trace
    from ledger.assurance.verify import Verification
    from ledger.calculation.policy import Policy
    from ledger.closing import PeriodState
    from ledger.completing import Filled
    from ledger.deciding import Decided
    from ledger.factors.chp import ChpSplit
    from ledger.importing import ImportResult
    from ledger.inventory import (
        Boundary,
        ContractShares,
        InstrumentRecord,
        Inventory,
        Period,
        Scope2Table,
        Scope3Overview,
    )
    from ledger.inventory.base_year import BaseYear
    from ledger.inventory.claims import Claims
    from ledger.inventory.completeness import Completeness, Proposal
    from ledger.inventory.description import CategoryQuality
    from ledger.inventory.effect import Effect
    from ledger.inventory.evidenced import EvidenceShare
    from ledger.inventory.findings import BookFinding
    from ledger.inventory.hourly import HourlyMatching
    from ledger.inventory.recalculation_candidates import Candidate
    from ledger.inventory.registers.credits import Credits
    from ledger.inventory.registers.intensity import Intensity, Reconciliation
    from ledger.inventory.registers.prices import PricedScheme
    from ledger.inventory.registers.removals import Removals
    from ledger.inventory.registers.targets import TargetProgress
    from ledger.inventory.restatement import Restatement
    from ledger.inventory.uncertainty import Uncertainty
    from ledger.inventory.uncertainty.labels import By
    from ledger.inventory.uncertainty.monte_carlo import MonteCarlo
    from ledger.inventory.used import DatasetUse
    from ledger.packing import Packed
    from ledger.settling import SettingValue
    from ledger.store import Checkpoint, Session
    from ledger.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger file and the person who acts on it.

    Each call takes the file for itself only while it reads or writes. Raises Misuse where there is no such
    ledger or the person is unknown, Busy where another process holds it too long.
    """

    path: Path
    actor: str

    def __init__(self, path: Path | str = "ledger.duckdb", *, actor: str | None = None) -> None:
        object.__setattr__(self, "path", Path(path))
        object.__setattr__(self, "actor", actor or getpass.getuser())

    @classmethod
    def init(
        cls,
        path: Path | str,
        *,
        organisation: str,
        consolidation: str = "operational_control",
        gwp: str = "AR6",
        base_year: int | None = None,
        fiscal_year_start: str = "01-01",
        actor: str | None = None,
        datasets: Sequence[str] = (),
    ) -> Ledger:
        """Make a ledger: its tables, settings, its first person, and the shipped factors, each as a batch.

        With ``datasets`` only those are published; others follow by :meth:`publish_factors`.
        """
        from ledger.founding import found_ledger

        ledger = cls(path, actor=actor)
        settings = {
            "organisation": organisation,
            "consolidation": consolidation,
            "gwp": gwp,
            "base_year": "" if base_year is None else str(base_year),
            "fiscal_year_start": fiscal_year_start,
        }
        found_ledger(ledger.path, ledger.actor, settings, datasets)
        return ledger

    # -- what happened ------------------------------------------------------------------------------

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
        propose: Path | str | None = None,
        check: bool = False,
        again: bool = False,
        reason: str | None = None,
    ) -> UploadResult:
        """Read, validate and record a CSV or XLSX file, all of it or nothing.

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
            propose: write a file of the facilities, entities and contracts that are not known, and nothing else.
            check: say what would happen and write nothing.
            again: take a file once more whose batch was reversed as a whole; needs a ``reason``.
            reason: why.
        """
        from ledger.intake.mapping import Shaping, read_mapping
        from ledger.uploading import uploaded

        shaping = Shaping(pivot, year, None if mapping is None else read_mapping(Path(mapping)))
        return uploaded(
            self, Path(file), kind=kind, locale=locale, sheet=sheet, encoding=encoding, check=check, again=again,
            reason=reason, shaping=shaping, propose=None if propose is None else Path(propose),
        )  # fmt: skip

    def template(self, kind: str, file: Path | str) -> Path:
        """Write an empty workbook for a kind of upload, with explanations and drop-downs."""
        from ledger.intake.template import write_template
        from ledger.uploading import known_of

        if Path(file).exists():
            raise Misuse(f"{file} is there already", "name another file with -o; nothing was overwritten")
        return write_template(kind, Path(file), known_of(self) if self.path.exists() else None)

    def propose_mapping(self, file: Path | str, target: Path | str, **how: str | None) -> Path:
        """Write a mapping file with the likely meanings of a file's headers and words.

        ``how`` are kind, locale, sheet and encoding, as for :meth:`upload`.
        """
        from ledger.uploading import proposed_mapping_file

        return proposed_mapping_file(self, Path(file), Path(target), **how)

    def reverse(self, entry: str, *, reason: str, note: str = "") -> WriteResult:
        """Cancel an entry (`B12-3`) or every activity of a batch (`B12`) by its exact negative."""
        from ledger.correcting import reversed_entry

        return reversed_entry(self, entry, reason, note)

    def correct(self, entry: str, changes: dict[str, str], *, reason: str, note: str = "") -> WriteResult:
        """Put an entry right: its reversal and a replacement with the changed columns, in one batch."""
        from ledger.correcting import corrected_entry

        return corrected_entry(self, entry, changes, reason, note)

    # -- what follows from it -----------------------------------------------------------------------

    def calculate(self, *, reason: str = "calculate") -> WriteResult:
        """Decide every key anew and allot instruments; only what differs is written, as reversal and new choice."""
        from ledger.calculation.recalculation import plan_recalculation, record_recalculation
        from ledger.store import append, session

        with session(self.path, "write") as s:
            act = self._act(s, "calculation", reason=reason)
            counts = plan_recalculation(s)
            if not any(counts.values()):
                return WriteResult(None, 0, counts)
            done = append(s, act, lambda writing: record_recalculation(writing, reason))
        return WriteResult(done.batch_no, done.entries, counts)

    def calculation_effect(self, period: str | None = None) -> Effect:
        """What :meth:`calculate` would change, by figure and factor; nothing is written."""
        from ledger.editions import effect_of_calculation

        return effect_of_calculation(self, period)

    def inventory(self, period: str, *, view: str | None = None, at: int | None = None) -> Inventory:
        """The figures of a period (`2026-Q3`), as the ledger stands or stood at a size (number of batches).

        ``view``: operational_control, financial_control, equity_share, esrs_set1 or esrs_revised; the ledger's own
        approach where None.
        """
        from ledger.inventory import compile_inventory
        from ledger.store import session

        with session(self.path) as s:
            return compile_inventory(s, self._period(s, period), self._view(s, view), at)

    def breakdown(
        self, period: str, by: str, *, view: str | None = None, at: int | None = None
    ) -> list[dict[str, Any]]:
        """The inventory cut by facility, legal_entity, category, month, gas, activity_type, …, or by `tag:NAME`."""
        from ledger.inventory import breakdown
        from ledger.store import session

        with session(self.path) as s:
            return breakdown(s, self._period(s, period), by, self._view(s, view), at)

    def boundary(self, period: str, *, view: str | None = None, at: int | None = None) -> Boundary:
        """Where each company and facility stands in a view, at which share, from when to when, and why."""
        from ledger.inventory.compile import checked_size
        from ledger.inventory.posted import boundary_at_pins, make_pins
        from ledger.store import session

        with session(self.path) as s:
            named, of = self._view(s, view), self._period(s, period)
            size = checked_size(s, named, at).size
            make_pins(s, of, named, size)
            return boundary_at_pins(s, of, named, size)

    def views(self, period: str, *, at: int | None = None) -> list[Inventory]:
        """The same facts under every view, side by side; the ledger's own approach first."""
        from ledger.inventory import VIEWS, compile_inventory
        from ledger.store import session

        with session(self.path) as s:
            own = self._view(s, None)
            named = [own, *(view for view in VIEWS if view != own)]
            return [compile_inventory(s, self._period(s, period), view, at) for view in named]

    def scope3(self, period: str, *, view: str | None = None, at: int | None = None) -> Scope3Overview:
        """The fifteen categories of Scope 3: size, methods, primary data, screening, and what is missing."""
        from ledger.inventory import scope3_overview
        from ledger.store import session

        with session(self.path) as s:
            return scope3_overview(s, self._period(s, period), self._view(s, view), at)

    # -- how sure it is, and what stands beside it ----------------------------------------------------

    def uncertainty(
        self, period: str, *, by: By = "scope", view: str | None = None, at: int | None = None
    ) -> Uncertainty:
        """The 95 % intervals of scopes and totals, or of categories or facilities, with what they rest on."""
        from ledger.inventory.uncertainty import assess_uncertainty
        from ledger.store import session

        with session(self.path) as s:
            return assess_uncertainty(s, self._period(s, period), by, self._view(s, view), at)

    def monte_carlo(
        self,
        period: str,
        *,
        draws: int,
        seed: int,
        by: By = "scope",
        view: str | None = None,
        at: int | None = None,
    ) -> MonteCarlo:
        """The same intervals drawn at random from a seed, beside the propagated ones."""
        from ledger.inventory.uncertainty.monte_carlo import drawn_uncertainty
        from ledger.store import session

        with session(self.path) as s:
            return drawn_uncertainty(s, self._period(s, period), draws, seed, by, self._view(s, view), at)

    def quality(self, period: str, *, view: str | None = None, at: int | None = None) -> list[CategoryQuality]:
        """The data behind each scope and category, in numbers and in words."""
        from ledger.inventory.description import quality_by_category
        from ledger.store import session

        with session(self.path) as s:
            return quality_by_category(s, self._period(s, period), self._view(s, view), at)

    def removals(self, period: str, *, at: int | None = None) -> Removals:
        """Carbon removed and stored in a period, by its register; in no total."""
        from ledger.inventory.registers.removals import removals_of
        from ledger.store import session

        with session(self.path) as s:
            return removals_of(s, self._period(s, period), at)

    def credits(self, period: str, *, at: int | None = None) -> Credits:
        """Carbon credits cancelled in a period, and those planned; in no total."""
        from ledger.inventory.registers.credits import credits_of
        from ledger.store import session

        with session(self.path) as s:
            return credits_of(s, self._period(s, period), at)

    def targets(self, year: int, *, view: str | None = None, at: int | None = None) -> list[TargetProgress]:
        """How far each target has come in a (fiscal) year, against its base year and a straight path."""
        from ledger.inventory.registers.targets import target_progress
        from ledger.store import session

        with session(self.path) as s:
            return target_progress(s, year, self._view(s, view), at)

    def prices(self, period: str, *, view: str | None = None, at: int | None = None) -> list[PricedScheme]:
        """Internal carbon prices in force in a period: what each covers, at which price."""
        from ledger.inventory.registers.prices import priced_schemes
        from ledger.store import session

        with session(self.path) as s:
            return priced_schemes(s, self._period(s, period), self._view(s, view), at)

    def intensities(
        self,
        period: str,
        per: str = "revenue",
        *,
        product: str | None = None,
        view: str | None = None,
        at: int | None = None,
    ) -> tuple[list[Intensity], list[Reconciliation]]:
        """Kg CO2e per unit of a metric, by both Scope 2 methods; with revenue, its reconciliation to the statements."""
        from ledger.inventory.registers.intensity import intensities, reconciliation
        from ledger.store import session

        with session(self.path) as s:
            of, named = self._period(s, period), self._view(s, view)
            reconciled = reconciliation(s, of, named, at) if per == "revenue" else []
            return intensities(s, of, per, named, at, product), reconciled

    # -- what Scope 2 rests on ------------------------------------------------------------------------

    def instruments(self, period: str | None = None, *, at: int | None = None) -> tuple[InstrumentRecord, ...]:
        """The register of contractual instruments: what each covers, what is left, and why one was rejected."""
        from ledger.inventory import instrument_register
        from ledger.store import session

        with session(self.path) as s:
            return instrument_register(s, self._period(s, period) if period else None, at)

    def scope2(
        self, period: str, by: str = "facility", *, view: str | None = None, at: int | None = None
    ) -> Scope2Table:
        """What every kWh of purchased energy rests on, cut by facility, month, `facility,month` or `total`."""
        from ledger.inventory import scope2_table
        from ledger.store import session

        with session(self.path) as s:
            return scope2_table(s, self._period(s, period), by, self._view(s, view), at)

    def hourly(self, period: str, *, at: int | None = None) -> HourlyMatching:
        """Consumption matched hour by hour with carbon-free generation; not the 2015 market-based figure."""
        from ledger.inventory.hourly import hourly_matching
        from ledger.store import session

        with session(self.path) as s:
            return hourly_matching(s, self._period(s, period), at)

    def chp(self, *, at: int | None = None) -> tuple[ChpSplit, ...]:
        """Suppliers' plants of combined heat and power, and how the emissions of each are split."""
        from ledger.factors.chp import chp_splits
        from ledger.store import session

        with session(self.path) as s:
            return chp_splits(s, at)

    def contract_shares(self, period: str, *, view: str | None = None, at: int | None = None) -> ContractShares:
        """The share of purchased energy under contractual instruments: bundled and not, by type and technology."""
        from ledger.inventory import contract_shares
        from ledger.store import session

        with session(self.path) as s:
            return contract_shares(s, self._period(s, period), self._view(s, view), at)

    # -- documents ------------------------------------------------------------------------------------

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
    ) -> dict[str, Path]:
        """Make the documents of a report; the same checkpoint gives the same bytes, and nothing is written."""
        from ledger.disclosure.documents import write_report
        from ledger.disclosure.quarterly import quarterly_figures
        from ledger.store import session

        if kind != "quarterly":
            raise Misuse(f"there is no report '{kind}'", "take: quarterly")
        with session(self.path) as s:
            figures = quarterly_figures(
                s, self._period(s, period), self._view(s, view), at, with_postings="xlsx" in formats
            )
        return write_report(figures, tuple(formats), Path(folder), paper=paper)

    def claims(self, period: str | None = None, *, at: int | None = None) -> Claims:
        """The figures of others beside ours, with the difference and whether it is within tolerance; none is posted."""
        from ledger.inventory.claims import compare_claims
        from ledger.store import session

        with session(self.path) as s:
            return compare_claims(s, None if period is None else self._period(s, period), at)

    def attach(self, file: Path | str, *entries: str, note: str = "") -> WriteResult:
        """Keep a document by its SHA-256 and link it to entries (`B12-3`); what is there already is not written."""
        from ledger.attaching import attached

        return attached(self, Path(file), entries, note)

    def attachments(self, entry: str | None = None) -> tuple[Attachment, ...]:
        """The documents of the ledger, or of one entry."""
        from ledger.attaching import attachments_of

        return attachments_of(self, entry)

    def evidence_shares(self, period: str, *, at: int | None = None) -> tuple[EvidenceShare, ...]:
        """How many rows and kg of each scope and category a kept document shows."""
        from ledger.inventory.evidenced import evidence_shares
        from ledger.store import session

        with session(self.path) as s:
            return evidence_shares(s, self._period(s, period), at)

    # -- whether it is all there --------------------------------------------------------------------

    def completeness(self, period: str, *, at: int | None = None) -> Completeness:
        """What was expected in a period against what came: gaps, overlaps, outliers, estimates to take back."""
        from ledger.completing import completeness_of

        return completeness_of(self, period, at)

    def record_completeness(self, period: str) -> WriteResult:
        """Put the warnings of a period's completeness on record, each once, so that they can be resolved."""
        from ledger.resolving import recorded_completeness

        return recorded_completeness(self, period)

    def findings(self, period: str | None = None, *, open_only: bool = False) -> tuple[BookFinding, ...]:
        """The findings on record with what became of each, all or those about days of a period."""
        from ledger.inventory.findings import book_findings
        from ledger.store import session

        with session(self.path) as s:
            return book_findings(s, None if period is None else self._period(s, period), open_only=open_only)

    def resolve(self, finding: str, *, note: str, state: str = "resolved") -> WriteResult:
        """Say what became of a finding: resolved, accepted as it stands, or reopened; with a note."""
        from ledger.resolving import settled_finding

        return settled_finding(self, finding, note, state)

    def propose_expectations(self, file: Path | str | None = None) -> tuple[Proposal, ...]:
        """What came regularly and is not yet expected; with a file, as rows to check and upload."""
        from ledger.completing import proposed_expectations

        return proposed_expectations(self, None if file is None else Path(file))

    def fill_gaps(self, period: str, file: Path | str | None = None, *, method: str | None = None) -> Filled:
        """Estimates for the days without data of a period; with a file, as rows to check and upload."""
        from ledger.completing import filled_gaps

        return filled_gaps(self, period, None if file is None else Path(file), method)

    # -- the life of a period -----------------------------------------------------------------------

    def submit(self, period: str, *, view: str = "all", entity: str | None = None, note: str = "") -> PeriodState:
        """Hand a period's figures to whoever approves them; a preparer or admin does."""
        from ledger.closing import stepped

        return stepped(self, period, "submitted", view, entity, note)

    def approve(self, period: str, *, view: str = "all", entity: str | None = None, note: str = "") -> PeriodState:
        """Approve what was submitted, if it is still the same; a reviewer or admin who did not submit it does."""
        from ledger.closing import stepped

        return stepped(self, period, "approved", view, entity, note)

    def close(self, period: str, *, view: str = "all", entity: str | None = None, note: str = "") -> PeriodState:
        """Pin an approved period: its checkpoint, its view, the SHA-256 of its figures. Later rows wait."""
        from ledger.closing import stepped

        return stepped(self, period, "closed", view, entity, note)

    def restate(
        self,
        period: str,
        *,
        reason: str,
        note: str = "",
        view: str = "all",
        entity: str | None = None,
        check: bool = False,
    ) -> tuple[Restatement, ...]:
        """State the closed periods of these days anew with everything received since; ``check`` writes nothing."""
        from ledger.closing import restated

        return restated(self, period, reason, note, view, entity, check=check)

    def status(self, period: str | None = None) -> tuple[PeriodState, ...]:
        """Every period that was submitted (or those that share days with one): state, person, pin, what came late."""
        from ledger.closing import period_states

        return period_states(self, period)

    def restatements(self, period: str | None = None, *, view: str | None = None) -> tuple[Restatement, ...]:
        """Every restatement: old, new and difference by scope and category, why, and the persons before and after."""
        from ledger.inventory.restatement import restatements
        from ledger.store import session

        with session(self.path) as s:
            return restatements(s, None if period is None else self._period(s, period), self._view(s, view))

    def sealed_figures(self, period: str, *, view: str = "all", entity: str | None = None) -> bytes:
        """The canonical JSON of a period's figures at its last step; its SHA-256 is the digest on record."""
        from ledger.closing import sealed_figures

        return sealed_figures(self, period, view, entity)

    # -- whether it holds ---------------------------------------------------------------------------

    def trace(self, what: str, *, limit: int = 20) -> Trace:
        """Follow a figure's id, or an entry, down to choice, activity, batch, file and line."""
        from ledger.assurance.trace import trace
        from ledger.store import session

        with session(self.path) as s:
            return trace(s, what, limit=limit)

    def verify(
        self,
        *,
        checkpoint: Path | str | None = None,
        since: int | None = None,
        entry: str | None = None,
        public_key: str | None = None,
    ) -> Verification:
        """Recompute every digest and every posting from what an auditor can read; lists every fault."""
        from ledger.assurance.verify import verify

        kept = None if checkpoint is None else Path(checkpoint)
        return verify(self.path, checkpoint=kept, since=since, entry=entry, public_key=public_key)

    def snapshot(self, file: Path | str, *, people: bool = True) -> Snapshot:
        """Copy the ledger with all that lies beside it into one file; without the names where it goes to others."""
        from ledger.store.snapshot import write_snapshot

        return write_snapshot(self.path, Path(file), people=people)

    @classmethod
    def restore(cls, snapshot: Path | str, path: Path | str, *, actor: str | None = None) -> Ledger:
        """Put a ledger back from a snapshot, at a path where none is."""
        from ledger.store.snapshot import restore_snapshot

        restore_snapshot(Path(snapshot), Path(path))
        return cls(path, actor=actor)

    def pack(
        self,
        period: str,
        file: Path | str,
        *,
        view: str | None = None,
        at: int | None = None,
        formats: Sequence[str] = ("pdf", "xlsx", "html", "json"),
    ) -> Packed:
        """The evidence pack of a period: its report, and all from which a stranger recomputes it, in one file."""
        from ledger.packing import write_pack
        from ledger.store import session

        with session(self.path) as s:
            return write_pack(s, self._period(s, period), self._view(s, view), at, Path(file), tuple(formats))

    def rebuild(self, new: Path | str) -> Rebuilt:
        """Make the ledger's file anew from its evidence folder; the damaged one is left as it is."""
        from ledger.assurance.rebuild import rebuild

        return rebuild(self.path, Path(new))

    def doctor(self) -> list[Check]:
        """What stands in the way of daily work: file, lock, side files, keys, disk, version; nothing is changed."""
        from ledger.assurance.doctor import examine

        return examine(self.path)

    def checkpoint(self) -> Checkpoint:
        """Size and root of the log as it stands."""
        from ledger.store import latest_checkpoint, session

        with session(self.path) as s:
            return latest_checkpoint(s)

    # -- what it rests on ---------------------------------------------------------------------------

    def factors(self, words: str = "", *, limit: int = 50) -> list[dict[str, Any]]:
        """The factors of this ledger whose id, activity type, dataset or place has every one of the words."""
        from ledger.factors.search import found_factors
        from ledger.store import session

        with session(self.path) as s:
            return found_factors(s, words, limit)

    def factor(self, factor_id: str) -> dict[str, Any]:
        """One factor with every column that it fills, its dataset's source and its species."""
        from ledger.factors.search import factor_record
        from ledger.store import session

        with session(self.path) as s:
            return factor_record(s, factor_id)

    def datasets(self) -> list[dict[str, Any]]:
        """The datasets published to this ledger, with the number of their factors."""
        from ledger.factors.search import published_datasets
        from ledger.store import session

        with session(self.path) as s:
            return published_datasets(s)

    def publish_factors(self, datasets: Sequence[str] = ()) -> WriteResult:
        """Publish the shipped datasets that this ledger does not have yet, or of them only the named."""
        from ledger.factors.publish import publish_shipped
        from ledger.store import session

        with session(self.path, "write") as s:
            act = self._act(s, "factor_set")
            new = [done for done in publish_shipped(s, act.actor, act.role, datasets) if not done.already]
        return WriteResult(new[-1].batch_no if new else None, sum(done.entries for done in new), {"datasets": len(new)})

    def edition_effect(self, dataset: str, edition: str | None = None, *, period: str | None = None) -> Effect:
        """What a dataset would change, published or only shipped, by figure and factor; nothing is written."""
        from ledger.editions import effect_of_dataset

        return effect_of_dataset(self, dataset, edition, period)

    def import_factors(
        self,
        file: Path | str,
        kind: str | None = None,
        *,
        edition: str | None = None,
        check: bool = False,
        erratum: str | None = None,
    ) -> ImportResult:
        """Record a publisher's own file of factors; ``check`` writes nothing and says what it would change."""
        from ledger.importing import imported

        return imported(self, Path(file), kind=kind, edition=edition, check=check, erratum=erratum)

    def datasets_used(
        self, period: str, *, view: str | None = None, at: int | None = None
    ) -> tuple[DatasetUse, ...]:
        """The datasets that a period's figures rest on, with licence, attribution, postings and kg."""
        from ledger.inventory.used import datasets_used
        from ledger.store import session

        with session(self.path) as s:
            return datasets_used(s, self._period(s, period), self._view(s, view), at)

    def withdraw_dataset(self, dataset: str, *, reason: str, restore: bool = False) -> WriteResult:
        """Take a dataset out of use (or back): readable as ever, it does not win; next comes :meth:`calculate`."""
        from ledger.editions import withdrawn

        return withdrawn(self, dataset, reason, restore=restore)

    def add_person(self, name: str, role: str = "preparer") -> WriteResult:
        """Take someone in who may act on this ledger, or give them another role."""
        from ledger.people import keep_name, record_person
        from ledger.store import append, session

        with session(self.path, "write") as s:
            done = append(s, self._act(s, "person"), lambda writing: record_person(writing, name, role))
            keep_name(self.path, name)
        return WriteResult(done.batch_no, done.entries, {"people": 1})

    def people(self) -> list[dict[str, str]]:
        """Everyone who may act, with their roles."""
        from ledger.people import people_of
        from ledger.store import session

        with session(self.path) as s:
            return people_of(s)

    def policy(self) -> Policy:
        """The policies in force."""
        from ledger.calculation.policy import policy
        from ledger.store import session

        with session(self.path) as s:
            return policy(s)

    def settings(self) -> tuple[SettingValue, ...]:
        """Every value that every policy has had: since when, who set it and why; those in force are marked."""
        from ledger.settling import setting_history

        return setting_history(self)

    def set_setting(self, name: str, value: str, *, reason: str, since: str | None = None) -> WriteResult:
        """Record a policy, from a day on (`2026-01-01`) where it can be dated; a reviewer or admin does."""
        from datetime import date

        from ledger.settling import recorded_setting

        try:
            day = None if since is None else date.fromisoformat(since)
        except ValueError:
            raise Misuse(f"'{since}' is not a day", "write it as YYYY-MM-DD, like 2026-01-01") from None
        return recorded_setting(self, name, value, day, reason)

    # -- the base year ------------------------------------------------------------------------------

    def base_year(self, *, view: str | None = None, at: int | None = None) -> BaseYear:
        """The base year and the years since, as first stated and on the current basis, with policy and decisions."""
        from ledger.inventory.base_year import base_year
        from ledger.store import session

        with session(self.path) as s:
            return base_year(s, self._view(s, view), at)

    def base_year_candidates(self, *, view: str | None = None) -> tuple[Candidate, ...]:
        """What changed since the base year was closed, with effects and running sums; some ask for a decision."""
        from ledger.inventory.recalculation_candidates import base_year_candidates
        from ledger.store import session

        with session(self.path) as s:
            return base_year_candidates(s, self._view(s, view))

    def decide_base_year(self, candidate: str, decision: str, *, reason: str, view: str | None = None) -> Decided:
        """Recalculate the base year for a candidate (its periods are restated), or decline it, with a reason."""
        from ledger.deciding import decided

        return decided(self, candidate, decision, reason, view)

    # -- shared -------------------------------------------------------------------------------------

    def _period(self, s: Session, text: str) -> Period:
        from ledger.calculation.policy import policy
        from ledger.inventory import period

        return period(text, policy(s).fiscal_month)

    def _view(self, s: Session, view: str | None) -> str:
        from ledger.calculation.policy import policy

        return view or policy(s).consolidation

    def _act(self, s: Session, kind: str, *, key: str | None = None, reason: str | None = None, **source: Any) -> Any:
        """The header of an act by this person. Raises Misuse for a person the ledger does not know."""
        from ledger.people import person_id, role_of
        from ledger.store import Act

        role = role_of(s, self.actor)
        act_key = key or hashlib.sha256(uuid.uuid4().bytes).hexdigest()
        return Act(kind=kind, actor=person_id(self.actor), role=role, idempotency_key=act_key, reason=reason, **source)

"""What figures rest on: factors, settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.tabular import Record, Rows

if TYPE_CHECKING:
    from ledger.book.acts.importing import ImportResult
    from ledger.book.acts.settling import SettingValue
    from ledger.calculation.policy import Policy
    from ledger.inventory.data_quality.editions import ComparedFactor
    from ledger.inventory.data_quality.used import DatasetUse, FactorUse
    from ledger.inventory.periods.effect import Effect


class Grounds(Book):
    """What figures rest on: factors, settings."""

    __slots__ = ()

    def factors(self, words: str = "", *, limit: int = 50) -> Rows[dict[str, Any]]:
        """The factors of this ledger whose id, activity type, dataset or place has every one of the words.

        ``limit`` is how many at most. Factors in kg per unit, as published.
        """
        from ledger.factors.search import found_factors
        from ledger.store import session

        with session(self.path) as s:
            return Rows(found_factors(s, words, limit), about="Factors")

    def factor(self, factor_id: str) -> Record:
        """One factor with every column that it fills, its dataset's source and its species.

        Factors in kg per unit. Raises Misuse for a ``factor_id`` that is not there.
        """
        from ledger.factors.search import factor_record
        from ledger.store import session

        with session(self.path) as s:
            return Record(factor_record(s, factor_id))

    def datasets(self) -> Rows[dict[str, Any]]:
        """The datasets published to this ledger, with the number of their factors."""
        from ledger.factors.search import published_datasets
        from ledger.store import session

        with session(self.path) as s:
            return Rows(published_datasets(s), about="Datasets")

    def dataset(self, name: str) -> Record:
        """The record of a dataset, its batches, and its state: in use, withdrawn, or available (only shipped).

        Raises Misuse for a ``name`` that is neither published nor shipped.
        """
        from ledger.book.acts.editions import dataset_with_state
        from ledger.store import session

        with session(self.path) as s:
            return Record(dataset_with_state(s, name))

    def available_datasets(self) -> Rows[dict[str, Any]]:
        """The shipped datasets that this ledger does not have."""
        from ledger.factors.search import available_datasets
        from ledger.store import session

        with session(self.path) as s:
            return Rows(available_datasets(s), about="Datasets available")

    def compare_editions(self, new: str, old: str) -> Rows[ComparedFactor]:
        """The factors of two datasets, published or shipped, with old and new kg per unit; equal ones are left out.

        ``new`` and ``old`` are datasets; kg CO2e per unit.
        """
        from ledger.book.acts.editions import editions_beside
        from ledger.inventory.data_quality.editions import ComparedFactor
        from ledger.store import session

        with session(self.path) as s:
            return Rows(editions_beside(s, new, old), ComparedFactor)

    def factor_use(
        self, factor_id: str, period: str, *, view: str | None = None, at: int | None = None
    ) -> Rows[FactorUse]:
        """Where a factor is used in a period: facility, activity and line, with postings and kg; the largest first.

        ``factor_id`` as :meth:`factors` tells it; amounts in kg CO2e.
        """
        from ledger.inventory.data_quality.used import FactorUse, factor_use
        from ledger.store import session

        with session(self.path) as s:
            return Rows(factor_use(s, factor_id, self._period(s, period), self._view(s, view), at), FactorUse)

    def publish_factors(self, datasets: Sequence[str] = ()) -> WriteResult:
        """Publish the shipped datasets that this ledger does not have yet, or of them only the named."""
        from ledger.factors.publish import publish_shipped
        from ledger.store import session

        with session(self.path, "write") as s:
            act = self._act(s, "factor_set")
            new = [done for done in publish_shipped(s, act.actor, act.role, datasets) if not done.already]
        return WriteResult(new[-1].batch_no if new else None, sum(done.entries for done in new), {"datasets": len(new)})

    def edition_effect(self, dataset: str, edition: str | None = None, *, period: str | None = None) -> Effect:
        """What a dataset would change, published or only shipped, by figure and factor; nothing is written.

        ``edition`` is one of several of the dataset. Amounts in kg CO2e.
        """
        from ledger.book.acts.editions import effect_of_dataset

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
        """Record a publisher's own file of factors; ``check`` writes nothing and says what it would change.

        ``kind`` is the publisher's form, recognised by its headers where None; ``edition`` the year where the file
        does not say it; ``erratum`` the reason where it corrects one that is held. Raises Misuse for a file of no
        known form.
        """
        from ledger.book.acts.importing import imported

        return imported(self, Path(file), kind=kind, edition=edition, check=check, erratum=erratum)

    def datasets_used(self, period: str, *, view: str | None = None, at: int | None = None) -> Rows[DatasetUse]:
        """The datasets that a period's figures rest on, with licence, attribution, postings and kg.

        Amounts in kg CO2e.
        """
        from ledger.inventory.data_quality.used import DatasetUse, datasets_used
        from ledger.store import session

        with session(self.path) as s:
            return Rows(datasets_used(s, self._period(s, period), self._view(s, view), at), DatasetUse)

    def withdraw_dataset(self, dataset: str, *, reason: str, restore: bool = False) -> WriteResult:
        """Take a dataset out of use (or back): readable as ever, it does not win; next comes :meth:`calculate`.

        ``restore`` puts it back. Raises Misuse where it is in that state already.
        """
        from ledger.book.acts.editions import withdrawn

        return withdrawn(self, dataset, reason, restore=restore)

    def policy(self) -> Policy:
        """The policies in force."""
        from ledger.calculation.policy import policy
        from ledger.store import session

        with session(self.path) as s:
            return policy(s)

    def settings(self) -> Rows[SettingValue]:
        """Every value that every policy has had: since when, who set it and why; those in force are marked."""
        from ledger.book.acts.settling import SettingValue, setting_history

        return Rows(setting_history(self), SettingValue)

    def set_setting(self, name: str, value: str, *, reason: str, since: str | None = None) -> WriteResult:
        """Record a policy, from a day on (`2026-01-01`) where it can be dated; a reviewer or admin does.

        ``name`` and ``value`` as :meth:`settings` tells them; ``since`` is that day. Raises Misuse for another name,
        value or day, and without a reason.
        """
        from datetime import date

        from ledger.book.acts.settling import recorded_setting

        try:
            day = None if since is None else date.fromisoformat(since)
        except ValueError:
            raise Misuse(f"'{since}' is not a day", "write it as YYYY-MM-DD, like 2026-01-01") from None
        return recorded_setting(self, name, value, day, reason)

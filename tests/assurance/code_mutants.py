"""Mutants of our own code: a sign, a unit, a method, an order, a rounding turned, and the tests that must then fail.

``python tests/assurance/code_mutants.py [FILE …]`` (``make mutants``) works on a copy of the checkout, one mutant
after the other, and exits 1 where one survives: then a test is missing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
COPIED = ("ledger", "schemas", "data", "reports", "tests", "docs", "benchmarks", "pyproject.toml", "README.md")
FAILED, PASSED = 1, 0


class Mutant(NamedTuple):
    """A file, the words that are replaced in it (once), the words instead, and the tests that must notice."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]


AMOUNTS = ("tests/calculation/test_amounts.py",)
CANONICAL = ("tests/store/test_canonical.py", "tests/store/test_tree.py")
TREE = ("tests/store/test_tree.py", "tests/store/test_digests.py")
LARGE = ("tests/store/test_verify_trees.py",)
CHECKPOINT = ("tests/store/test_checkpoint.py",)
DAYS = ("tests/inventory/test_boundary_days.py", "tests/inventory/test_boundary.py")
VIEW = ("tests/calculation/test_posting_view.py",)
ALLOCATION = ("tests/calculation/test_allocation.py",)
CASES = ("tests/cases/test_cases.py",)
MEANING = ("tests/assurance/test_meaning.py", "tests/assurance/test_tampering.py")
PACK = ("tests/assurance/test_pack_mutants.py",)
PERIOD = ("tests/inventory/test_period.py",)
AI = ("tests/ai/test_energy.py", "tests/ai/test_embodied.py", "tests/ai/test_metrics.py", "tests/ai/test_sci.py")
AI_FORMS = ("tests/ai/test_exports.py",)
ESTIMATE = ("tests/ai/test_estimate.py",)
RULES = ("tests/ai/tradeoff/test_rules.py",)
TRADEOFF = ("tests/ai/tradeoff/test_ranking.py", "tests/ai/tradeoff/test_speeds.py")
ENQUIRY = ("tests/calculation/test_enquiry.py",)

QUICK = (
    Mutant("ledger/calculation/amounts.py", "2 * rest >= scaled", "2 * rest > scaled", AMOUNTS),
    Mutant("ledger/calculation/amounts.py", "_gwp(ledger, species, origin) - _gwp(publisher, species, origin)",
           "_gwp(ledger, species, origin) + _gwp(publisher, species, origin)", AMOUNTS),
    Mutant("ledger/calculation/amounts.py", "= total - explained", "= explained - total", AMOUNTS),
    Mutant("ledger/inventory/period.py", "_months_on(month, 1)", "_months_on(month, 2)", PERIOD),
)  # fmt: skip
"""Those that the tests themselves try."""

MUTANTS = (
    *QUICK,
    Mutant("ledger/calculation/amounts.py", 'value_as == "kg_co2e" else', 'value_as != "kg_co2e" else', AMOUNTS),
    Mutant("ledger/calculation/amounts.py", 'if group in ("hfcs", "pfcs"):', 'if group in ("hfcs",):', AMOUNTS),
    Mutant("ledger/store/canonical.py", 'b"\\x01" + left + right', 'b"\\x01" + right + left', CANONICAL),
    Mutant("ledger/store/canonical.py", 'sha256(b"\\x00" + text', 'sha256(b"\\x01" + text', CANONICAL),
    Mutant("ledger/store/canonical.py", "len(level) - 1, 2", "len(level), 2", CANONICAL),
    Mutant("ledger/store/canonical.py", "len(text.encode())", "len(text)", CANONICAL),
    Mutant("ledger/store/canonical.py", "strlen({text}::varchar), ':'", "length({text}::varchar), ':'", CANONICAL),
    Mutant("ledger/store/tree.py", "range(first, first + count)", "range(first, first + count + 1)", TREE),
    Mutant("ledger/store/tree.py", "is_between(first, first + count - 1)", "is_between(first, first + count)", TREE),
    Mutant("ledger/store/tree.py", "entry_count - start + 1)", "entry_count - start)", TREE),
    Mutant("ledger/store/tree.py", "self._texts[table].rows != rows", "self._texts[table].rows == -1", TREE),
    Mutant("ledger/store/tree.py", "in self._texts.values()) == entry_count", "in self._texts.values()) > 0", TREE),
    Mutant("ledger/store/tree.py", "not holds", "holds", TREE),
    Mutant("ledger/store/digests.py", 'pl.lit(b"\\x01") + pl.col("pair")', 'pl.col("pair") + pl.lit(b"\\x01")', TREE),
    Mutant("ledger/store/digests.py", "+ level[count * 2 * SIZE :]", '+ b""', TREE),
    Mutant("ledger/store/digests.py", "for place in (0, -1)", "for place in (0,)", TREE),
    Mutant("ledger/store/checkpoint.py", "+ public_key).digest()[:4]", "+ public_key).digest()[:5]",
           CHECKPOINT),
    Mutant("ledger/calculation/slices.sql", "- greatest(period_start, month) + 1", "- greatest(period_start, month)",
           CASES),
    Mutant("ledger/calculation/slices.sql", "* days_in + days_of)", "* days_in)", CASES),
    Mutant("ledger/calculation/winner.sql", "when d.age > 3 or d.equals > 1 then null", "when d.age > 3 then null",
           CASES),
    Mutant("ledger/calculation/winner.sql", "d.direction <> 'consumed' and (d", "d.direction = 'x' and (d", CASES),
    Mutant("ledger/calculation/resolved_key.sql", "coalesce(r.country, a.country)", "coalesce(a.country, r.country)",
           CASES),
    Mutant("ledger/calculation/choice.sql", "line = 'energy' and method = 'market'", "line = 'energy'", CASES),
    Mutant("ledger/calculation/cover.sql", "available >= total then wanted", "available > 0 then wanted", ALLOCATION),
    Mutant("ledger/calculation/cover.sql", "order by l.instrument_id", "order by l.instrument_id desc", ALLOCATION),
    Mutant("ledger/calculation/reversal.py", "-quantity as quantity", "quantity as quantity", ALLOCATION + CASES),
    Mutant("ledger/calculation/reversal.py", "-c.quantity as quantity", "c.quantity as quantity", ALLOCATION + CASES),
    Mutant("ledger/inventory/boundaries/boundary.py", "(day_shares / days)", "(day_shares / (days + 1))", DAYS),
    Mutant(
        "ledger/inventory/boundaries/boundary.py", "max(span.start, first)).days + 1", "max(span.start, first)).days",
        DAYS,
    ),
    Mutant("ledger/inventory/boundaries/boundary.py", "share if inside else _NOTHING", "share", DAYS),
    Mutant("ledger/inventory/compile.py", "scope = '2' and method = 'location'\",", "scope = '2'\",", VIEW + CASES),
    Mutant("ledger/inventory/posted.sql", "c.method = 'market' and c.line", "c.method = 'location' and c.line",
           VIEW + CASES),
    Mutant("ledger/assurance/checks/rows.py", "r.quantity <> -t.quantity", "r.quantity <> t.quantity", MEANING),
    Mutant("ledger/assurance/checks/leaves.py",
           'b"\\x01" + combined(roots[:split])', 'b"\\x01" + combined(roots[split:])', MEANING),
    Mutant("ledger/assurance/checks/leaves.py", "left.head(right.len()) + right", "right + left.head(right.len())",
           LARGE),
    Mutant("ledger/assurance/checks/leaves.py", "[-SIZE:] if count % 2", "[-SIZE:] if not count % 2", LARGE),
    Mutant("ledger/assurance/checks/leaves.py", "if column not in held.empty]", "if column in held.filled]",
           LARGE),
    Mutant("ledger/assurance/verify_pack.py", "ROUND_HALF_UP)", "'ROUND_DOWN')", PACK),
    Mutant("ledger/assurance/verify_pack.py", "or len(odd) > 1", "and len(odd) > 1", PACK),
    Mutant("ledger/assurance/verify_pack.py", "0 - signed", "0 + signed", PACK),
    Mutant("ledger/assurance/verify_pack.py", 'choice["batch"] <= (late', 'choice["batch"] < (late', PACK),
    Mutant("ledger/assurance/verify_pack.py", "digest()[:4] == raw[:4]", "digest()[:4] != raw[:4]", PACK),
    Mutant("ledger/ai/energy.py", "power * time * used * many", "power * time * many", AI),
    Mutant("ledger/ai/energy.py", "WATTS = Decimal(1000)", "WATTS = Decimal(100)", AI),
    Mutant("ledger/ai/energy.py", 'BELOW_OVERHEAD = ("chip", "it")', 'BELOW_OVERHEAD = ("chip", "it", "wall")', AI),
    Mutant("ledger/ai/energy.py", "if pue_inside or level", "if level", AI),
    Mutant("ledger/ai/energy.py", "if value.low < 1:", "if value.high < 1:", AI),
    Mutant("ledger/ai/energy.py", "work / (peak * used", "work / (peak", AI),
    Mutant("ledger/ai/interval.py", "self.low, other.high), QUOTIENT", "self.low, other.low), QUOTIENT", AI),
    Mutant("ledger/ai/tradeoff/options.py", "self.it_kwh * interval(self.site.wue)",
           "self.kwh * interval(self.site.wue)", TRADEOFF),
    Mutant("ledger/ai/tradeoff/options.py", "machine.hours / interval", "machine.hours * interval", TRADEOFF),
    Mutant("ledger/ai/tradeoff/options.py", "kw, option.site.pue)", "kw, Decimal(1))", TRADEOFF),
    Mutant("ledger/ai/tradeoff/options.py", "if option.counts_embodied:", "if not option.counts_embodied:", TRADEOFF),
    Mutant("ledger/ai/tradeoff/options.py", "if self.counts_embodied and made", "if made", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "b.machine:\n        return [(corner, corner) for corner in own",
           "b:\n        return [(corner, corner) for corner in own", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "sum(low > 0 for low", "sum(low >= 0 for low", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "sum(high > 0 for _", "sum(low > 0 for low", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "and any(high < 0 for", "and any(high <= 0 for", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "if cost * carbon <= 0:", "if cost * carbon == 0:", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "        if carbon < 0:\n", "        if carbon > 0:\n", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "min(prices) if len(costs) == 1 else Decimal(0)", "min(prices)", TRADEOFF),
    Mutant("ledger/ai/tradeoff/ranking.py", "max(prices) if len(emissions) == 1 else None", "max(prices)", TRADEOFF),
    Mutant("ledger/ai/tradeoff/speeds.py", "base * time / of_reference", "base * of_reference / time", TRADEOFF),
    Mutant("ledger/ai/tradeoff/speeds.py", "found.method in (PEAK, NONE)", "found.method == NONE", TRADEOFF),
    Mutant("ledger/ai/tradeoff/scores.py", "kg / interval(price.per_hour)", "kg * interval(price.per_hour)", RULES),
    Mutant("ledger/ai/tradeoff/scores.py", "interval(peak * TERA * SECONDS)", "interval(peak * TERA)", RULES),
    Mutant("ledger/ai/tradeoff/scores.py", "machine.it_kw * interval(option.site.pue)", "machine.it_kw", RULES),
    Mutant("ledger/ai/tradeoff/rules.py", "if value.high <= limit:", "if value.low <= limit:", RULES),
    Mutant("ledger/ai/tradeoff/rules.py", "if value.high <= limit:", "if value.high < limit:", RULES),
    Mutant("ledger/ai/tradeoff/rules.py", "told.per_hour[basis]", 'told.per_hour["location"]', RULES),
    Mutant("ledger/ai/tradeoff/rules.py", "if value is None:", "if value is None and limit < 0:", RULES),
    Mutant("ledger/ai/tradeoff/rules.py", "option.kwh if measured_kwh is None", "option.kwh if True", RULES),
    Mutant("ledger/ai/tradeoff/rules.py", "option.site.factors[basis].kg", 'option.site.factors["location"].kg', RULES),
    Mutant("ledger/ai/tradeoff/benchmarks.py", "if len(group) == len(parts)", "if group", TRADEOFF),
    Mutant("ledger/ai/embodied.py", "        return asset.embodied_kg_co2e\n", "        pass\n", AI),
    Mutant("ledger/ai/embodied.py", "first <= early <= last", "first <= last", AI),
    Mutant("ledger/ai/embodied.py", "- asset.bought).days + 1", "- asset.bought).days", AI),
    Mutant("ledger/ai/embodied.py", "HOURS_OF_YEAR) * busy)", "HOURS_OF_YEAR))", AI),
    Mutant("ledger/ai/worked.py", "if (self.kind, self.unit) != (other.kind, other.unit):",
           "if self.unit != other.unit:", AI),
    Mutant("ledger/ai/metrics.py", "min(use, free)", "free", AI),
    Mutant("ledger/ai/metrics.py", "water + times * grid", "water + grid", AI),
    Mutant("ledger/ai/sci.py", "whole = operational + embodied", "whole = operational", AI),
    Mutant("ledger/ai/sci.py", 'self.intensity_basis == "market"', 'self.intensity_basis == "x"', AI),
    Mutant("ledger/ai/sci.py", "_stages_checked(stages, CONSUMER_STAGES", "_stages_checked([], CONSUMER_STAGES", AI),
    Mutant("ledger/ai/estimate.py", "checked_pue(pue).low, Decimal(1)", "checked_pue(pue).low, Decimal(0)", ESTIMATE),
    Mutant("ledger/ai/estimate.py", "it = it + host.value", "pass", ESTIMATE),
    Mutant("ledger/calculation/known_factor.sql", "f.kind = 'average'", "true", ENQUIRY),
    Mutant("ledger/ai/model_runs.py", 'run.outcome != "completed" for', 'run.outcome == "completed" for', AI_FORMS),
    Mutant("ledger/ai/exports.py", "kwh / KWH_OF_MWH", "kwh", AI_FORMS),
)  # fmt: skip


_ENDLESS_S = 600
"""Seconds that the tests of a mutant never take, unless it made something endless."""


def survivors(mutants: Iterable[Mutant]) -> list[Mutant]:
    """The mutants that no test noticed, tried one after the other on a copy. Raises where one cannot be tried."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copied_to(Path(folder))
        return [mutant for mutant in mutants if _survives(mutant, Path(folder))]


def copied_to(folder: Path) -> None:
    """The checkout, as far as its tests need it, in a folder in which it can be changed."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")  # for what tests look for in it, as Spark


def _survives(mutant: Mutant, copy: Path) -> bool:
    file = copy / mutant.file
    text = file.read_text(encoding="utf-8")
    if mutant.old not in text:
        raise LookupError(f"{mutant.file} does not hold '{mutant.old}': the mutant is out of date")
    file.write_text(text.replace(mutant.old, mutant.new, 1), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutant.tests]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=_ENDLESS_S)
    except subprocess.TimeoutExpired:
        sys.stdout.write(f"noticed   {mutant.file}: {mutant.new} (its tests go on for ever)\n")
        return False
    finally:
        file.write_text(text, encoding="utf-8")
    if done.returncode not in (PASSED, FAILED):
        raise RuntimeError(f"{mutant.file}: the tests could not be run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    sys.stdout.write(f"{'SURVIVES' if done.returncode == PASSED else 'noticed '}  {mutant.file}: {mutant.new}\n")
    sys.stdout.flush()
    return done.returncode == PASSED


def main() -> int:
    """1 where a mutant survives; the files named on the command line only, or all."""
    chosen = [mutant for mutant in MUTANTS if not sys.argv[1:] or mutant.file in sys.argv[1:]]
    left = survivors(chosen)
    sys.stdout.write(f"{len(chosen)} mutants, {len(left)} survive\n")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Runs and readings as postings: scope by who runs the machines, energy by level, each kWh once by a stated order."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.store import session

RUN = (
    "run_id,model,stage,start_utc,end_utc,provider,region,country,facility_id,gpu,gpus,power_w,utilisation,energy_kwh,\
level,pue,project"
)
DAY = "2024-03-01T00:00:00Z,2024-03-02T00:00:00Z"
READING = (
    "source,subject,run_id,cluster,account,facility_id,country,provider,start_utc,end_utc,energy_kwh,part,level,method"
)
GB_2024 = Decimal("0.20705")
"""kg CO2e per kWh of the grid of Great Britain: DESNZ 2024, location-based."""
MARCH = "2024-03-01T00:00:00Z,2024-04-01T00:00:00Z"


@pytest.fixture
def give(ledger: Ledger, tmp_path: Path):
    """Upload rows under a header."""
    files = iter(range(100))

    def giving(header: str, *rows: str, **options):
        file = tmp_path / f"given{next(files)}.csv"
        file.write_text("\n".join([header.replace(",part,", ",component,"), *rows]) + "\n", encoding="utf-8")
        return ledger.upload(file, **options)

    return giving


@pytest.fixture
def held(ledger: Ledger):
    """Rows of a query over the ledger."""

    def asking(query: str) -> list[tuple]:
        with session(ledger.path) as s:
            return s.rows(query)

    return asking


STANDING = """
select regexp_replace(external_id, '^ai:(run:([^/]*).*)?', '\\2') as name, sum(quantity)::decimal(18,6)
from activity where external_id like 'ai:%' group by 1 having sum(quantity) <> 0 order by 1
"""
FATES = """
select record_table, decision, reason_code, count(*) from (
    select * from ai_decision qualify row_number() over (
        partition by record_table, record_batch, record_seq order by batch_no desc, seq desc) = 1)
group by all order by all
"""


def kwh(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


def test_energy_that_machines_cannot_draw_is_told(give):
    """8 × 700 W over a day are 134.4 kWh: 1,344 pass, 1,345 are told with both numbers; so is Wh read as kWh."""
    kwh = {"ok": 1344, "no": 1345, "wh": 100_000}
    rows = [f"{run},llm,training,{DAY},,,,LON,H100 SXM5,8,,,{energy},it,1," for run, energy in kwh.items()]
    told = [found for found in give(RUN, *rows).findings if found.code == "energy-above-machines"]
    assert [(found.line, found.value, found.severity) for found in told] == [(3, "no", "warning"), (4, "wh", "warning")]
    assert "1345 kWh, more than ten times the 134.4 kWh" in told[0].message


def test_scope_follows_who_runs_the_machines(ledger, give, held):
    """Own facility: Scope 2 by both methods with category 3; a provider: category 1, sub-line 1.1; each says why."""
    done = give(
        RUN,
        f"own,llm,training,{DAY},,,,LON,A100,8,,,100,it,1.5,alpha",
        f"cloud,llm,tuning,{DAY},aws,eu-west-2,,,A100,8,,,100,it,1.2,alpha",
    )
    assert done.status == "accepted", done.findings
    lines = held(
        "select d.run_id, c.scope, c.method, c.line, c.scope3_category, c.sub_line, p.quantity from posting p "
        "join choice c on c.batch_no = p.choice_batch and c.seq = p.choice_seq join activity_detail d "
        "on d.activity_batch = p.activity_batch and d.activity_seq = p.activity_seq order by all"
    )
    own = [line[1:6] for line in lines if line[0] == "own"]
    assert own == [
        ("2", "location", "energy", None, None), ("2", "market", "energy", None, None),
        ("3", "single", "electricity_upstream", 3, None), ("3", "single", "td_loss", 3, None),
        ("3", "single", "td_upstream", 3, None),
    ]  # fmt: skip
    cloud = [line[1:6] for line in lines if line[0] == "cloud"]
    assert cloud == [
        ("3", "single", name, 1, "1.1") for name in ("electricity_upstream", "energy", "td_loss", "td_upstream")
    ]
    assert {line[6] for line in lines} == {Decimal(150), Decimal(120)}
    notes = dict(held("select run_id, note from activity_detail where run_id is not null"))
    assert "our" not in notes["cloud"]
    assert "Scope 3 category 1, sub-line 1.1" in notes["cloud"]
    assert "purchased electricity of LON" in notes["own"]
    assert ledger.verify().ok


def test_overhead_is_added_once_and_only_below_it(give, held):
    """PUE on chip and IT energy alone; wall and facility readings hold it; an unknown one is not applied."""
    give(
        RUN,
        f"a-chip,m,eval,{DAY},,,GB,,,,,,10,chip,1.3,", f"b-it,m,eval,{DAY},,,GB,,,,,,10,it,1.3,",
        f"c-wall,m,eval,{DAY},,,GB,,,,,,10,wall,1.3,", f"d-site,m,eval,{DAY},,,GB,,,,,,10,facility,1.3,",
        f"e-unknown,m,eval,{DAY},,,GB,,,,,,10,it,,",
    )  # fmt: skip
    assert [row[1] for row in held(STANDING)] == kwh("13", "13", "10", "10", "10")


def test_an_estimate_is_power_times_time(give, held):
    """Measured power as it is, rated power times utilisation; eight machines for a day; PUE once; marked estimated."""
    done = give(
        RUN,
        f"measured,m,eval,{DAY},,,GB,,A100,8,300,0.5,,,,",
        f"rated,m,eval,{DAY},,,GB,,a100-sxm4-80gb,8,,0.5,,,1.25,",
    )
    assert done.status == "accepted", done.findings
    assert held(STANDING) == [("measured", Decimal("57.6")), ("rated", Decimal(48))]  # 0.3*8*24; 0.4*8*24*0.5*1.25
    assert held("select distinct data_basis, kind from activity where external_id like 'ai:%'") == [
        ("estimated", "derived")
    ]
    terms = held("select name, value from activity_parameter where activity_seq = 2 order by 1")
    assert terms == [
        ("hours", 24),
        ("power_kw", Decimal("3.2")),
        ("pue", Decimal("1.25")),
        ("utilisation", Decimal("0.5")),
    ]


def test_amounts_of_large_runs_are_exact(ledger, give, held):
    """A gigawatt-hour read with every decimal, ten thousand machines for a month, and a meter above them."""
    give(
        RUN,
        f"read,m,pre_training,{MARCH},,,GB,,,,,,1287000.123457,it,1.1,",
        f"rated,m,pre_training,{MARCH},,,GB,,a100-sxm4-80gb,10000,,0.87,,,1.1,",
    )
    assert held(STANDING) == [("rated", Decimal(2848032)), ("read", Decimal("1415700.135803"))]
    give(READING, f"codecarbon,h,big,C9,,,GB,,{MARCH},1287000.5,total,it,integrated_power",
         f"meter,pdu,,C9,,,GB,,{MARCH},2000000.000001,facility,facility,counter")  # fmt: skip
    assert held(STANDING)[:2] == [("big", Decimal("1287000.5")), ("cluster:C9/2024-03", Decimal("712999.500001"))]
    assert ledger.verify().ok


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        (f"r,m,eval,{DAY},aws,us-esat-1,,,A100,1,,,5,it,,", "region-unknown", "us-east-1"),
        (f"r,m,eval,{DAY},aws,us-east-1,,,A100,8,,,,,,", "hardware-not-told", "a100"),
        (f"r,m,eval,{DAY},aws,us-east-1,,,H999,8,,,,,,", "hardware-not-told", "ghg ai hardware"),
    ],
)
def test_no_place_and_no_machine_is_guessed(give, held, row, code, words):
    """An unknown region or part is refused with what may be meant, and nothing is written."""
    done = give(RUN, row)
    found = next(finding for finding in done.findings if finding.severity == "error")
    assert (done.status, found.code, found.line) == ("refused", code, 2)
    assert words in found.message + found.fix
    assert held("select count(*) from ai_run") == [(0,)]


def test_one_cluster_month_seen_four_times(ledger, give, held):
    """CodeCarbon, DCGM, Kepler and the provider see one month: one posting, three pieces of evidence with their why."""
    place = "C1,,,GB,aws"
    done = give(
        READING,
        f"codecarbon,host-1,,{place},{MARCH},900,total,it,integrated_power",
        f"dcgm,GPU-1,,{place},{MARCH},400,gpu,chip,counter", f"dcgm,GPU-2,,{place},{MARCH},420,gpu,chip,counter",
        f"kepler,node-1,,{place},{MARCH},950,node,it,counter",
        f"provider,project-1,,{place},{MARCH},1100,facility,facility,model",
    )  # fmt: skip
    assert done.status == "accepted", done.findings
    assert held(STANDING) == [("cluster:C1/2024-03", Decimal(1100))]
    assert held(FATES) == [
        ("measurement", "evidence", "superseded", 4),
        ("measurement", "posted", "counts", 1),
    ]
    reasons = held("select distinct reason from ai_decision where decision = 'evidence'")
    why = "the provider measures its machines and knows their overhead; the customer cannot measure more"
    assert reasons == [(f"provider comes first in the order of precedence: {why}",)]
    assert ledger.verify().ok
    assert (
        give(READING, f"codecarbon,host-1,,{place},{MARCH},900,total,it,integrated_power").status == "already_recorded"
    )


def test_a_better_source_that_comes_later_takes_the_place(ledger, give, held):
    """What CodeCarbon had posted is reversed in the batch that brings the counter; the book holds one of them."""
    give(READING, f"codecarbon,host-1,,C1,,LON,,,{MARCH},900,total,it,integrated_power")
    done = give(READING, f"kepler,node-1,,C1,,LON,,,{MARCH},950,node,it,counter")
    assert held(STANDING) == [("cluster:C1/2024-03", Decimal(950))]
    assert held(f"select quantity from activity where batch_no = {done.batch} order by seq") == [(-900,), (950,)]
    assert ledger.verify().ok
    size = ledger.checkpoint().size
    give(RUN, f"r,m,eval,{DAY},,,GB,,,,,,10,wall,,")
    assert held(f"select count(*) from activity where batch_no = {size + 1}") == [(1,)], "what stands is left alone"


def test_parts_and_rest_come_to_the_meter(ledger, give, held):
    """Runs are posted as parts of their cluster's meter, what is left as the rest, and the sum is the meter."""
    give(RUN, f"r1,llm,training,{DAY},,,,LON,,,,,,,,", f"r2,llm,tuning,{DAY},,,,LON,,,,,,,,")
    give(
        READING,
        f"codecarbon,h,r1,C1,,LON,,,{DAY},200.5,total,it,integrated_power",
        f"codecarbon,h2,r2,C1,,LON,,,{DAY},100,total,it,integrated_power",
        f"meter,pdu-1,,C1,,LON,,,{MARCH},1000.000001,facility,facility,counter",
    )
    assert held(STANDING) == [
        ("cluster:C1/2024-03", Decimal("699.500001")), ("r1", Decimal("200.5")), ("r2", Decimal(100)),
    ]  # fmt: skip
    assert ledger.verify().ok
    tagged = {row["tag:model"]: row["scope_2_location"] for row in ledger.breakdown("2024-03", "tag:model")}
    assert tagged["llm"] / tagged[None] == pytest.approx(Decimal("300.5") / Decimal("699.500001"))


def test_parts_never_exceed_their_meter(ledger, give, held):
    """Runs above the meter are kept as evidence; the meter counts alone, and the finding has both amounts."""
    done = give(
        READING,
        f"codecarbon,h,r1,C1,,LON,,,{DAY},1200,total,it,integrated_power",
        f"meter,pdu-1,,C1,,LON,,,{MARCH},1000,facility,facility,counter",
    )
    assert held(STANDING) == [("cluster:C1/2024-03", Decimal(1000))]
    found = next(finding for finding in done.findings if finding.code == "parts-exceed-meter")
    assert "1200 kWh of runs are more than the 1000 kWh" in found.message
    assert ("measurement", "evidence", "parts_exceed_meter", 1) in held(FATES)
    assert ledger.verify().ok


BILL = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis"


def test_a_bill_holds_the_runs_of_its_facility(ledger, give, held):
    """Before or after the bill the runs are a breakdown of it, and nothing is posted twice."""
    give(RUN, f"r1,llm,training,{DAY},,,,LON,,,,,50,it,1.2,alpha")
    assert held(STANDING) == [("r1", Decimal(60))]
    bill = give(BILL, "LON,electricity_purchased,5000,kWh,2024-03-01,2024-03-31,measured")
    assert held(STANDING) == []
    give(RUN, f"r2,llm,training,{DAY},,,,LON,,,,,10,it,,alpha")
    assert held(STANDING) == []
    assert held(FATES) == [("ai_run", "breakdown", "bill_in_book", 2)]
    told = held("select distinct reason from ai_decision where decision = 'breakdown'")
    assert [text.split(": ")[1] for (text,) in told] == [f"B{bill.batch}-2"]
    assert held("select sum(quantity) from activity where activity_type = 'electricity_purchased'") == [(5000,)]
    assert ledger.verify().ok
    ledger.reverse(f"B{bill.batch}-2", reason="duplicate")
    assert held(STANDING) == [("r1", Decimal(60)), ("r2", Decimal(10))], "what the bill held counts again"
    assert held(FATES) == [("ai_run", "posted", "counts", 2)]
    assert ledger.verify().ok
    ledger.reverse(f"B{ledger.checkpoint().size}-2", reason="not ours")
    assert [name for name, _ in held(STANDING)] == ["r2"], "what a person takes back stays so"


def test_a_trace_leads_to_the_run_and_its_line(ledger, give, held):
    """From the activity to the run with its file and line, and from the run to what became of it."""
    done = give(RUN, f"r1,llm,training,{DAY},,,,LON,,,,,50,it,1.2,alpha")
    facts = ledger.trace(f"B{done.batch}-1").facts
    ((seq,),) = held("select seq from ai_run")
    assert facts["records"] == [f"B{done.batch}-{seq} (ai_run r1: given0.csv, line 2)"]
    run = ledger.trace(f"B{done.batch}-{seq}").facts
    assert (run["decision"], run["counted_kwh"], run["activity"]) == ("posted", "60", f"B{done.batch}-1")


@pytest.mark.thorough
def test_a_replaced_run_moves_its_posting(ledger, give, held):
    """The earlier posting is reversed, the new one stands; a withdrawn run has none."""
    give(RUN, f"r1,llm,training,{DAY},,,,LON,,,,,50,it,1.2,alpha")
    give(RUN, f"r1,llm,training,{DAY},,,,LON,,,,,60,it,1.2,alpha", replace=True, reason="read anew")
    assert held(STANDING) == [("r1", Decimal(72))]
    give(f"{RUN},withdrawn", f"r1,llm,training,{DAY},,,,LON,,,,,60,it,1.2,alpha,yes")
    assert held(STANDING) == []
    assert ledger.verify().ok


LEASED = "run_id,model,stage,start_utc,end_utc,provider,region,country,facility_id,control,energy_kwh,level,pue"


def test_leased_machines_stand_where_they_are_controlled(ledger, give, held):
    """The lessor's are category 8, a provider's too; ours are Scope 2; at a facility its relation decides."""
    done = give(
        LEASED,
        f"a,m,tuning,{DAY},,,GB,,lessor,10,it,1.5",
        f"b,m,tuning,{DAY},aws,eu-west-2,,,lessor,20,facility,",
        f"c,m,tuning,{DAY},,,GB,,ours,40,wall,",
        f"d,m,tuning,{DAY},,,,LON,lessor,80,wall,",
    )
    assert done.status == "accepted", done.findings
    figures = ledger.inventory("2024-03")
    assert figures.scope_2_location == 120 * GB_2024
    assert figures.scope_3_categories[8] == 35 * GB_2024
    assert figures.scope_3_categories[1] is None
    told = held("select activity_type, note from activity a join activity_detail d on d.activity_batch = a.batch_no "
                "and d.activity_seq = a.seq order by a.quantity")  # fmt: skip
    assert [kind for kind, _ in told] == ["leased_in_electricity"] * 2 + ["electricity_purchased"] * 2
    assert told[0][1].startswith("leased machines that the lessor runs: not under our control, Scope 3 category 8")
    assert told[1][1].startswith("leased machines that aws runs")
    assert told[2][1].startswith("leased machines that we run: under our operational control, Scope 2")
    codes = {finding.code for finding in done.findings}
    assert "control-at-facility" in codes
    assert "computing-without-facility" not in codes, "it is known why the third has none"
    assert ledger.verify().ok


def test_a_lease_that_was_not_told_moves_the_posting(ledger, give, held):
    """The run again, with who controls the machines: the service of category 1 is reversed, category 8 stands."""
    give(LEASED, f"r,m,tuning,{DAY},aws,eu-west-2,,,,20,facility,")
    assert ledger.inventory("2024-03").scope_3_categories[1] > 0
    give(LEASED, f"r,m,tuning,{DAY},aws,eu-west-2,,,lessor,20,facility,", replace=True, reason="a lease of bare metal")
    figures = ledger.inventory("2024-03")
    assert figures.scope_3_categories[8] == 20 * GB_2024
    assert not figures.scope_3_categories[1]
    assert ledger.verify().ok


def test_what_names_no_place_is_told_and_not_quantified(give, ledger):
    """No grid is taken for granted: a warning says so, and the same reading with its country has emissions."""
    row = f"dcgm,GPU-1,,C1,,,,,{MARCH},100,gpu,chip,counter"
    done = give(READING, row)
    assert [found.code for found in done.findings if found.severity == "warning"] == ["computing-without-place"]
    assert ledger.inventory("2024-03").scope_2_location is None
    done = give(READING, row.replace(",C1,,,,,", ",C1,,,GB,,"), replace=True, reason="where it stands")
    assert "computing-without-facility" in [found.code for found in done.findings]
    assert ledger.inventory("2024-03").scope_2_location == 100 * GB_2024

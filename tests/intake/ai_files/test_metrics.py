"""Metrics of clusters: counters that begin anew, slices and zones that repeat, power over time, single scrapes."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest

from ledger.intake.ai_files.prometheus_text import samples as samples_of
from ledger.intake.faults import Faults

ENERGY, POWER = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "DCGM_FI_DEV_POWER_USAGE"
START = 1_775_001_600  # 2026-04-01T00:00:00Z
GPU = {"gpu": "0", "UUID": "GPU-a", "Hostname": "n1"}
JOULE_WH = Decimal(1) / 3600


def series(name: str, labels: dict, *values, step: int = 60, first: int = START) -> dict:
    """A series of a range query, a value a minute."""
    pairs = [[first + step * place, str(value)] for place, value in enumerate(values)]
    return {"metric": {"__name__": name, **labels}, "values": pairs}


def matrix(*made: dict) -> str:
    """The answer of a range query."""
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": list(made)}})


@pytest.fixture
def readings(read):
    """The readings of an answer."""

    def listed(text: str) -> pl.DataFrame:
        upload = read(text, name="m.json")
        assert not upload.has_errors, upload.findings[:3]
        return upload.frames["measurement"].sort("subject", "energy_part", "start_utc")

    return listed


def test_differences_of_a_counter(readings):
    """7.2e8 mJ from first to last sample are 200 Wh, of a GPU at chip level, from its first instant to its last."""
    row = readings(matrix(series(ENERGY, GPU, 1_000_000_000, 1_400_000_000, "1.72e9"))).row(0, named=True)
    assert row["energy_wh"] == Decimal(200)
    assert (row["source"], row["subject"]) == ("dcgm", "n1/GPU-a")
    assert (row["energy_part"], row["energy_level"]) == ("gpu", "chip")
    assert f"{row['start_utc']:%FT%T} {row['end_utc']:%T}" == "2026-04-01T00:00:00 00:02:00"
    assert (row["reading_method"], row["query"]) == ("counter", ENERGY)


def test_a_counter_that_begins_anew(readings, read, codes):
    """A fall is a reboot: what it shows then counts, what was lost is not made up; marks of no value are left."""
    text = matrix(series(ENERGY, GPU, 7_200_000_000, 7_236_000_000, 3_600_000, 7_200_000))
    assert readings(text)["energy_wh"].to_list() == [Decimal(12)]
    assert codes(read(text, name="m.json")) == ["counter-reset"]
    marked = matrix(series(ENERGY, GPU, 0, 9223372036854775794, "NaN", 3_600_000))
    assert readings(marked)["energy_wh"].to_list() == [Decimal(1)]
    assert codes(read(marked, name="m.json")) == ["samples-without-value"]


def test_slices_of_a_device_repeat_it(readings, read, codes):
    """Seven slices and two pods show the whole device's counter: it counts once; GPU 0 of another host is another."""
    slices = [series(ENERGY, {**GPU, "GPU_I_ID": str(n), "pod": f"p{n}"}, 0, 3_600_000 - n) for n in range(7)]
    text = matrix(*slices, series(ENERGY, {**GPU, "Hostname": "n2"}, 0, 7_200_000))
    assert readings(text).select("subject", "energy_wh").rows() == [("n1/GPU-a", Decimal(1)), ("n2/GPU-a", Decimal(2))]
    assert codes(read(text, name="m.json")) == ["metrics-slices"]


def test_a_reading_an_hour(readings):
    """Three hours of samples are three readings that meet and add up to the whole."""
    rows = readings(matrix(series(ENERGY, GPU, *(3_600_000 * n for n in range(181)))))
    assert rows["energy_wh"].to_list() == [Decimal(60)] * 3
    assert rows["end_utc"].to_list()[:2] == rows["start_utc"].to_list()[1:]


def test_power_over_time(readings, read, codes):
    """300 W then 500 W over an hour are 400 Wh by the trapezoid; a long gap carries nothing, and is told."""
    assert readings(matrix(series(POWER, GPU, 300, 500, step=3600)))["energy_wh"].to_list() == [Decimal(400)]
    gauge = series(POWER, GPU, *[360] * 11)
    gauge["values"] += series(POWER, GPU, *[360] * 11, first=START + 7200)["values"]
    rows = readings(matrix(gauge))
    assert rows["energy_wh"].to_list() == [Decimal(60), Decimal(60)]
    assert codes(read(matrix(gauge), name="m.json")) == ["power-gap"]
    both = matrix(series(ENERGY, GPU, 0, 3_600_000), series(POWER, GPU, 300, 500))
    assert readings(both)["query"].to_list() == [ENERGY]


def kepler(zone: str, *values, **labels) -> dict:
    """Joules of a node's zone."""
    own = {"zone": zone, "node_name": "n1", "path": f"/x/{zone}"} | labels
    return series("kepler_node_cpu_joules_total", own, *values)


def test_one_zone_a_node(readings, read, codes):
    """Package holds core; psys holds package: only package counts, of both sockets; pods are the same energy."""
    pod = {"pod_name": "p", "pod_namespace": "ns", "zone": "package"}
    text = matrix(
        kepler("package", 0, 3600, path="/0"), kepler("package", 0, 7200, path="/1"), kepler("core", 0, 1000),
        kepler("psys", 0, 99_999), kepler("dram", 0, 36), series("kepler_pod_cpu_joules_total", pod, 0, 9),
    )  # fmt: skip
    rows = readings(text)
    assert rows.select("subject", "energy_part", "energy_wh").rows() == [("n1", "cpu", Decimal(3))]
    assert sorted(codes(read(text, name="m.json"))) == ["metrics-same-energy", "metrics-zones"]


def test_pods_where_there_are_no_nodes(readings):
    """Running and terminated are two series of one pod and add up; before 0.10 dynamic and idle do."""
    pod = {"pod_name": "p", "pod_namespace": "ns", "pod_id": "u", "zone": "package"}
    rows = readings(matrix(series("kepler_pod_cpu_joules_total", {**pod, "state": "running"}, 0, 3600),
                           series("kepler_pod_cpu_joules_total", {**pod, "state": "terminated"}, 0, 1800)))  # fmt: skip
    assert rows.select("subject", "energy_wh").rows() == [("ns/p/u", Decimal("1.5"))]
    old = {"container_namespace": "ns", "pod_name": "p"}
    rows = readings(matrix(series("kepler_container_joules_total", {**old, "mode": "dynamic"}, 0, 3600),
                           series("kepler_container_joules_total", {**old, "mode": "idle"}, 0, 3600)))  # fmt: skip
    assert rows.select("subject", "energy_wh").rows() == [("ns/p", Decimal(2))]


def test_platform_power_of_a_node(readings, read, codes):
    """Both power supplies are the node at the wall; the controller's figure of the same machine is left."""

    def watts(kind, ident, power):
        own = {"node_name": "n1", "source_type": kind, "source_id": ident}
        return series("kepler_platform_watts", own, power, power, step=3600)

    text = matrix(watts("PowerSupply", "PS1", 245), watts("PowerSupply", "PS2", 5), watts("PowerControl", "0", 189))
    row = readings(text).row(0, named=True)
    assert (row["energy_wh"], row["energy_level"], row["energy_part"]) == (Decimal(250), "wall", "node")
    assert codes(read(text, name="m.json")) == ["metrics-zones"]


def line(value, millis="", name=ENERGY, labels='gpu="0",UUID="GPU-a",Hostname="n\\"1"') -> str:
    """A line of text exposition."""
    return f"{name}{{{labels}}} {value} {millis}".rstrip()


def test_text_of_two_scrapes(readings, codes, read):
    """With times two scrapes make a reading; one scrape, or two without times, are refused by name."""
    two = f"# TYPE {ENERGY} counter\n{line('3.6e6', START * 1000)}\n{line(7_200_000, (START + 60) * 1000)}\n"
    assert readings(two).select("subject", "energy_wh").rows() == [('n"1/GPU-a', Decimal(1))]
    for text in (line(1, START * 1000), f"{line(1)}\n{line(2)}"):
        assert codes(read(text, name="m.prom")) == ["metrics-one-scrape"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (line(1) + "\nDCGM_FI{broken 5", "metrics-line"),
        (line(1) + "\n" + line(1, labels='gpu=0,x"'), "metrics-line"),
        (matrix(series("DCGM_FI_DEV_GPU_UTIL", GPU, 1, 2)), "metrics-without-energy"),
        (matrix(series(ENERGY, {"gpu": "0"}, 1, 2)), "metrics-label"),
        (matrix(), "file-empty"),
        (matrix({"metric": {"__name__": ENERGY, **GPU}, "values": 5}), "file-empty"),
        (json.dumps({"data": {"resultType": "vector", "result": [
            {"metric": {"__name__": ENERGY, **GPU}, "value": [START, "1"]}]}}), "metrics-one-scrape"),
        (line(1) + "\nDCGM_X" + " " * 60_000 + "{" + " " * 60_000 + "x y", "metrics-line"),
        (matrix({"metric": {"__name__": ENERGY, **GPU}, "values": [["soon", "1"], [1]]}), "metrics-one-scrape"),
    ],
)  # fmt: skip
def test_what_is_no_energy(read, codes, text, code):
    """Broken lines, other metrics, labels that are missing, empty answers, times that are none."""
    assert codes(read(text, name="m.prom"))[0] == code


def test_labels_with_escapes():
    """Quotes, commas, braces and line feeds within a label are its own; a timestamp may be negative."""
    text = 'kepler_x{a="x,}\\"\\\\",b="two\\nlines",} 1.5 -3'
    assert list(samples_of(text, Faults("f", 5))) == [
        (1, {"metric": "kepler_x", "value": "1.5", "label_a": 'x,}"\\', "label_b": "two\nlines", "time": "-3"})
    ]


@pytest.mark.needs("reference")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dcgm_l40s_metrics.prom", ["metrics-one-scrape", "metrics-same-energy"]),
        ("kepler_platform_redfish_doc.prom", ["metrics-one-scrape"]),
        ("dcgm_exporter_default-counters.csv", ["file-without-readings"]),
    ],
)
def test_real_files(samples, read, codes, name, told):
    """Scrapes of one instant and a list of counters are known, and refused for what they are."""
    found = codes(read((samples / name).read_bytes(), name=name))
    assert [code for code in found if code != "metrics-zones"][: len(told)] == told

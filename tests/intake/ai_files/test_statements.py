"""What cloud providers state: which basis counts, what of each format is read, what is refused or told."""

from __future__ import annotations

import gzip
import hashlib
import json
from decimal import Decimal

import polars as pl
import pytest

from ledger.intake import Limits
from ledger.intake.ai_files.amounts import in_unit, masses

COUNTED, OTHER = "cloud_services_stated", "cloud_services_stated_other_basis"
EXPORT = (
    "last_refresh_timestamp,location,model_version,payer_account_id,product_code,region_code,total_lbm_emissions_unit,"
    "total_lbm_emissions_value,total_mbm_emissions_unit,total_mbm_emissions_value,total_scope_1_emissions_value,"
    "total_scope_2_lbm_emissions_value,total_scope_3_lbm_emissions_value,usage_account_id,usage_period_end,"
    "usage_period_start"
)
MAY = "2026-05-01 00:00:00Z"


def export_row(lbm="0.5", mbm="0.2", version="v3.0.0", unit="MTCO2e", product="AmazonEC2", end="2026-05-31 23:59:59Z",
               start=MAY, parts="0.1,0.3,0.1"):  # fmt: skip
    """A row of the AWS table, half a ton by location and a fifth by market."""
    return (f"2026-06-18 00:00:00Z,US East (Ohio),{version},000000000001,{product},us-east-2,{unit},{lbm},{unit},{mbm},"
            f"{parts},000000000042,{end},{start}")  # fmt: skip


def export(*rows: str) -> str:
    """The AWS table with these rows."""
    return "\n".join((EXPORT, *rows)) + "\n"


def by_type(rows: pl.DataFrame) -> dict[str, list[Decimal]]:
    """Quantities by activity type."""
    return {kind: rows.filter(pl.col("activity_type") == kind)["quantity"].to_list() for kind in (COUNTED, OTHER)}


def test_a_table_of_aws_is_known_and_its_tons_are_kilograms(read, activities, codes):
    """Half a ton by location counts as 500 kg, a fifth by market stands beside it, both with account, days, method."""
    upload = read(export(export_row()))
    rows = activities(upload)
    assert codes(upload) == []
    assert by_type(rows) == {COUNTED: [Decimal(500)], OTHER: [Decimal(200)]}
    first = rows.row(0, named=True)
    assert (str(first["period_start"]), str(first["period_end"])) == ("2026-05-01", "2026-05-31")
    assert first["external_id"] == "aws/2026-05-01/data-export/000000000042/AmazonEC2/us-east-2/location"
    assert (first["supplier"], first["cloud_region"], first["vendor_model_version"]) == ("AWS", "us-east-2", "v3.0.0")
    assert json.loads(first["tags"]) == {
        "cloud_account": "000000000042", "cloud_service": "AmazonEC2", "stated_amount": "0.5",
        "stated_at": "2026-06-18 00:00:00Z", "stated_basis": "location-based", "stated_unit": "MTCO2e",
    }  # fmt: skip
    assert (first["source_line"], first["stated_scope3_category"], first["primary_data"]) == (2, 1, True)


def test_the_basis_that_counts_is_chosen(read_with, activities, codes):
    """With --choose basis=market the fifth of a ton counts; another word is refused."""
    upload = read_with(export(export_row()), name="a.csv", basis="market")
    assert by_type(activities(upload)) == {COUNTED: [Decimal(200)], OTHER: [Decimal(500)]}
    assert codes(read_with(export(export_row()), name="a.csv", basis="both")) == ["choice-not-read"]
    assert codes(read_with(export(export_row()), name="a.csv", colour="red")) == ["choice-unknown"]


def test_a_basis_that_is_missing_is_told(read, activities, codes):
    """Before June 2025 only market-based figures came: they count and it is said; a row without any posts nothing."""
    upload = read(export(export_row(lbm="", parts=",,"), export_row(lbm="", mbm="", product="AmazonS3", parts=",,")))
    assert by_type(activities(upload)) == {COUNTED: [Decimal(200)], OTHER: []}
    assert sorted(codes(upload)) == ["statement-blank", "statement-one-basis"]
    assert activities(upload)["external_id"][0].endswith("/market")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (export_row(unit="kgCO2e"), "statement-unit"),
        (export_row(lbm="0.9"), "statement-parts-differ"),
        (export_row(lbm="NaN"), "number-not-finite"),
        (export_row(lbm="1e300"), "number-scientific"),
        (export_row(lbm="-0.5"), "number-negative"),
        (export_row(start="last May"), "date-not-read"),
        (export_row(start="2026-06-01 00:00:00Z"), "period-end-before-start"),
    ],
)
def test_what_does_not_fit_is_told(read, codes, row, code):
    """Another unit, scopes that do not add up, NaN, absurd and negative numbers, days that are none."""
    assert code in codes(read(export(row)))


def test_scopes_of_early_methods_are_not_added_up(read, activities, codes):
    """Before v3 the total leaves scope 3 out: no warning that the parts differ, and the row says what it takes in."""
    upload = read(export(export_row(version="v2.0.0", lbm="0.4")))
    assert codes(upload) == []
    assert activities(upload)["stated_boundary"][0] == "AWS scopes 1 and 2 (methods before v3)"


def test_an_end_at_midnight_is_the_day_before(read, activities):
    """`2026-06-01 00:00:00Z` ends May, not the first of June."""
    rows = activities(read(export(export_row(end="2026-06-01 00:00:00Z"))))
    assert str(rows["period_end"][0]) == "2026-05-31"


def test_of_two_methods_the_latest_counts(read, activities, codes):
    """A history that was run again has the month twice: v10 counts over v3, which is told; a change in between too."""
    upload = read(export(export_row(), export_row(version="v10.1", lbm="0.6", parts="0.2,0.3,0.1")))
    assert by_type(activities(upload))[COUNTED] == [Decimal(600)]
    assert codes(upload) == ["statement-superseded"]
    upload = read(export(
        export_row(version="v2.0.0", start="2026-04-01 00:00:00Z", end="2026-04-30 23:59:59Z"), export_row(),
    ))  # fmt: skip
    assert "statement-methods" in codes(upload)


def test_tiny_amounts_keep_their_digits(read, activities, kg):
    """Four ten-millionths of a ton are 0.000405 kg to the six decimals of a quantity: grams hold more of them."""
    rows = activities(read(export(export_row(lbm="4.0524803092142913e-7", parts=",,"))))
    assert rows["unit_given"][0] == "gCO2e"
    assert kg(rows)[0] == Decimal("0.000405248")
    assert json.loads(rows["tags"][0])["stated_amount"] == "4.0524803092142913e-7"


def test_amounts_are_exact_and_rounded_half_away_from_zero():
    """Exponents, six decimals, and nothing but a number: NaN, hex, underscores, endless digits stay as they are."""
    texts = pl.Series(["2.5e-7", "0.0000005", "0.0000004", "1e3", "-1.5", "NaN", "0x10", "1_000", "9" * 99, None])
    assert in_unit(texts, 2).to_list()[:5] == ["0.000001", "0.000001", "0.000001", "2000", "-3"]
    assert in_unit(texts, 2).to_list()[5:] == texts.to_list()[5:]
    assert masses(pl.Series(["1.0000005", "0.25"]), 1000)[0].to_list() == ["1000.0005", "250"]
    grams = masses(pl.Series(["0.0000000005"]), 1)
    assert (grams[0][0], grams[1][0]) == ("0.000001", "gCO2e")


def test_a_packed_export(read, activities, codes):
    """As AWS delivers it: unpacked within bounds, under the digest of the file as it came; damaged ones are refused."""
    text = export(export_row()).encode()
    packed = gzip.compress(text)
    upload = read(packed, name="export.csv.gz")
    assert activities(upload)["quantity"].to_list() == [Decimal(500), Decimal(200)]
    assert (upload.source_name, upload.source_bytes) == ("export.csv.gz", len(packed))
    assert upload.source_sha256 == hashlib.sha256(packed).hexdigest()
    bomb = gzip.compress(bytes(10**6))
    for bad in (packed[:-9], gzip.compress(packed), packed[:20] + b"x" + packed[21:]):
        assert codes(read(bad, name="export.csv.gz")) == ["file-not-supported"]
    assert codes(read(bomb, limits=Limits(workbook_expanded_bytes=10**5))) == ["file-not-supported"]


def test_answers_of_the_sustainability_api(read, activities, codes):
    """Nested by time, dimensions and kinds; a page that goes on is told."""
    answer = {"Results": [{
        "TimePeriod": {"Start": "2026-05-01T00:00:00Z", "End": "2026-06-01T00:00:00Z"},
        "DimensionsValues": {"USAGE_ACCOUNT_ID": "000000000042", "REGION": "us-east-2"}, "ModelVersion": "v3.0.0",
        "EmissionsValues": {"TOTAL_LBM_CARBON_EMISSIONS": {"Value": 0.25, "Unit": "MTCO2e"},
                            "TOTAL_MBM_CARBON_EMISSIONS": {"Value": 0, "Unit": "MTCO2e"}},
    }], "NextToken": "more"}  # fmt: skip
    upload = read(json.dumps(answer), name="a.json")
    rows = activities(upload)
    assert by_type(rows) == {COUNTED: [Decimal(250)], OTHER: [Decimal(0)]}
    assert codes(upload) == ["answer-goes-on"]
    assert rows["external_id"][0] == "aws/2026-05-01/api by usage_account_id region/000000000042/-/us-east-2/location"
    assert str(rows["period_end"][0]) == "2026-05-31"
    answer["Results"][0]["EmissionsValues"]["TOTAL_LBM_CARBON_EMISSIONS"]["Unit"] = "kg"
    assert "statement-unit" in codes(read(json.dumps(answer), name="a.json"))


def test_the_tool_before_them(read, activities, codes):
    """Numbers as text, market-based only, no product where there was nothing; as JSON and as CSV the same rows."""
    entries = [{"mbmCarbon": "0.048", "paceProductCode": "EC2", "regionCode": "EMEA", "startDate": "2020-02-01"},
               {"mbmCarbon": "0", "startDate": "2020-03-01"}]  # fmt: skip
    answer = {"accountId": "000000000042", "query": {}, "emissions": {"carbonEmissionEntries": entries}}
    upload = read(json.dumps(answer), name="old.json")
    rows = activities(upload)
    assert rows["quantity"].to_list() == [Decimal(48), Decimal(0)]
    assert [str(day) for day in rows["period_end"]] == ["2020-02-29", "2020-03-31"]
    assert "statement-one-basis" in codes(upload)
    table = '"accountId","mbmCarbon","paceProductCode","regionCode","startDate"\n"000000000042","0.048","EC2","EMEA",'
    same = activities(read(table + '"2020-02-01"\n'))
    assert same["external_id"][0] == rows["external_id"][0]


GOOGLE = {
    "usage_month": "2026-05-01", "billing_account_id": "B-1", "project": {"id": "apollo", "number": "7"},
    "service": {"description": "Compute Engine", "id": "6F81"}, "location": {"location": "eu", "region": None},
    "carbon_model_version": 12, "carbon_footprint_total_kgCO2e": {"location_based": 12.5, "market_based": 4.5},
    "carbon_footprint_kgCO2e": {"scope1": 0.5, "scope2": {"location_based": 10, "market_based": 2}, "scope3": 2},
}  # fmt: skip


def test_googles_export_in_all_its_spellings(read, activities, codes):
    """Lines of JSON, one list, and CSV with dots or underscores give the same rows, in kilograms."""
    flat = {"usage_month": "2026-05-01", "billing_account_id": "B-1", "project.id": "apollo",
            "service.description": "Compute Engine", "location.location": "eu", "location.region": "",
            "carbon_model_version": "12", "carbon_footprint_total_kgCO2e.location_based": "12.5",
            "carbon_footprint_total_kgCO2e.market_based": "4.5"}  # fmt: skip
    dots = ",".join(flat) + "\n" + ",".join(flat.values()) + "\n"
    line = json.dumps(GOOGLE)
    texts = (line, f"[{line}]", dots, dots.replace(".id", "_id").replace(".location", "_location"))
    made = [activities(read(text, name="g")) for text in texts]
    assert by_type(made[0]) == {COUNTED: [Decimal("12.5")], OTHER: [Decimal("4.5")]}
    for other in made[1:]:
        assert other["external_id"].to_list() == made[0]["external_id"].to_list()
        assert other["quantity"].to_list() == made[0]["quantity"].to_list()
    assert made[0]["external_id"][0] == "google-cloud/2026-05-01/export/B-1/apollo/Compute Engine/-/eu/location"
    second = {**GOOGLE, "project": {"id": None, "number": ""}, "carbon_footprint_total_kgCO2e": {"location_based": 1},
              "carbon_footprint_kgCO2e": {"scope1": 1}}
    upload = read(f"{line}\n\n{json.dumps(second)}\n", name="g.jsonl")
    rows = activities(upload)
    assert rows["source_line"].to_list() == [1, 3, 1]  # lines of the file; of the second no market-based figure
    assert codes(upload) == []


def azure(**more) -> str:
    """A report of two resources, one subscription denied where it is asked for."""
    item = {"dataType": "ResourceItemDetailsData", "latestMonthEmissions": 0.1, "previousMonthEmissions": 9,
            "itemName": "vm1", "categoryType": "Resource", "resourceId": "/r/vm1", "subscriptionId": "s1",
            "location": "westeurope"}  # fmt: skip
    other = {**item, "resourceId": "/r/vm2", "latestMonthEmissions": 2}
    decisions = [{"subscriptionId": "s1", "decision": "Allowed"}]
    return json.dumps({"subscriptionAccessDecisionList": decisions, "value": [item, other]} | more)


def test_azures_reports_need_their_month(read, read_with, activities, codes):
    """The answer does not say its month: nothing is posted until it is chosen; the month before is never added."""
    assert codes(read(azure(), name="a.json")) == ["choice-needed"]
    upload = read_with(azure(), month="2026-05", scopes="1+2")
    rows = activities(upload)
    assert rows["quantity"].to_list() == [Decimal("0.1"), Decimal(2)]
    assert str(rows["period_end"][0]) == "2026-05-31"
    assert rows["stated_boundary"][0] == "Azure scopes 1+2, basis unstated"
    assert json.loads(rows["tags"][0])["stated_basis"] == "unstated"
    assert rows["activity_type"].unique().to_list() == [COUNTED]
    assert codes(upload) == ["statement-basis-unstated"]
    dated = json.dumps({"subscriptionAccessDecisionList": [], "value": [
        {"dataType": "MonthlySummaryData", "date": f"2026-0{month}-01", "latestMonthEmissions": month}
        for month in (4, 5)]})  # fmt: skip
    assert activities(read(dated, name="a.json"))["quantity"].to_list() == [Decimal(4), Decimal(5)]


def test_a_denied_subscription_in_an_answer_of_success(read_with, codes):
    """HTTP 200 with a denied subscription is not whole: refused by the subscription, taken only by choice."""
    denied = [{"subscriptionId": "s9", "decision": "Denied", "denialReason": "Reader role required"}]
    upload = read_with(azure(subscriptionAccessDecisionList=denied, skipToken="x"), month="2026-05")
    assert codes(upload) == ["answer-denied", "answer-goes-on"]
    assert upload.findings[0].value == "s9: Reader role required"
    assert not read_with(azure(subscriptionAccessDecisionList=denied), month="2026-05", denied="without").has_errors


def test_azures_page_as_csv(read_with, activities, codes):
    """Subscriptions without a month, months without a unit: each asks for what it lacks."""
    details = "Subscription_Id,Latest_Month_Emissions_kgCO2E,Previous_Month_Emissions_kgCO2E\ns,1.5,9\n"
    assert codes(read_with(details, name="d.csv")) == ["choice-needed"]
    assert activities(read_with(details, name="d.csv", month="2026-05"))["quantity"].to_list() == [Decimal("1.5")]
    trends = "Month,TotalEmissions,Scope1,Scope2,Scope3,CarbonIntensity\nApr 2024,0.1,0,0,0.1,1\nMay 2024,3,0,0,3,1\n"
    assert codes(read_with(trends, name="t.csv")) == ["choice-needed"]
    rows = activities(read_with(trends, name="t.csv", unit="tCO2e"))
    assert rows["quantity"].to_list() == [Decimal(100), Decimal(3000)]
    assert [str(day) for day in rows["period_end"]] == ["2024-04-30", "2024-05-31"]
    assert codes(read_with(trends.replace("May", "Mei"), name="t.csv", unit="tCO2e"))[0] == "date-not-read"


def test_microsofts_sustainability_api_is_in_tons(read, activities, codes):
    """Months as numbers, scopes as rows of their own; a next page is told."""
    row = {"dateKey": 20260501, "enrollmentId": "e", "subscriptionId": "s", "azureServiceName": "Storage",
           "azureRegionName": "westeurope", "scope": "Scope 2", "totalEmissions": 0.25}  # fmt: skip
    answer = {"value": [row, {**row, "scope": "Scope 3", "totalEmissions": 0.5}], "@odata.nextLink": "https://next"}
    upload = read(json.dumps(answer), name="m.json")
    rows = activities(upload)
    assert rows["quantity"].to_list() == [Decimal(250), Decimal(500)]
    assert rows["external_id"].n_unique() == 2
    assert rows["stated_boundary"].to_list() == [f"Microsoft Scope {scope}, basis unstated" for scope in (2, 3)]
    assert "answer-goes-on" in codes(upload)


@pytest.mark.needs("reference")
@pytest.mark.parametrize(
    ("name", "choices", "counted", "told"),
    [
        ("CONSTRUCTED_aws_data_exports_carbon_emissions_v3.csv", {}, "1754", []),  # 1.75 t and 0.004 t
        ("aws_ccft_console_api_v1.json", {}, "48", ["statement-one-basis"]),
        ("aws_ccft_script_v1.csv", {}, "48", ["statement-one-basis"]),
        ("CONSTRUCTED_gcp_carbon_footprint_bigquery.jsonl", {}, "1587.3", ["statement-parts-differ"] * 2),
        ("azure_item_details_2025-10-01.json", {"month": "2025-09", "denied": "without"}, "0.5",
         ["answer-goes-on", "statement-basis-unstated"]),
        ("azure_logicapp_emission_details.csv", {"month": "2024-05"}, "0.981892317", ["statement-basis-unstated"]),
        ("azure_logicapp_emission_trends.csv", {"unit": "kgCO2e"}, "0.2", ["statement-basis-unstated"]),
    ],
)  # fmt: skip
def test_real_files(samples, read_with, activities, kg, codes, name, choices, counted, told):
    """Each is known without being told, and comes to what its figures add up to by hand."""
    upload = read_with((samples / name).read_bytes(), name=f"x.{name[-3:]}", **choices)
    rows = activities(upload)
    assert sum(kg(rows.filter(pl.col("activity_type") == COUNTED))).quantize(Decimal("1e-9")) == Decimal(counted)
    assert codes(upload) == told

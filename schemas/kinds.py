"""The kinds of upload: which columns each takes, which it needs, and what makes two of its rows the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING

from schemas.activity_columns import ACTIVITY_COLUMNS
from schemas.columns import COLUMNS
from schemas.term_columns import TERM_COLUMNS
from schemas.vocabulary import UploadKind

if TYPE_CHECKING:
    import pandera.polars as pa

    from schemas.column import Column

Need = tuple[tuple[str, ...], ...]
"""Alternatives, one of which a file must have: each a group of columns."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of upload.

    ``columns`` are the columns a file may have, in the order of the template; ``needs`` what its header must hold;
    ``identity`` the columns that no two rows of one file may share; ``meant`` says which column a header means here
    that is a synonym of two; ``examples`` the template's example where it is not the column's own.
    """

    name: str
    about: str
    columns: tuple[str, ...]
    needs: tuple[Need, ...]
    identity: tuple[str, ...] = ()
    meant: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without an alternative."""
        return tuple(name for need in self.needs if len(need) == 1 for name in need[0])

    def column(self, name: str) -> Column:
        """What is known of one of its columns. Raises KeyError for a column that it does not take."""
        if name not in self.columns:
            raise KeyError(name)
        return replace(COLUMNS[name], example=self.examples.get(name, COLUMNS[name].example))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _each(names: str) -> tuple[Need, ...]:
    return tuple(((name,),) for name in _names(names))


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            UploadKind.ACTIVITY.value,
            "activity data: fuel, electricity, travel, freight, waste, spend, and emissions that others state",
            tuple(column.name for column in (*ACTIVITY_COLUMNS, *TERM_COLUMNS)),
            (
                *_each("activity_type"),
                (("quantity", "unit"), ("spend", "currency"), ("quantity", "currency"), ("formula",)),
                (("period_start", "period_end"), ("month",), ("quarter",), ("year",)),
            ),
        ),
        Kind(
            UploadKind.FACILITY.value,
            "places where activities happen",
            _names(
                "facility_id name legal_entity_id country subdivision grid_region market_boundary timezone relation "
                "exists_from exists_to floor_m2 ets_scheme exclusion_reason exclusion_kg valid_from valid_to "
                "withdrawn"
            ),
            _each("facility_id name legal_entity_id country relation valid_from"),
            ("facility_id", "valid_from"),
            {"facility name": "name", "site name": "name", "state": "subdivision"},
        ),
        Kind(
            UploadKind.LEGAL_ENTITY.value,
            "companies of the group",
            _names(
                "legal_entity_id name country nace segment in_consolidated_accounts high_climate_impact valid_from "
                "valid_to withdrawn"
            ),
            _each("legal_entity_id name country valid_from"),
            ("legal_entity_id", "valid_from"),
        ),
        Kind(
            UploadKind.HOLDING.value,
            "who holds whom, and with which control",
            _names(
                "parent child equity_share financial_control operational_control valid_from valid_to event withdrawn"
            ),
            _each("parent child equity_share financial_control operational_control valid_from"),
            ("parent", "child", "valid_from"),
        ),
        Kind(
            UploadKind.INSTRUMENT.value,
            "contractual instruments: certificates, power purchase agreements, supplier rates",
            _names(
                "instrument_id type facility_id registry certificate_from certificate_to kwh technology energy_source "
                "country market_boundary plant commissioned vintage_start vintage_end hourly issued retired_on "
                "beneficiary bundled own_generation_sold co2_kg_per_kwh ch4_kg_per_kwh n2o_kg_per_kwh co2e_kg_per_kwh "
                "biogenic_co2_kg_per_kwh criterion_1 criterion_2 criterion_3 criterion_4 criterion_5 criterion_6 "
                "criterion_7 criterion_8 evidence_sha256 withdrawn"
            ),
            _each("instrument_id type kwh technology energy_source country vintage_start vintage_end"),
            ("instrument_id",),
        ),
        Kind(
            UploadKind.FACTOR.value,
            "emission factors of your own: suppliers' rates, tested fuels",
            _names(
                "factor_id activity_type per_unit co2e_published_kg_per_unit co2_kg_per_unit ch4_fossil_kg_per_unit "
                "ch4_other_kg_per_unit n2o_kg_per_unit hfcs_kg_per_unit pfcs_kg_per_unit sf6_kg_per_unit "
                "nf3_kg_per_unit biogenic_co2_kg_per_unit data_year source valid_from valid_to kind serves line "
                "boundary country region supplier product classification_code calorific_basis gas_coverage gwp_set "
                "currency price_year price_basis uncertainty_pct licence"
            ),
            (
                *_each("factor_id activity_type per_unit data_year source"),
                (("co2e_published_kg_per_unit",), ("co2_kg_per_unit",), ("biogenic_co2_kg_per_unit",)),
            ),
            ("factor_id",),
        ),
        Kind(
            UploadKind.METRIC.value,
            "measures that are no activity: revenue, headcount, requests, exchange rates",
            _names("name value unit currency period_start period_end legal_entity_id facility_id product area source"),
            _each("name value unit period_start period_end source"),
            ("name", "legal_entity_id", "facility_id", "product", "area", "period_start", "period_end", "currency"),
            {"facility name": "facility_id", "site name": "facility_id"},
        ),
        Kind(
            UploadKind.INTERVAL.value,
            "energy by the hour: the consumption of facilities, the generation under instruments",
            _names("source_kind source_id start_utc seconds kwh estimated"),
            _each("source_kind source_id start_utc kwh"),
            ("source_kind", "source_id", "start_utc"),
            examples={"start_utc": "2026-07-01T00:00:00Z"},
        ),
        Kind(
            UploadKind.GRID_INTENSITY.value,
            "carbon intensity of grids by the hour",
            _names(
                "zone start_utc seconds signal_kind issued_at signal signal_basis intensity_g_per_kwh "
                "carbon_free_share renewable_share estimated retrieved_at source revision"
            ),
            _each("zone start_utc intensity_g_per_kwh source"),
            ("zone", "start_utc", "signal_kind", "issued_at", "signal", "signal_basis", "revision"),
            examples={"start_utc": "2026-07-01T00:00:00Z"},
        ),
        Kind(
            UploadKind.EXPECTATION.value,
            "data that ought to come, for checks of completeness",
            _names("facility_id meter_id activity_type frequency valid_from valid_to withdrawn"),
            _each("activity_type frequency valid_from"),
            ("facility_id", "meter_id", "activity_type", "valid_from"),
        ),
        Kind(
            UploadKind.SCOPE3_SCREENING.value,
            "the fifteen categories of Scope 3: included, excluded, or not quantified, and why",
            _names("scope3_category status criteria size_kg why valid_from valid_to withdrawn"),
            _each("scope3_category status why valid_from"),
            ("scope3_category", "valid_from"),
        ),
        Kind(
            UploadKind.CLAIM.value,
            "figures of others, to be compared with ours and never posted",
            _names(
                "claim_id about_kind about measure claim_method claim_boundary value unit period_start "
                "period_end facility_id tolerance_pct source withdrawn"
            ),
            _each("claim_id about_kind about measure value unit source"),
            ("claim_id",),
        ),
        Kind(
            UploadKind.CARBON_PRICE_SCHEME.value,
            "internal carbon prices",
            _names(
                "scheme_id price_type covers scope2_method price_per_t currency consistent_with_statements "
                "assumptions valid_from valid_to withdrawn"
            ),
            _each("scheme_id price_type covers price_per_t currency valid_from"),
            ("scheme_id", "valid_from"),
            examples={"currency": "EUR"},
        ),
        Kind(
            UploadKind.TARGET.value,
            "reduction targets",
            _names("target_id measure base_year base_kg target_year reduction_pct framework valid_from withdrawn"),
            _each("target_id measure base_year target_year reduction_pct valid_from"),
            ("target_id", "valid_from"),
        ),
        Kind(
            UploadKind.CREDIT.value,
            "carbon credits, cancelled or planned; never in a total",
            _names(
                "credit_id standard credit_project credit_kind tonnes vintage_year eu_project "
                "corresponding_adjustment cancelled_on planned_for contracted evidence_sha256 withdrawn"
            ),
            _each("credit_id standard credit_project credit_kind tonnes vintage_year"),
            ("credit_id",),
        ),
        Kind(
            UploadKind.REMOVAL.value,
            "carbon removed and stored; never in a total",
            _names(
                "removal_id removal_kind value_chain facility_id period_start period_end removed_kg "
                "emitted_kg reversed_kg removal_method source withdrawn"
            ),
            _each("removal_id removal_kind value_chain period_start period_end removed_kg removal_method source"),
            ("removal_id",),
        ),
        Kind(
            UploadKind.CHP_PLANT.value,
            "suppliers' plants of combined heat and power, whose emissions are split into a factor for each",
            _names(
                "plant_id supplier country chp_method fuel_factor_id fuel_burned fuel_unit heat_kwh power_kwh "
                "heat_efficiency power_efficiency data_year source"
            ),
            _each("plant_id supplier fuel_factor_id fuel_burned fuel_unit heat_kwh power_kwh data_year source"),
            ("plant_id",),
            examples={"data_year": "2026", "source": "statement of the operator for 2026, page 4"},
        ),
        Kind(
            UploadKind.METER_READING.value,
            "readings of meters, from two of which a consumption follows",
            _names(
                "meter_id facility_id activity_type read_on reading unit multiplier digits reset estimated day_end "
                "supplier calorific_basis note"
            ),
            _each("meter_id activity_type read_on reading unit"),
            ("meter_id", "read_on", "day_end", "reset"),
            {"factor": "multiplier"},
        ),
        Kind(
            UploadKind.HISTORY.value,
            "emissions of earlier years as they were stated, by scope and category, where there is no activity data",
            _names(
                "year stated_scope stated_scope3_category stated_method emissions unit legal_entity_id facility_id "
                "source note"
            ),
            _each("year stated_scope emissions"),
            ("year", "stated_scope", "stated_scope3_category", "stated_method", "legal_entity_id", "facility_id"),
            {"value": "emissions", "amount": "emissions", "category": "stated_scope3_category"},
            examples={"year": "2023", "stated_scope": "1", "unit": "tCO2e"},
        ),
        Kind(
            UploadKind.AI_RUN.value,
            "runs of AI models: what ran, where, on which machines, how long, and with how much energy",
            _names(
                "run_id parent_run attempt stage outcome state component model model_version project owner tenant "
                "legal_entity_id facility_id cloud_provider cloud_region country grid_region zone account control "
                "hardware_id hardware_count start_utc end_utc timezone wall_seconds reserved_accelerator_seconds "
                "used_accelerator_seconds utilisation mfu power_w energy_kwh energy_level pue pue_source flops "
                "flops_method parameters_total parameters_active tokens_in tokens_cached tokens_out requests "
                "steps_kept steps_redone water_l cost currency quality_name quality_value quality_direction "
                "run_boundary withdrawn"
            ),
            (*_each("run_id stage start_utc"), (("end_utc",), ("wall_seconds",))),
            ("run_id", "attempt", "state", "component", "start_utc"),
            {
                "provider": "cloud_provider", "region": "cloud_region", "boundary": "run_boundary",
                "grid zone": "zone", "level": "energy_level", "power usage effectiveness": "pue",
                "gpu utilisation": "utilisation", "gpu utilization": "utilisation",
            },
            examples={
                "run_id": "llm-7b-0042", "model": "llm-7b", "project": "assistant", "start_utc": "2026-07-01T08:00:00Z",
                "end_utc": "2026-07-02T08:00:00Z", "facility_id": "", "cloud_provider": "aws",
                "cloud_region": "us-east-1", "country": "US", "currency": "USD", "zone": "", "utilisation": "",
                "pue": "1.2",
            },
        ),
        Kind(
            UploadKind.MEASUREMENT.value,
            "readings of energy from meters, counters, trackers and providers, posted or not",
            _names(
                "source subject run_id facility_id cluster cloud_provider cloud_region country grid_region account "
                "start_utc end_utc timezone energy_wh energy_kwh energy_text energy_part energy_level "
                "pue_inside reading_method co2e_kg_stated intensity_g_per_kwh_stated query parser_version withdrawn"
            ),
            (
                *_each("source subject start_utc end_utc"),
                (("energy_wh",), ("energy_kwh",)),
                *_each("energy_level reading_method"),
            ),
            ("source", "subject", "energy_part", "start_utc", "end_utc"),
            {
                "provider": "cloud_provider", "region": "cloud_region", "component": "energy_part",
                "level": "energy_level", "method": "reading_method",
            },
            examples={
                "source": "codecarbon", "run_id": "llm-7b-0042", "start_utc": "2026-07-01T08:00:00Z",
                "end_utc": "2026-07-02T08:00:00Z", "facility_id": "",
            },
        ),
        Kind(
            UploadKind.HARDWARE_ASSET.value,
            "machines held, with what their manufacture emitted: accelerators, servers, parts of them",
            _names(
                "asset_id hardware_id hardware_count machine_share held_as acquired_on life_years out_of_service_on "
                "embodied_kg_each embodied_source counted_by legal_entity_id facility_id project model cluster cost "
                "currency invoice_id note withdrawn"
            ),
            (*_each("asset_id acquired_on life_years"), (("hardware_id",), ("embodied_kg_each",))),
            ("asset_id",),
            {
                "retired on": "out_of_service_on", "retired": "out_of_service_on", "count": "hardware_count",
                "source": "embodied_source", "share": "machine_share",
            },
            examples={"currency": "USD", "embodied_kg_each": "", "invoice_id": "INV-20260201"},
        ),
    )
}
"""Every kind of upload, by name."""


def schema_of(kind: str) -> pa.DataFrameSchema:
    """The Pandera schema of a kind's typed rows. Raises KeyError for a kind that is not there."""
    KINDS[kind]
    schema: pa.DataFrameSchema = import_module(f"schemas.{kind}").SCHEMA
    return schema

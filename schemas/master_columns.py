"""Columns of master data: companies, who holds them, places, contracts, and measures that are no activity."""

from __future__ import annotations

from schemas.column import Column, named, spelled
from schemas.vocabulary import CriterionAnswer, EnergySource, FinancialControl, InstrumentType, Relation

_CRITERIA = (
    "conveys the emission rate of the generation",
    "is the only instrument with that claim",
    "was tracked and redeemed, retired or cancelled for the reporting company",
    "was issued and redeemed close to the period of consumption",
    "comes from the market in which the consumption lies",
    "of a utility: its rate rests on delivered energy and on certificates retired for its customers",
    "of a direct purchase: all claims were passed to the company and to nobody else",
    "a residual mix was used for the rest, or its absence is disclosed",
)
_ANSWER = spelled(CriterionAnswer, MET="yes|fulfilled", NOT_MET="no|not met", NOT_APPLICABLE="n/a|not applicable")

MASTER_COLUMNS: tuple[Column, ...] = (
    Column("name", "text", "name", "London head office",
           synonyms=named("facility name|site name|entity name|company name|measure|metric|metric name|Bezeichnung")),
    Column("valid_from", "date", "day from which this version of the record holds", "2024-01-01",
           synonyms=named("effective from|since|gültig ab")),
    Column("valid_to", "date", "last day on which it holds; blank: until further notice", "",
           synonyms=named("effective to|until|gültig bis")),
    Column("withdrawn", "boolean", "yes ends the record: it was entered by mistake", ""),
    # legal entity
    Column("nace", "text", "NACE code of the main business", "26.51", synonyms=named("nace code")),
    Column("segment", "text", "business segment", "", synonyms=named("business segment")),
    Column("in_consolidated_accounts", "boolean", "whether it is in the consolidated financial statements", "yes",
           synonyms=named("consolidated")),
    Column("high_climate_impact", "boolean", "whether it works in a high climate impact sector (ESRS)", "no",
           synonyms=named("high climate impact sector")),
    # holding
    Column("parent", "text", "legal entity that holds", "ACME-PLC", synonyms=named("parent id|parent entity|holder")),
    Column("child", "text", "legal entity that is held", "ACME-LTD", synonyms=named("child id|child entity|held")),
    Column("equity_share", "quantity", "share held, 0 to 1", "0.5", unit="1", low=0, high=1,
           synonyms=named("share|equity share|ownership")),
    Column("financial_control", "text", "financial control that the parent has", "sole",
           values=spelled(FinancialControl)),
    Column("operational_control", "boolean", "whether the parent has operational control", "yes"),
    Column("event", "text", "what changed on that day", "founded", synonyms=named("change")),
    # facility
    Column("subdivision", "text", "ISO 3166-2 subdivision", "", synonyms=named("state|province")),
    Column("market_boundary", "text", "market in which certificates count (AIB for its members); blank: the country's",
           "GB", synonyms=named("market")),
    Column("relation", "text", "how the company stands to the facility", "owned", synonyms=named("tenure|lease type"),
           values=spelled(Relation, OWNED="freehold", LEASE_IN_OPERATING="leased|operating lease|rented",
                          LEASE_IN_FINANCE="finance lease")),
    Column("exists_from", "date", "day from which the facility exists; rows before it are an error", "2018-04-01",
           synonyms=named("opened|opening date|acquired")),
    Column("exists_to", "date", "last day of its existence", "", synonyms=named("closed|closing date|sold on")),
    Column("floor_m2", "quantity", "floor area", "2400", unit="m²", synonyms=named("floor area|floor area m2|area m2")),
    Column("exclusion_reason", "text", "why it is left out of the inventory", ""),
    Column("exclusion_kg", "mass", "emissions left out with it, estimated", "", unit="kg CO2e"),
    # instrument
    Column("instrument_id", "text", "identifier of the contract or lot of certificates", "REGO-2026",
           synonyms=named("instrument|certificate id|lot id|contract id|contract")),
    Column("type", "text", "what it is", "certificate", synonyms=named("instrument type"),
           values=spelled(InstrumentType, CERTIFICATE="eac|energy attribute certificate",
                          GO="guarantee of origin|Herkunftsnachweis|garantie d'origine",
                          REGO="renewable energy guarantee of origin", REC="renewable energy certificate|green-e",
                          I_REC="irec|i-rec(e)|international rec", LGC="large-scale generation certificate",
                          PPA="power purchase agreement", SUPPLIER_RATE="green tariff|tariff|supplier product",
                          DIRECT_LINE="direct wire|private wire", SELF_GENERATION="own generation",
                          HEAT_CONTRACT="heat supply contract", HEAT_CERTIFICATE="heat guarantee of origin",
                          COOLING_CONTRACT="cooling supply contract")),
    Column("registry", "text", "registry that issued it", "REGO", synonyms=named("registry name|issuer|issuing body")),
    Column("certificate_from", "text", "first certificate number", "G00210026000001",
           synonyms=named("first certificate")),
    Column("certificate_to", "text", "last certificate number", "G00210026001100",
           synonyms=named("last certificate")),
    Column("kwh", "quantity", "energy that it covers", "1100000", unit="kWh",
           synonyms=named("quantity kwh|volume kwh|energy kwh")),
    Column("technology", "text", "how the energy is made", "onshore wind", synonyms=named("generation technology")),
    Column("energy_source", "text", "source, as energy tables group it", "renewable", values=spelled(EnergySource)),
    Column("plant", "text", "plant that made it", "Fell Rigg wind farm", synonyms=named("generator|power plant")),
    Column("commissioned", "date", "day the plant was commissioned", "2014-05-01",
           synonyms=named("commissioning date")),
    Column("vintage_start", "date", "first day of generation", "2026-01-01",
           synonyms=named("vintage from|generation start")),
    Column("vintage_end", "date", "last day of generation", "2026-12-31", synonyms=named("vintage to|generation end")),
    Column("hourly", "boolean", "whether it is matched hour by hour", "no"),
    Column("issued", "date", "day of issue", "2026-09-08", synonyms=named("issue date|issued on")),
    Column("retired_on", "date", "day it was cancelled or retired for the company", "2026-10-02",
           synonyms=named("retired|cancelled on|retirement date|cancellation date")),
    Column("beneficiary", "text", "for whom it was cancelled", "Acme"),
    Column("bundled", "boolean", "whether energy and certificate were bought together", "no"),
    Column("own_generation_sold", "boolean", "whether it is own generation whose certificates were sold", "no"),
    *(Column(f"{gas}_kg_per_kwh", "mass", f"{label} per kWh under the instrument", example, unit="kg/kWh")
      for gas, label, example in (("co2", "CO2", "0"), ("ch4", "CH4", ""), ("n2o", "N2O", ""),
                                  ("co2e", "CO2e as stated in one figure", ""), ("biogenic_co2", "biogenic CO2", ""))),
    *(Column(f"criterion_{number}", "text", f"quality criterion {number} of the Scope 2 Guidance: {text}", "met",
             values=_ANSWER)
      for number, text in enumerate(_CRITERIA, start=1)),
    # metric
    Column("area", "text", "country or area that the measure is for", ""),
    Column("value", "factor", "the measure's value, in the unit of column unit", "12400000", negative=True,
           synonyms=named("amount|figure|Wert")),
    Column("source", "text", "where the figure comes from: document and place in it", "management accounts",
           synonyms=named("reference|factor source|publication|Quelle")),
)  # fmt: skip

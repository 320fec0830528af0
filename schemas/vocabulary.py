"""The words that columns may hold: one enumeration for each, with the meaning the standards give them."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """The scopes of the GHG Protocol; `outside` is what it reports apart, such as biogenic CO2."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    OUTSIDE = "outside"


class Scope3Category(StrEnum):
    """The fifteen categories of the Corporate Value Chain (Scope 3) Standard."""

    PURCHASED_GOODS_AND_SERVICES = "1"
    CAPITAL_GOODS = "2"
    FUEL_AND_ENERGY = "3"
    UPSTREAM_TRANSPORT = "4"
    WASTE = "5"
    BUSINESS_TRAVEL = "6"
    COMMUTING = "7"
    UPSTREAM_LEASED = "8"
    DOWNSTREAM_TRANSPORT = "9"
    PROCESSING = "10"
    USE_OF_PRODUCTS = "11"
    END_OF_LIFE = "12"
    DOWNSTREAM_LEASED = "13"
    FRANCHISES = "14"
    INVESTMENTS = "15"


class Method(StrEnum):
    """The Scope 2 method of a line; `single` where a line has only one, `unstated` where a sender does not say."""

    LOCATION = "location"
    MARKET = "market"
    SINGLE = "single"
    UNSTATED = "unstated"


class Line(StrEnum):
    """What part of an activity's emissions a choice stands for."""

    DIRECT = "direct"
    ENERGY = "energy"
    FUEL_UPSTREAM = "fuel_upstream"
    ELECTRICITY_UPSTREAM = "electricity_upstream"
    TD_LOSS = "td_loss"
    TD_UPSTREAM = "td_upstream"
    EMBODIED = "embodied"
    STATED = "stated"


class Book(StrEnum):
    """Books never add up together; every total filters its own."""

    INVENTORY = "inventory"
    MEMO_HOURLY = "memo_hourly"
    MEMO_AMORTISED = "memo_amortised"
    MEMO_OTHER_BASIS = "memo_other_basis"
    MEMO_SCENARIO = "memo_scenario"
    OUTSIDE_SCOPES = "outside_scopes"
    REMOVAL = "removal"


class Gas(StrEnum):
    """The seven gases of the Kyoto basket, as reports list them."""

    CO2 = "CO2"
    CH4 = "CH4"
    N2O = "N2O"
    HFCS = "HFCs"
    PFCS = "PFCs"
    SF6 = "SF6"
    NF3 = "NF3"


class GwpSet(StrEnum):
    """Global warming potentials by IPCC assessment report."""

    AR4 = "AR4"
    AR5 = "AR5"
    AR6 = "AR6"


class DataBasis(StrEnum):
    """How the quantity of a row came about."""

    MEASURED = "measured"
    CALCULATED = "calculated"
    ESTIMATED = "estimated"
    PROXY = "proxy"


class Kind(StrEnum):
    """What the quantity of an activity is."""

    QUANTITY = "quantity"
    SPEND = "spend"
    STATED_EMISSIONS = "stated_emissions"
    DERIVED = "derived"


class ShareBasis(StrEnum):
    """By what a bill of several facilities is shared among them."""

    FLOOR_AREA = "floor_area"
    HEADCOUNT = "headcount"
    STATED = "stated"


class TermBasis(StrEnum):
    """How the terms of a formula are known."""

    MEASURED = "measured"
    STATED = "stated"
    DEFAULT = "default"


class CalorificBasis(StrEnum):
    """Heating value on which an energy quantity of a fuel rests."""

    GROSS = "gross"
    NET = "net"
    NOT_APPLICABLE = "na"


class Direction(StrEnum):
    """Which way energy went; what is not said is consumed.

    `generated_sold` is own generation that was consumed while its certificates were sold: the consumption has lost
    its attributes and stands in Scope 2 like a purchase.
    """

    CONSUMED = "consumed"
    GENERATED = "generated"
    GENERATED_SOLD = "generated_sold"
    EXPORTED = "exported"
    SOLD = "sold"


class EnergyBoundary(StrEnum):
    """Where a computing load was measured: at the machines, at the wall, or for the whole facility."""

    IT = "it"
    WALL = "wall"
    FACILITY = "facility"


class PriceBasis(StrEnum):
    """Whether a price holds trade and transport margins and taxes on products (purchaser) or not (basic)."""

    PURCHASER = "purchaser"
    BASIC = "basic"


class Relation(StrEnum):
    """How the reporting company stands to a facility."""

    OWNED = "owned"
    LEASE_IN_OPERATING = "lease_in_operating"
    LEASE_IN_FINANCE = "lease_in_finance"
    LEASE_OUT_OPERATING = "lease_out_operating"
    LEASE_OUT_FINANCE = "lease_out_finance"
    FRANCHISE = "franchise"
    COLOCATION = "colocation"
    INVESTMENT = "investment"


class FinancialControl(StrEnum):
    """Who directs the financial policies of a held company."""

    NONE = "none"
    SOLE = "sole"
    JOINT = "joint"


class InstrumentType(StrEnum):
    """Contractual instruments on which market-based figures may rest; `data/instrument_types.csv` says what each is."""

    CERTIFICATE = "certificate"
    GO = "go"
    REGO = "rego"
    REC = "rec"
    I_REC = "i_rec"
    LGC = "lgc"
    PPA = "ppa"
    SUPPLIER_RATE = "supplier_rate"
    DIRECT_LINE = "direct_line"
    SELF_GENERATION = "self_generation"
    HEAT_CERTIFICATE = "heat_certificate"
    HEAT_CONTRACT = "heat_contract"
    COOLING_CONTRACT = "cooling_contract"


class EnergySource(StrEnum):
    """Sources as the energy table of ESRS E1 groups them."""

    COAL = "coal"
    OIL = "oil"
    GAS = "gas"
    OTHER_FOSSIL = "other_fossil"
    NUCLEAR = "nuclear"
    RENEWABLE = "renewable"
    MIXED = "mixed"


class CriterionAnswer(StrEnum):
    """Answer to one of the eight quality criteria of the Scope 2 Guidance; unknown counts as not met."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "na"


class FactorKind(StrEnum):
    """What an emission factor is an average of."""

    AVERAGE = "average"
    RESIDUAL = "residual"
    SUPPLIER = "supplier"
    MARGINAL = "marginal"
    SPEND = "spend"
    PRODUCT = "product"


class Serves(StrEnum):
    """Which Scope 2 method a factor may serve; `na` outside Scope 2."""

    LOCATION = "location"
    MARKET = "market"
    BOTH = "both"
    NOT_APPLICABLE = "na"


class FactorBoundary(StrEnum):
    """How much of the life cycle a factor holds."""

    COMBUSTION = "combustion"
    GENERATION = "generation"
    PLUS_UPSTREAM = "plus_upstream"
    CRADLE_TO_GATE = "cradle_to_gate"


class GasCoverage(StrEnum):
    """Which gases a factor covers."""

    ALL = "all"
    CO2_ONLY = "co2_only"
    CO2E_ONLY = "co2e_only"


class EditionBasis(StrEnum):
    """How an edition of factors meets a period: by the months of the reporting year, or by the activity's date."""

    REPORTING_YEAR_MOST_MONTHS = "reporting_year_most_months"
    ACTIVITY_PERIOD = "activity_period"


class Verification(StrEnum):
    """Who vouches for a factor: its publisher's own file, a transcription, or the user."""

    OFFICIAL = "official"
    SECONDARY = "secondary"
    USER = "user"


class IntervalSource(StrEnum):
    """What a series by the hour is of: the consumption of a facility, or generation under an instrument."""

    FACILITY = "facility"
    INSTRUMENT = "instrument"


class SignalKind(StrEnum):
    """Whether an intensity was measured or forecast."""

    ACTUAL = "actual"
    FORECAST = "forecast"


class Signal(StrEnum):
    """What an intensity is of: the average of the grid, its margin, or its fossil part."""

    AVERAGE = "average"
    MARGINAL = "marginal"
    FOSSIL_ONLY = "fossil_only"


class SignalBasis(StrEnum):
    """Whether an intensity is that of generation alone, or of the life cycle."""

    DIRECT = "direct"
    LIFE_CYCLE = "life_cycle"


class Frequency(StrEnum):
    """How often data ought to come."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class ScreeningStatus(StrEnum):
    """What was decided of a category of Scope 3."""

    INCLUDED = "included"
    EXCLUDED = "excluded"
    NOT_RELEVANT = "not_relevant"
    NOT_QUANTIFIED = "not_quantified"


class ClaimAbout(StrEnum):
    """What someone else's figure is about."""

    PERIOD = "period"
    FACILITY = "facility"
    ACTIVITY = "activity"
    UPLOAD = "upload"
    FIGURE = "figure"
    PRODUCT = "product"
    RUN = "run"


class PriceType(StrEnum):
    """Kinds of internal carbon price (ESRS E1-8 of Set 1)."""

    SHADOW_CAPEX = "shadow_capex"
    SHADOW_R_AND_D = "shadow_r_and_d"
    INTERNAL_FEE = "internal_fee"
    IMPAIRMENT = "impairment"
    OTHER = "other"


class CreditKind(StrEnum):
    """What a carbon credit stands for."""

    REDUCTION = "reduction"
    REMOVAL = "removal"


class ValueChain(StrEnum):
    """Where in the value chain something lies."""

    OWN = "own"
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


class ChpMethod(StrEnum):
    """How the emissions of combined heat and power are split (GHG Protocol allocation tool)."""

    EFFICIENCY = "efficiency"
    ENERGY_CONTENT = "energy_content"


class UploadKind(StrEnum):
    """What a file may hold."""

    ACTIVITY = "activity"
    FACILITY = "facility"
    LEGAL_ENTITY = "legal_entity"
    HOLDING = "holding"
    INSTRUMENT = "instrument"
    FACTOR = "factor"
    METRIC = "metric"
    INTERVAL = "interval"
    GRID_INTENSITY = "grid_intensity"
    CHP_PLANT = "chp_plant"
    EXPECTATION = "expectation"
    SCOPE3_SCREENING = "scope3_screening"
    CLAIM = "claim"
    CARBON_PRICE_SCHEME = "carbon_price_scheme"
    TARGET = "target"
    CREDIT = "credit"
    REMOVAL = "removal"
    METER_READING = "meter_reading"
    HISTORY = "history"
    AI_RUN = "ai_run"
    MEASUREMENT = "measurement"
    HARDWARE_ASSET = "hardware_asset"


class Severity(StrEnum):
    """An error refuses the whole file; a warning is recorded with it; an info only says what was done."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

"""Files that are known and hold neither energy nor emissions: inputs, price lists, lists of counters."""

from __future__ import annotations

from ledger.intake.ai_files.form import Form, Given, Made, names


def _nothing(_: Given) -> list[Made]:
    return []


_ESTIMATE = "ghg ai estimate computes from hardware, hours and place"
_KNOWN = (
    ("ccf-lookup-input", "a list of usage types for Cloud Carbon Footprint", "serviceName region usageType usageUnit",
     "it is an input, before anything was estimated", "run its lookup and upload the estimates"),
    ("ccf-on-premise-input", "a list of machines for Cloud Carbon Footprint",
     "cpuDescription machineName machineType powerUsageEffectiveness", "it is an input, before anything was estimated",
     "run its on-premise estimate, or enter the machines' energy (ghg template measurement)"),
    ("azure-cost-details", "a bill of Azure", "Date ChargeType MeterCategory Quantity CostInBillingCurrency",
     "it holds usage and cost", "let SPRUCE enrich it and upload what comes out, or enter the cost as cloud_spend"),
    ("mlco2-gpus", "the hardware list of the ML CO2 Impact calculator", "name type tdp_watts memory source",
     "it holds rated power of hardware", _ESTIMATE),
    ("mlco2-regions", "the region list of the ML CO2 Impact calculator", "provider offsetRatio region impact PUE",
     "it holds grid averages, mostly of 2019", _ESTIMATE),
    ("mlco2-instances", "the instance list of the ML CO2 Impact calculator", "provider id gpu source",
     "it holds names of machines", _ESTIMATE),
)  # fmt: skip

FORMS = tuple(
    Form(name, title, _nothing, headers=(names(headers.lower()),), refused=(why, fix))
    for name, title, headers, why, fix in _KNOWN
)

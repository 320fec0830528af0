"""A ledger as an earlier version made it: ``PYTHONPATH=OLD_CHECKOUT python tests/upgrade/make.py FOLDER``.

Leaves ``schema-N.zip``, a snapshot, and ``schema-N.json``: what that version said of it (figures, size, root, people),
and the checkpoint that somebody kept. The files beside this one were made so, by the last commit of each version.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

FILES = {
    "company.csv": "legal_entity_id,name,country,valid_from\nHAL,Halden Ltd,GB,2015-01-01\n",
    "sites.csv": "facility_id,name,legal_entity_id,country,relation,valid_from\n"
    "YORK,York works,HAL,GB,owned,2015-01-01\nHULL,Hull depot,HAL,GB,owned,2015-01-01\n",
    "contracts.csv": "instrument_id,type,facility_id,kwh,technology,energy_source,country,vintage_start,vintage_end,"
    "retired_on,co2_kg_per_kwh,co2e_kg_per_kwh," + ",".join(f"criterion_{n}" for n in range(1, 9)) + "\n"
    "REGO-1,certificate,,60000,onshore wind,renewable,GB,2024-01-01,2024-12-31,2025-02-10,0,0,"
    "met,met,met,met,met,na,na,met\n",
    "bills.csv": "external_id,activity_type,quantity,unit,period_start,period_end,facility_id\n"
    "E1,electricity_purchased,100000,kWh,2024-01-01,2024-01-31,YORK\n"
    "E2,electricity_purchased,51234.5,kWh,2024-02-01,2024-02-29,HULL\n"
    "G1,natural_gas,2500,kWh,2024-01-15,2024-03-14,YORK\n"
    "D1,diesel,812.25,L,2024-03-01,2024-03-31,HULL\n"
    "X1,purchased_goods,1000,GBP,2024-03-01,2024-03-31,HULL\n",
}
FIGURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market",
           "biogenic_co2_kg")  # fmt: skip


def main() -> int:
    """The story: masters, bills, a certificate, a correction, a reversal, two people, a closed quarter."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["GHG_SIGNING_KEY"] = str(folder / "signing.key")
    from ledger import Ledger
    from ledger.store.schema import SCHEMA_VERSION

    book = Ledger.init(folder / "old.duckdb", organisation="Halden Ltd", base_year=2024, actor="ann",
                       datasets=("desnz-2024",))  # fmt: skip
    book.add_person("bob", "admin")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        done = book.upload(folder / name)
        if done.status != "accepted":
            sys.stderr.write(f"{name}: {done.findings}\n")
            return 1
    bills = done.batch
    book.correct(f"B{bills}-2", {"quantity": "51234.25"}, reason="meter", note="read again")
    book.reverse(f"B{bills}-4", reason="duplicate", note="billed twice")
    book.calculate()
    kept = book.path.with_name("old.checkpoints").read_text("utf-8").rpartition("\nghg-ledger/")[2]
    said = book.inventory("2024")
    version = f"schema-{SCHEMA_VERSION}"
    book.snapshot(folder / "whole.zip")
    small = zipfile.ZipFile(folder / f"{version}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9)
    with zipfile.ZipFile(folder / "whole.zip") as whole, small:
        for name in whole.namelist():
            small.writestr(name, whole.read(name))
    told = {
        "size": book.checkpoint().size,
        "root": book.checkpoint().root,
        "checkpoint": f"ghg-ledger/{kept}",
        "people": [person["name"] for person in book.people()],
        "figures": {name: str(getattr(said, name)) for name in FIGURES},
        "not_quantified": len(said.not_quantified),
    }
    (folder / f"{version}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 0 if book.verify().ok else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""A small taxonomy of our own with the names of the mapping table, as a package that a processor takes offline."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ledger.disclosure.statement.taxonomy import Taxonomy

_TYPES = {"ghgEmissions": "ghgEmissionsItemType", "energy": "energyItemType", "percent": "percentItemType"}
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<xsd:schema targetNamespace="{namespace}" elementFormDefault="qualified" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
  xmlns:link="http://www.xbrl.org/2003/linkbase" xmlns:xlink="http://www.w3.org/1999/xlink"
  xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:xbrldt="http://xbrl.org/2005/xbrldt"
  xmlns:dtr="http://www.xbrl.org/dtr/type/2024-01-31">
<xsd:annotation><xsd:appinfo>
<link:roleType roleURI="http://example.org/role" id="role">
<link:usedOn>link:definitionLink</link:usedOn></link:roleType>
<link:roleType roleURI="http://example.org/default" id="default">
<link:usedOn>link:definitionLink</link:usedOn></link:roleType>
<link:linkbaseRef xlink:type="simple" xlink:href="def.xml"
  xlink:role="http://www.xbrl.org/2003/role/definitionLinkbaseRef"
  xlink:arcrole="http://www.w3.org/1999/xlink/properties/linkbase"/>
</xsd:appinfo></xsd:annotation>
<xsd:import namespace="http://www.xbrl.org/2003/instance"
  schemaLocation="http://www.xbrl.org/2003/xbrl-instance-2003-12-31.xsd"/>
<xsd:import namespace="http://xbrl.org/2005/xbrldt" schemaLocation="http://www.xbrl.org/2005/xbrldt-2005.xsd"/>
<xsd:import namespace="http://www.xbrl.org/dtr/type/2024-01-31"
  schemaLocation="https://www.xbrl.org/dtr/type/2024-01-31/types.xsd"/>
"""
_DIM = "http://xbrl.org/int/dim/arcrole/"


def write_package(names: Taxonomy, folder: Path) -> Path:
    """The package as a ZIP with its catalogue: the entry point of the real taxonomy leads to ours."""
    base = names.entry_point.rsplit("/", 1)[0] + "/"
    members = {
        "mini/META-INF/catalog.xml": _catalog(base),
        "mini/META-INF/taxonomyPackage.xml": _package(names),
        "mini/esrs_all.xsd": _schema(names),
        "mini/def.xml": _definitions(names),
    }
    file = folder / "mini.zip"
    with zipfile.ZipFile(file, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    return file


def _catalog(base: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
        f'<rewriteURI uriStartString="{base}" rewritePrefix="../"/></catalog>'
    )


def _package(names: Taxonomy) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><tp:taxonomyPackage xmlns:tp="http://xbrl.org/2016/taxonomy-package" '
        'xml:lang="en"><tp:identifier>http://example.org/mini</tp:identifier><tp:name>mini</tp:name>'
        f'<tp:entryPoints><tp:entryPoint><tp:name>all</tp:name><tp:entryPointDocument href="{names.entry_point}"/>'
        "</tp:entryPoint></tp:entryPoints></tp:taxonomyPackage>"
    )


def _schema(names: Taxonomy) -> str:
    made = [_HEAD.format(namespace=names.namespace)]
    for held in {element.name: element for element in names.elements.values()}.values():
        kind = f"dtr:{_TYPES[held.item_type]}"
        made.append(_element(held.name, kind, "xbrli:item", abstract=False))
    for axis in sorted({member.axis for member in names.members.values()}):
        made.append(_element(axis, "xbrli:stringItemType", "xbrldt:dimensionItem"))
        made.append(_element(f"{axis}Default", "dtr:domainItemType", "xbrli:item"))
    members = sorted({member.name for member in names.members.values()})
    made += [_element(name, "dtr:domainItemType", "xbrli:item") for name in members]
    made.append(_element("MiniTable", "xbrli:stringItemType", "xbrldt:hypercubeItem"))
    made.append(_element("MiniLineItems", "xbrli:stringItemType", "xbrli:item"))
    return "\n".join([*made, "</xsd:schema>"])


def _element(name: str, kind: str, group: str, *, abstract: bool = True) -> str:
    told = "true" if abstract else "false"
    return (
        f'<xsd:element name="{name}" id="esrs_{name}" type="{kind}" substitutionGroup="{group}" abstract="{told}" '
        'nillable="true" xbrli:periodType="duration"/>'
    )


def _definitions(names: Taxonomy) -> str:
    """One closed hypercube over every axis, each axis with a default and its members; all concepts are line items."""
    arcs: list[tuple[str, str, str, str]] = [
        ("all", "MiniLineItems", "MiniTable", ' xbrldt:closed="true" xbrldt:contextElement="scenario"')
    ]
    for axis in sorted({member.axis for member in names.members.values()}):
        arcs += [("hypercube-dimension", "MiniTable", axis, ""), ("dimension-domain", axis, f"{axis}Default", "")]
        own = sorted({member.name for member in names.members.values() if member.axis == axis})
        arcs += [("domain-member", f"{axis}Default", name, "") for name in own]
    arcs += [("domain-member", "MiniLineItems", n, "") for n in sorted({e.name for e in names.elements.values()})]
    axes = sorted({member.axis for member in names.members.values()})
    defaults = [("dimension-default", axis, f"{axis}Default", "") for axis in axes]
    roles = "".join(
        f'<link:arcroleRef arcroleURI="{_DIM}{role}" xlink:type="simple" '
        f'xlink:href="http://www.xbrl.org/2005/xbrldt-2005.xsd#{role}"/>'
        for role in sorted({role for role, *_ in arcs + defaults})
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><link:linkbase xmlns:link="http://www.xbrl.org/2003/linkbase" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xbrldt="http://xbrl.org/2005/xbrldt">'
        '<link:roleRef roleURI="http://example.org/role" xlink:type="simple" xlink:href="esrs_all.xsd#role"/>'
        '<link:roleRef roleURI="http://example.org/default" xlink:type="simple" xlink:href="esrs_all.xsd#default"/>'
        f"{roles}{_link('role', arcs)}{_link('default', defaults)}</link:linkbase>"
    )


def _link(role: str, arcs: list[tuple[str, str, str, str]]) -> str:
    used = sorted({name for _, start, end, _ in arcs for name in (start, end)})
    locs = [
        f'<link:loc xlink:type="locator" xlink:href="esrs_all.xsd#esrs_{name}" xlink:label="{name}"/>' for name in used
    ]
    lines = [
        f'<link:definitionArc xlink:type="arc" xlink:arcrole="{_DIM}{kind}" xlink:from="{start}" xlink:to="{end}" '
        f'order="{place}"{more}/>'
        for place, (kind, start, end, more) in enumerate(arcs, 1)
    ]
    return (
        f'<link:definitionLink xlink:type="extended" xlink:role="http://example.org/{role}">'
        + "".join(locs + lines)
        + "</link:definitionLink>"
    )

"""The structure of a data set's observations in SDMX-ML 3.0: dataflow, code lists, concept scheme, data structure.

Names are in both languages. Lists that are SDMX's own (CL_OBS_STATUS, CL_CONF_STATUS) keep SDMX's id and version and say that
they are a part; the others are versioned with the data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reporting.publication.formats import xml_text
from reporting.publication.formats.messages import message
from reporting.publication.formats.moments import instant
from reporting.publication.formats.sdmx_ids import (
    AGENCY,
    NOT_APPLICABLE,
    TOTAL,
    Component,
    Components,
    blank_of,
    sdmx_id,
    structure_id,
    version_of,
)
from reporting.publication.formats.table import About, CodeList, ColumnRole, DataSet, Kind
from reporting.words import Words

MEDIA_TYPE = "application/vnd.sdmx.structure+xml; version=3.0.0"
SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"
TEXT_TYPES = {
    Kind.TEXT: "String", Kind.CODE: "String", Kind.DECIMAL: "Decimal", Kind.WHOLE: "Integer", Kind.YES_NO: "Boolean",
    Kind.DAY: "ObservationalTimePeriod", Kind.INSTANT: "DateTime",
}  # fmt: skip
_PARENT = re.compile("[A-Za-z][A-Za-z0-9_-]*")
"""What the schema takes for a parent, unlike for a code: a list with other parents, such as one of digits, is written flat."""
URN = "urn:sdmx:org.sdmx.infomodel."


def structure_bytes(made: DataSet) -> bytes:
    about = made.about
    name, version = structure_id(about.code), version_of(about)
    components = Components.of(made.observations)
    parts = [
        xml_text.DECLARATION,
        f'<mes:Structure xmlns:mes="{SCHEMAS}message" xmlns:str="{SCHEMAS}structure" xmlns:com="{SCHEMAS}common">\n',
        f"<mes:Header><mes:ID>{_message_id(about)}</mes:ID><mes:Test>false</mes:Test>"
        f"<mes:Prepared>{instant(about.made_at)}</mes:Prepared>"
        f'<mes:Sender id="{AGENCY}"/></mes:Header>\n<mes:Structures>\n',
        "<str:Dataflows>",
        f'<str:Dataflow id="DF_{name}" {_owned(version)}>{_names(about.title)}',
        f"<str:Structure>{URN}datastructure.DataStructure={AGENCY}:DSD_{name}({version})</str:Structure>",
        "</str:Dataflow></str:Dataflows>\n<str:Codelists>\n",
        *(_code_list(listed, _blanks(components, listed), version) for listed in made.codes),
        "</str:Codelists>\n",
        *_concepts(components, name, version, about.title),
        *_data_structure(made, components, name, version),
        "</mes:Structures>\n</mes:Structure>\n",
    ]
    return "".join(parts).encode()


def list_reference(listed: CodeList, version: str) -> str:
    """`AGENCY:ID(VERSION)` of a code list."""
    if listed.sdmx is not None:
        return f"SDMX:{listed.sdmx.id}({listed.sdmx.version})"
    return f"{AGENCY}:{_list_id(listed)}({version})"


def _list_id(listed: CodeList) -> str:
    return f"CL_{listed.code.upper()}"


def _blanks(components: Components, listed: CodeList) -> tuple[str, ...]:
    """Words for an empty dimension that the list needs."""
    return tuple(
        dict.fromkeys(
            blank_of(component.column)
            for component in components.dimensions
            if component.column.codes == listed.code and not component.column.required
        )
    )


def _code_list(listed: CodeList, blanks: tuple[str, ...], version: str) -> str:
    if listed.sdmx is not None:
        head = (
            f'id="{listed.sdmx.id}" version="{listed.sdmx.version}" agencyID="SDMX"'
            ' isExternalReference="false" isPartial="true"'
        )
    else:
        head = f'id="{_list_id(listed)}" {_owned(version)} isPartial="false"'
    words = {TOTAL: message.words("total"), NOT_APPLICABLE: message.words("not_applicable")}
    codes = [f'<str:Code id="{code}">{_names(words[code])}</str:Code>\n' for code in blanks]
    nested = all(_PARENT.fullmatch(entry.parent) for entry in listed.entries if entry.parent)
    there = {entry.code for entry in listed.entries} if nested else set()
    for entry in listed.entries:
        parent = f"<str:Parent>{entry.parent}</str:Parent>" if entry.parent in there else ""
        codes.append(f'<str:Code id="{sdmx_id(entry.code)}">{_names(entry.label)}{parent}</str:Code>\n')
    return f"<str:Codelist {head}>{_names(listed.label)}\n{''.join(codes)}</str:Codelist>\n"


def _concepts(components: Components, name: str, version: str, title: Words) -> Iterator[str]:
    yield f'<str:ConceptSchemes><str:ConceptScheme id="CS_{name}" {_owned(version)} isPartial="false">'
    yield f"{_names(title)}\n"
    for component in components.every:
        about = "" if component.column.about is None else _described(component.column.about)
        yield f'<str:Concept id="{component.id}">{_names(component.column.label)}{about}</str:Concept>\n'
    yield "</str:ConceptScheme></str:ConceptSchemes>\n"


def _data_structure(made: DataSet, components: Components, name: str, version: str) -> Iterator[str]:
    def concept(component: Component) -> str:
        return (
            f"<str:ConceptIdentity>{URN}conceptscheme.Concept={AGENCY}:CS_{name}({version})."
            f"{component.id}</str:ConceptIdentity>{represented(component)}"
        )

    def represented(component: Component) -> str:
        column = component.column
        if column.codes:
            listed = list_reference(made.code_list(column.codes), version)
            inner = (
                f"<str:Enumeration>{URN}codelist.Codelist={listed}</str:Enumeration>"
                '<str:EnumerationFormat textType="String"/>'
            )
        else:
            inner = f'<str:TextFormat textType="{TEXT_TYPES[column.kind]}"/>'
        return f"<str:LocalRepresentation>{inner}</str:LocalRepresentation>"

    yield f'<str:DataStructures><str:DataStructure id="DSD_{name}" {_owned(version)}>'
    yield f"{_names(made.about.title)}\n<str:DataStructureComponents>\n<str:DimensionList>\n"
    for position, component in enumerate(components.dimensions, 1):
        yield f'<str:Dimension id="{component.id}" position="{position}">{concept(component)}</str:Dimension>\n'
    if components.time is not None:
        yield f'<str:TimeDimension id="TIME_PERIOD">{concept(components.time)}</str:TimeDimension>\n'
    yield "</str:DimensionList>\n"
    if components.attributes:
        yield "<str:AttributeList>\n"
        for component in components.attributes:
            usage = "mandatory" if component.column.required else "optional"
            yield (
                f'<str:Attribute id="{component.id}" usage="{usage}">{concept(component)}'
                "<str:AttributeRelationship><str:Observation/></str:AttributeRelationship></str:Attribute>\n"
            )
        yield "</str:AttributeList>\n"
    yield "<str:MeasureList>\n"
    for component in components.measures:
        assert component.column.role is ColumnRole.MEASURE
        yield f'<str:Measure id="{component.id}" usage="optional">{concept(component)}</str:Measure>\n'
    yield "</str:MeasureList>\n</str:DataStructureComponents></str:DataStructure></str:DataStructures>\n"


def _message_id(about: About) -> str:
    return "M" + about.id.rpartition(":")[2].replace("-", "")


def _owned(version: str) -> str:
    return f'version="{version}" agencyID="{AGENCY}" isExternalReference="false"'


def _names(words: Words) -> str:
    return (
        f'<com:Name xml:lang="ja">{xml_text.text(words.ja)}</com:Name>'
        f'<com:Name xml:lang="en">{xml_text.text(words.en)}</com:Name>'
    )


def _described(words: Words) -> str:
    return (
        f'<com:Description xml:lang="ja">{xml_text.text(words.ja)}</com:Description>'
        f'<com:Description xml:lang="en">{xml_text.text(words.en)}</com:Description>'
    )

"""What the client asks of the API, each document once. A test holds them to the server's schema."""

from __future__ import annotations

from reporting_client.observations import COLUMNS

_FIELDS = " ".join(key for _, key, _ in COLUMNS)

_DECLARED = """(
  $item: [String!]!, $geography: String, $areas: [String!], $level: [String!], $from: Date, $to: Date,
  $boundaries: String! = "AS_REPORTED", $asOf: AsOfInput, $electionKind: [String!], $contest: String, $contestKind: String,
  $form: String, $slot: String, $breakdown: String! = "", $choice: String, $identity: String, $layer: String,
  $includeTests: Boolean! = false, $comparable: Boolean! = false, $over: SumBy, $first: Int! = 1, $after: String
)"""
_GIVEN = """(
  item: $item, geography: $geography, areas: $areas, level: $level, from: $from, to: $to, boundaries: $boundaries, asOf: $asOf,
  electionKind: $electionKind, contest: $contest, contestKind: $contestKind, form: $form, slot: $slot, breakdown: $breakdown,
  choice: $choice, identity: $identity, layer: $layer, includeTests: $includeTests, comparable: $comparable, over: $over,
  first: $first, after: $after
)"""

PAGE = f"""query Page{_DECLARED} {{
  series{_GIVEN} {{ asOfPosition layer nodes {{ {_FIELDS} }} pageInfo {{ hasNextPage endCursor }} }}
}}"""
BREAKS = f"""query Breaks{_DECLARED} {{
  series{_GIVEN} {{
    asOfPosition
    breaks {{ area contest item breakdown cause date before after change ja en bridge source }}
  }}
}}"""
UNPLACED = f"""query Unplaced{_DECLARED} {{
  series{_GIVEN} {{ asOfPosition unplaced {{ election contest item area amount reason into }} }}
}}"""
ERRATA = f"""query Errata{_DECLARED} {{
  series{_GIVEN} {{
    asOfPosition
    errata {{
      id election area contest item breakdown published publication other otherPublication difference note source
    }}
  }}
}}"""
OBSERVATION = f"""query Cited($citation: String!, $comparable: Boolean! = false) {{
  observation(citation: $citation, comparable: $comparable) {{ {_FIELDS} }}
}}"""

ELECTIONS = """query Elections($after: String) {
  elections(first: 100, after: $after) {
    asOfPosition
    nodes { code label { ja en } kind pollingDate isTest registry geographies source }
    pageInfo { hasNextPage endCursor }
  }
}"""
CODEBOOK = """query Codebook($code: String!, $asOf: AsOfInput) {
  election(code: $code, asOf: $asOf) {
    asOfPosition
    items {
      code label { ja en } kind unit decimals version signed byChoice partOf numerator denominator breakdowns scope
      purpose { ja en } basis { ja en } bridge { ja en }
    }
    dimensions { code label { ja en } values { code label { ja en } } }
    forms { code label { ja en } items slots { code label { ja en } public } }
    contests { code label { ja en } kind geography area seats }
    namedGeographies { code label { ja en } levels { code label { ja en } } }
  }
}"""
AREAS = """query Areas($registry: String!, $geography: String!, $level: String, $parent: String, $on: Date, $after: String) {
  registeredAreas(
    registry: $registry, geography: $geography, level: $level, parent: $parent, on: $on, first: 1000, after: $after
  ) {
    asOfPosition
    nodes { code level name nameEn kana officialCode parent validFrom validTo }
    pageInfo { hasNextPage endCursor }
  }
}"""
AREA_CHANGES = """query AreaChanges($registry: String!, $geography: String, $from: Date, $to: Date, $after: String) {
  areaChanges(registry: $registry, geography: $geography, from: $from, to: $to, first: 1000, after: $after) {
    asOfPosition
    nodes { id date kind movesLand source fromAreas { code } toAreas { code } }
    pageInfo { hasNextPage endCursor }
  }
}"""
RELEASES = """query Releases($election: String!, $form: String, $slot: String, $first: Int!, $asOf: AsOfInput) {
  releases(election: $election, form: $form, slot: $slot, first: $first, asOf: $asOf) {
    id form slot number releasedAt position approved expected notice { ja en }
    changes { unit cell kind before after withdrawn office reasonClass approvedBy }
    dataFiles { name address mediaType size sha256 }
  }
}"""

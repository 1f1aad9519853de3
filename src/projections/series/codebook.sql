-- What the codebook tells of areas. search_path = the live views_vN.

-- name: registries
SELECT DISTINCT registry FROM geography ORDER BY 1;

-- name: geographies
SELECT code, definition FROM geography WHERE registry = %(registry)s ORDER BY ordinal;

-- name: areas_by_level
SELECT level, count(DISTINCT code) FROM area WHERE registry = %(registry)s AND geography = %(geography)s GROUP BY 1;

-- name: registered_codes
SELECT DISTINCT code FROM area WHERE registry = %(registry)s AND geography = %(geography)s;

-- name: registered_areas  Null filters are no filters.
SELECT code, official_code, level, name, name_en, kana, parent, valid_from, valid_to FROM area
WHERE registry = %(registry)s AND geography = %(geography)s AND (%(level)s::text IS NULL OR level = %(level)s)
  AND (%(parent)s::text IS NULL OR parent = %(parent)s)
  AND (%(day)s::date IS NULL OR (valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)))
  AND (%(after)s::text[] IS NULL OR (code COLLATE "C", valid_from) > ((%(after)s::text[])[1], ((%(after)s::text[])[2])::date))
ORDER BY code COLLATE "C", valid_from LIMIT %(limit)s;

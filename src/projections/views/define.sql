-- Definitions to areas, nodes and units.

-- name: put_geography
INSERT INTO geography (registry, code, ordinal, definition)
VALUES (%(registry)s, %(code)s, (SELECT count(*) FROM geography WHERE registry = %(registry)s), %(definition)s)
ON CONFLICT (registry, code) DO UPDATE SET definition = excluded.definition;

-- name: put_area
INSERT INTO area (registry, geography, code, level, name, name_en, kana, parent, valid_from, valid_to, official_code)
VALUES (%(registry)s, %(geography)s, %(code)s, %(level)s, %(name)s, %(name_en)s, %(kana)s, %(parent)s, %(valid_from)s, %(valid_to)s, %(official_code)s)
ON CONFLICT (registry, geography, code, valid_from) DO UPDATE
SET level = excluded.level, name = excluded.name, name_en = excluded.name_en, kana = excluded.kana,
    parent = excluded.parent, valid_to = excluded.valid_to, official_code = excluded.official_code;

-- name: geographies
SELECT definition FROM geography WHERE registry = %s ORDER BY ordinal;

-- name: areas
SELECT geography, code, level, name, name_en, kana, parent, valid_from, valid_to, official_code FROM area WHERE registry = %s;

-- name: put_election
INSERT INTO election (code, registry, polling_date, is_test, definition, position)
VALUES (%(code)s, %(registry)s, %(polling_date)s, %(is_test)s, %(definition)s, %(position)s)
ON CONFLICT (code) DO UPDATE SET registry = excluded.registry, polling_date = excluded.polling_date,
  is_test = excluded.is_test, definition = excluded.definition, position = excluded.position;

-- name: elections_to_follow  Those of these registries, or of these codes.
SELECT election_no, definition, kept FROM election WHERE registry = ANY(%(registries)s) OR code = ANY(%(elections)s);

-- name: election_numbers
SELECT code, election_no FROM election WHERE code = ANY(%s);

-- name: put_kept  In one transaction with whatever else of a roster is put.
UPDATE election SET kept = %(kept)s, rosters = rosters + 1 WHERE election_no = %(election_no)s;

-- The projector may make view schemas of one shape of name, and nothing else, in this database.
GRANT USAGE ON SCHEMA ops TO reporting_projector, reporting_reader, reporting_writer;
GRANT SELECT ON ops.projection TO reporting_projector, reporting_reader, reporting_writer;
GRANT INSERT, UPDATE, DELETE ON ops.projection TO reporting_projector;

CREATE FUNCTION ops.create_view_schema_v1(version int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE name text := format('views_v%s', version);
BEGIN
  EXECUTE format('CREATE SCHEMA %I AUTHORIZATION reporting_projector', name);
  RETURN name;
END $$;
REVOKE ALL ON FUNCTION ops.create_view_schema_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.create_view_schema_v1 TO reporting_projector;

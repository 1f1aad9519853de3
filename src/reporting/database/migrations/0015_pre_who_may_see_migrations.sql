-- Who serves sees what was applied, so that a build that is newer than the tables does not start on them. Who may not look has not
-- applied this one.

DO $$ BEGIN
  IF to_regclass('public.reporting_migration') IS NOT NULL THEN
    GRANT SELECT ON public.reporting_migration TO reporting_projector, reporting_reader;
  END IF;
END $$;

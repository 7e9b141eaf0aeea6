-- The roles that the library's logins are granted.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lms_app') THEN
        CREATE ROLE lms_app NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lms_maintenance') THEN
        CREATE ROLE lms_maintenance NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA lms TO lms_app, lms_maintenance;
GRANT SELECT ON lms.schema_migrations TO lms_app, lms_maintenance;

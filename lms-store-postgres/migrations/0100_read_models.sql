-- Read models: sums that are kept ready, refreshed tenant by tenant. They are tables with
-- policies and not materialized views, which cannot have any.

CREATE TABLE lms.read_models (
    tenant_id UUID NOT NULL,
    refreshed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT read_models_pkey PRIMARY KEY (tenant_id)
);

CREATE TABLE lms.student_progress (
    tenant_id UUID NOT NULL,
    learner_id UUID NOT NULL,
    org_unit_id UUID,
    active_courses BIGINT NOT NULL,
    completed_courses BIGINT NOT NULL,
    mean_progress BIGINT NOT NULL,
    lessons_completed BIGINT NOT NULL,
    activities_completed BIGINT NOT NULL,
    time_spent_seconds BIGINT NOT NULL,
    last_activity_at TIMESTAMPTZ,
    CONSTRAINT student_progress_pkey PRIMARY KEY (tenant_id, learner_id)
);

CREATE INDEX student_progress_org_unit_id_idx
    ON lms.student_progress (tenant_id, org_unit_id, learner_id);

-- How many classes and students somebody teaches: in one unit, or, where the unit is the
-- tenant's own id, in all of them together. Students of several classes count once, so units do
-- not add up.
CREATE TABLE lms.tutor_classes (
    tenant_id UUID NOT NULL,
    unit_id UUID NOT NULL,
    tutor_id UUID NOT NULL,
    active_classes BIGINT NOT NULL,
    students BIGINT NOT NULL,
    CONSTRAINT tutor_classes_pkey PRIMARY KEY (tenant_id, unit_id, tutor_id)
);

-- What somebody holds, by the first and the last day (UTC) of the sessions. Sessions of no unit
-- stand under the tenant's own id.
CREATE TABLE lms.tutor_sessions (
    tenant_id UUID NOT NULL,
    unit_id UUID NOT NULL,
    tutor_id UUID NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    sessions BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    CONSTRAINT tutor_sessions_pkey
        PRIMARY KEY (tenant_id, first_day, last_day, unit_id, tutor_id)
);

-- What units took and spent, by day (UTC). The sums may be greater than any one amount.
CREATE TABLE lms.centre_financials (
    tenant_id UUID NOT NULL,
    org_unit_id UUID NOT NULL,
    day DATE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    total NUMERIC NOT NULL,
    CONSTRAINT centre_financials_pkey PRIMARY KEY (tenant_id, org_unit_id, day, kind, currency)
);

ALTER TABLE lms.read_models ENABLE ROW LEVEL SECURITY;
ALTER TABLE lms.read_models FORCE ROW LEVEL SECURITY;
CREATE POLICY read_models_tenant ON lms.read_models
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);
CREATE POLICY read_models_all ON lms.read_models TO lms_maintenance
    USING (true)
    WITH CHECK (true);

ALTER TABLE lms.student_progress ENABLE ROW LEVEL SECURITY;
ALTER TABLE lms.student_progress FORCE ROW LEVEL SECURITY;
CREATE POLICY student_progress_tenant ON lms.student_progress
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);
CREATE POLICY student_progress_all ON lms.student_progress TO lms_maintenance
    USING (true)
    WITH CHECK (true);

ALTER TABLE lms.tutor_classes ENABLE ROW LEVEL SECURITY;
ALTER TABLE lms.tutor_classes FORCE ROW LEVEL SECURITY;
CREATE POLICY tutor_classes_tenant ON lms.tutor_classes
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);
CREATE POLICY tutor_classes_all ON lms.tutor_classes TO lms_maintenance
    USING (true)
    WITH CHECK (true);

ALTER TABLE lms.tutor_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE lms.tutor_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tutor_sessions_tenant ON lms.tutor_sessions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);
CREATE POLICY tutor_sessions_all ON lms.tutor_sessions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

ALTER TABLE lms.centre_financials ENABLE ROW LEVEL SECURITY;
ALTER TABLE lms.centre_financials FORCE ROW LEVEL SECURITY;
CREATE POLICY centre_financials_tenant ON lms.centre_financials
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);
CREATE POLICY centre_financials_all ON lms.centre_financials TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON lms.read_models, lms.student_progress, lms.tutor_classes, lms.tutor_sessions,
       lms.centre_financials
    TO lms_app, lms_maintenance;

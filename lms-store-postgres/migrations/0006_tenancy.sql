-- The tables of the context `tenancy`.

CREATE TABLE lms.tenants (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    name TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    logo_url TEXT COLLATE "C",
    location TEXT COLLATE "C",
    contact_email TEXT COLLATE "C",
    contact_phone TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    data_region TEXT COLLATE "C" NOT NULL,
    retention_class TEXT COLLATE "C" NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_version_check CHECK (version >= 1),
    CONSTRAINT tenants_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT tenants_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT tenants_logo_url_check CHECK (char_length(logo_url) <= 2048),
    CONSTRAINT tenants_location_check CHECK (char_length(location) <= 500),
    CONSTRAINT tenants_contact_email_check CHECK (char_length(contact_email) <= 254),
    CONSTRAINT tenants_contact_phone_check CHECK (char_length(contact_phone) <= 16),
    CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended', 'closed')),
    CONSTRAINT tenants_data_region_check CHECK (char_length(data_region) <= 32),
    CONSTRAINT tenants_retention_class_check CHECK (char_length(retention_class) <= 16)
);

CREATE UNIQUE INDEX tenants_slug_key ON lms.tenants (slug)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.tenants ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.tenants FORCE ROW LEVEL SECURITY;

CREATE POLICY tenants_platform ON lms.tenants
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY tenants_own ON lms.tenants FOR SELECT
    USING (id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY tenants_own_lock ON lms.tenants FOR UPDATE
    USING (id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (false);

CREATE POLICY tenants_all ON lms.tenants TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.tenants TO lms_app, lms_maintenance;

CREATE TABLE lms.org_units (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    parent_id UUID,
    path TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C",
    location TEXT COLLATE "C",
    contact_email TEXT COLLATE "C",
    contact_phone TEXT COLLATE "C",
    time_zone TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT org_units_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT org_units_version_check CHECK (version >= 1),
    CONSTRAINT org_units_path_check CHECK (char_length(path) <= 1056),
    CONSTRAINT org_units_kind_check CHECK (kind IN ('country', 'region', 'centre', 'branch', 'department')),
    CONSTRAINT org_units_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT org_units_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT org_units_location_check CHECK (char_length(location) <= 500),
    CONSTRAINT org_units_contact_email_check CHECK (char_length(contact_email) <= 254),
    CONSTRAINT org_units_contact_phone_check CHECK (char_length(contact_phone) <= 16),
    CONSTRAINT org_units_time_zone_check CHECK (char_length(time_zone) <= 64),
    CONSTRAINT org_units_status_check CHECK (status IN ('active', 'inactive')),
    CONSTRAINT org_units_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES lms.org_units (tenant_id, id)
);

CREATE UNIQUE INDEX org_units_slug_key ON lms.org_units (tenant_id, slug)
    WHERE deleted_at IS NULL;

CREATE INDEX org_units_path_idx ON lms.org_units (tenant_id, path, id)
    WHERE deleted_at IS NULL;

CREATE INDEX org_units_parent_id_idx ON lms.org_units (tenant_id, parent_id, id);

ALTER TABLE lms.org_units ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.org_units FORCE ROW LEVEL SECURITY;

CREATE POLICY org_units_tenant ON lms.org_units
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY org_units_all ON lms.org_units TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.org_units TO lms_app, lms_maintenance;

CREATE TABLE lms.tenant_settings (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    signup_mode TEXT COLLATE "C" NOT NULL,
    allowed_domains JSONB NOT NULL,
    features JSONB NOT NULL,
    courses_need_review BOOLEAN NOT NULL,
    staff_may_work_elsewhere BOOLEAN NOT NULL,
    decides_alone BOOLEAN NOT NULL,
    age_of_consent BIGINT NOT NULL,
    locale TEXT COLLATE "C" NOT NULL,
    time_zone TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    settings JSONB,
    CONSTRAINT tenant_settings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT tenant_settings_version_check CHECK (version >= 1),
    CONSTRAINT tenant_settings_signup_mode_check CHECK (signup_mode IN ('public', 'invite_only', 'domain_restricted')),
    CONSTRAINT tenant_settings_age_of_consent_check CHECK (age_of_consent BETWEEN 0 AND 255),
    CONSTRAINT tenant_settings_locale_check CHECK (char_length(locale) <= 35),
    CONSTRAINT tenant_settings_time_zone_check CHECK (char_length(time_zone) <= 64),
    CONSTRAINT tenant_settings_currency_check CHECK (char_length(currency) <= 3)
);

ALTER TABLE lms.tenant_settings ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.tenant_settings FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant_settings_tenant ON lms.tenant_settings
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY tenant_settings_all ON lms.tenant_settings TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.tenant_settings TO lms_app, lms_maintenance;

CREATE TABLE lms.tenant_plans (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    name TEXT COLLATE "C" NOT NULL,
    max_students BIGINT,
    max_staff BIGINT,
    max_storage_mb BIGINT,
    price_per_month_minor BIGINT NOT NULL,
    price_per_month_currency TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    trial_ends_at TIMESTAMPTZ,
    CONSTRAINT tenant_plans_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT tenant_plans_version_check CHECK (version >= 1),
    CONSTRAINT tenant_plans_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT tenant_plans_max_students_check CHECK (max_students BETWEEN 0 AND 4294967295),
    CONSTRAINT tenant_plans_max_staff_check CHECK (max_staff BETWEEN 0 AND 4294967295),
    CONSTRAINT tenant_plans_max_storage_mb_check CHECK (max_storage_mb BETWEEN 0 AND 4294967295),
    CONSTRAINT tenant_plans_price_per_month_currency_check CHECK (char_length(price_per_month_currency) <= 3),
    CONSTRAINT tenant_plans_status_check CHECK (status IN ('active', 'inactive'))
);

CREATE INDEX tenant_plans_started_at_idx ON lms.tenant_plans (tenant_id, started_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.tenant_plans ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.tenant_plans FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant_plans_tenant ON lms.tenant_plans
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY tenant_plans_all ON lms.tenant_plans TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.tenant_plans TO lms_app, lms_maintenance;

CREATE TABLE lms.plan_standings (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    state TEXT COLLATE "C" NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    trial_ends_at TIMESTAMPTZ,
    lapses_at TIMESTAMPTZ,
    bill_due_at TIMESTAMPTZ,
    grace_days BIGINT NOT NULL,
    cancelled_at TIMESTAMPTZ,
    next_change_at TIMESTAMPTZ,
    CONSTRAINT plan_standings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT plan_standings_version_check CHECK (version >= 1),
    CONSTRAINT plan_standings_state_check CHECK (state IN ('trial', 'active', 'past_due', 'suspended', 'cancelled')),
    CONSTRAINT plan_standings_grace_days_check CHECK (grace_days BETWEEN 0 AND 65535)
);

CREATE INDEX plan_standings_next_change_at_idx ON lms.plan_standings (tenant_id, next_change_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.plan_standings ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.plan_standings FORCE ROW LEVEL SECURITY;

CREATE POLICY plan_standings_tenant ON lms.plan_standings
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY plan_standings_all ON lms.plan_standings TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.plan_standings TO lms_app, lms_maintenance;

CREATE TABLE lms.tenant_usage (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    period TEXT COLLATE "C" NOT NULL,
    active_students BIGINT NOT NULL,
    total_enrollments BIGINT NOT NULL,
    storage_used_mb BIGINT NOT NULL,
    taken_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT tenant_usage_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT tenant_usage_version_check CHECK (version >= 1),
    CONSTRAINT tenant_usage_period_check CHECK (char_length(period) <= 7),
    CONSTRAINT tenant_usage_active_students_check CHECK (active_students BETWEEN 0 AND 4294967295),
    CONSTRAINT tenant_usage_total_enrollments_check CHECK (total_enrollments BETWEEN 0 AND 4294967295),
    CONSTRAINT tenant_usage_storage_used_mb_check CHECK (storage_used_mb BETWEEN 0 AND 4294967295)
);

CREATE UNIQUE INDEX tenant_usage_period_key ON lms.tenant_usage (tenant_id, period);

ALTER TABLE lms.tenant_usage ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.tenant_usage FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant_usage_tenant ON lms.tenant_usage
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY tenant_usage_all ON lms.tenant_usage TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.tenant_usage TO lms_app, lms_maintenance;

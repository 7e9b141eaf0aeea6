-- The tables of the context `identity`.

CREATE TABLE lms.users (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    password_hash TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    email_verified_at TIMESTAMPTZ,
    phone_verified_at TIMESTAMPTZ,
    mfa_enabled BOOLEAN NOT NULL,
    last_login_at TIMESTAMPTZ,
    login_attempts BIGINT NOT NULL,
    locked_until TIMESTAMPTZ,
    employer_id UUID,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_version_check CHECK (version >= 1),
    CONSTRAINT users_email_check CHECK (char_length(email) <= 254),
    CONSTRAINT users_phone_check CHECK (char_length(phone) <= 16),
    CONSTRAINT users_status_check CHECK (status IN ('pending_verification', 'active', 'inactive', 'suspended', 'erased')),
    CONSTRAINT users_login_attempts_check CHECK (login_attempts BETWEEN 0 AND 4294967295)
);

CREATE UNIQUE INDEX users_email_key ON lms.users (email)
    WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX users_phone_key ON lms.users (phone)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.users ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.users FORCE ROW LEVEL SECURITY;

CREATE POLICY users_platform ON lms.users
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY users_all ON lms.users TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.users TO lms_app, lms_maintenance;

CREATE TABLE lms.platform_assignments (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    CONSTRAINT platform_assignments_pkey PRIMARY KEY (id),
    CONSTRAINT platform_assignments_version_check CHECK (version >= 1),
    CONSTRAINT platform_assignments_role_check CHECK (role IN ('platform_admin', 'platform_support')),
    CONSTRAINT platform_assignments_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id)
);

CREATE UNIQUE INDEX platform_assignments_user_id_role_key ON lms.platform_assignments (user_id, role)
    WHERE deleted_at IS NULL;

CREATE INDEX platform_assignments_user_id_idx ON lms.platform_assignments (user_id, id);

ALTER TABLE lms.platform_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.platform_assignments FORCE ROW LEVEL SECURITY;

CREATE POLICY platform_assignments_platform ON lms.platform_assignments
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY platform_assignments_all ON lms.platform_assignments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.platform_assignments TO lms_app, lms_maintenance;

CREATE TABLE lms.memberships (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID,
    kind TEXT COLLATE "C" NOT NULL,
    full_name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    org_unit_id UUID,
    is_unit_admin BOOLEAN NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    permissions JSONB NOT NULL,
    joined_at TIMESTAMPTZ,
    CONSTRAINT memberships_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT memberships_version_check CHECK (version >= 1),
    CONSTRAINT memberships_kind_check CHECK (kind IN ('staff', 'student', 'guardian', 'admin')),
    CONSTRAINT memberships_full_name_check CHECK (char_length(full_name) <= 255),
    CONSTRAINT memberships_email_check CHECK (char_length(email) <= 254),
    CONSTRAINT memberships_phone_check CHECK (char_length(phone) <= 16),
    CONSTRAINT memberships_status_check CHECK (status IN ('pending', 'active', 'suspended', 'left')),
    CONSTRAINT memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id),
    CONSTRAINT memberships_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id)
);

CREATE UNIQUE INDEX memberships_user_id_key ON lms.memberships (tenant_id, user_id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_kind_status_idx ON lms.memberships (tenant_id, kind, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_org_unit_id_idx ON lms.memberships (tenant_id, org_unit_id, id);

CREATE INDEX memberships_email_idx ON lms.memberships (tenant_id, email, id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_full_name_idx ON lms.memberships (tenant_id, full_name, id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_user_id_idx ON lms.memberships (tenant_id, user_id, id);

ALTER TABLE lms.memberships ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.memberships FORCE ROW LEVEL SECURITY;

CREATE POLICY memberships_tenant ON lms.memberships
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY memberships_all ON lms.memberships TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.memberships TO lms_app, lms_maintenance;

CREATE TABLE lms.role_assignments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    membership_id UUID NOT NULL,
    role_id UUID NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    scope_id UUID NOT NULL,
    CONSTRAINT role_assignments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT role_assignments_version_check CHECK (version >= 1),
    CONSTRAINT role_assignments_scope_check CHECK (scope IN ('tenant', 'unit', 'course', 'class')),
    CONSTRAINT role_assignments_membership_id_fkey FOREIGN KEY (tenant_id, membership_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT role_assignments_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES lms.roles (tenant_id, id)
);

CREATE UNIQUE INDEX role_assignments_membership_id_role_id__4ea41f70_key ON lms.role_assignments (tenant_id, membership_id, role_id, scope, scope_id)
    WHERE deleted_at IS NULL;

CREATE INDEX role_assignments_scope_scope_id_idx ON lms.role_assignments (tenant_id, scope, scope_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX role_assignments_membership_id_idx ON lms.role_assignments (tenant_id, membership_id, id);

CREATE INDEX role_assignments_role_id_idx ON lms.role_assignments (tenant_id, role_id, id);

ALTER TABLE lms.role_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.role_assignments FORCE ROW LEVEL SECURITY;

CREATE POLICY role_assignments_tenant ON lms.role_assignments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY role_assignments_all ON lms.role_assignments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.role_assignments TO lms_app, lms_maintenance;

CREATE TABLE lms.guardian_links (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    guardian_id UUID NOT NULL,
    student_id UUID NOT NULL,
    relationship TEXT COLLATE "C" NOT NULL,
    CONSTRAINT guardian_links_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT guardian_links_version_check CHECK (version >= 1),
    CONSTRAINT guardian_links_relationship_check CHECK (relationship IN ('parent', 'guardian')),
    CONSTRAINT guardian_links_guardian_id_fkey FOREIGN KEY (tenant_id, guardian_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT guardian_links_student_id_fkey FOREIGN KEY (tenant_id, student_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX guardian_links_guardian_id_student_id_key ON lms.guardian_links (tenant_id, guardian_id, student_id)
    WHERE deleted_at IS NULL;

CREATE INDEX guardian_links_student_id_idx ON lms.guardian_links (tenant_id, student_id, id);

CREATE INDEX guardian_links_guardian_id_idx ON lms.guardian_links (tenant_id, guardian_id, id);

ALTER TABLE lms.guardian_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.guardian_links FORCE ROW LEVEL SECURITY;

CREATE POLICY guardian_links_tenant ON lms.guardian_links
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY guardian_links_all ON lms.guardian_links TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.guardian_links TO lms_app, lms_maintenance;

-- The tables of the context `authorization`.

CREATE TABLE lms.roles (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    scope TEXT COLLATE "C" NOT NULL,
    needs_place BOOLEAN NOT NULL,
    is_builtin BOOLEAN NOT NULL,
    CONSTRAINT roles_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT roles_version_check CHECK (version >= 1),
    CONSTRAINT roles_key_check CHECK (char_length(key) <= 64),
    CONSTRAINT roles_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT roles_scope_check CHECK (scope IN ('platform', 'tenant', 'unit', 'course', 'class'))
);

CREATE UNIQUE INDEX roles_key_key ON lms.roles (tenant_id, key)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.roles ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.roles FORCE ROW LEVEL SECURITY;

CREATE POLICY roles_tenant ON lms.roles
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY roles_all ON lms.roles TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.roles TO lms_app, lms_maintenance;

CREATE TABLE lms.role_permissions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    role_id UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    effect TEXT COLLATE "C" NOT NULL,
    reach TEXT COLLATE "C" NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT role_permissions_version_check CHECK (version >= 1),
    CONSTRAINT role_permissions_key_check CHECK (char_length(key) <= 102),
    CONSTRAINT role_permissions_effect_check CHECK (effect IN ('allow', 'deny')),
    CONSTRAINT role_permissions_reach_check CHECK (reach IN ('all', 'led', 'own', 'wards')),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES lms.roles (tenant_id, id)
);

CREATE UNIQUE INDEX role_permissions_role_id_key_reach_key ON lms.role_permissions (tenant_id, role_id, key, reach)
    WHERE deleted_at IS NULL;

CREATE INDEX role_permissions_role_id_idx ON lms.role_permissions (tenant_id, role_id, id);

ALTER TABLE lms.role_permissions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.role_permissions FORCE ROW LEVEL SECURITY;

CREATE POLICY role_permissions_tenant ON lms.role_permissions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY role_permissions_all ON lms.role_permissions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.role_permissions TO lms_app, lms_maintenance;

-- The tables of the context `audit`.

CREATE TABLE lms.audit_entries (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor_id UUID,
    actor_kind TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C",
    entity_kind TEXT COLLATE "C" NOT NULL,
    entity_id UUID,
    changes JSONB NOT NULL,
    request TEXT COLLATE "C",
    ip_address TEXT COLLATE "C",
    user_agent TEXT COLLATE "C",
    occurred_at TIMESTAMPTZ NOT NULL,
    seal BIGINT,
    proof JSONB,
    CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT audit_entries_version_check CHECK (version >= 1),
    CONSTRAINT audit_entries_action_check CHECK (action IN ('create', 'update', 'delete', 'restore', 'purge', 'login', 'logout', 'erase', 'export', 'denied'))
);

CREATE INDEX audit_entries_entity_kind_entity_id_idx ON lms.audit_entries (tenant_id, entity_kind, entity_id, id);

CREATE INDEX audit_entries_actor_id_occurred_at_idx ON lms.audit_entries (tenant_id, actor_id, occurred_at, id);

CREATE INDEX audit_entries_seal_occurred_at_idx ON lms.audit_entries (tenant_id, seal, occurred_at, id);

ALTER TABLE lms.audit_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.audit_entries FORCE ROW LEVEL SECURITY;

CREATE POLICY audit_entries_tenant ON lms.audit_entries
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY audit_entries_all ON lms.audit_entries TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.audit_entries TO lms_app, lms_maintenance;

CREATE TABLE lms.audit_seals (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    sequence BIGINT NOT NULL,
    previous BYTEA,
    entry_count BIGINT NOT NULL,
    from_at TIMESTAMPTZ NOT NULL,
    from_entry UUID NOT NULL,
    to_at TIMESTAMPTZ NOT NULL,
    to_entry UUID NOT NULL,
    entries BYTEA NOT NULL,
    root BYTEA NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL,
    hash BYTEA NOT NULL,
    purged_at TIMESTAMPTZ,
    CONSTRAINT audit_seals_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT audit_seals_version_check CHECK (version >= 1),
    CONSTRAINT audit_seals_entry_count_check CHECK (entry_count BETWEEN 0 AND 4294967295)
);

CREATE UNIQUE INDEX audit_seals_sequence_key ON lms.audit_seals (tenant_id, sequence);

ALTER TABLE lms.audit_seals ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.audit_seals FORCE ROW LEVEL SECURITY;

CREATE POLICY audit_seals_tenant ON lms.audit_seals
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY audit_seals_all ON lms.audit_seals TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.audit_seals TO lms_app, lms_maintenance;

-- The tables of the context `store`.

CREATE TABLE lms.idempotency_keys (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    answer JSONB,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT idempotency_keys_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX idempotency_keys_key_key ON lms.idempotency_keys (tenant_id, key);

CREATE INDEX idempotency_keys_expires_at_idx ON lms.idempotency_keys (tenant_id, expires_at, id);

ALTER TABLE lms.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY idempotency_keys_tenant ON lms.idempotency_keys
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY idempotency_keys_all ON lms.idempotency_keys TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.idempotency_keys TO lms_app, lms_maintenance;

-- The tables of the context `outbox`.

CREATE TABLE lms.outbox_messages (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id UUID NOT NULL,
    payload JSONB NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    CONSTRAINT outbox_messages_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT outbox_messages_version_check CHECK (version >= 1),
    CONSTRAINT outbox_messages_status_check CHECK (status IN ('pending', 'sent', 'dead')),
    CONSTRAINT outbox_messages_attempts_check CHECK (attempts BETWEEN 0 AND 4294967295)
);

CREATE INDEX outbox_messages_status_next_attempt_at_idx ON lms.outbox_messages (tenant_id, status, next_attempt_at, id);

CREATE INDEX outbox_messages_subject_kind_subject_id_idx ON lms.outbox_messages (tenant_id, subject_kind, subject_id, id);

ALTER TABLE lms.outbox_messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.outbox_messages FORCE ROW LEVEL SECURITY;

CREATE POLICY outbox_messages_tenant ON lms.outbox_messages
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY outbox_messages_all ON lms.outbox_messages TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.outbox_messages TO lms_app, lms_maintenance;

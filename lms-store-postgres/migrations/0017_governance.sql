-- The tables of the context `governance`.

CREATE TABLE lms.consents (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    member_id UUID NOT NULL,
    given_by UUID NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    document_version TEXT COLLATE "C" NOT NULL,
    how TEXT COLLATE "C" NOT NULL,
    evidence TEXT COLLATE "C",
    given_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    CONSTRAINT consents_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT consents_version_check CHECK (version >= 1),
    CONSTRAINT consents_purpose_check CHECK (char_length(purpose) <= 120),
    CONSTRAINT consents_document_version_check CHECK (char_length(document_version) <= 500),
    CONSTRAINT consents_how_check CHECK (how IN ('online', 'paper', 'spoken', 'imported')),
    CONSTRAINT consents_evidence_check CHECK (char_length(evidence) <= 500),
    CONSTRAINT consents_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT consents_given_by_fkey FOREIGN KEY (tenant_id, given_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX consents_member_id_purpose_document_version_key ON lms.consents (tenant_id, member_id, purpose, document_version)
    WHERE deleted_at IS NULL AND withdrawn_at IS NULL;

CREATE INDEX consents_member_id_given_at_idx ON lms.consents (tenant_id, member_id, given_at, id);

CREATE INDEX consents_given_by_idx ON lms.consents (tenant_id, given_by, id);

ALTER TABLE lms.consents ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.consents FORCE ROW LEVEL SECURITY;

CREATE POLICY consents_tenant ON lms.consents
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY consents_all ON lms.consents TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.consents TO lms_app, lms_maintenance;

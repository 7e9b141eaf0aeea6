-- The tables of the context `recognition`.

CREATE TABLE lms.certificates (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    learner_id UUID NOT NULL,
    course_id UUID NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    document_url TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoke_reason TEXT COLLATE "C",
    CONSTRAINT certificates_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT certificates_version_check CHECK (version >= 1),
    CONSTRAINT certificates_number_check CHECK (char_length(number) <= 50),
    CONSTRAINT certificates_document_url_check CHECK (char_length(document_url) <= 2048),
    CONSTRAINT certificates_status_check CHECK (status IN ('issued', 'revoked', 'renewed')),
    CONSTRAINT certificates_revoke_reason_check CHECK (char_length(revoke_reason) <= 500),
    CONSTRAINT certificates_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT certificates_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE UNIQUE INDEX certificates_learner_id_course_id_key ON lms.certificates (tenant_id, learner_id, course_id)
    WHERE deleted_at IS NULL AND status IN ('issued');

CREATE UNIQUE INDEX certificates_number_key ON lms.certificates (tenant_id, number);

CREATE INDEX certificates_learner_id_course_id_idx ON lms.certificates (tenant_id, learner_id, course_id, id);

CREATE INDEX certificates_course_id_idx ON lms.certificates (tenant_id, course_id, id);

ALTER TABLE lms.certificates ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.certificates FORCE ROW LEVEL SECURITY;

CREATE POLICY certificates_tenant ON lms.certificates
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY certificates_all ON lms.certificates TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.certificates TO lms_app, lms_maintenance;

CREATE TABLE lms.badges (
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
    slug TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    icon_url TEXT COLLATE "C",
    category TEXT COLLATE "C" NOT NULL,
    criteria JSONB NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT badges_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT badges_version_check CHECK (version >= 1),
    CONSTRAINT badges_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT badges_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT badges_description_check CHECK (char_length(description) <= 65536),
    CONSTRAINT badges_icon_url_check CHECK (char_length(icon_url) <= 2048),
    CONSTRAINT badges_category_check CHECK (category IN ('progress', 'streak', 'social', 'special')),
    CONSTRAINT badges_status_check CHECK (status IN ('active', 'retired'))
);

CREATE UNIQUE INDEX badges_slug_key ON lms.badges (tenant_id, slug)
    WHERE deleted_at IS NULL;

CREATE INDEX badges_status_idx ON lms.badges (tenant_id, status, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.badges ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.badges FORCE ROW LEVEL SECURITY;

CREATE POLICY badges_tenant ON lms.badges
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY badges_all ON lms.badges TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.badges TO lms_app, lms_maintenance;

CREATE TABLE lms.badge_awards (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    learner_id UUID NOT NULL,
    badge_id UUID NOT NULL,
    earned_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT badge_awards_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT badge_awards_version_check CHECK (version >= 1),
    CONSTRAINT badge_awards_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT badge_awards_badge_id_fkey FOREIGN KEY (tenant_id, badge_id) REFERENCES lms.badges (tenant_id, id)
);

CREATE UNIQUE INDEX badge_awards_learner_id_badge_id_key ON lms.badge_awards (tenant_id, learner_id, badge_id)
    WHERE deleted_at IS NULL;

CREATE INDEX badge_awards_badge_id_idx ON lms.badge_awards (tenant_id, badge_id, id);

CREATE INDEX badge_awards_learner_id_idx ON lms.badge_awards (tenant_id, learner_id, id);

ALTER TABLE lms.badge_awards ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.badge_awards FORCE ROW LEVEL SECURITY;

CREATE POLICY badge_awards_tenant ON lms.badge_awards
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY badge_awards_all ON lms.badge_awards TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.badge_awards TO lms_app, lms_maintenance;

CREATE TABLE lms.points_entries (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    learner_id UUID NOT NULL,
    points BIGINT NOT NULL,
    reason TEXT COLLATE "C",
    CONSTRAINT points_entries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT points_entries_version_check CHECK (version >= 1),
    CONSTRAINT points_entries_points_check CHECK (points BETWEEN -2147483648 AND 2147483647),
    CONSTRAINT points_entries_reason_check CHECK (char_length(reason) <= 500),
    CONSTRAINT points_entries_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE INDEX points_entries_learner_id_idx ON lms.points_entries (tenant_id, learner_id, id);

ALTER TABLE lms.points_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.points_entries FORCE ROW LEVEL SECURITY;

CREATE POLICY points_entries_tenant ON lms.points_entries
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY points_entries_all ON lms.points_entries TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.points_entries TO lms_app, lms_maintenance;

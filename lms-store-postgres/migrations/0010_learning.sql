-- The tables of the context `learning`.

CREATE TABLE lms.enrollments (
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
    status TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_id UUID,
    enrolled_at TIMESTAMPTZ NOT NULL,
    completed_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    progress BIGINT NOT NULL,
    position_node_id UUID,
    position_seconds BIGINT,
    last_accessed_at TIMESTAMPTZ,
    CONSTRAINT enrollments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT enrollments_version_check CHECK (version >= 1),
    CONSTRAINT enrollments_status_check CHECK (status IN ('pending', 'waitlisted', 'active', 'suspended', 'completed', 'dropped', 'expired')),
    CONSTRAINT enrollments_source_check CHECK (source IN ('manual', 'own_choice', 'order', 'subscription', 'voucher', 'class', 'invite', 'code', 'import', 'lti', 'program')),
    CONSTRAINT enrollments_progress_check CHECK (progress BETWEEN 0 AND 1000000),
    CONSTRAINT enrollments_position_seconds_check CHECK (position_seconds BETWEEN 0 AND 4294967295),
    CONSTRAINT enrollments_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT enrollments_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT enrollments_position_node_id_fkey FOREIGN KEY (tenant_id, position_node_id) REFERENCES lms.content_nodes (tenant_id, id)
);

CREATE UNIQUE INDEX enrollments_learner_id_course_id_key ON lms.enrollments (tenant_id, learner_id, course_id)
    WHERE deleted_at IS NULL AND status IN ('pending', 'waitlisted', 'active', 'suspended', 'completed');

CREATE INDEX enrollments_learner_id_course_id_idx ON lms.enrollments (tenant_id, learner_id, course_id, id);

CREATE INDEX enrollments_course_id_status_idx ON lms.enrollments (tenant_id, course_id, status, id);

CREATE INDEX enrollments_status_expires_at_idx ON lms.enrollments (tenant_id, status, expires_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX enrollments_position_node_id_idx ON lms.enrollments (tenant_id, position_node_id, id);

ALTER TABLE lms.enrollments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.enrollments FORCE ROW LEVEL SECURITY;

CREATE POLICY enrollments_tenant ON lms.enrollments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY enrollments_all ON lms.enrollments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.enrollments TO lms_app, lms_maintenance;

CREATE TABLE lms.node_progress (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    enrollment_id UUID NOT NULL,
    learner_id UUID NOT NULL,
    course_id UUID NOT NULL,
    node_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    completed_at TIMESTAMPTZ,
    time_spent_seconds BIGINT NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT node_progress_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT node_progress_version_check CHECK (version >= 1),
    CONSTRAINT node_progress_status_check CHECK (status IN ('not_started', 'in_progress', 'completed')),
    CONSTRAINT node_progress_enrollment_id_fkey FOREIGN KEY (tenant_id, enrollment_id) REFERENCES lms.enrollments (tenant_id, id),
    CONSTRAINT node_progress_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT node_progress_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT node_progress_node_id_fkey FOREIGN KEY (tenant_id, node_id) REFERENCES lms.content_nodes (tenant_id, id)
);

CREATE UNIQUE INDEX node_progress_enrollment_id_node_id_key ON lms.node_progress (tenant_id, enrollment_id, node_id);

CREATE INDEX node_progress_node_id_idx ON lms.node_progress (tenant_id, node_id, id);

CREATE INDEX node_progress_course_id_learner_id_idx ON lms.node_progress (tenant_id, course_id, learner_id, id);

CREATE INDEX node_progress_learner_id_idx ON lms.node_progress (tenant_id, learner_id, id);

ALTER TABLE lms.node_progress ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.node_progress FORCE ROW LEVEL SECURITY;

CREATE POLICY node_progress_tenant ON lms.node_progress
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY node_progress_all ON lms.node_progress TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.node_progress TO lms_app, lms_maintenance;

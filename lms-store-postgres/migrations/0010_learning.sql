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
    queued_at TIMESTAMPTZ NOT NULL,
    schedule_from TIMESTAMPTZ,
    kept_out_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    progress BIGINT NOT NULL,
    position_node_id UUID,
    position_seconds BIGINT,
    last_accessed_at TIMESTAMPTZ,
    CONSTRAINT enrollments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT enrollments_version_check CHECK (version >= 1),
    CONSTRAINT enrollments_status_check CHECK (status IN ('pending', 'waitlisted', 'active', 'suspended', 'completed', 'dropped', 'expired', 'retaken')),
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

CREATE INDEX enrollments_course_id_status_idx ON lms.enrollments (tenant_id, course_id, status, id)
    INCLUDE (learner_id, deleted_at);

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

CREATE TABLE lms.enrollment_rights (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    enrollment_id UUID NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_id UUID,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ,
    days_from_seat BIGINT,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT enrollment_rights_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT enrollment_rights_version_check CHECK (version >= 1),
    CONSTRAINT enrollment_rights_source_check CHECK (source IN ('manual', 'own_choice', 'order', 'subscription', 'voucher', 'class', 'invite', 'code', 'import', 'lti', 'program')),
    CONSTRAINT enrollment_rights_days_from_seat_check CHECK (days_from_seat BETWEEN 0 AND 4294967295),
    CONSTRAINT enrollment_rights_status_check CHECK (status IN ('held', 'resting', 'ended')),
    CONSTRAINT enrollment_rights_enrollment_id_fkey FOREIGN KEY (tenant_id, enrollment_id) REFERENCES lms.enrollments (tenant_id, id)
);

CREATE UNIQUE INDEX enrollment_rights_enrollment_id_source_source_id_key ON lms.enrollment_rights (tenant_id, enrollment_id, source, source_id);

CREATE INDEX enrollment_rights_source_source_id_idx ON lms.enrollment_rights (tenant_id, source, source_id, id);

ALTER TABLE lms.enrollment_rights ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.enrollment_rights FORCE ROW LEVEL SECURITY;

CREATE POLICY enrollment_rights_tenant ON lms.enrollment_rights
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY enrollment_rights_all ON lms.enrollment_rights TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.enrollment_rights TO lms_app, lms_maintenance;

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
    best_score BIGINT,
    recorded_score BIGINT,
    is_claimed BOOLEAN NOT NULL,
    is_confirmed BOOLEAN NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT node_progress_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT node_progress_version_check CHECK (version >= 1),
    CONSTRAINT node_progress_status_check CHECK (status IN ('not_started', 'in_progress', 'completed')),
    CONSTRAINT node_progress_best_score_check CHECK (best_score BETWEEN 0 AND 1000000),
    CONSTRAINT node_progress_recorded_score_check CHECK (recorded_score BETWEEN 0 AND 1000000),
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

CREATE TABLE lms.node_rules (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    node_id UUID NOT NULL,
    course_id UUID NOT NULL,
    release JSONB,
    completion JSONB,
    reopen_on_change BOOLEAN NOT NULL,
    CONSTRAINT node_rules_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT node_rules_version_check CHECK (version >= 1),
    CONSTRAINT node_rules_node_id_fkey FOREIGN KEY (tenant_id, node_id) REFERENCES lms.content_nodes (tenant_id, id),
    CONSTRAINT node_rules_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE UNIQUE INDEX node_rules_node_id_key ON lms.node_rules (tenant_id, node_id)
    WHERE deleted_at IS NULL;

CREATE INDEX node_rules_course_id_idx ON lms.node_rules (tenant_id, course_id, id);

CREATE INDEX node_rules_node_id_idx ON lms.node_rules (tenant_id, node_id, id);

ALTER TABLE lms.node_rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.node_rules FORCE ROW LEVEL SECURITY;

CREATE POLICY node_rules_tenant ON lms.node_rules
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY node_rules_all ON lms.node_rules TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.node_rules TO lms_app, lms_maintenance;

CREATE TABLE lms.learner_stats (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    learner_id UUID NOT NULL,
    lessons_completed BIGINT NOT NULL,
    activities_completed BIGINT NOT NULL,
    courses_completed BIGINT NOT NULL,
    time_spent_seconds BIGINT NOT NULL,
    current_streak_days BIGINT NOT NULL,
    longest_streak_days BIGINT NOT NULL,
    last_active_on DATE,
    last_activity_at TIMESTAMPTZ,
    time_zone TEXT COLLATE "C" NOT NULL,
    CONSTRAINT learner_stats_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT learner_stats_version_check CHECK (version >= 1),
    CONSTRAINT learner_stats_lessons_completed_check CHECK (lessons_completed BETWEEN 0 AND 4294967295),
    CONSTRAINT learner_stats_activities_completed_check CHECK (activities_completed BETWEEN 0 AND 4294967295),
    CONSTRAINT learner_stats_courses_completed_check CHECK (courses_completed BETWEEN 0 AND 4294967295),
    CONSTRAINT learner_stats_current_streak_days_check CHECK (current_streak_days BETWEEN 0 AND 4294967295),
    CONSTRAINT learner_stats_longest_streak_days_check CHECK (longest_streak_days BETWEEN 0 AND 4294967295),
    CONSTRAINT learner_stats_time_zone_check CHECK (char_length(time_zone) <= 64),
    CONSTRAINT learner_stats_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX learner_stats_learner_id_key ON lms.learner_stats (tenant_id, learner_id);

ALTER TABLE lms.learner_stats ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.learner_stats FORCE ROW LEVEL SECURITY;

CREATE POLICY learner_stats_tenant ON lms.learner_stats
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY learner_stats_all ON lms.learner_stats TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.learner_stats TO lms_app, lms_maintenance;

CREATE TABLE lms.content_assignments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    class_id UUID NOT NULL,
    assigned_by UUID NOT NULL,
    course_id UUID NOT NULL,
    target_kind TEXT COLLATE "C" NOT NULL,
    target_id UUID NOT NULL,
    due_at TIMESTAMPTZ,
    instructions TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT content_assignments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT content_assignments_version_check CHECK (version >= 1),
    CONSTRAINT content_assignments_target_kind_check CHECK (target_kind IN ('course', 'content_node')),
    CONSTRAINT content_assignments_instructions_check CHECK (char_length(instructions) <= 65536),
    CONSTRAINT content_assignments_status_check CHECK (status IN ('active', 'withdrawn')),
    CONSTRAINT content_assignments_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES lms.class_groups (tenant_id, id),
    CONSTRAINT content_assignments_assigned_by_fkey FOREIGN KEY (tenant_id, assigned_by) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT content_assignments_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE INDEX content_assignments_class_id_status_idx ON lms.content_assignments (tenant_id, class_id, status, id);

CREATE INDEX content_assignments_course_id_idx ON lms.content_assignments (tenant_id, course_id, id);

CREATE INDEX content_assignments_assigned_by_idx ON lms.content_assignments (tenant_id, assigned_by, id);

ALTER TABLE lms.content_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.content_assignments FORCE ROW LEVEL SECURITY;

CREATE POLICY content_assignments_tenant ON lms.content_assignments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY content_assignments_all ON lms.content_assignments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.content_assignments TO lms_app, lms_maintenance;

-- The tables of the context `assessment`.

CREATE TABLE lms.assessments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    course_id UUID,
    node_id UUID,
    kind TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    max_score BIGINT,
    scoring TEXT COLLATE "C" NOT NULL,
    profile TEXT COLLATE "C" NOT NULL,
    rules JSONB NOT NULL,
    passing JSONB NOT NULL,
    time_limit_seconds BIGINT,
    grace_seconds BIGINT NOT NULL,
    opens_at TIMESTAMPTZ,
    closes_at TIMESTAMPTZ,
    max_attempts BIGINT,
    shuffle_questions BOOLEAN NOT NULL,
    shuffle_options BOOLEAN NOT NULL,
    attempt_rules JSONB NOT NULL,
    result_policy TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    edition BIGINT NOT NULL,
    CONSTRAINT assessments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT assessments_version_check CHECK (version >= 1),
    CONSTRAINT assessments_kind_check CHECK (kind IN ('quiz', 'test', 'final_exam', 'practice', 'placement', 'assignment')),
    CONSTRAINT assessments_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT assessments_scoring_check CHECK (scoring IN ('fixed', 'per_question', 'per_section', 'weighted', 'percentage')),
    CONSTRAINT assessments_profile_check CHECK (profile IN ('default', 'moodle', 'canvas', 'brightspace', 'blackboard_ultra', 'qti', 'open_edx', 'r_exams')),
    CONSTRAINT assessments_time_limit_seconds_check CHECK (time_limit_seconds BETWEEN 0 AND 4294967295),
    CONSTRAINT assessments_grace_seconds_check CHECK (grace_seconds BETWEEN 0 AND 4294967295),
    CONSTRAINT assessments_max_attempts_check CHECK (max_attempts BETWEEN 0 AND 4294967295),
    CONSTRAINT assessments_result_policy_check CHECK (result_policy IN ('never', 'after_submit', 'after_close', 'after_marking', 'when_released')),
    CONSTRAINT assessments_status_check CHECK (status IN ('draft', 'published', 'archived')),
    CONSTRAINT assessments_edition_check CHECK (edition BETWEEN 0 AND 4294967295),
    CONSTRAINT assessments_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT assessments_node_id_fkey FOREIGN KEY (tenant_id, node_id) REFERENCES lms.content_nodes (tenant_id, id)
);

CREATE INDEX assessments_course_id_idx ON lms.assessments (tenant_id, course_id, id);

CREATE INDEX assessments_node_id_idx ON lms.assessments (tenant_id, node_id, id);

CREATE INDEX assessments_status_idx ON lms.assessments (tenant_id, status, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.assessments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.assessments FORCE ROW LEVEL SECURITY;

CREATE POLICY assessments_tenant ON lms.assessments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY assessments_all ON lms.assessments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.assessments TO lms_app, lms_maintenance;

CREATE TABLE lms.assessment_sections (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assessment_id UUID NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    instructions TEXT COLLATE "C",
    max_score BIGINT,
    weight BIGINT,
    passing_percent BIGINT,
    time_limit_seconds BIGINT,
    position BIGINT NOT NULL,
    CONSTRAINT assessment_sections_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT assessment_sections_version_check CHECK (version >= 1),
    CONSTRAINT assessment_sections_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT assessment_sections_passing_percent_check CHECK (passing_percent BETWEEN 0 AND 1000000),
    CONSTRAINT assessment_sections_time_limit_seconds_check CHECK (time_limit_seconds BETWEEN 0 AND 4294967295),
    CONSTRAINT assessment_sections_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT assessment_sections_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id)
);

CREATE INDEX assessment_sections_assessment_id_position_idx ON lms.assessment_sections (tenant_id, assessment_id, position, id);

ALTER TABLE lms.assessment_sections ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.assessment_sections FORCE ROW LEVEL SECURITY;

CREATE POLICY assessment_sections_tenant ON lms.assessment_sections
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY assessment_sections_all ON lms.assessment_sections TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.assessment_sections TO lms_app, lms_maintenance;

CREATE TABLE lms.question_banks (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    course_id UUID,
    title TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    CONSTRAINT question_banks_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT question_banks_version_check CHECK (version >= 1),
    CONSTRAINT question_banks_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT question_banks_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE INDEX question_banks_course_id_idx ON lms.question_banks (tenant_id, course_id, id);

ALTER TABLE lms.question_banks ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.question_banks FORCE ROW LEVEL SECURITY;

CREATE POLICY question_banks_tenant ON lms.question_banks
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY question_banks_all ON lms.question_banks TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.question_banks TO lms_app, lms_maintenance;

CREATE TABLE lms.questions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assessment_id UUID,
    bank_id UUID,
    section_id UUID,
    position BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    prompt TEXT COLLATE "C" NOT NULL,
    media_kind TEXT COLLATE "C" NOT NULL,
    media_url TEXT COLLATE "C",
    options JSONB NOT NULL,
    answer_key JSONB NOT NULL,
    rules JSONB NOT NULL,
    score BIGINT NOT NULL,
    treatment TEXT COLLATE "C" NOT NULL,
    explanation TEXT COLLATE "C",
    edition BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT questions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT questions_version_check CHECK (version >= 1),
    CONSTRAINT questions_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT questions_kind_check CHECK (kind IN ('single_choice', 'multiple_select', 'true_false', 'short_answer', 'long_answer', 'fill_blank', 'numeric', 'matching', 'ordering', 'audio_response', 'video_response', 'image_response', 'file_upload', 'hotspot', 'markers', 'association', 'slider', 'information')),
    CONSTRAINT questions_media_kind_check CHECK (media_kind IN ('text', 'audio', 'video', 'image')),
    CONSTRAINT questions_media_url_check CHECK (char_length(media_url) <= 2048),
    CONSTRAINT questions_treatment_check CHECK (treatment IN ('counted', 'bonus', 'dropped', 'full_credit')),
    CONSTRAINT questions_edition_check CHECK (edition BETWEEN 0 AND 4294967295),
    CONSTRAINT questions_status_check CHECK (status IN ('draft', 'ready', 'retired')),
    CONSTRAINT questions_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT questions_bank_id_fkey FOREIGN KEY (tenant_id, bank_id) REFERENCES lms.question_banks (tenant_id, id),
    CONSTRAINT questions_section_id_fkey FOREIGN KEY (tenant_id, section_id) REFERENCES lms.assessment_sections (tenant_id, id)
);

CREATE INDEX questions_assessment_id_position_idx ON lms.questions (tenant_id, assessment_id, position, id);

CREATE INDEX questions_section_id_idx ON lms.questions (tenant_id, section_id, id);

CREATE INDEX questions_bank_id_idx ON lms.questions (tenant_id, bank_id, id);

ALTER TABLE lms.questions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.questions FORCE ROW LEVEL SECURITY;

CREATE POLICY questions_tenant ON lms.questions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY questions_all ON lms.questions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.questions TO lms_app, lms_maintenance;

CREATE TABLE lms.question_versions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    question_id UUID NOT NULL,
    edition BIGINT NOT NULL,
    until BIGINT,
    content JSONB NOT NULL,
    CONSTRAINT question_versions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT question_versions_version_check CHECK (version >= 1),
    CONSTRAINT question_versions_edition_check CHECK (edition BETWEEN 0 AND 4294967295),
    CONSTRAINT question_versions_until_check CHECK (until BETWEEN 0 AND 4294967295),
    CONSTRAINT question_versions_question_id_fkey FOREIGN KEY (tenant_id, question_id) REFERENCES lms.questions (tenant_id, id)
);

CREATE UNIQUE INDEX question_versions_question_id_edition_key ON lms.question_versions (tenant_id, question_id, edition);

ALTER TABLE lms.question_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.question_versions FORCE ROW LEVEL SECURITY;

CREATE POLICY question_versions_tenant ON lms.question_versions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY question_versions_all ON lms.question_versions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.question_versions TO lms_app, lms_maintenance;

CREATE TABLE lms.question_tags (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    question_id UUID NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    CONSTRAINT question_tags_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT question_tags_version_check CHECK (version >= 1),
    CONSTRAINT question_tags_tag_check CHECK (char_length(tag) <= 120),
    CONSTRAINT question_tags_question_id_fkey FOREIGN KEY (tenant_id, question_id) REFERENCES lms.questions (tenant_id, id)
);

CREATE UNIQUE INDEX question_tags_question_id_tag_key ON lms.question_tags (tenant_id, question_id, tag);

CREATE INDEX question_tags_tag_idx ON lms.question_tags (tenant_id, tag, id);

ALTER TABLE lms.question_tags ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.question_tags FORCE ROW LEVEL SECURITY;

CREATE POLICY question_tags_tenant ON lms.question_tags
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY question_tags_all ON lms.question_tags TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.question_tags TO lms_app, lms_maintenance;

CREATE TABLE lms.assessment_slots (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assessment_id UUID NOT NULL,
    section_id UUID,
    position BIGINT NOT NULL,
    source JSONB NOT NULL,
    score BIGINT,
    treatment TEXT COLLATE "C" NOT NULL,
    CONSTRAINT assessment_slots_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT assessment_slots_version_check CHECK (version >= 1),
    CONSTRAINT assessment_slots_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT assessment_slots_treatment_check CHECK (treatment IN ('counted', 'bonus', 'dropped', 'full_credit')),
    CONSTRAINT assessment_slots_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT assessment_slots_section_id_fkey FOREIGN KEY (tenant_id, section_id) REFERENCES lms.assessment_sections (tenant_id, id)
);

CREATE INDEX assessment_slots_assessment_id_position_idx ON lms.assessment_slots (tenant_id, assessment_id, position, id);

CREATE INDEX assessment_slots_section_id_idx ON lms.assessment_slots (tenant_id, section_id, id);

ALTER TABLE lms.assessment_slots ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.assessment_slots FORCE ROW LEVEL SECURITY;

CREATE POLICY assessment_slots_tenant ON lms.assessment_slots
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY assessment_slots_all ON lms.assessment_slots TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.assessment_slots TO lms_app, lms_maintenance;

CREATE TABLE lms.conversion_scales (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assessment_id UUID NOT NULL,
    section_id UUID,
    method JSONB NOT NULL,
    CONSTRAINT conversion_scales_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT conversion_scales_version_check CHECK (version >= 1),
    CONSTRAINT conversion_scales_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT conversion_scales_section_id_fkey FOREIGN KEY (tenant_id, section_id) REFERENCES lms.assessment_sections (tenant_id, id)
);

CREATE INDEX conversion_scales_assessment_id_idx ON lms.conversion_scales (tenant_id, assessment_id, id);

CREATE INDEX conversion_scales_section_id_idx ON lms.conversion_scales (tenant_id, section_id, id);

ALTER TABLE lms.conversion_scales ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.conversion_scales FORCE ROW LEVEL SECURITY;

CREATE POLICY conversion_scales_tenant ON lms.conversion_scales
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY conversion_scales_all ON lms.conversion_scales TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.conversion_scales TO lms_app, lms_maintenance;

CREATE TABLE lms.conversion_entries (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    scale_id UUID NOT NULL,
    assessment_id UUID NOT NULL,
    section_id UUID,
    raw_score BIGINT NOT NULL,
    raw_score_to BIGINT,
    scaled_score BIGINT NOT NULL,
    scaled_score_to BIGINT,
    CONSTRAINT conversion_entries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT conversion_entries_version_check CHECK (version >= 1),
    CONSTRAINT conversion_entries_scale_id_fkey FOREIGN KEY (tenant_id, scale_id) REFERENCES lms.conversion_scales (tenant_id, id),
    CONSTRAINT conversion_entries_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT conversion_entries_section_id_fkey FOREIGN KEY (tenant_id, section_id) REFERENCES lms.assessment_sections (tenant_id, id)
);

CREATE UNIQUE INDEX conversion_entries_scale_id_raw_score_key ON lms.conversion_entries (tenant_id, scale_id, raw_score);

CREATE INDEX conversion_entries_assessment_id_section_id_idx ON lms.conversion_entries (tenant_id, assessment_id, section_id, id);

CREATE INDEX conversion_entries_section_id_idx ON lms.conversion_entries (tenant_id, section_id, id);

ALTER TABLE lms.conversion_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.conversion_entries FORCE ROW LEVEL SECURITY;

CREATE POLICY conversion_entries_tenant ON lms.conversion_entries
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY conversion_entries_all ON lms.conversion_entries TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.conversion_entries TO lms_app, lms_maintenance;

CREATE TABLE lms.attempts (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assessment_id UUID NOT NULL,
    activity_id UUID,
    learner_id UUID NOT NULL,
    number BIGINT NOT NULL,
    edition BIGINT NOT NULL,
    seed BIGINT NOT NULL,
    drawn JSONB NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    answers_until TIMESTAMPTZ,
    hand_in_until TIMESTAMPTZ,
    by_section BOOLEAN NOT NULL,
    current_section_id UUID,
    section_entered_at TIMESTAMPTZ,
    section_until TIMESTAMPTZ,
    closed_sections JSONB NOT NULL,
    current_question_id UUID,
    submitted_at TIMESTAMPTZ,
    ended_by TEXT COLLATE "C",
    reopened_for TEXT COLLATE "C",
    completed_at TIMESTAMPTZ,
    score BIGINT,
    passed BOOLEAN,
    time_spent_seconds BIGINT,
    result_due_at TIMESTAMPTZ,
    CONSTRAINT attempts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT attempts_version_check CHECK (version >= 1),
    CONSTRAINT attempts_number_check CHECK (number BETWEEN 0 AND 4294967295),
    CONSTRAINT attempts_edition_check CHECK (edition BETWEEN 0 AND 4294967295),
    CONSTRAINT attempts_status_check CHECK (status IN ('in_progress', 'expired', 'submitted', 'completed', 'abandoned')),
    CONSTRAINT attempts_ended_by_check CHECK (ended_by IN ('learner', 'time', 'staff')),
    CONSTRAINT attempts_time_spent_seconds_check CHECK (time_spent_seconds BETWEEN 0 AND 4294967295),
    CONSTRAINT attempts_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT attempts_activity_id_fkey FOREIGN KEY (tenant_id, activity_id) REFERENCES lms.content_nodes (tenant_id, id),
    CONSTRAINT attempts_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT attempts_current_section_id_fkey FOREIGN KEY (tenant_id, current_section_id) REFERENCES lms.assessment_sections (tenant_id, id),
    CONSTRAINT attempts_current_question_id_fkey FOREIGN KEY (tenant_id, current_question_id) REFERENCES lms.questions (tenant_id, id)
);

CREATE UNIQUE INDEX attempts_assessment_id_learner_id_number_key ON lms.attempts (tenant_id, assessment_id, learner_id, number)
    WHERE deleted_at IS NULL;

CREATE INDEX attempts_assessment_id_status_idx ON lms.attempts (tenant_id, assessment_id, status, id);

CREATE INDEX attempts_learner_id_status_idx ON lms.attempts (tenant_id, learner_id, status, id);

CREATE INDEX attempts_status_answers_until_idx ON lms.attempts (tenant_id, status, answers_until, id)
    WHERE deleted_at IS NULL;

CREATE INDEX attempts_result_due_at_idx ON lms.attempts (tenant_id, result_due_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX attempts_activity_id_idx ON lms.attempts (tenant_id, activity_id, id);

CREATE INDEX attempts_current_section_id_idx ON lms.attempts (tenant_id, current_section_id, id);

CREATE INDEX attempts_current_question_id_idx ON lms.attempts (tenant_id, current_question_id, id);

ALTER TABLE lms.attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.attempts FORCE ROW LEVEL SECURITY;

CREATE POLICY attempts_tenant ON lms.attempts
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY attempts_all ON lms.attempts TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.attempts TO lms_app, lms_maintenance;

CREATE TABLE lms.attempt_answers (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    attempt_id UUID NOT NULL,
    question_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    answer JSONB NOT NULL,
    tries JSONB NOT NULL,
    certainty TEXT COLLATE "C" NOT NULL,
    answered_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT attempt_answers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT attempt_answers_version_check CHECK (version >= 1),
    CONSTRAINT attempt_answers_certainty_check CHECK (certainty IN ('low', 'mid', 'high')),
    CONSTRAINT attempt_answers_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES lms.attempts (tenant_id, id),
    CONSTRAINT attempt_answers_question_id_fkey FOREIGN KEY (tenant_id, question_id) REFERENCES lms.questions (tenant_id, id)
);

CREATE UNIQUE INDEX attempt_answers_attempt_id_question_id_key ON lms.attempt_answers (tenant_id, attempt_id, question_id);

CREATE INDEX attempt_answers_question_id_idx ON lms.attempt_answers (tenant_id, question_id, id);

ALTER TABLE lms.attempt_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.attempt_answers FORCE ROW LEVEL SECURITY;

CREATE POLICY attempt_answers_tenant ON lms.attempt_answers
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY attempt_answers_all ON lms.attempt_answers TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.attempt_answers TO lms_app, lms_maintenance;

CREATE TABLE lms.answer_sheets (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    attempt_id UUID NOT NULL,
    assessment_id UUID NOT NULL,
    packed BYTEA NOT NULL,
    CONSTRAINT answer_sheets_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT answer_sheets_version_check CHECK (version >= 1),
    CONSTRAINT answer_sheets_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES lms.attempts (tenant_id, id),
    CONSTRAINT answer_sheets_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id)
);

CREATE UNIQUE INDEX answer_sheets_attempt_id_key ON lms.answer_sheets (tenant_id, attempt_id);

CREATE INDEX answer_sheets_assessment_id_idx ON lms.answer_sheets (tenant_id, assessment_id, id);

ALTER TABLE lms.answer_sheets ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.answer_sheets FORCE ROW LEVEL SECURITY;

CREATE POLICY answer_sheets_tenant ON lms.answer_sheets
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY answer_sheets_all ON lms.answer_sheets TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.answer_sheets TO lms_app, lms_maintenance;

CREATE TABLE lms.markings (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    attempt_id UUID NOT NULL,
    question_id UUID NOT NULL,
    round TEXT COLLATE "C" NOT NULL,
    marker_id UUID,
    mark JSONB NOT NULL,
    CONSTRAINT markings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT markings_version_check CHECK (version >= 1),
    CONSTRAINT markings_round_check CHECK (round IN ('first', 'second', 'decision')),
    CONSTRAINT markings_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES lms.attempts (tenant_id, id),
    CONSTRAINT markings_question_id_fkey FOREIGN KEY (tenant_id, question_id) REFERENCES lms.questions (tenant_id, id),
    CONSTRAINT markings_marker_id_fkey FOREIGN KEY (tenant_id, marker_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX markings_attempt_id_question_id_round_key ON lms.markings (tenant_id, attempt_id, question_id, round)
    WHERE deleted_at IS NULL;

CREATE INDEX markings_marker_id_idx ON lms.markings (tenant_id, marker_id, id);

CREATE INDEX markings_attempt_id_idx ON lms.markings (tenant_id, attempt_id, id);

CREATE INDEX markings_question_id_idx ON lms.markings (tenant_id, question_id, id);

ALTER TABLE lms.markings ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.markings FORCE ROW LEVEL SECURITY;

CREATE POLICY markings_tenant ON lms.markings
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY markings_all ON lms.markings TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.markings TO lms_app, lms_maintenance;

CREATE TABLE lms.scores (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    attempt_id UUID NOT NULL,
    assessment_id UUID NOT NULL,
    learner_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL,
    raw BIGINT NOT NULL,
    raw_maximum BIGINT NOT NULL,
    scaled BIGINT,
    passed BOOLEAN,
    pending BIGINT NOT NULL,
    held TEXT COLLATE "C",
    edition BIGINT NOT NULL,
    replaced JSONB,
    completed_at TIMESTAMPTZ,
    released_at TIMESTAMPTZ,
    gradings BIGINT NOT NULL,
    CONSTRAINT scores_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT scores_version_check CHECK (version >= 1),
    CONSTRAINT scores_status_check CHECK (status IN ('pending', 'graded', 'released')),
    CONSTRAINT scores_pending_check CHECK (pending BETWEEN 0 AND 4294967295),
    CONSTRAINT scores_edition_check CHECK (edition BETWEEN 0 AND 4294967295),
    CONSTRAINT scores_gradings_check CHECK (gradings BETWEEN 0 AND 4294967295),
    CONSTRAINT scores_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES lms.attempts (tenant_id, id),
    CONSTRAINT scores_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT scores_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX scores_attempt_id_key ON lms.scores (tenant_id, attempt_id)
    WHERE deleted_at IS NULL;

CREATE INDEX scores_assessment_id_status_idx ON lms.scores (tenant_id, assessment_id, status, id);

CREATE INDEX scores_learner_id_assessment_id_idx ON lms.scores (tenant_id, learner_id, assessment_id, id);

CREATE INDEX scores_attempt_id_idx ON lms.scores (tenant_id, attempt_id, id);

ALTER TABLE lms.scores ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.scores FORCE ROW LEVEL SECURITY;

CREATE POLICY scores_tenant ON lms.scores
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY scores_all ON lms.scores TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.scores TO lms_app, lms_maintenance;

CREATE TABLE lms.score_traces (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    score_id UUID NOT NULL,
    grading BIGINT NOT NULL,
    result JSONB NOT NULL,
    CONSTRAINT score_traces_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT score_traces_version_check CHECK (version >= 1),
    CONSTRAINT score_traces_grading_check CHECK (grading BETWEEN 0 AND 4294967295),
    CONSTRAINT score_traces_score_id_fkey FOREIGN KEY (tenant_id, score_id) REFERENCES lms.scores (tenant_id, id)
);

CREATE UNIQUE INDEX score_traces_score_id_key ON lms.score_traces (tenant_id, score_id);

ALTER TABLE lms.score_traces ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.score_traces FORCE ROW LEVEL SECURITY;

CREATE POLICY score_traces_tenant ON lms.score_traces
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY score_traces_all ON lms.score_traces TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.score_traces TO lms_app, lms_maintenance;

CREATE TABLE lms.section_scores (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    score_id UUID NOT NULL,
    section_id UUID NOT NULL,
    score BIGINT NOT NULL,
    raw BIGINT NOT NULL,
    raw_maximum BIGINT NOT NULL,
    scaled BIGINT,
    pending BIGINT NOT NULL,
    CONSTRAINT section_scores_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT section_scores_version_check CHECK (version >= 1),
    CONSTRAINT section_scores_pending_check CHECK (pending BETWEEN 0 AND 4294967295),
    CONSTRAINT section_scores_score_id_fkey FOREIGN KEY (tenant_id, score_id) REFERENCES lms.scores (tenant_id, id),
    CONSTRAINT section_scores_section_id_fkey FOREIGN KEY (tenant_id, section_id) REFERENCES lms.assessment_sections (tenant_id, id)
);

CREATE UNIQUE INDEX section_scores_score_id_section_id_key ON lms.section_scores (tenant_id, score_id, section_id);

CREATE INDEX section_scores_section_id_idx ON lms.section_scores (tenant_id, section_id, id);

ALTER TABLE lms.section_scores ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.section_scores FORCE ROW LEVEL SECURITY;

CREATE POLICY section_scores_tenant ON lms.section_scores
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY section_scores_all ON lms.section_scores TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.section_scores TO lms_app, lms_maintenance;

CREATE TABLE lms.assessment_overrides (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assessment_id UUID NOT NULL,
    learner_id UUID,
    class_id UUID,
    allowance JSONB NOT NULL,
    reason TEXT COLLATE "C",
    CONSTRAINT assessment_overrides_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT assessment_overrides_version_check CHECK (version >= 1),
    CONSTRAINT assessment_overrides_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT assessment_overrides_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT assessment_overrides_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES lms.class_groups (tenant_id, id)
);

CREATE INDEX assessment_overrides_assessment_id_learner_id_idx ON lms.assessment_overrides (tenant_id, assessment_id, learner_id, id);

CREATE INDEX assessment_overrides_assessment_id_class_id_idx ON lms.assessment_overrides (tenant_id, assessment_id, class_id, id);

CREATE INDEX assessment_overrides_learner_id_idx ON lms.assessment_overrides (tenant_id, learner_id, id);

CREATE INDEX assessment_overrides_class_id_idx ON lms.assessment_overrides (tenant_id, class_id, id);

ALTER TABLE lms.assessment_overrides ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.assessment_overrides FORCE ROW LEVEL SECURITY;

CREATE POLICY assessment_overrides_tenant ON lms.assessment_overrides
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY assessment_overrides_all ON lms.assessment_overrides TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.assessment_overrides TO lms_app, lms_maintenance;

CREATE TABLE lms.regrades (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assessment_id UUID NOT NULL,
    edition BIGINT NOT NULL,
    rulings JSONB NOT NULL,
    reason TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    reached_id UUID,
    tally JSONB NOT NULL,
    completed_at TIMESTAMPTZ,
    CONSTRAINT regrades_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT regrades_version_check CHECK (version >= 1),
    CONSTRAINT regrades_edition_check CHECK (edition BETWEEN 0 AND 4294967295),
    CONSTRAINT regrades_status_check CHECK (status IN ('running', 'completed')),
    CONSTRAINT regrades_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT regrades_reached_id_fkey FOREIGN KEY (tenant_id, reached_id) REFERENCES lms.answer_sheets (tenant_id, id)
);

CREATE UNIQUE INDEX regrades_assessment_id_edition_key ON lms.regrades (tenant_id, assessment_id, edition)
    WHERE deleted_at IS NULL;

CREATE INDEX regrades_status_idx ON lms.regrades (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX regrades_assessment_id_idx ON lms.regrades (tenant_id, assessment_id, id);

CREATE INDEX regrades_reached_id_idx ON lms.regrades (tenant_id, reached_id, id);

ALTER TABLE lms.regrades ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.regrades FORCE ROW LEVEL SECURITY;

CREATE POLICY regrades_tenant ON lms.regrades
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY regrades_all ON lms.regrades TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.regrades TO lms_app, lms_maintenance;

CREATE TABLE lms.placement_decisions (
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
    attempt_id UUID,
    placement_group TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    class_id UUID,
    level TEXT COLLATE "C",
    score BIGINT,
    overridden BOOLEAN NOT NULL,
    placement JSONB NOT NULL,
    profile JSONB NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT placement_decisions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT placement_decisions_version_check CHECK (version >= 1),
    CONSTRAINT placement_decisions_placement_group_check CHECK (char_length(placement_group) <= 120),
    CONSTRAINT placement_decisions_status_check CHECK (status IN ('placed', 'waitlisted', 'exempt', 'takes_test', 'needs_measure', 'not_placed')),
    CONSTRAINT placement_decisions_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT placement_decisions_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES lms.attempts (tenant_id, id),
    CONSTRAINT placement_decisions_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES lms.class_groups (tenant_id, id)
);

CREATE INDEX placement_decisions_learner_id_decided_at_idx ON lms.placement_decisions (tenant_id, learner_id, decided_at, id);

CREATE INDEX placement_decisions_class_id_idx ON lms.placement_decisions (tenant_id, class_id, id);

CREATE INDEX placement_decisions_placement_group_status_idx ON lms.placement_decisions (tenant_id, placement_group, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX placement_decisions_placement_group_decided_at_idx ON lms.placement_decisions (tenant_id, placement_group, decided_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX placement_decisions_attempt_id_idx ON lms.placement_decisions (tenant_id, attempt_id, id);

ALTER TABLE lms.placement_decisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.placement_decisions FORCE ROW LEVEL SECURITY;

CREATE POLICY placement_decisions_tenant ON lms.placement_decisions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY placement_decisions_all ON lms.placement_decisions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.placement_decisions TO lms_app, lms_maintenance;

CREATE TABLE lms.assignments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    course_id UUID NOT NULL,
    node_id UUID,
    title TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    due_at TIMESTAMPTZ,
    points BIGINT NOT NULL,
    late_policy JSONB NOT NULL,
    max_submissions BIGINT,
    CONSTRAINT assignments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT assignments_version_check CHECK (version >= 1),
    CONSTRAINT assignments_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT assignments_max_submissions_check CHECK (max_submissions BETWEEN 0 AND 4294967295),
    CONSTRAINT assignments_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT assignments_node_id_fkey FOREIGN KEY (tenant_id, node_id) REFERENCES lms.content_nodes (tenant_id, id)
);

CREATE INDEX assignments_course_id_idx ON lms.assignments (tenant_id, course_id, id);

CREATE INDEX assignments_node_id_idx ON lms.assignments (tenant_id, node_id, id);

CREATE INDEX assignments_due_at_idx ON lms.assignments (tenant_id, due_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.assignments FORCE ROW LEVEL SECURITY;

CREATE POLICY assignments_tenant ON lms.assignments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY assignments_all ON lms.assignments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.assignments TO lms_app, lms_maintenance;

CREATE TABLE lms.deadline_extensions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assignment_id UUID NOT NULL,
    learner_id UUID NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C",
    decided_by UUID,
    CONSTRAINT deadline_extensions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT deadline_extensions_version_check CHECK (version >= 1),
    CONSTRAINT deadline_extensions_assignment_id_fkey FOREIGN KEY (tenant_id, assignment_id) REFERENCES lms.assignments (tenant_id, id),
    CONSTRAINT deadline_extensions_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT deadline_extensions_decided_by_fkey FOREIGN KEY (tenant_id, decided_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX deadline_extensions_assignment_id_learner_id_key ON lms.deadline_extensions (tenant_id, assignment_id, learner_id)
    WHERE deleted_at IS NULL;

CREATE INDEX deadline_extensions_learner_id_idx ON lms.deadline_extensions (tenant_id, learner_id, id);

CREATE INDEX deadline_extensions_assignment_id_idx ON lms.deadline_extensions (tenant_id, assignment_id, id);

CREATE INDEX deadline_extensions_decided_by_idx ON lms.deadline_extensions (tenant_id, decided_by, id);

ALTER TABLE lms.deadline_extensions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.deadline_extensions FORCE ROW LEVEL SECURITY;

CREATE POLICY deadline_extensions_tenant ON lms.deadline_extensions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY deadline_extensions_all ON lms.deadline_extensions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.deadline_extensions TO lms_app, lms_maintenance;

CREATE TABLE lms.submissions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    assignment_id UUID NOT NULL,
    learner_id UUID NOT NULL,
    number BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    submitted_at TIMESTAMPTZ,
    content TEXT COLLATE "C",
    file_id UUID,
    file_url TEXT COLLATE "C",
    late_seconds BIGINT NOT NULL,
    earned BIGINT,
    grade BIGINT,
    feedback TEXT COLLATE "C",
    graded_at TIMESTAMPTZ,
    graded_by UUID,
    CONSTRAINT submissions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT submissions_version_check CHECK (version >= 1),
    CONSTRAINT submissions_number_check CHECK (number BETWEEN 0 AND 4294967295),
    CONSTRAINT submissions_status_check CHECK (status IN ('draft', 'submitted', 'graded', 'returned', 'superseded')),
    CONSTRAINT submissions_file_url_check CHECK (char_length(file_url) <= 2048),
    CONSTRAINT submissions_assignment_id_fkey FOREIGN KEY (tenant_id, assignment_id) REFERENCES lms.assignments (tenant_id, id),
    CONSTRAINT submissions_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT submissions_file_id_fkey FOREIGN KEY (tenant_id, file_id) REFERENCES lms.file_assets (tenant_id, id),
    CONSTRAINT submissions_graded_by_fkey FOREIGN KEY (tenant_id, graded_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX submissions_assignment_id_learner_id_number_key ON lms.submissions (tenant_id, assignment_id, learner_id, number)
    WHERE deleted_at IS NULL;

CREATE INDEX submissions_assignment_id_status_idx ON lms.submissions (tenant_id, assignment_id, status, id);

CREATE INDEX submissions_learner_id_status_idx ON lms.submissions (tenant_id, learner_id, status, id);

CREATE INDEX submissions_file_id_idx ON lms.submissions (tenant_id, file_id, id);

CREATE INDEX submissions_graded_by_idx ON lms.submissions (tenant_id, graded_by, id);

ALTER TABLE lms.submissions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.submissions FORCE ROW LEVEL SECURITY;

CREATE POLICY submissions_tenant ON lms.submissions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY submissions_all ON lms.submissions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.submissions TO lms_app, lms_maintenance;

CREATE TABLE lms.observations (
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
    tutor_id UUID,
    kind TEXT COLLATE "C" NOT NULL,
    custom_kind TEXT COLLATE "C",
    score BIGINT,
    academic_age_months BIGINT,
    notes TEXT COLLATE "C",
    observed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT observations_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT observations_version_check CHECK (version >= 1),
    CONSTRAINT observations_kind_check CHECK (kind IN ('reading', 'spelling', 'numeracy', 'custom')),
    CONSTRAINT observations_academic_age_months_check CHECK (academic_age_months BETWEEN 0 AND 65535),
    CONSTRAINT observations_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT observations_tutor_id_fkey FOREIGN KEY (tenant_id, tutor_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE INDEX observations_learner_id_observed_at_idx ON lms.observations (tenant_id, learner_id, observed_at, id);

CREATE INDEX observations_tutor_id_idx ON lms.observations (tenant_id, tutor_id, id);

ALTER TABLE lms.observations ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.observations FORCE ROW LEVEL SECURITY;

CREATE POLICY observations_tenant ON lms.observations
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY observations_all ON lms.observations TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.observations TO lms_app, lms_maintenance;

CREATE TABLE lms.gradebooks (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    course_id UUID NOT NULL,
    aggregation TEXT COLLATE "C" NOT NULL,
    missing_earns BIGINT NOT NULL,
    scale JSONB,
    rounding JSONB NOT NULL,
    rules JSONB NOT NULL,
    CONSTRAINT gradebooks_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT gradebooks_version_check CHECK (version >= 1),
    CONSTRAINT gradebooks_aggregation_check CHECK (aggregation IN ('natural', 'mean', 'weighted_mean', 'median', 'lowest', 'highest', 'mode')),
    CONSTRAINT gradebooks_missing_earns_check CHECK (missing_earns BETWEEN 0 AND 1000000),
    CONSTRAINT gradebooks_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE UNIQUE INDEX gradebooks_course_id_key ON lms.gradebooks (tenant_id, course_id)
    WHERE deleted_at IS NULL;

CREATE INDEX gradebooks_course_id_idx ON lms.gradebooks (tenant_id, course_id, id);

ALTER TABLE lms.gradebooks ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.gradebooks FORCE ROW LEVEL SECURITY;

CREATE POLICY gradebooks_tenant ON lms.gradebooks
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY gradebooks_all ON lms.gradebooks TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.gradebooks TO lms_app, lms_maintenance;

CREATE TABLE lms.grade_categories (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    gradebook_id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    extra_credit BOOLEAN NOT NULL,
    aggregation TEXT COLLATE "C" NOT NULL,
    drop_rule JSONB NOT NULL,
    pad_to BIGINT NOT NULL,
    padded_points BIGINT NOT NULL,
    CONSTRAINT grade_categories_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT grade_categories_version_check CHECK (version >= 1),
    CONSTRAINT grade_categories_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT grade_categories_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT grade_categories_weight_check CHECK (weight BETWEEN 0 AND 1000000),
    CONSTRAINT grade_categories_aggregation_check CHECK (aggregation IN ('natural', 'mean', 'weighted_mean', 'median', 'lowest', 'highest', 'mode')),
    CONSTRAINT grade_categories_pad_to_check CHECK (pad_to BETWEEN 0 AND 65535),
    CONSTRAINT grade_categories_gradebook_id_fkey FOREIGN KEY (tenant_id, gradebook_id) REFERENCES lms.gradebooks (tenant_id, id)
);

CREATE INDEX grade_categories_gradebook_id_position_idx ON lms.grade_categories (tenant_id, gradebook_id, position, id);

ALTER TABLE lms.grade_categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.grade_categories FORCE ROW LEVEL SECURITY;

CREATE POLICY grade_categories_tenant ON lms.grade_categories
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY grade_categories_all ON lms.grade_categories TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.grade_categories TO lms_app, lms_maintenance;

CREATE TABLE lms.grade_items (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    gradebook_id UUID NOT NULL,
    category_id UUID NOT NULL,
    assessment_id UUID,
    assignment_id UUID,
    title TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    possible BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    own_weight BIGINT,
    extra_credit BOOLEAN NOT NULL,
    never_drop BOOLEAN NOT NULL,
    hidden BOOLEAN NOT NULL,
    due_at TIMESTAMPTZ,
    late_policy JSONB NOT NULL,
    CONSTRAINT grade_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT grade_items_version_check CHECK (version >= 1),
    CONSTRAINT grade_items_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT grade_items_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT grade_items_own_weight_check CHECK (own_weight BETWEEN 0 AND 1000000),
    CONSTRAINT grade_items_gradebook_id_fkey FOREIGN KEY (tenant_id, gradebook_id) REFERENCES lms.gradebooks (tenant_id, id),
    CONSTRAINT grade_items_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES lms.grade_categories (tenant_id, id),
    CONSTRAINT grade_items_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT grade_items_assignment_id_fkey FOREIGN KEY (tenant_id, assignment_id) REFERENCES lms.assignments (tenant_id, id)
);

CREATE INDEX grade_items_gradebook_id_position_idx ON lms.grade_items (tenant_id, gradebook_id, position, id);

CREATE INDEX grade_items_category_id_idx ON lms.grade_items (tenant_id, category_id, id);

CREATE INDEX grade_items_assessment_id_idx ON lms.grade_items (tenant_id, assessment_id, id);

CREATE INDEX grade_items_assignment_id_idx ON lms.grade_items (tenant_id, assignment_id, id);

ALTER TABLE lms.grade_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.grade_items FORCE ROW LEVEL SECURITY;

CREATE POLICY grade_items_tenant ON lms.grade_items
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY grade_items_all ON lms.grade_items TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.grade_items TO lms_app, lms_maintenance;

CREATE TABLE lms.grades (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    gradebook_id UUID NOT NULL,
    item_id UUID NOT NULL,
    learner_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    score BIGINT,
    late_seconds BIGINT NOT NULL,
    is_collected BOOLEAN NOT NULL,
    comment TEXT COLLATE "C",
    graded_at TIMESTAMPTZ,
    graded_by UUID,
    CONSTRAINT grades_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT grades_version_check CHECK (version >= 1),
    CONSTRAINT grades_status_check CHECK (status IN ('pending', 'missing', 'excused', 'graded')),
    CONSTRAINT grades_gradebook_id_fkey FOREIGN KEY (tenant_id, gradebook_id) REFERENCES lms.gradebooks (tenant_id, id),
    CONSTRAINT grades_item_id_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES lms.grade_items (tenant_id, id),
    CONSTRAINT grades_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT grades_graded_by_fkey FOREIGN KEY (tenant_id, graded_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX grades_item_id_learner_id_key ON lms.grades (tenant_id, item_id, learner_id)
    WHERE deleted_at IS NULL;

CREATE INDEX grades_gradebook_id_learner_id_idx ON lms.grades (tenant_id, gradebook_id, learner_id, id);

CREATE INDEX grades_item_id_idx ON lms.grades (tenant_id, item_id, id);

CREATE INDEX grades_learner_id_idx ON lms.grades (tenant_id, learner_id, id);

CREATE INDEX grades_graded_by_idx ON lms.grades (tenant_id, graded_by, id);

ALTER TABLE lms.grades ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.grades FORCE ROW LEVEL SECURITY;

CREATE POLICY grades_tenant ON lms.grades
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY grades_all ON lms.grades TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.grades TO lms_app, lms_maintenance;

CREATE TABLE lms.course_grades (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    gradebook_id UUID NOT NULL,
    learner_id UUID NOT NULL,
    audience TEXT COLLATE "C" NOT NULL,
    current_percent BIGINT,
    current_grade TEXT COLLATE "C",
    final_percent BIGINT,
    final_grade TEXT COLLATE "C",
    replaced JSONB,
    trace JSONB NOT NULL,
    computed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT course_grades_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT course_grades_version_check CHECK (version >= 1),
    CONSTRAINT course_grades_audience_check CHECK (audience IN ('staff', 'learner')),
    CONSTRAINT course_grades_gradebook_id_fkey FOREIGN KEY (tenant_id, gradebook_id) REFERENCES lms.gradebooks (tenant_id, id),
    CONSTRAINT course_grades_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX course_grades_gradebook_id_learner_id_audience_key ON lms.course_grades (tenant_id, gradebook_id, learner_id, audience)
    WHERE deleted_at IS NULL;

CREATE INDEX course_grades_learner_id_audience_idx ON lms.course_grades (tenant_id, learner_id, audience, id);

CREATE INDEX course_grades_gradebook_id_idx ON lms.course_grades (tenant_id, gradebook_id, id);

ALTER TABLE lms.course_grades ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.course_grades FORCE ROW LEVEL SECURITY;

CREATE POLICY course_grades_tenant ON lms.course_grades
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY course_grades_all ON lms.course_grades TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.course_grades TO lms_app, lms_maintenance;

CREATE TABLE lms.proctoring_sessions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    attempt_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    screenshots JSONB NOT NULL,
    analysis JSONB,
    reviewer_id UUID,
    verdict TEXT COLLATE "C",
    review_note TEXT COLLATE "C",
    reviewed_at TIMESTAMPTZ,
    CONSTRAINT proctoring_sessions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT proctoring_sessions_version_check CHECK (version >= 1),
    CONSTRAINT proctoring_sessions_status_check CHECK (status IN ('running', 'ended', 'reviewed')),
    CONSTRAINT proctoring_sessions_verdict_check CHECK (verdict IN ('clear', 'warning', 'breach')),
    CONSTRAINT proctoring_sessions_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES lms.attempts (tenant_id, id),
    CONSTRAINT proctoring_sessions_reviewer_id_fkey FOREIGN KEY (tenant_id, reviewer_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX proctoring_sessions_attempt_id_key ON lms.proctoring_sessions (tenant_id, attempt_id)
    WHERE deleted_at IS NULL;

CREATE INDEX proctoring_sessions_status_idx ON lms.proctoring_sessions (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX proctoring_sessions_attempt_id_idx ON lms.proctoring_sessions (tenant_id, attempt_id, id);

CREATE INDEX proctoring_sessions_reviewer_id_idx ON lms.proctoring_sessions (tenant_id, reviewer_id, id);

ALTER TABLE lms.proctoring_sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.proctoring_sessions FORCE ROW LEVEL SECURITY;

CREATE POLICY proctoring_sessions_tenant ON lms.proctoring_sessions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY proctoring_sessions_all ON lms.proctoring_sessions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.proctoring_sessions TO lms_app, lms_maintenance;

CREATE TABLE lms.proctoring_violations (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    session_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    confidence BIGINT,
    evidence TEXT COLLATE "C",
    note TEXT COLLATE "C",
    CONSTRAINT proctoring_violations_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT proctoring_violations_version_check CHECK (version >= 1),
    CONSTRAINT proctoring_violations_kind_check CHECK (kind IN ('phone_detected', 'multiple_faces', 'no_face', 'looking_away', 'audio_detected', 'tab_switch', 'copy_paste', 'other')),
    CONSTRAINT proctoring_violations_confidence_check CHECK (confidence BETWEEN 0 AND 1000000),
    CONSTRAINT proctoring_violations_evidence_check CHECK (char_length(evidence) <= 2048),
    CONSTRAINT proctoring_violations_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES lms.proctoring_sessions (tenant_id, id)
);

CREATE INDEX proctoring_violations_session_id_happened_at_idx ON lms.proctoring_violations (tenant_id, session_id, happened_at, id);

ALTER TABLE lms.proctoring_violations ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.proctoring_violations FORCE ROW LEVEL SECURITY;

CREATE POLICY proctoring_violations_tenant ON lms.proctoring_violations
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY proctoring_violations_all ON lms.proctoring_violations TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.proctoring_violations TO lms_app, lms_maintenance;

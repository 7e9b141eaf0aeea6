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
    result_policy TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    edition BIGINT NOT NULL,
    CONSTRAINT assessments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT assessments_version_check CHECK (version >= 1),
    CONSTRAINT assessments_kind_check CHECK (kind IN ('quiz', 'test', 'final_exam', 'practice', 'placement', 'assignment')),
    CONSTRAINT assessments_title_check CHECK (char_length(title) <= 255),
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
    CONSTRAINT assessment_sections_title_check CHECK (char_length(title) <= 255),
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
    section_id UUID,
    position BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    prompt TEXT COLLATE "C" NOT NULL,
    media_kind TEXT COLLATE "C" NOT NULL,
    media_url TEXT COLLATE "C",
    options JSONB NOT NULL,
    answer_key JSONB NOT NULL,
    score BIGINT NOT NULL,
    treatment TEXT COLLATE "C" NOT NULL,
    explanation TEXT COLLATE "C",
    edition BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT questions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT questions_version_check CHECK (version >= 1),
    CONSTRAINT questions_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT questions_kind_check CHECK (kind IN ('single_choice', 'multiple_select', 'true_false', 'short_answer', 'long_answer', 'fill_blank', 'numeric', 'matching', 'ordering', 'audio_response', 'video_response', 'image_response', 'file_upload')),
    CONSTRAINT questions_media_kind_check CHECK (media_kind IN ('text', 'audio', 'video', 'image')),
    CONSTRAINT questions_media_url_check CHECK (char_length(media_url) <= 2048),
    CONSTRAINT questions_treatment_check CHECK (treatment IN ('counted', 'bonus', 'dropped', 'full_credit')),
    CONSTRAINT questions_edition_check CHECK (edition BETWEEN 0 AND 4294967295),
    CONSTRAINT questions_status_check CHECK (status IN ('draft', 'ready', 'retired')),
    CONSTRAINT questions_assessment_id_fkey FOREIGN KEY (tenant_id, assessment_id) REFERENCES lms.assessments (tenant_id, id),
    CONSTRAINT questions_section_id_fkey FOREIGN KEY (tenant_id, section_id) REFERENCES lms.assessment_sections (tenant_id, id)
);

CREATE INDEX questions_assessment_id_position_idx ON lms.questions (tenant_id, assessment_id, position, id);

CREATE INDEX questions_section_id_idx ON lms.questions (tenant_id, section_id, id);

ALTER TABLE lms.questions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.questions FORCE ROW LEVEL SECURITY;

CREATE POLICY questions_tenant ON lms.questions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY questions_all ON lms.questions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.questions TO lms_app, lms_maintenance;

-- The tables of the context `delivery`.

CREATE TABLE lms.programs (
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
    description TEXT COLLATE "C",
    parent_id UUID,
    in_order BOOLEAN NOT NULL,
    CONSTRAINT programs_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT programs_version_check CHECK (version >= 1),
    CONSTRAINT programs_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT programs_description_check CHECK (char_length(description) <= 65536),
    CONSTRAINT programs_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES lms.programs (tenant_id, id)
);

CREATE INDEX programs_parent_id_idx ON lms.programs (tenant_id, parent_id, id);

ALTER TABLE lms.programs ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.programs FORCE ROW LEVEL SECURITY;

CREATE POLICY programs_tenant ON lms.programs
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY programs_all ON lms.programs TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.programs TO lms_app, lms_maintenance;

CREATE TABLE lms.program_courses (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    program_id UUID NOT NULL,
    course_id UUID NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT program_courses_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT program_courses_version_check CHECK (version >= 1),
    CONSTRAINT program_courses_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT program_courses_program_id_fkey FOREIGN KEY (tenant_id, program_id) REFERENCES lms.programs (tenant_id, id),
    CONSTRAINT program_courses_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE UNIQUE INDEX program_courses_program_id_course_id_key ON lms.program_courses (tenant_id, program_id, course_id);

CREATE INDEX program_courses_course_id_idx ON lms.program_courses (tenant_id, course_id, id);

ALTER TABLE lms.program_courses ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.program_courses FORCE ROW LEVEL SECURITY;

CREATE POLICY program_courses_tenant ON lms.program_courses
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY program_courses_all ON lms.program_courses TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.program_courses TO lms_app, lms_maintenance;

CREATE TABLE lms.class_groups (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    program_id UUID,
    course_id UUID NOT NULL,
    org_unit_id UUID,
    teacher_id UUID,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    level TEXT COLLATE "C",
    capacity BIGINT,
    waitlist_capacity BIGINT,
    placement_group TEXT COLLATE "C",
    schedule JSONB,
    mode TEXT COLLATE "C" NOT NULL,
    location TEXT COLLATE "C",
    meeting JSONB,
    join_code TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT class_groups_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT class_groups_version_check CHECK (version >= 1),
    CONSTRAINT class_groups_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT class_groups_description_check CHECK (char_length(description) <= 65536),
    CONSTRAINT class_groups_capacity_check CHECK (capacity BETWEEN 0 AND 4294967295),
    CONSTRAINT class_groups_waitlist_capacity_check CHECK (waitlist_capacity BETWEEN 0 AND 4294967295),
    CONSTRAINT class_groups_placement_group_check CHECK (char_length(placement_group) <= 120),
    CONSTRAINT class_groups_mode_check CHECK (mode IN ('online', 'offline', 'hybrid')),
    CONSTRAINT class_groups_join_code_check CHECK (char_length(join_code) <= 16),
    CONSTRAINT class_groups_status_check CHECK (status IN ('active', 'inactive', 'ended')),
    CONSTRAINT class_groups_program_id_fkey FOREIGN KEY (tenant_id, program_id) REFERENCES lms.programs (tenant_id, id),
    CONSTRAINT class_groups_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT class_groups_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT class_groups_teacher_id_fkey FOREIGN KEY (tenant_id, teacher_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX class_groups_join_code_key ON lms.class_groups (tenant_id, join_code)
    WHERE deleted_at IS NULL;

CREATE INDEX class_groups_course_id_idx ON lms.class_groups (tenant_id, course_id, id);

CREATE INDEX class_groups_program_id_idx ON lms.class_groups (tenant_id, program_id, id);

CREATE INDEX class_groups_org_unit_id_idx ON lms.class_groups (tenant_id, org_unit_id, id);

CREATE INDEX class_groups_teacher_id_idx ON lms.class_groups (tenant_id, teacher_id, id);

CREATE INDEX class_groups_placement_group_idx ON lms.class_groups (tenant_id, placement_group, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.class_groups ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.class_groups FORCE ROW LEVEL SECURITY;

CREATE POLICY class_groups_tenant ON lms.class_groups
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY class_groups_all ON lms.class_groups TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.class_groups TO lms_app, lms_maintenance;

CREATE TABLE lms.placement_bands (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    class_id UUID NOT NULL,
    min_score BIGINT NOT NULL,
    max_score BIGINT NOT NULL,
    CONSTRAINT placement_bands_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT placement_bands_version_check CHECK (version >= 1),
    CONSTRAINT placement_bands_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES lms.class_groups (tenant_id, id)
);

CREATE UNIQUE INDEX placement_bands_class_id_min_score_key ON lms.placement_bands (tenant_id, class_id, min_score);

ALTER TABLE lms.placement_bands ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.placement_bands FORCE ROW LEVEL SECURITY;

CREATE POLICY placement_bands_tenant ON lms.placement_bands
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY placement_bands_all ON lms.placement_bands TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.placement_bands TO lms_app, lms_maintenance;

CREATE TABLE lms.class_members (
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
    student_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    joined_at TIMESTAMPTZ NOT NULL,
    seated_at TIMESTAMPTZ,
    left_at TIMESTAMPTZ,
    ticket BIGINT NOT NULL,
    CONSTRAINT class_members_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT class_members_version_check CHECK (version >= 1),
    CONSTRAINT class_members_status_check CHECK (status IN ('active', 'waitlisted', 'left', 'removed')),
    CONSTRAINT class_members_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES lms.class_groups (tenant_id, id),
    CONSTRAINT class_members_student_id_fkey FOREIGN KEY (tenant_id, student_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX class_members_class_id_student_id_key ON lms.class_members (tenant_id, class_id, student_id)
    WHERE deleted_at IS NULL AND status IN ('active', 'waitlisted');

CREATE UNIQUE INDEX class_members_class_id_ticket_key ON lms.class_members (tenant_id, class_id, ticket)
    WHERE deleted_at IS NULL;

CREATE INDEX class_members_class_id_status_idx ON lms.class_members (tenant_id, class_id, status, id)
    INCLUDE (student_id, deleted_at);

CREATE INDEX class_members_student_id_status_idx ON lms.class_members (tenant_id, student_id, status, id);

ALTER TABLE lms.class_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.class_members FORCE ROW LEVEL SECURITY;

CREATE POLICY class_members_tenant ON lms.class_members
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY class_members_all ON lms.class_members TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.class_members TO lms_app, lms_maintenance;

CREATE TABLE lms.org_unit_courses (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    org_unit_id UUID NOT NULL,
    course_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    activated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT org_unit_courses_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT org_unit_courses_version_check CHECK (version >= 1),
    CONSTRAINT org_unit_courses_status_check CHECK (status IN ('active', 'inactive')),
    CONSTRAINT org_unit_courses_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT org_unit_courses_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE UNIQUE INDEX org_unit_courses_org_unit_id_course_id_key ON lms.org_unit_courses (tenant_id, org_unit_id, course_id)
    WHERE deleted_at IS NULL;

CREATE INDEX org_unit_courses_course_id_idx ON lms.org_unit_courses (tenant_id, course_id, id);

CREATE INDEX org_unit_courses_org_unit_id_idx ON lms.org_unit_courses (tenant_id, org_unit_id, id);

ALTER TABLE lms.org_unit_courses ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.org_unit_courses FORCE ROW LEVEL SECURITY;

CREATE POLICY org_unit_courses_tenant ON lms.org_unit_courses
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY org_unit_courses_all ON lms.org_unit_courses TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.org_unit_courses TO lms_app, lms_maintenance;

CREATE TABLE lms.org_unit_members (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    org_unit_id UUID NOT NULL,
    student_id UUID NOT NULL,
    enrolled_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT org_unit_members_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT org_unit_members_version_check CHECK (version >= 1),
    CONSTRAINT org_unit_members_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT org_unit_members_student_id_fkey FOREIGN KEY (tenant_id, student_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX org_unit_members_org_unit_id_student_id_key ON lms.org_unit_members (tenant_id, org_unit_id, student_id)
    WHERE deleted_at IS NULL;

CREATE INDEX org_unit_members_student_id_idx ON lms.org_unit_members (tenant_id, student_id, id);

CREATE INDEX org_unit_members_org_unit_id_idx ON lms.org_unit_members (tenant_id, org_unit_id, id);

ALTER TABLE lms.org_unit_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.org_unit_members FORCE ROW LEVEL SECURITY;

CREATE POLICY org_unit_members_tenant ON lms.org_unit_members
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY org_unit_members_all ON lms.org_unit_members TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.org_unit_members TO lms_app, lms_maintenance;

CREATE TABLE lms.rooms (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    org_unit_id UUID,
    name TEXT COLLATE "C" NOT NULL,
    capacity BIGINT,
    CONSTRAINT rooms_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT rooms_version_check CHECK (version >= 1),
    CONSTRAINT rooms_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT rooms_capacity_check CHECK (capacity BETWEEN 0 AND 4294967295),
    CONSTRAINT rooms_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id)
);

CREATE INDEX rooms_org_unit_id_idx ON lms.rooms (tenant_id, org_unit_id, id);

ALTER TABLE lms.rooms ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.rooms FORCE ROW LEVEL SECURITY;

CREATE POLICY rooms_tenant ON lms.rooms
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY rooms_all ON lms.rooms TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.rooms TO lms_app, lms_maintenance;

CREATE TABLE lms.session_series (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    class_id UUID,
    course_id UUID,
    org_unit_id UUID,
    host_id UUID NOT NULL,
    room_id UUID,
    title TEXT COLLATE "C" NOT NULL,
    meeting JSONB,
    timing JSONB NOT NULL,
    planned_until TIMESTAMPTZ,
    CONSTRAINT session_series_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT session_series_version_check CHECK (version >= 1),
    CONSTRAINT session_series_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT session_series_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES lms.class_groups (tenant_id, id),
    CONSTRAINT session_series_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT session_series_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT session_series_host_id_fkey FOREIGN KEY (tenant_id, host_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT session_series_room_id_fkey FOREIGN KEY (tenant_id, room_id) REFERENCES lms.rooms (tenant_id, id)
);

CREATE INDEX session_series_class_id_idx ON lms.session_series (tenant_id, class_id, id);

CREATE INDEX session_series_host_id_idx ON lms.session_series (tenant_id, host_id, id);

CREATE INDEX session_series_course_id_idx ON lms.session_series (tenant_id, course_id, id);

CREATE INDEX session_series_org_unit_id_idx ON lms.session_series (tenant_id, org_unit_id, id);

CREATE INDEX session_series_room_id_idx ON lms.session_series (tenant_id, room_id, id);

ALTER TABLE lms.session_series ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.session_series FORCE ROW LEVEL SECURITY;

CREATE POLICY session_series_tenant ON lms.session_series
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY session_series_all ON lms.session_series TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.session_series TO lms_app, lms_maintenance;

CREATE TABLE lms.sessions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    class_id UUID,
    course_id UUID,
    org_unit_id UUID,
    series_id UUID,
    occurrence_on DATE,
    host_id UUID NOT NULL,
    room_id UUID,
    title TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    meeting JSONB,
    recording_url TEXT COLLATE "C",
    CONSTRAINT sessions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT sessions_version_check CHECK (version >= 1),
    CONSTRAINT sessions_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT sessions_description_check CHECK (char_length(description) <= 65536),
    CONSTRAINT sessions_status_check CHECK (status IN ('scheduled', 'live', 'ended', 'cancelled')),
    CONSTRAINT sessions_recording_url_check CHECK (char_length(recording_url) <= 2048),
    CONSTRAINT sessions_class_id_fkey FOREIGN KEY (tenant_id, class_id) REFERENCES lms.class_groups (tenant_id, id),
    CONSTRAINT sessions_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT sessions_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT sessions_series_id_fkey FOREIGN KEY (tenant_id, series_id) REFERENCES lms.session_series (tenant_id, id),
    CONSTRAINT sessions_host_id_fkey FOREIGN KEY (tenant_id, host_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT sessions_room_id_fkey FOREIGN KEY (tenant_id, room_id) REFERENCES lms.rooms (tenant_id, id)
);

CREATE UNIQUE INDEX sessions_series_id_occurrence_on_key ON lms.sessions (tenant_id, series_id, occurrence_on)
    WHERE deleted_at IS NULL;

CREATE INDEX sessions_class_id_starts_at_idx ON lms.sessions (tenant_id, class_id, starts_at, id);

CREATE INDEX sessions_course_id_starts_at_idx ON lms.sessions (tenant_id, course_id, starts_at, id);

CREATE INDEX sessions_host_id_starts_at_idx ON lms.sessions (tenant_id, host_id, starts_at, id);

CREATE INDEX sessions_room_id_starts_at_idx ON lms.sessions (tenant_id, room_id, starts_at, id);

CREATE INDEX sessions_org_unit_id_idx ON lms.sessions (tenant_id, org_unit_id, id);

CREATE INDEX sessions_series_id_idx ON lms.sessions (tenant_id, series_id, id);

ALTER TABLE lms.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.sessions FORCE ROW LEVEL SECURITY;

CREATE POLICY sessions_tenant ON lms.sessions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY sessions_all ON lms.sessions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.sessions TO lms_app, lms_maintenance;

CREATE TABLE lms.session_participants (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    session_id UUID NOT NULL,
    participant_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    joined_at TIMESTAMPTZ,
    present_since TIMESTAMPTZ,
    left_at TIMESTAMPTZ,
    present_seconds BIGINT NOT NULL,
    attendance TEXT COLLATE "C",
    marked_by UUID,
    CONSTRAINT session_participants_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT session_participants_version_check CHECK (version >= 1),
    CONSTRAINT session_participants_role_check CHECK (role IN ('host', 'presenter', 'learner', 'observer')),
    CONSTRAINT session_participants_attendance_check CHECK (attendance IN ('present', 'late', 'left_early', 'absent', 'excused')),
    CONSTRAINT session_participants_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES lms.sessions (tenant_id, id),
    CONSTRAINT session_participants_participant_id_fkey FOREIGN KEY (tenant_id, participant_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT session_participants_marked_by_fkey FOREIGN KEY (tenant_id, marked_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX session_participants_session_id_participant_id_key ON lms.session_participants (tenant_id, session_id, participant_id)
    WHERE deleted_at IS NULL;

CREATE INDEX session_participants_participant_id_idx ON lms.session_participants (tenant_id, participant_id, id);

CREATE INDEX session_participants_session_id_idx ON lms.session_participants (tenant_id, session_id, id);

CREATE INDEX session_participants_marked_by_idx ON lms.session_participants (tenant_id, marked_by, id);

ALTER TABLE lms.session_participants ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.session_participants FORCE ROW LEVEL SECURITY;

CREATE POLICY session_participants_tenant ON lms.session_participants
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY session_participants_all ON lms.session_participants TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.session_participants TO lms_app, lms_maintenance;

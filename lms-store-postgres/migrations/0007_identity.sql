-- The tables of the context `identity`.

CREATE TABLE lms.users (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    password_hash TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    email_verified_at TIMESTAMPTZ,
    phone_verified_at TIMESTAMPTZ,
    mfa_enabled BOOLEAN NOT NULL,
    last_login_at TIMESTAMPTZ,
    login_attempts BIGINT NOT NULL,
    locked_until TIMESTAMPTZ,
    employer_id UUID,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_version_check CHECK (version >= 1),
    CONSTRAINT users_email_check CHECK (char_length(email) <= 254),
    CONSTRAINT users_phone_check CHECK (char_length(phone) <= 16),
    CONSTRAINT users_status_check CHECK (status IN ('pending_verification', 'active', 'inactive', 'suspended', 'erased')),
    CONSTRAINT users_login_attempts_check CHECK (login_attempts BETWEEN 0 AND 4294967295)
);

CREATE UNIQUE INDEX users_email_key ON lms.users (email)
    WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX users_phone_key ON lms.users (phone)
    WHERE deleted_at IS NULL;

CREATE INDEX users_status_idx ON lms.users (status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX users_created_at_idx ON lms.users (created_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX users_email_verified_at_idx ON lms.users (email_verified_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.users ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.users FORCE ROW LEVEL SECURITY;

CREATE POLICY users_platform ON lms.users
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY users_all ON lms.users TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.users TO lms_app, lms_maintenance;

CREATE TABLE lms.user_profiles (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID NOT NULL,
    full_name TEXT COLLATE "C" NOT NULL,
    given_name TEXT COLLATE "C",
    family_name TEXT COLLATE "C",
    display_name TEXT COLLATE "C",
    avatar_url TEXT COLLATE "C",
    bio TEXT COLLATE "C",
    date_of_birth DATE,
    country TEXT COLLATE "C",
    timezone TEXT COLLATE "C",
    locale TEXT COLLATE "C",
    languages JSONB NOT NULL,
    accessibility JSONB NOT NULL,
    CONSTRAINT user_profiles_pkey PRIMARY KEY (id),
    CONSTRAINT user_profiles_version_check CHECK (version >= 1),
    CONSTRAINT user_profiles_full_name_check CHECK (char_length(full_name) <= 500),
    CONSTRAINT user_profiles_given_name_check CHECK (char_length(given_name) <= 500),
    CONSTRAINT user_profiles_family_name_check CHECK (char_length(family_name) <= 500),
    CONSTRAINT user_profiles_display_name_check CHECK (char_length(display_name) <= 500),
    CONSTRAINT user_profiles_avatar_url_check CHECK (char_length(avatar_url) <= 2048),
    CONSTRAINT user_profiles_timezone_check CHECK (char_length(timezone) <= 64),
    CONSTRAINT user_profiles_locale_check CHECK (char_length(locale) <= 35),
    CONSTRAINT user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id)
);

CREATE UNIQUE INDEX user_profiles_user_id_key ON lms.user_profiles (user_id)
    WHERE deleted_at IS NULL;

CREATE INDEX user_profiles_user_id_idx ON lms.user_profiles (user_id, id);

ALTER TABLE lms.user_profiles ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.user_profiles FORCE ROW LEVEL SECURITY;

CREATE POLICY user_profiles_platform ON lms.user_profiles
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY user_profiles_all ON lms.user_profiles TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.user_profiles TO lms_app, lms_maintenance;

CREATE TABLE lms.auth_methods (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    provider_subject TEXT COLLATE "C" NOT NULL,
    provider_data JSONB,
    rank TEXT COLLATE "C" NOT NULL,
    CONSTRAINT auth_methods_pkey PRIMARY KEY (id),
    CONSTRAINT auth_methods_version_check CHECK (version >= 1),
    CONSTRAINT auth_methods_method_check CHECK (char_length(method) <= 255),
    CONSTRAINT auth_methods_rank_check CHECK (rank IN ('primary', 'secondary')),
    CONSTRAINT auth_methods_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id)
);

CREATE UNIQUE INDEX auth_methods_method_provider_subject_key ON lms.auth_methods (method, provider_subject)
    WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX auth_methods_user_id_key ON lms.auth_methods (user_id)
    WHERE deleted_at IS NULL AND rank IN ('primary');

CREATE INDEX auth_methods_user_id_idx ON lms.auth_methods (user_id, id);

ALTER TABLE lms.auth_methods ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.auth_methods FORCE ROW LEVEL SECURITY;

CREATE POLICY auth_methods_platform ON lms.auth_methods
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY auth_methods_all ON lms.auth_methods TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.auth_methods TO lms_app, lms_maintenance;

CREATE TABLE lms.refresh_tokens (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID NOT NULL,
    family_id UUID NOT NULL,
    jti UUID NOT NULL,
    token_hash TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    session_ends_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT refresh_tokens_version_check CHECK (version >= 1),
    CONSTRAINT refresh_tokens_token_hash_check CHECK (char_length(token_hash) <= 64),
    CONSTRAINT refresh_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id)
);

CREATE UNIQUE INDEX refresh_tokens_jti_key ON lms.refresh_tokens (jti)
    WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX refresh_tokens_token_hash_key ON lms.refresh_tokens (token_hash)
    WHERE deleted_at IS NULL;

CREATE INDEX refresh_tokens_user_id_idx ON lms.refresh_tokens (user_id, id);

CREATE INDEX refresh_tokens_family_id_idx ON lms.refresh_tokens (family_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX refresh_tokens_expires_at_idx ON lms.refresh_tokens (expires_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.refresh_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.refresh_tokens FORCE ROW LEVEL SECURITY;

CREATE POLICY refresh_tokens_platform ON lms.refresh_tokens
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY refresh_tokens_all ON lms.refresh_tokens TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.refresh_tokens TO lms_app, lms_maintenance;

CREATE TABLE lms.verifications (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    sent_to TEXT COLLATE "C" NOT NULL,
    secret_hash TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ,
    CONSTRAINT verifications_pkey PRIMARY KEY (id),
    CONSTRAINT verifications_version_check CHECK (version >= 1),
    CONSTRAINT verifications_purpose_check CHECK (purpose IN ('email', 'phone', 'password_reset')),
    CONSTRAINT verifications_secret_hash_check CHECK (char_length(secret_hash) <= 64),
    CONSTRAINT verifications_attempts_check CHECK (attempts BETWEEN 0 AND 4294967295),
    CONSTRAINT verifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id)
);

CREATE INDEX verifications_secret_hash_idx ON lms.verifications (secret_hash, id)
    WHERE deleted_at IS NULL;

CREATE INDEX verifications_user_id_purpose_idx ON lms.verifications (user_id, purpose, id);

CREATE INDEX verifications_expires_at_idx ON lms.verifications (expires_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.verifications ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.verifications FORCE ROW LEVEL SECURITY;

CREATE POLICY verifications_platform ON lms.verifications
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY verifications_all ON lms.verifications TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.verifications TO lms_app, lms_maintenance;

CREATE TABLE lms.platform_assignments (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    CONSTRAINT platform_assignments_pkey PRIMARY KEY (id),
    CONSTRAINT platform_assignments_version_check CHECK (version >= 1),
    CONSTRAINT platform_assignments_role_check CHECK (role IN ('platform_admin', 'platform_support')),
    CONSTRAINT platform_assignments_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id)
);

CREATE UNIQUE INDEX platform_assignments_user_id_role_key ON lms.platform_assignments (user_id, role)
    WHERE deleted_at IS NULL;

CREATE INDEX platform_assignments_user_id_idx ON lms.platform_assignments (user_id, id);

ALTER TABLE lms.platform_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.platform_assignments FORCE ROW LEVEL SECURITY;

CREATE POLICY platform_assignments_platform ON lms.platform_assignments
    USING (current_setting('lms.platform', true) = 'on')
    WITH CHECK (current_setting('lms.platform', true) = 'on');

CREATE POLICY platform_assignments_all ON lms.platform_assignments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.platform_assignments TO lms_app, lms_maintenance;

CREATE TABLE lms.memberships (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    user_id UUID,
    kind TEXT COLLATE "C" NOT NULL,
    full_name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    org_unit_id UUID,
    is_unit_admin BOOLEAN NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    permissions JSONB NOT NULL,
    joined_at TIMESTAMPTZ,
    CONSTRAINT memberships_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT memberships_version_check CHECK (version >= 1),
    CONSTRAINT memberships_kind_check CHECK (kind IN ('staff', 'student', 'guardian', 'admin')),
    CONSTRAINT memberships_full_name_check CHECK (char_length(full_name) <= 500),
    CONSTRAINT memberships_email_check CHECK (char_length(email) <= 254),
    CONSTRAINT memberships_phone_check CHECK (char_length(phone) <= 16),
    CONSTRAINT memberships_status_check CHECK (status IN ('pending', 'active', 'suspended', 'left')),
    CONSTRAINT memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES lms.users (id),
    CONSTRAINT memberships_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id)
);

CREATE UNIQUE INDEX memberships_user_id_key ON lms.memberships (tenant_id, user_id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_kind_status_idx ON lms.memberships (tenant_id, kind, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_org_unit_id_idx ON lms.memberships (tenant_id, org_unit_id, id);

CREATE INDEX memberships_email_idx ON lms.memberships (tenant_id, email, id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_full_name_idx ON lms.memberships (tenant_id, full_name, id)
    WHERE deleted_at IS NULL;

CREATE INDEX memberships_user_id_idx ON lms.memberships (tenant_id, user_id, id);

ALTER TABLE lms.memberships ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.memberships FORCE ROW LEVEL SECURITY;

CREATE POLICY memberships_tenant ON lms.memberships
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY memberships_all ON lms.memberships TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.memberships TO lms_app, lms_maintenance;

CREATE TABLE lms.role_assignments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    membership_id UUID NOT NULL,
    role_id UUID NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    scope_id UUID NOT NULL,
    CONSTRAINT role_assignments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT role_assignments_version_check CHECK (version >= 1),
    CONSTRAINT role_assignments_scope_check CHECK (scope IN ('tenant', 'unit', 'course', 'class')),
    CONSTRAINT role_assignments_membership_id_fkey FOREIGN KEY (tenant_id, membership_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT role_assignments_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES lms.roles (tenant_id, id)
);

CREATE UNIQUE INDEX role_assignments_membership_id_role_id__4ea41f70_key ON lms.role_assignments (tenant_id, membership_id, role_id, scope, scope_id)
    WHERE deleted_at IS NULL;

CREATE INDEX role_assignments_scope_scope_id_idx ON lms.role_assignments (tenant_id, scope, scope_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX role_assignments_membership_id_idx ON lms.role_assignments (tenant_id, membership_id, id);

CREATE INDEX role_assignments_role_id_idx ON lms.role_assignments (tenant_id, role_id, id);

ALTER TABLE lms.role_assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.role_assignments FORCE ROW LEVEL SECURITY;

CREATE POLICY role_assignments_tenant ON lms.role_assignments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY role_assignments_all ON lms.role_assignments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.role_assignments TO lms_app, lms_maintenance;

CREATE TABLE lms.invites (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    email TEXT COLLATE "C" NOT NULL,
    full_name TEXT COLLATE "C",
    invited_by UUID,
    kind TEXT COLLATE "C" NOT NULL,
    role_id UUID,
    org_unit_id UUID,
    member_id UUID,
    token_hash TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT invites_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT invites_version_check CHECK (version >= 1),
    CONSTRAINT invites_email_check CHECK (char_length(email) <= 254),
    CONSTRAINT invites_full_name_check CHECK (char_length(full_name) <= 500),
    CONSTRAINT invites_kind_check CHECK (kind IN ('staff', 'student', 'guardian', 'admin')),
    CONSTRAINT invites_token_hash_check CHECK (char_length(token_hash) <= 64),
    CONSTRAINT invites_status_check CHECK (status IN ('open', 'used', 'expired', 'revoked')),
    CONSTRAINT invites_invited_by_fkey FOREIGN KEY (tenant_id, invited_by) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT invites_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES lms.roles (tenant_id, id),
    CONSTRAINT invites_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT invites_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX invites_token_hash_key ON lms.invites (tenant_id, token_hash);

CREATE INDEX invites_email_idx ON lms.invites (tenant_id, email, id)
    WHERE deleted_at IS NULL;

CREATE INDEX invites_status_expires_at_idx ON lms.invites (tenant_id, status, expires_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX invites_invited_by_idx ON lms.invites (tenant_id, invited_by, id);

CREATE INDEX invites_role_id_idx ON lms.invites (tenant_id, role_id, id);

CREATE INDEX invites_org_unit_id_idx ON lms.invites (tenant_id, org_unit_id, id);

CREATE INDEX invites_member_id_idx ON lms.invites (tenant_id, member_id, id);

ALTER TABLE lms.invites ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.invites FORCE ROW LEVEL SECURITY;

CREATE POLICY invites_tenant ON lms.invites
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY invites_all ON lms.invites TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.invites TO lms_app, lms_maintenance;

CREATE TABLE lms.staff_profiles (
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
    title TEXT COLLATE "C",
    bio TEXT COLLATE "C",
    expertise JSONB NOT NULL,
    max_students BIGINT,
    availability JSONB NOT NULL,
    CONSTRAINT staff_profiles_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT staff_profiles_version_check CHECK (version >= 1),
    CONSTRAINT staff_profiles_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT staff_profiles_max_students_check CHECK (max_students BETWEEN 0 AND 4294967295),
    CONSTRAINT staff_profiles_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX staff_profiles_member_id_key ON lms.staff_profiles (tenant_id, member_id)
    WHERE deleted_at IS NULL;

CREATE INDEX staff_profiles_member_id_idx ON lms.staff_profiles (tenant_id, member_id, id);

CREATE INDEX staff_profiles_expertise_gin ON lms.staff_profiles USING GIN (expertise jsonb_path_ops);

ALTER TABLE lms.staff_profiles ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.staff_profiles FORCE ROW LEVEL SECURITY;

CREATE POLICY staff_profiles_tenant ON lms.staff_profiles
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY staff_profiles_all ON lms.staff_profiles TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.staff_profiles TO lms_app, lms_maintenance;

CREATE TABLE lms.learner_profiles (
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
    date_of_birth DATE,
    academic_age JSONB NOT NULL,
    special_needs JSONB NOT NULL,
    assigned_tutor_id UUID,
    languages JSONB NOT NULL,
    school_year TEXT COLLATE "C",
    CONSTRAINT learner_profiles_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT learner_profiles_version_check CHECK (version >= 1),
    CONSTRAINT learner_profiles_school_year_check CHECK (char_length(school_year) <= 500),
    CONSTRAINT learner_profiles_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT learner_profiles_assigned_tutor_id_fkey FOREIGN KEY (tenant_id, assigned_tutor_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX learner_profiles_member_id_key ON lms.learner_profiles (tenant_id, member_id)
    WHERE deleted_at IS NULL;

CREATE INDEX learner_profiles_assigned_tutor_id_idx ON lms.learner_profiles (tenant_id, assigned_tutor_id, id)
    INCLUDE (member_id, deleted_at);

CREATE INDEX learner_profiles_member_id_idx ON lms.learner_profiles (tenant_id, member_id, id);

CREATE INDEX learner_profiles_academic_age_gin ON lms.learner_profiles USING GIN (academic_age jsonb_path_ops);

CREATE INDEX learner_profiles_special_needs_gin ON lms.learner_profiles USING GIN (special_needs jsonb_path_ops);

ALTER TABLE lms.learner_profiles ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.learner_profiles FORCE ROW LEVEL SECURITY;

CREATE POLICY learner_profiles_tenant ON lms.learner_profiles
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY learner_profiles_all ON lms.learner_profiles TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.learner_profiles TO lms_app, lms_maintenance;

CREATE TABLE lms.guardian_links (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    guardian_id UUID NOT NULL,
    student_id UUID NOT NULL,
    relationship TEXT COLLATE "C" NOT NULL,
    CONSTRAINT guardian_links_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT guardian_links_version_check CHECK (version >= 1),
    CONSTRAINT guardian_links_relationship_check CHECK (relationship IN ('parent', 'guardian')),
    CONSTRAINT guardian_links_guardian_id_fkey FOREIGN KEY (tenant_id, guardian_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT guardian_links_student_id_fkey FOREIGN KEY (tenant_id, student_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX guardian_links_guardian_id_student_id_key ON lms.guardian_links (tenant_id, guardian_id, student_id)
    WHERE deleted_at IS NULL;

CREATE INDEX guardian_links_student_id_idx ON lms.guardian_links (tenant_id, student_id, id);

CREATE INDEX guardian_links_guardian_id_idx ON lms.guardian_links (tenant_id, guardian_id, id);

ALTER TABLE lms.guardian_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.guardian_links FORCE ROW LEVEL SECURITY;

CREATE POLICY guardian_links_tenant ON lms.guardian_links
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY guardian_links_all ON lms.guardian_links TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.guardian_links TO lms_app, lms_maintenance;

CREATE TABLE lms.follows (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    follower_id UUID NOT NULL,
    following_id UUID NOT NULL,
    CONSTRAINT follows_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT follows_version_check CHECK (version >= 1),
    CONSTRAINT follows_follower_id_fkey FOREIGN KEY (tenant_id, follower_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT follows_following_id_fkey FOREIGN KEY (tenant_id, following_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX follows_follower_id_following_id_key ON lms.follows (tenant_id, follower_id, following_id)
    WHERE deleted_at IS NULL;

CREATE INDEX follows_following_id_idx ON lms.follows (tenant_id, following_id, id);

CREATE INDEX follows_follower_id_idx ON lms.follows (tenant_id, follower_id, id);

ALTER TABLE lms.follows ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.follows FORCE ROW LEVEL SECURITY;

CREATE POLICY follows_tenant ON lms.follows
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY follows_all ON lms.follows TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.follows TO lms_app, lms_maintenance;

CREATE TABLE lms.interests (
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
    category_id UUID,
    name TEXT COLLATE "C",
    priority BIGINT NOT NULL,
    CONSTRAINT interests_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT interests_version_check CHECK (version >= 1),
    CONSTRAINT interests_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT interests_priority_check CHECK (priority BETWEEN 0 AND 65535),
    CONSTRAINT interests_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX interests_member_id_category_id_key ON lms.interests (tenant_id, member_id, category_id)
    WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX interests_member_id_name_key ON lms.interests (tenant_id, member_id, name)
    WHERE deleted_at IS NULL;

CREATE INDEX interests_category_id_idx ON lms.interests (tenant_id, category_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX interests_member_id_idx ON lms.interests (tenant_id, member_id, id);

ALTER TABLE lms.interests ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.interests FORCE ROW LEVEL SECURITY;

CREATE POLICY interests_tenant ON lms.interests
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY interests_all ON lms.interests TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.interests TO lms_app, lms_maintenance;

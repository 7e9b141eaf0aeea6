-- The tables of the context `content`.

CREATE TABLE lms.categories (
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
    parent_id UUID,
    icon_url TEXT COLLATE "C",
    CONSTRAINT categories_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT categories_version_check CHECK (version >= 1),
    CONSTRAINT categories_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT categories_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT categories_description_check CHECK (char_length(description) <= 65536),
    CONSTRAINT categories_icon_url_check CHECK (char_length(icon_url) <= 2048),
    CONSTRAINT categories_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES lms.categories (tenant_id, id)
);

CREATE UNIQUE INDEX categories_slug_key ON lms.categories (tenant_id, slug)
    WHERE deleted_at IS NULL;

CREATE INDEX categories_parent_id_idx ON lms.categories (tenant_id, parent_id, id);

ALTER TABLE lms.categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.categories FORCE ROW LEVEL SECURITY;

CREATE POLICY categories_tenant ON lms.categories
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY categories_all ON lms.categories TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.categories TO lms_app, lms_maintenance;

CREATE TABLE lms.courses (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    title TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    short_description TEXT COLLATE "C",
    image_url TEXT COLLATE "C",
    trailer_url TEXT COLLATE "C",
    category_id UUID,
    tags JSONB NOT NULL,
    difficulty TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    owner_id UUID NOT NULL,
    language TEXT COLLATE "C",
    prerequisites TEXT COLLATE "C",
    learning_outcomes JSONB NOT NULL,
    target_audience JSONB NOT NULL,
    requirements JSONB NOT NULL,
    is_featured BOOLEAN NOT NULL,
    is_bestseller BOOLEAN NOT NULL,
    capacity BIGINT,
    waitlists BOOLEAN NOT NULL,
    pricing_kind TEXT COLLATE "C" NOT NULL,
    pricing_minor BIGINT,
    pricing_currency TEXT COLLATE "C",
    pricing_discount_minor BIGINT,
    certificate_policy JSONB NOT NULL,
    published_at TIMESTAMPTZ,
    estimated_duration_minutes BIGINT,
    hierarchy TEXT COLLATE "C" NOT NULL,
    access_days BIGINT,
    CONSTRAINT courses_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT courses_version_check CHECK (version >= 1),
    CONSTRAINT courses_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT courses_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT courses_description_check CHECK (char_length(description) <= 65536),
    CONSTRAINT courses_short_description_check CHECK (char_length(short_description) <= 65536),
    CONSTRAINT courses_image_url_check CHECK (char_length(image_url) <= 2048),
    CONSTRAINT courses_trailer_url_check CHECK (char_length(trailer_url) <= 2048),
    CONSTRAINT courses_difficulty_check CHECK (difficulty IN ('beginner', 'intermediate', 'advanced', 'expert')),
    CONSTRAINT courses_status_check CHECK (status IN ('draft', 'under_review', 'published', 'archived')),
    CONSTRAINT courses_language_check CHECK (char_length(language) <= 35),
    CONSTRAINT courses_prerequisites_check CHECK (char_length(prerequisites) <= 65536),
    CONSTRAINT courses_capacity_check CHECK (capacity BETWEEN 0 AND 4294967295),
    CONSTRAINT courses_pricing_kind_check CHECK (pricing_kind IN ('free', 'paid', 'subscription')),
    CONSTRAINT courses_pricing_currency_check CHECK (char_length(pricing_currency) <= 3),
    CONSTRAINT courses_estimated_duration_minutes_check CHECK (estimated_duration_minutes BETWEEN 0 AND 4294967295),
    CONSTRAINT courses_hierarchy_check CHECK (hierarchy IN ('flat', 'chapters', 'modules', 'full', 'custom')),
    CONSTRAINT courses_access_days_check CHECK (access_days BETWEEN 0 AND 4294967295),
    CONSTRAINT courses_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES lms.categories (tenant_id, id),
    CONSTRAINT courses_owner_id_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX courses_slug_key ON lms.courses (tenant_id, slug)
    WHERE deleted_at IS NULL;

CREATE INDEX courses_category_id_is_featured_idx ON lms.courses (tenant_id, category_id, is_featured, id);

CREATE INDEX courses_owner_id_status_idx ON lms.courses (tenant_id, owner_id, status, id);

CREATE INDEX courses_status_published_at_idx ON lms.courses (tenant_id, status, published_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX courses_is_featured_idx ON lms.courses (tenant_id, is_featured, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.courses ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.courses FORCE ROW LEVEL SECURITY;

CREATE POLICY courses_tenant ON lms.courses
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY courses_all ON lms.courses TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.courses TO lms_app, lms_maintenance;

CREATE TABLE lms.course_stats (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    course_id UUID NOT NULL,
    total_modules BIGINT NOT NULL,
    total_units BIGINT NOT NULL,
    total_lessons BIGINT NOT NULL,
    total_activities BIGINT NOT NULL,
    total_duration_minutes BIGINT NOT NULL,
    total_learners BIGINT NOT NULL,
    total_completions BIGINT NOT NULL,
    total_reviews BIGINT NOT NULL,
    rating_sum BIGINT NOT NULL,
    average_rating BIGINT NOT NULL,
    CONSTRAINT course_stats_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT course_stats_version_check CHECK (version >= 1),
    CONSTRAINT course_stats_total_modules_check CHECK (total_modules BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_total_units_check CHECK (total_units BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_total_lessons_check CHECK (total_lessons BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_total_activities_check CHECK (total_activities BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_total_duration_minutes_check CHECK (total_duration_minutes BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_total_learners_check CHECK (total_learners BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_total_completions_check CHECK (total_completions BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_total_reviews_check CHECK (total_reviews BETWEEN 0 AND 4294967295),
    CONSTRAINT course_stats_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE UNIQUE INDEX course_stats_course_id_key ON lms.course_stats (tenant_id, course_id);

CREATE INDEX course_stats_average_rating_idx ON lms.course_stats (tenant_id, average_rating, id);

ALTER TABLE lms.course_stats ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.course_stats FORCE ROW LEVEL SECURITY;

CREATE POLICY course_stats_tenant ON lms.course_stats
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY course_stats_all ON lms.course_stats TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.course_stats TO lms_app, lms_maintenance;

CREATE TABLE lms.course_terms (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    course_id UUID NOT NULL,
    term TEXT COLLATE "C" NOT NULL,
    weight BIGINT NOT NULL,
    CONSTRAINT course_terms_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT course_terms_version_check CHECK (version >= 1),
    CONSTRAINT course_terms_weight_check CHECK (weight BETWEEN 0 AND 255),
    CONSTRAINT course_terms_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id)
);

CREATE UNIQUE INDEX course_terms_course_id_term_key ON lms.course_terms (tenant_id, course_id, term);

CREATE INDEX course_terms_term_idx ON lms.course_terms (tenant_id, term, id);

ALTER TABLE lms.course_terms ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.course_terms FORCE ROW LEVEL SECURITY;

CREATE POLICY course_terms_tenant ON lms.course_terms
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY course_terms_all ON lms.course_terms TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.course_terms TO lms_app, lms_maintenance;

CREATE TABLE lms.content_nodes (
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
    parent_id UUID,
    scope_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    position BIGINT NOT NULL,
    level TEXT COLLATE "C",
    image_url TEXT COLLATE "C",
    duration_minutes BIGINT,
    learning_objective TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    access TEXT COLLATE "C" NOT NULL,
    body JSONB NOT NULL,
    activity_kind TEXT COLLATE "C",
    downloadable BOOLEAN NOT NULL,
    weight BIGINT NOT NULL,
    CONSTRAINT content_nodes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT content_nodes_version_check CHECK (version >= 1),
    CONSTRAINT content_nodes_kind_check CHECK (kind IN ('module', 'unit', 'lesson', 'activity')),
    CONSTRAINT content_nodes_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT content_nodes_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT content_nodes_description_check CHECK (char_length(description) <= 65536),
    CONSTRAINT content_nodes_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT content_nodes_image_url_check CHECK (char_length(image_url) <= 2048),
    CONSTRAINT content_nodes_duration_minutes_check CHECK (duration_minutes BETWEEN 0 AND 4294967295),
    CONSTRAINT content_nodes_learning_objective_check CHECK (char_length(learning_objective) <= 65536),
    CONSTRAINT content_nodes_status_check CHECK (status IN ('draft', 'under_review', 'published', 'archived')),
    CONSTRAINT content_nodes_access_check CHECK (access IN ('inherit', 'free', 'preview', 'paid')),
    CONSTRAINT content_nodes_weight_check CHECK (weight BETWEEN 0 AND 4294967295),
    CONSTRAINT content_nodes_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT content_nodes_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES lms.content_nodes (tenant_id, id)
);

CREATE UNIQUE INDEX content_nodes_scope_id_slug_key ON lms.content_nodes (tenant_id, scope_id, slug)
    WHERE deleted_at IS NULL;

CREATE INDEX content_nodes_course_id_idx ON lms.content_nodes (tenant_id, course_id, id);

CREATE INDEX content_nodes_scope_id_position_idx ON lms.content_nodes (tenant_id, scope_id, position, id)
    WHERE deleted_at IS NULL;

CREATE INDEX content_nodes_parent_id_idx ON lms.content_nodes (tenant_id, parent_id, id);

ALTER TABLE lms.content_nodes ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.content_nodes FORCE ROW LEVEL SECURITY;

CREATE POLICY content_nodes_tenant ON lms.content_nodes
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY content_nodes_all ON lms.content_nodes TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.content_nodes TO lms_app, lms_maintenance;

CREATE TABLE lms.file_assets (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    uploaded_by UUID NOT NULL,
    owner_kind TEXT COLLATE "C",
    owner_id UUID,
    filename TEXT COLLATE "C" NOT NULL,
    original_filename TEXT COLLATE "C" NOT NULL,
    mime_type TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    storage_provider TEXT COLLATE "C" NOT NULL,
    storage_path TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C",
    CONSTRAINT file_assets_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT file_assets_version_check CHECK (version >= 1),
    CONSTRAINT file_assets_owner_kind_check CHECK (char_length(owner_kind) <= 64),
    CONSTRAINT file_assets_storage_provider_check CHECK (storage_provider IN ('local', 's3', 'gcs', 'azure', 'other')),
    CONSTRAINT file_assets_url_check CHECK (char_length(url) <= 2048),
    CONSTRAINT file_assets_uploaded_by_fkey FOREIGN KEY (tenant_id, uploaded_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX file_assets_storage_provider_storage_path_key ON lms.file_assets (tenant_id, storage_provider, storage_path)
    WHERE deleted_at IS NULL;

CREATE INDEX file_assets_owner_kind_owner_id_idx ON lms.file_assets (tenant_id, owner_kind, owner_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX file_assets_uploaded_by_idx ON lms.file_assets (tenant_id, uploaded_by, id);

ALTER TABLE lms.file_assets ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.file_assets FORCE ROW LEVEL SECURITY;

CREATE POLICY file_assets_tenant ON lms.file_assets
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY file_assets_all ON lms.file_assets TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.file_assets TO lms_app, lms_maintenance;

CREATE TABLE lms.storage_meters (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_bytes BIGINT NOT NULL,
    CONSTRAINT storage_meters_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT storage_meters_version_check CHECK (version >= 1)
);

ALTER TABLE lms.storage_meters ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.storage_meters FORCE ROW LEVEL SECURITY;

CREATE POLICY storage_meters_tenant ON lms.storage_meters
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY storage_meters_all ON lms.storage_meters TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.storage_meters TO lms_app, lms_maintenance;

CREATE TABLE lms.materials (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    title TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    content JSONB NOT NULL,
    CONSTRAINT materials_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT materials_version_check CHECK (version >= 1),
    CONSTRAINT materials_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT materials_kind_check CHECK (kind IN ('text', 'video', 'pdf', 'audio', 'image', 'document', 'embed'))
);

CREATE INDEX materials_kind_idx ON lms.materials (tenant_id, kind, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.materials ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.materials FORCE ROW LEVEL SECURITY;

CREATE POLICY materials_tenant ON lms.materials
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY materials_all ON lms.materials TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.materials TO lms_app, lms_maintenance;

CREATE TABLE lms.activity_materials (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    activity_id UUID NOT NULL,
    material_id UUID NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT activity_materials_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT activity_materials_version_check CHECK (version >= 1),
    CONSTRAINT activity_materials_position_check CHECK (position BETWEEN 0 AND 4294967295),
    CONSTRAINT activity_materials_activity_id_fkey FOREIGN KEY (tenant_id, activity_id) REFERENCES lms.content_nodes (tenant_id, id),
    CONSTRAINT activity_materials_material_id_fkey FOREIGN KEY (tenant_id, material_id) REFERENCES lms.materials (tenant_id, id)
);

CREATE UNIQUE INDEX activity_materials_activity_id_material_id_key ON lms.activity_materials (tenant_id, activity_id, material_id);

CREATE INDEX activity_materials_material_id_idx ON lms.activity_materials (tenant_id, material_id, id);

ALTER TABLE lms.activity_materials ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.activity_materials FORCE ROW LEVEL SECURITY;

CREATE POLICY activity_materials_tenant ON lms.activity_materials
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY activity_materials_all ON lms.activity_materials TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.activity_materials TO lms_app, lms_maintenance;

CREATE TABLE lms.content_authors (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    author_id UUID NOT NULL,
    target_kind TEXT COLLATE "C" NOT NULL,
    target_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    CONSTRAINT content_authors_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT content_authors_version_check CHECK (version >= 1),
    CONSTRAINT content_authors_target_kind_check CHECK (target_kind IN ('course', 'content_node', 'material')),
    CONSTRAINT content_authors_role_check CHECK (role IN ('viewer', 'reviewer', 'editor', 'owner')),
    CONSTRAINT content_authors_author_id_fkey FOREIGN KEY (tenant_id, author_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX content_authors_author_id_target_kind_target_id_key ON lms.content_authors (tenant_id, author_id, target_kind, target_id)
    WHERE deleted_at IS NULL;

CREATE INDEX content_authors_target_kind_target_id_idx ON lms.content_authors (tenant_id, target_kind, target_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX content_authors_author_id_idx ON lms.content_authors (tenant_id, author_id, id);

ALTER TABLE lms.content_authors ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.content_authors FORCE ROW LEVEL SECURITY;

CREATE POLICY content_authors_tenant ON lms.content_authors
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY content_authors_all ON lms.content_authors TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.content_authors TO lms_app, lms_maintenance;

CREATE TABLE lms.reviews (
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
    reviewer_id UUID NOT NULL,
    rating BIGINT NOT NULL,
    comment TEXT COLLATE "C",
    is_featured BOOLEAN NOT NULL,
    is_hidden BOOLEAN NOT NULL,
    helpful_count BIGINT NOT NULL,
    CONSTRAINT reviews_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reviews_version_check CHECK (version >= 1),
    CONSTRAINT reviews_rating_check CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT reviews_comment_check CHECK (char_length(comment) <= 65536),
    CONSTRAINT reviews_helpful_count_check CHECK (helpful_count BETWEEN 0 AND 4294967295),
    CONSTRAINT reviews_course_id_fkey FOREIGN KEY (tenant_id, course_id) REFERENCES lms.courses (tenant_id, id),
    CONSTRAINT reviews_reviewer_id_fkey FOREIGN KEY (tenant_id, reviewer_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX reviews_course_id_reviewer_id_key ON lms.reviews (tenant_id, course_id, reviewer_id)
    WHERE deleted_at IS NULL;

CREATE INDEX reviews_reviewer_id_idx ON lms.reviews (tenant_id, reviewer_id, id);

CREATE INDEX reviews_course_id_idx ON lms.reviews (tenant_id, course_id, id);

ALTER TABLE lms.reviews ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.reviews FORCE ROW LEVEL SECURITY;

CREATE POLICY reviews_tenant ON lms.reviews
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY reviews_all ON lms.reviews TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.reviews TO lms_app, lms_maintenance;

CREATE TABLE lms.review_votes (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    review_id UUID NOT NULL,
    voter_id UUID NOT NULL,
    CONSTRAINT review_votes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT review_votes_version_check CHECK (version >= 1),
    CONSTRAINT review_votes_review_id_fkey FOREIGN KEY (tenant_id, review_id) REFERENCES lms.reviews (tenant_id, id),
    CONSTRAINT review_votes_voter_id_fkey FOREIGN KEY (tenant_id, voter_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX review_votes_review_id_voter_id_key ON lms.review_votes (tenant_id, review_id, voter_id);

CREATE INDEX review_votes_voter_id_idx ON lms.review_votes (tenant_id, voter_id, id);

ALTER TABLE lms.review_votes ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.review_votes FORCE ROW LEVEL SECURITY;

CREATE POLICY review_votes_tenant ON lms.review_votes
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY review_votes_all ON lms.review_votes TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.review_votes TO lms_app, lms_maintenance;

CREATE TABLE lms.downloads (
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
    file_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT downloads_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT downloads_version_check CHECK (version >= 1),
    CONSTRAINT downloads_kind_check CHECK (kind IN ('video', 'pdf', 'audio', 'document')),
    CONSTRAINT downloads_status_check CHECK (status IN ('pending', 'downloading', 'completed', 'failed', 'expired')),
    CONSTRAINT downloads_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT downloads_file_id_fkey FOREIGN KEY (tenant_id, file_id) REFERENCES lms.file_assets (tenant_id, id)
);

CREATE INDEX downloads_learner_id_status_idx ON lms.downloads (tenant_id, learner_id, status, id);

CREATE INDEX downloads_file_id_idx ON lms.downloads (tenant_id, file_id, id);

CREATE INDEX downloads_status_expires_at_idx ON lms.downloads (tenant_id, status, expires_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.downloads ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.downloads FORCE ROW LEVEL SECURITY;

CREATE POLICY downloads_tenant ON lms.downloads
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY downloads_all ON lms.downloads TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.downloads TO lms_app, lms_maintenance;

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
    CONSTRAINT categories_name_check CHECK (char_length(name) <= 255),
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
    CONSTRAINT courses_title_check CHECK (char_length(title) <= 255),
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
    CONSTRAINT courses_category_id_fkey FOREIGN KEY (tenant_id, category_id) REFERENCES lms.categories (tenant_id, id)
);

CREATE UNIQUE INDEX courses_slug_key ON lms.courses (tenant_id, slug)
    WHERE deleted_at IS NULL;

CREATE INDEX courses_category_id_idx ON lms.courses (tenant_id, category_id, id);

CREATE INDEX courses_owner_id_idx ON lms.courses (tenant_id, owner_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX courses_status_published_at_idx ON lms.courses (tenant_id, status, published_at, id)
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
    CONSTRAINT content_nodes_title_check CHECK (char_length(title) <= 255),
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
    CONSTRAINT file_assets_url_check CHECK (char_length(url) <= 2048)
);

CREATE UNIQUE INDEX file_assets_storage_provider_storage_path_key ON lms.file_assets (tenant_id, storage_provider, storage_path)
    WHERE deleted_at IS NULL;

CREATE INDEX file_assets_owner_kind_owner_id_idx ON lms.file_assets (tenant_id, owner_kind, owner_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX file_assets_uploaded_by_idx ON lms.file_assets (tenant_id, uploaded_by, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.file_assets ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.file_assets FORCE ROW LEVEL SECURITY;

CREATE POLICY file_assets_tenant ON lms.file_assets
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY file_assets_all ON lms.file_assets TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.file_assets TO lms_app, lms_maintenance;

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
    CONSTRAINT materials_title_check CHECK (char_length(title) <= 255),
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

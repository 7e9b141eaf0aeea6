-- The tables of the context `engagement`.

CREATE TABLE lms.comments (
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
    parent_kind TEXT COLLATE "C" NOT NULL,
    parent_id UUID NOT NULL,
    parent_comment_id UUID,
    content TEXT COLLATE "C",
    is_edited BOOLEAN NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT comments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT comments_version_check CHECK (version >= 1),
    CONSTRAINT comments_parent_kind_check CHECK (char_length(parent_kind) <= 64),
    CONSTRAINT comments_content_check CHECK (char_length(content) <= 65536),
    CONSTRAINT comments_status_check CHECK (status IN ('visible', 'hidden', 'removed')),
    CONSTRAINT comments_author_id_fkey FOREIGN KEY (tenant_id, author_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT comments_parent_comment_id_fkey FOREIGN KEY (tenant_id, parent_comment_id) REFERENCES lms.comments (tenant_id, id)
);

CREATE INDEX comments_parent_kind_parent_id_idx ON lms.comments (tenant_id, parent_kind, parent_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX comments_parent_comment_id_idx ON lms.comments (tenant_id, parent_comment_id, id);

CREATE INDEX comments_author_id_idx ON lms.comments (tenant_id, author_id, id);

ALTER TABLE lms.comments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.comments FORCE ROW LEVEL SECURITY;

CREATE POLICY comments_tenant ON lms.comments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY comments_all ON lms.comments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.comments TO lms_app, lms_maintenance;

CREATE TABLE lms.comment_reactions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    comment_id UUID NOT NULL,
    member_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    CONSTRAINT comment_reactions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT comment_reactions_version_check CHECK (version >= 1),
    CONSTRAINT comment_reactions_kind_check CHECK (kind IN ('like', 'helpful')),
    CONSTRAINT comment_reactions_comment_id_fkey FOREIGN KEY (tenant_id, comment_id) REFERENCES lms.comments (tenant_id, id),
    CONSTRAINT comment_reactions_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX comment_reactions_comment_id_member_id_kind_key ON lms.comment_reactions (tenant_id, comment_id, member_id, kind);

CREATE INDEX comment_reactions_member_id_idx ON lms.comment_reactions (tenant_id, member_id, id);

ALTER TABLE lms.comment_reactions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.comment_reactions FORCE ROW LEVEL SECURITY;

CREATE POLICY comment_reactions_tenant ON lms.comment_reactions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY comment_reactions_all ON lms.comment_reactions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.comment_reactions TO lms_app, lms_maintenance;

-- The tables of the context `operations`.

CREATE TABLE lms.service_requests (
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
    requested_by UUID NOT NULL,
    assigned_to UUID,
    kind TEXT COLLATE "C" NOT NULL,
    details TEXT COLLATE "C" NOT NULL,
    priority TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT service_requests_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT service_requests_version_check CHECK (version >= 1),
    CONSTRAINT service_requests_kind_check CHECK (kind IN ('it', 'inventory', 'complaint', 'reschedule', 'maintenance')),
    CONSTRAINT service_requests_details_check CHECK (char_length(details) <= 65536),
    CONSTRAINT service_requests_priority_check CHECK (priority IN ('low', 'medium', 'high')),
    CONSTRAINT service_requests_status_check CHECK (status IN ('open', 'in_progress', 'resolved', 'closed')),
    CONSTRAINT service_requests_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT service_requests_requested_by_fkey FOREIGN KEY (tenant_id, requested_by) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT service_requests_assigned_to_fkey FOREIGN KEY (tenant_id, assigned_to) REFERENCES lms.memberships (tenant_id, id)
);

CREATE INDEX service_requests_org_unit_id_status_idx ON lms.service_requests (tenant_id, org_unit_id, status, id);

CREATE INDEX service_requests_status_priority_idx ON lms.service_requests (tenant_id, status, priority, id)
    WHERE deleted_at IS NULL;

CREATE INDEX service_requests_requested_by_idx ON lms.service_requests (tenant_id, requested_by, id);

CREATE INDEX service_requests_assigned_to_idx ON lms.service_requests (tenant_id, assigned_to, id);

ALTER TABLE lms.service_requests ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.service_requests FORCE ROW LEVEL SECURITY;

CREATE POLICY service_requests_tenant ON lms.service_requests
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY service_requests_all ON lms.service_requests TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.service_requests TO lms_app, lms_maintenance;

CREATE TABLE lms.inventory_items (
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
    name TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL,
    condition TEXT COLLATE "C" NOT NULL,
    CONSTRAINT inventory_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT inventory_items_version_check CHECK (version >= 1),
    CONSTRAINT inventory_items_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT inventory_items_category_check CHECK (category IN ('laptop', 'furniture', 'stationery', 'network', 'misc')),
    CONSTRAINT inventory_items_quantity_check CHECK (quantity BETWEEN 0 AND 4294967295),
    CONSTRAINT inventory_items_condition_check CHECK (condition IN ('good', 'needs_repair', 'broken')),
    CONSTRAINT inventory_items_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id)
);

CREATE INDEX inventory_items_org_unit_id_category_idx ON lms.inventory_items (tenant_id, org_unit_id, category, id);

ALTER TABLE lms.inventory_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.inventory_items FORCE ROW LEVEL SECURITY;

CREATE POLICY inventory_items_tenant ON lms.inventory_items
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY inventory_items_all ON lms.inventory_items TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.inventory_items TO lms_app, lms_maintenance;

-- The tables of the context `notification`.

CREATE TABLE lms.notifications (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    recipient_id UUID NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    priority TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    link TEXT COLLATE "C",
    read_at TIMESTAMPTZ,
    CONSTRAINT notifications_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT notifications_version_check CHECK (version >= 1),
    CONSTRAINT notifications_category_check CHECK (category IN ('info', 'achievement', 'reminder', 'assignment', 'system', 'course_update', 'payment', 'announcement', 'live_session', 'test_result', 'violation', 'class_schedule')),
    CONSTRAINT notifications_priority_check CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    CONSTRAINT notifications_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT notifications_link_check CHECK (char_length(link) <= 2048),
    CONSTRAINT notifications_recipient_id_fkey FOREIGN KEY (tenant_id, recipient_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE INDEX notifications_recipient_id_read_at_idx ON lms.notifications (tenant_id, recipient_id, read_at, id)
    INCLUDE (deleted_at);

CREATE INDEX notifications_created_at_idx ON lms.notifications (tenant_id, created_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.notifications ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.notifications FORCE ROW LEVEL SECURITY;

CREATE POLICY notifications_tenant ON lms.notifications
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY notifications_all ON lms.notifications TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.notifications TO lms_app, lms_maintenance;

CREATE TABLE lms.notification_deliveries (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    notification_id UUID NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    frequency TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    claim UUID,
    sent_at TIMESTAMPTZ,
    failure TEXT COLLATE "C",
    CONSTRAINT notification_deliveries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT notification_deliveries_version_check CHECK (version >= 1),
    CONSTRAINT notification_deliveries_channel_check CHECK (channel IN ('in_app', 'email', 'sms', 'push', 'whatsapp', 'telegram', 'webhook')),
    CONSTRAINT notification_deliveries_status_check CHECK (status IN ('pending', 'sent', 'failed', 'suppressed')),
    CONSTRAINT notification_deliveries_attempts_check CHECK (attempts BETWEEN 0 AND 4294967295),
    CONSTRAINT notification_deliveries_frequency_check CHECK (frequency IN ('immediate', 'daily', 'weekly', 'never')),
    CONSTRAINT notification_deliveries_notification_id_fkey FOREIGN KEY (tenant_id, notification_id) REFERENCES lms.notifications (tenant_id, id)
);

CREATE UNIQUE INDEX notification_deliveries_notification_id_channel_key ON lms.notification_deliveries (tenant_id, notification_id, channel);

CREATE INDEX notification_deliveries_status_due_at_idx ON lms.notification_deliveries (tenant_id, status, due_at, id);

ALTER TABLE lms.notification_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.notification_deliveries FORCE ROW LEVEL SECURITY;

CREATE POLICY notification_deliveries_tenant ON lms.notification_deliveries
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY notification_deliveries_all ON lms.notification_deliveries TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.notification_deliveries TO lms_app, lms_maintenance;

CREATE TABLE lms.notification_templates (
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
    channel TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    variables JSONB NOT NULL,
    priority TEXT COLLATE "C" NOT NULL,
    CONSTRAINT notification_templates_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT notification_templates_version_check CHECK (version >= 1),
    CONSTRAINT notification_templates_name_check CHECK (char_length(name) <= 120),
    CONSTRAINT notification_templates_channel_check CHECK (channel IN ('in_app', 'email', 'sms', 'push', 'whatsapp', 'telegram', 'webhook')),
    CONSTRAINT notification_templates_priority_check CHECK (priority IN ('low', 'medium', 'high', 'urgent'))
);

CREATE UNIQUE INDEX notification_templates_name_channel_key ON lms.notification_templates (tenant_id, name, channel)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.notification_templates ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.notification_templates FORCE ROW LEVEL SECURITY;

CREATE POLICY notification_templates_tenant ON lms.notification_templates
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY notification_templates_all ON lms.notification_templates TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.notification_templates TO lms_app, lms_maintenance;

CREATE TABLE lms.notification_preferences (
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
    email_enabled BOOLEAN NOT NULL,
    email_frequency TEXT COLLATE "C" NOT NULL,
    in_app_enabled BOOLEAN NOT NULL,
    categories_enabled JSONB,
    channels JSONB NOT NULL,
    quiet_hours JSONB,
    time_zone TEXT COLLATE "C",
    CONSTRAINT notification_preferences_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT notification_preferences_version_check CHECK (version >= 1),
    CONSTRAINT notification_preferences_email_frequency_check CHECK (email_frequency IN ('immediate', 'daily', 'weekly', 'never')),
    CONSTRAINT notification_preferences_time_zone_check CHECK (char_length(time_zone) <= 64),
    CONSTRAINT notification_preferences_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX notification_preferences_member_id_key ON lms.notification_preferences (tenant_id, member_id)
    WHERE deleted_at IS NULL;

CREATE INDEX notification_preferences_member_id_idx ON lms.notification_preferences (tenant_id, member_id, id);

ALTER TABLE lms.notification_preferences ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.notification_preferences FORCE ROW LEVEL SECURITY;

CREATE POLICY notification_preferences_tenant ON lms.notification_preferences
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY notification_preferences_all ON lms.notification_preferences TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.notification_preferences TO lms_app, lms_maintenance;

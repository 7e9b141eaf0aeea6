-- The tables of the context `commerce`.

CREATE TABLE lms.number_series (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    series TEXT COLLATE "C" NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT number_series_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT number_series_version_check CHECK (version >= 1),
    CONSTRAINT number_series_series_check CHECK (series IN ('order', 'invoice', 'credit_note', 'payout', 'certificate'))
);

CREATE UNIQUE INDEX number_series_series_key ON lms.number_series (tenant_id, series);

ALTER TABLE lms.number_series ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.number_series FORCE ROW LEVEL SECURITY;

CREATE POLICY number_series_tenant ON lms.number_series
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY number_series_all ON lms.number_series TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.number_series TO lms_app, lms_maintenance;

CREATE TABLE lms.prices (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    item_kind TEXT COLLATE "C" NOT NULL,
    item_id UUID NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    tax_percent BIGINT,
    tax_included BOOLEAN,
    access_days BIGINT,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT prices_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT prices_version_check CHECK (version >= 1),
    CONSTRAINT prices_item_kind_check CHECK (item_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT prices_title_check CHECK (char_length(title) <= 500),
    CONSTRAINT prices_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT prices_tax_percent_check CHECK (tax_percent BETWEEN 0 AND 1000000),
    CONSTRAINT prices_access_days_check CHECK (access_days BETWEEN 0 AND 4294967295),
    CONSTRAINT prices_status_check CHECK (status IN ('active', 'archived'))
);

CREATE UNIQUE INDEX prices_item_kind_item_id_amount_currency_key ON lms.prices (tenant_id, item_kind, item_id, amount_currency)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.prices ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.prices FORCE ROW LEVEL SECURITY;

CREATE POLICY prices_tenant ON lms.prices
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY prices_all ON lms.prices TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.prices TO lms_app, lms_maintenance;

CREATE TABLE lms.revenue_shares (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    item_kind TEXT COLLATE "C" NOT NULL,
    item_id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    percent BIGINT NOT NULL,
    CONSTRAINT revenue_shares_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT revenue_shares_version_check CHECK (version >= 1),
    CONSTRAINT revenue_shares_item_kind_check CHECK (item_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT revenue_shares_role_check CHECK (role IN ('instructor', 'commission')),
    CONSTRAINT revenue_shares_percent_check CHECK (percent BETWEEN 0 AND 1000000),
    CONSTRAINT revenue_shares_beneficiary_id_fkey FOREIGN KEY (tenant_id, beneficiary_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX revenue_shares_item_kind_item_id_benefi_4809db08_key ON lms.revenue_shares (tenant_id, item_kind, item_id, beneficiary_id, role)
    WHERE deleted_at IS NULL;

CREATE INDEX revenue_shares_beneficiary_id_idx ON lms.revenue_shares (tenant_id, beneficiary_id, id);

ALTER TABLE lms.revenue_shares ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.revenue_shares FORCE ROW LEVEL SECURITY;

CREATE POLICY revenue_shares_tenant ON lms.revenue_shares
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY revenue_shares_all ON lms.revenue_shares TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.revenue_shares TO lms_app, lms_maintenance;

CREATE TABLE lms.packages (
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
    price_minor BIGINT,
    price_currency TEXT COLLATE "C",
    tax_percent BIGINT,
    tax_included BOOLEAN,
    access_days BIGINT,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT packages_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT packages_version_check CHECK (version >= 1),
    CONSTRAINT packages_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT packages_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT packages_price_currency_check CHECK (char_length(price_currency) <= 3),
    CONSTRAINT packages_tax_percent_check CHECK (tax_percent BETWEEN 0 AND 1000000),
    CONSTRAINT packages_access_days_check CHECK (access_days BETWEEN 0 AND 4294967295),
    CONSTRAINT packages_status_check CHECK (status IN ('active', 'archived'))
);

CREATE UNIQUE INDEX packages_slug_key ON lms.packages (tenant_id, slug)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.packages ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.packages FORCE ROW LEVEL SECURITY;

CREATE POLICY packages_tenant ON lms.packages
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY packages_all ON lms.packages TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.packages TO lms_app, lms_maintenance;

CREATE TABLE lms.package_items (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    package_id UUID NOT NULL,
    item_kind TEXT COLLATE "C" NOT NULL,
    item_id UUID NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT package_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT package_items_version_check CHECK (version >= 1),
    CONSTRAINT package_items_item_kind_check CHECK (item_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT package_items_position_check CHECK (position BETWEEN 0 AND 65535),
    CONSTRAINT package_items_package_id_fkey FOREIGN KEY (tenant_id, package_id) REFERENCES lms.packages (tenant_id, id)
);

CREATE UNIQUE INDEX package_items_package_id_item_kind_item_id_key ON lms.package_items (tenant_id, package_id, item_kind, item_id)
    WHERE deleted_at IS NULL;

CREATE INDEX package_items_package_id_idx ON lms.package_items (tenant_id, package_id, id);

ALTER TABLE lms.package_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.package_items FORCE ROW LEVEL SECURITY;

CREATE POLICY package_items_tenant ON lms.package_items
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY package_items_all ON lms.package_items TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.package_items TO lms_app, lms_maintenance;

CREATE TABLE lms.plans (
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
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    interval TEXT COLLATE "C",
    price_minor BIGINT NOT NULL,
    price_currency TEXT COLLATE "C" NOT NULL,
    tax_percent BIGINT,
    tax_included BOOLEAN,
    terms JSONB NOT NULL,
    features JSONB,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT plans_version_check CHECK (version >= 1),
    CONSTRAINT plans_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT plans_slug_check CHECK (char_length(slug) <= 120),
    CONSTRAINT plans_subject_kind_check CHECK (subject_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT plans_kind_check CHECK (kind IN ('month', 'year', 'days', 'lifetime')),
    CONSTRAINT plans_interval_check CHECK (char_length(interval) <= 16),
    CONSTRAINT plans_price_currency_check CHECK (char_length(price_currency) <= 3),
    CONSTRAINT plans_tax_percent_check CHECK (tax_percent BETWEEN 0 AND 1000000),
    CONSTRAINT plans_status_check CHECK (status IN ('active', 'archived'))
);

CREATE UNIQUE INDEX plans_slug_key ON lms.plans (tenant_id, slug)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.plans ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.plans FORCE ROW LEVEL SECURITY;

CREATE POLICY plans_tenant ON lms.plans
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY plans_all ON lms.plans TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.plans TO lms_app, lms_maintenance;

CREATE TABLE lms.plan_items (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    plan_id UUID NOT NULL,
    item_kind TEXT COLLATE "C" NOT NULL,
    item_id UUID NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT plan_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT plan_items_version_check CHECK (version >= 1),
    CONSTRAINT plan_items_item_kind_check CHECK (item_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT plan_items_position_check CHECK (position BETWEEN 0 AND 65535),
    CONSTRAINT plan_items_plan_id_fkey FOREIGN KEY (tenant_id, plan_id) REFERENCES lms.plans (tenant_id, id)
);

CREATE UNIQUE INDEX plan_items_plan_id_item_kind_item_id_key ON lms.plan_items (tenant_id, plan_id, item_kind, item_id)
    WHERE deleted_at IS NULL;

CREATE INDEX plan_items_plan_id_idx ON lms.plan_items (tenant_id, plan_id, id);

ALTER TABLE lms.plan_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.plan_items FORCE ROW LEVEL SECURITY;

CREATE POLICY plan_items_tenant ON lms.plan_items
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY plan_items_all ON lms.plan_items TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.plan_items TO lms_app, lms_maintenance;

CREATE TABLE lms.orders (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    number BIGINT NOT NULL,
    buyer_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    subtotal_minor BIGINT NOT NULL,
    subtotal_currency TEXT COLLATE "C" NOT NULL,
    discount_minor BIGINT NOT NULL,
    discount_currency TEXT COLLATE "C" NOT NULL,
    tax_minor BIGINT NOT NULL,
    tax_currency TEXT COLLATE "C" NOT NULL,
    total_minor BIGINT NOT NULL,
    total_currency TEXT COLLATE "C" NOT NULL,
    due_first_minor BIGINT NOT NULL,
    due_first_currency TEXT COLLATE "C" NOT NULL,
    deadline TIMESTAMPTZ NOT NULL,
    next_action_at TIMESTAMPTZ NOT NULL,
    completed_at TIMESTAMPTZ,
    reversed_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    expired_at TIMESTAMPTZ,
    refunded_at TIMESTAMPTZ,
    provider_ref TEXT COLLATE "C",
    CONSTRAINT orders_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT orders_version_check CHECK (version >= 1),
    CONSTRAINT orders_kind_check CHECK (kind IN ('purchase', 'subscription')),
    CONSTRAINT orders_status_check CHECK (status IN ('pending', 'completed', 'failed', 'expired', 'cancelled', 'refunded')),
    CONSTRAINT orders_subtotal_currency_check CHECK (char_length(subtotal_currency) <= 3),
    CONSTRAINT orders_discount_currency_check CHECK (char_length(discount_currency) <= 3),
    CONSTRAINT orders_tax_currency_check CHECK (char_length(tax_currency) <= 3),
    CONSTRAINT orders_total_currency_check CHECK (char_length(total_currency) <= 3),
    CONSTRAINT orders_due_first_currency_check CHECK (char_length(due_first_currency) <= 3),
    CONSTRAINT orders_buyer_id_fkey FOREIGN KEY (tenant_id, buyer_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX orders_number_key ON lms.orders (tenant_id, number);

CREATE INDEX orders_buyer_id_idx ON lms.orders (tenant_id, buyer_id, id);

CREATE INDEX orders_status_idx ON lms.orders (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX orders_next_action_at_idx ON lms.orders (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.orders FORCE ROW LEVEL SECURITY;

CREATE POLICY orders_tenant ON lms.orders
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY orders_all ON lms.orders TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.orders TO lms_app, lms_maintenance;

CREATE TABLE lms.order_items (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    order_id UUID NOT NULL,
    position BIGINT NOT NULL,
    item_kind TEXT COLLATE "C" NOT NULL,
    item_id UUID NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    learner_id UUID NOT NULL,
    seats BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    price_currency TEXT COLLATE "C" NOT NULL,
    discount_minor BIGINT NOT NULL,
    discount_currency TEXT COLLATE "C" NOT NULL,
    net_minor BIGINT NOT NULL,
    net_currency TEXT COLLATE "C" NOT NULL,
    tax_minor BIGINT NOT NULL,
    tax_currency TEXT COLLATE "C" NOT NULL,
    tax_rate_percent BIGINT,
    tax_rate_included BOOLEAN,
    access_days BIGINT,
    refunded_minor BIGINT NOT NULL,
    refunded_currency TEXT COLLATE "C" NOT NULL,
    earned_minor BIGINT NOT NULL,
    earned_currency TEXT COLLATE "C" NOT NULL,
    shares JSONB NOT NULL,
    CONSTRAINT order_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT order_items_version_check CHECK (version >= 1),
    CONSTRAINT order_items_position_check CHECK (position BETWEEN 0 AND 65535),
    CONSTRAINT order_items_item_kind_check CHECK (item_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT order_items_seats_check CHECK (seats BETWEEN 0 AND 4294967295),
    CONSTRAINT order_items_price_currency_check CHECK (char_length(price_currency) <= 3),
    CONSTRAINT order_items_discount_currency_check CHECK (char_length(discount_currency) <= 3),
    CONSTRAINT order_items_net_currency_check CHECK (char_length(net_currency) <= 3),
    CONSTRAINT order_items_tax_currency_check CHECK (char_length(tax_currency) <= 3),
    CONSTRAINT order_items_tax_rate_percent_check CHECK (tax_rate_percent BETWEEN 0 AND 1000000),
    CONSTRAINT order_items_access_days_check CHECK (access_days BETWEEN 0 AND 4294967295),
    CONSTRAINT order_items_refunded_currency_check CHECK (char_length(refunded_currency) <= 3),
    CONSTRAINT order_items_earned_currency_check CHECK (char_length(earned_currency) <= 3),
    CONSTRAINT order_items_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES lms.orders (tenant_id, id),
    CONSTRAINT order_items_learner_id_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX order_items_order_id_position_key ON lms.order_items (tenant_id, order_id, position)
    WHERE deleted_at IS NULL;

CREATE INDEX order_items_item_kind_item_id_idx ON lms.order_items (tenant_id, item_kind, item_id, id)
    WHERE deleted_at IS NULL;

CREATE INDEX order_items_order_id_idx ON lms.order_items (tenant_id, order_id, id);

CREATE INDEX order_items_learner_id_idx ON lms.order_items (tenant_id, learner_id, id);

ALTER TABLE lms.order_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.order_items FORCE ROW LEVEL SECURITY;

CREATE POLICY order_items_tenant ON lms.order_items
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY order_items_all ON lms.order_items TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.order_items TO lms_app, lms_maintenance;

CREATE TABLE lms.instalments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    order_id UUID NOT NULL,
    number BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    overdue_at TIMESTAMPTZ NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT instalments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT instalments_version_check CHECK (version >= 1),
    CONSTRAINT instalments_number_check CHECK (number BETWEEN 0 AND 65535),
    CONSTRAINT instalments_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT instalments_status_check CHECK (status IN ('open', 'paid', 'overdue')),
    CONSTRAINT instalments_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES lms.orders (tenant_id, id)
);

CREATE UNIQUE INDEX instalments_order_id_number_key ON lms.instalments (tenant_id, order_id, number)
    WHERE deleted_at IS NULL;

CREATE INDEX instalments_next_action_at_idx ON lms.instalments (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX instalments_order_id_idx ON lms.instalments (tenant_id, order_id, id);

ALTER TABLE lms.instalments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.instalments FORCE ROW LEVEL SECURITY;

CREATE POLICY instalments_tenant ON lms.instalments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY instalments_all ON lms.instalments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.instalments TO lms_app, lms_maintenance;

CREATE TABLE lms.vouchers (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    code TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    reduction_percent BIGINT,
    reduction_minor BIGINT,
    reduction_currency TEXT COLLATE "C",
    scope_of TEXT COLLATE "C" NOT NULL,
    scope_item_kind TEXT COLLATE "C",
    scope_item_id UUID,
    minimum_minor BIGINT,
    minimum_currency TEXT COLLATE "C",
    max_redemptions BIGINT,
    max_per_buyer BIGINT,
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    reserved BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    CONSTRAINT vouchers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT vouchers_version_check CHECK (version >= 1),
    CONSTRAINT vouchers_code_check CHECK (char_length(code) <= 40),
    CONSTRAINT vouchers_status_check CHECK (status IN ('draft', 'active', 'archived')),
    CONSTRAINT vouchers_reduction_percent_check CHECK (reduction_percent BETWEEN 0 AND 1000000),
    CONSTRAINT vouchers_reduction_currency_check CHECK (char_length(reduction_currency) <= 3),
    CONSTRAINT vouchers_scope_of_check CHECK (scope_of IN ('order', 'kind', 'item')),
    CONSTRAINT vouchers_scope_item_kind_check CHECK (scope_item_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT vouchers_minimum_currency_check CHECK (char_length(minimum_currency) <= 3),
    CONSTRAINT vouchers_max_redemptions_check CHECK (max_redemptions BETWEEN 0 AND 4294967295),
    CONSTRAINT vouchers_max_per_buyer_check CHECK (max_per_buyer BETWEEN 0 AND 4294967295),
    CONSTRAINT vouchers_reserved_check CHECK (reserved BETWEEN 0 AND 4294967295),
    CONSTRAINT vouchers_confirmed_check CHECK (confirmed BETWEEN 0 AND 4294967295)
);

CREATE UNIQUE INDEX vouchers_code_key ON lms.vouchers (tenant_id, code);

ALTER TABLE lms.vouchers ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.vouchers FORCE ROW LEVEL SECURITY;

CREATE POLICY vouchers_tenant ON lms.vouchers
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY vouchers_all ON lms.vouchers TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.vouchers TO lms_app, lms_maintenance;

CREATE TABLE lms.voucher_redemptions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    voucher_id UUID NOT NULL,
    order_id UUID NOT NULL,
    buyer_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    discount_minor BIGINT NOT NULL,
    discount_currency TEXT COLLATE "C" NOT NULL,
    reversed_minor BIGINT NOT NULL,
    reversed_currency TEXT COLLATE "C" NOT NULL,
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT voucher_redemptions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT voucher_redemptions_version_check CHECK (version >= 1),
    CONSTRAINT voucher_redemptions_status_check CHECK (status IN ('reserved', 'confirmed', 'released')),
    CONSTRAINT voucher_redemptions_discount_currency_check CHECK (char_length(discount_currency) <= 3),
    CONSTRAINT voucher_redemptions_reversed_currency_check CHECK (char_length(reversed_currency) <= 3),
    CONSTRAINT voucher_redemptions_voucher_id_fkey FOREIGN KEY (tenant_id, voucher_id) REFERENCES lms.vouchers (tenant_id, id),
    CONSTRAINT voucher_redemptions_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES lms.orders (tenant_id, id),
    CONSTRAINT voucher_redemptions_buyer_id_fkey FOREIGN KEY (tenant_id, buyer_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX voucher_redemptions_voucher_id_order_id_key ON lms.voucher_redemptions (tenant_id, voucher_id, order_id)
    WHERE deleted_at IS NULL;

CREATE INDEX voucher_redemptions_voucher_id_buyer_id_idx ON lms.voucher_redemptions (tenant_id, voucher_id, buyer_id, id)
    INCLUDE (status, deleted_at);

CREATE INDEX voucher_redemptions_order_id_idx ON lms.voucher_redemptions (tenant_id, order_id, id);

CREATE INDEX voucher_redemptions_buyer_id_idx ON lms.voucher_redemptions (tenant_id, buyer_id, id);

CREATE INDEX voucher_redemptions_next_action_at_idx ON lms.voucher_redemptions (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.voucher_redemptions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.voucher_redemptions FORCE ROW LEVEL SECURITY;

CREATE POLICY voucher_redemptions_tenant ON lms.voucher_redemptions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY voucher_redemptions_all ON lms.voucher_redemptions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.voucher_redemptions TO lms_app, lms_maintenance;

CREATE TABLE lms.seats (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    code TEXT COLLATE "C" NOT NULL,
    order_item_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    holder_id UUID,
    redeemed_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    CONSTRAINT seats_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT seats_version_check CHECK (version >= 1),
    CONSTRAINT seats_code_check CHECK (char_length(code) <= 40),
    CONSTRAINT seats_status_check CHECK (status IN ('free', 'redeemed', 'revoked')),
    CONSTRAINT seats_order_item_id_fkey FOREIGN KEY (tenant_id, order_item_id) REFERENCES lms.order_items (tenant_id, id),
    CONSTRAINT seats_holder_id_fkey FOREIGN KEY (tenant_id, holder_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX seats_code_key ON lms.seats (tenant_id, code);

CREATE INDEX seats_order_item_id_idx ON lms.seats (tenant_id, order_item_id, id);

CREATE INDEX seats_holder_id_idx ON lms.seats (tenant_id, holder_id, id);

ALTER TABLE lms.seats ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.seats FORCE ROW LEVEL SECURITY;

CREATE POLICY seats_tenant ON lms.seats
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY seats_all ON lms.seats TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.seats TO lms_app, lms_maintenance;

CREATE TABLE lms.subscriptions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    subscriber_id UUID NOT NULL,
    payer_id UUID NOT NULL,
    plan_id UUID NOT NULL,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    interval TEXT COLLATE "C",
    price_minor BIGINT NOT NULL,
    price_currency TEXT COLLATE "C" NOT NULL,
    tax_percent BIGINT,
    tax_included BOOLEAN,
    terms JSONB NOT NULL,
    next JSONB,
    zone TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    anchor_at TIMESTAMPTZ NOT NULL,
    anchor_number BIGINT NOT NULL,
    period_number BIGINT NOT NULL,
    current_period_start TIMESTAMPTZ NOT NULL,
    current_period_end TIMESTAMPTZ,
    paid_number BIGINT NOT NULL,
    billed_number BIGINT NOT NULL,
    cancel_at_period_end BOOLEAN NOT NULL,
    cancelled_at TIMESTAMPTZ,
    expired_at TIMESTAMPTZ,
    past_due_at TIMESTAMPTZ,
    grace_until TIMESTAMPTZ,
    reminders BIGINT NOT NULL,
    paused_at TIMESTAMPTZ,
    resume_at TIMESTAMPTZ,
    pauses BIGINT NOT NULL,
    remaining_micros BIGINT,
    credit_minor BIGINT NOT NULL,
    credit_currency TEXT COLLATE "C" NOT NULL,
    closed_at TIMESTAMPTZ,
    trial_ends_at TIMESTAMPTZ,
    provider TEXT COLLATE "C",
    provider_ref TEXT COLLATE "C",
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT subscriptions_version_check CHECK (version >= 1),
    CONSTRAINT subscriptions_subject_kind_check CHECK (subject_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('active', 'past_due', 'paused', 'cancelled', 'expired')),
    CONSTRAINT subscriptions_interval_check CHECK (char_length(interval) <= 16),
    CONSTRAINT subscriptions_price_currency_check CHECK (char_length(price_currency) <= 3),
    CONSTRAINT subscriptions_tax_percent_check CHECK (tax_percent BETWEEN 0 AND 1000000),
    CONSTRAINT subscriptions_zone_check CHECK (char_length(zone) <= 64),
    CONSTRAINT subscriptions_reminders_check CHECK (reminders BETWEEN 0 AND 65535),
    CONSTRAINT subscriptions_pauses_check CHECK (pauses BETWEEN 0 AND 65535),
    CONSTRAINT subscriptions_credit_currency_check CHECK (char_length(credit_currency) <= 3),
    CONSTRAINT subscriptions_subscriber_id_fkey FOREIGN KEY (tenant_id, subscriber_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT subscriptions_payer_id_fkey FOREIGN KEY (tenant_id, payer_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT subscriptions_plan_id_fkey FOREIGN KEY (tenant_id, plan_id) REFERENCES lms.plans (tenant_id, id)
);

CREATE INDEX subscriptions_subscriber_id_idx ON lms.subscriptions (tenant_id, subscriber_id, id);

CREATE INDEX subscriptions_plan_id_idx ON lms.subscriptions (tenant_id, plan_id, id);

CREATE INDEX subscriptions_status_idx ON lms.subscriptions (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX subscriptions_next_action_at_idx ON lms.subscriptions (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX subscriptions_payer_id_idx ON lms.subscriptions (tenant_id, payer_id, id);

ALTER TABLE lms.subscriptions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.subscriptions FORCE ROW LEVEL SECURITY;

CREATE POLICY subscriptions_tenant ON lms.subscriptions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY subscriptions_all ON lms.subscriptions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.subscriptions TO lms_app, lms_maintenance;

CREATE TABLE lms.subscription_periods (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    subscription_id UUID NOT NULL,
    number BIGINT NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ,
    status TEXT COLLATE "C" NOT NULL,
    price_minor BIGINT NOT NULL,
    price_currency TEXT COLLATE "C" NOT NULL,
    credit_minor BIGINT NOT NULL,
    credit_currency TEXT COLLATE "C" NOT NULL,
    order_id UUID NOT NULL,
    order_item_id UUID NOT NULL,
    CONSTRAINT subscription_periods_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT subscription_periods_version_check CHECK (version >= 1),
    CONSTRAINT subscription_periods_status_check CHECK (status IN ('billed', 'paid', 'void', 'reversed', 'refunded')),
    CONSTRAINT subscription_periods_price_currency_check CHECK (char_length(price_currency) <= 3),
    CONSTRAINT subscription_periods_credit_currency_check CHECK (char_length(credit_currency) <= 3),
    CONSTRAINT subscription_periods_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id) REFERENCES lms.subscriptions (tenant_id, id),
    CONSTRAINT subscription_periods_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES lms.orders (tenant_id, id),
    CONSTRAINT subscription_periods_order_item_id_fkey FOREIGN KEY (tenant_id, order_item_id) REFERENCES lms.order_items (tenant_id, id)
);

CREATE UNIQUE INDEX subscription_periods_subscription_id_number_key ON lms.subscription_periods (tenant_id, subscription_id, number)
    WHERE deleted_at IS NULL;

CREATE INDEX subscription_periods_order_item_id_idx ON lms.subscription_periods (tenant_id, order_item_id, id);

CREATE INDEX subscription_periods_order_id_idx ON lms.subscription_periods (tenant_id, order_id, id);

CREATE INDEX subscription_periods_subscription_id_idx ON lms.subscription_periods (tenant_id, subscription_id, id);

ALTER TABLE lms.subscription_periods ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.subscription_periods FORCE ROW LEVEL SECURITY;

CREATE POLICY subscription_periods_tenant ON lms.subscription_periods
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY subscription_periods_all ON lms.subscription_periods TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.subscription_periods TO lms_app, lms_maintenance;

CREATE TABLE lms.plan_changes (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    subscription_id UUID NOT NULL,
    period_number BIGINT NOT NULL,
    agreement JSONB NOT NULL,
    credit_minor BIGINT NOT NULL,
    credit_currency TEXT COLLATE "C" NOT NULL,
    charge_minor BIGINT NOT NULL,
    charge_currency TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    order_id UUID NOT NULL,
    order_item_id UUID NOT NULL,
    CONSTRAINT plan_changes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT plan_changes_version_check CHECK (version >= 1),
    CONSTRAINT plan_changes_credit_currency_check CHECK (char_length(credit_currency) <= 3),
    CONSTRAINT plan_changes_charge_currency_check CHECK (char_length(charge_currency) <= 3),
    CONSTRAINT plan_changes_status_check CHECK (status IN ('waiting', 'made', 'void')),
    CONSTRAINT plan_changes_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id) REFERENCES lms.subscriptions (tenant_id, id),
    CONSTRAINT plan_changes_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES lms.orders (tenant_id, id),
    CONSTRAINT plan_changes_order_item_id_fkey FOREIGN KEY (tenant_id, order_item_id) REFERENCES lms.order_items (tenant_id, id)
);

CREATE INDEX plan_changes_subscription_id_idx ON lms.plan_changes (tenant_id, subscription_id, id);

CREATE INDEX plan_changes_order_item_id_idx ON lms.plan_changes (tenant_id, order_item_id, id);

CREATE INDEX plan_changes_order_id_idx ON lms.plan_changes (tenant_id, order_id, id);

ALTER TABLE lms.plan_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.plan_changes FORCE ROW LEVEL SECURITY;

CREATE POLICY plan_changes_tenant ON lms.plan_changes
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY plan_changes_all ON lms.plan_changes TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.plan_changes TO lms_app, lms_maintenance;

CREATE TABLE lms.payments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    order_id UUID NOT NULL,
    payer_id UUID NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    gateway TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    failure TEXT COLLATE "C",
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    captured_minor BIGINT NOT NULL,
    captured_currency TEXT COLLATE "C" NOT NULL,
    refunded_minor BIGINT NOT NULL,
    refunded_currency TEXT COLLATE "C" NOT NULL,
    reversed_minor BIGINT NOT NULL,
    reversed_currency TEXT COLLATE "C" NOT NULL,
    paid_at TIMESTAMPTZ,
    reconciled_at TIMESTAMPTZ,
    next_action_at TIMESTAMPTZ NOT NULL,
    provider_ref TEXT COLLATE "C",
    provider_data JSONB,
    CONSTRAINT payments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payments_version_check CHECK (version >= 1),
    CONSTRAINT payments_method_check CHECK (method IN ('gateway', 'bank_transfer', 'wallet', 'card', 'cash', 'none', 'other')),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'confirmed', 'completed', 'failed', 'cancelled', 'refunded')),
    CONSTRAINT payments_failure_check CHECK (failure IN ('declined', 'reversed')),
    CONSTRAINT payments_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT payments_captured_currency_check CHECK (char_length(captured_currency) <= 3),
    CONSTRAINT payments_refunded_currency_check CHECK (char_length(refunded_currency) <= 3),
    CONSTRAINT payments_reversed_currency_check CHECK (char_length(reversed_currency) <= 3),
    CONSTRAINT payments_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES lms.orders (tenant_id, id),
    CONSTRAINT payments_payer_id_fkey FOREIGN KEY (tenant_id, payer_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX payments_gateway_provider_ref_key ON lms.payments (tenant_id, gateway, provider_ref)
    WHERE deleted_at IS NULL;

CREATE INDEX payments_order_id_idx ON lms.payments (tenant_id, order_id, id);

CREATE INDEX payments_payer_id_idx ON lms.payments (tenant_id, payer_id, id);

CREATE INDEX payments_status_idx ON lms.payments (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX payments_next_action_at_idx ON lms.payments (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.payments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.payments FORCE ROW LEVEL SECURITY;

CREATE POLICY payments_tenant ON lms.payments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY payments_all ON lms.payments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.payments TO lms_app, lms_maintenance;

CREATE TABLE lms.payment_facts (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    payment_id UUID NOT NULL,
    identity TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT,
    amount_currency TEXT COLLATE "C",
    key TEXT COLLATE "C",
    register TEXT COLLATE "C",
    of_key TEXT COLLATE "C",
    occurred_at TIMESTAMPTZ,
    source TEXT COLLATE "C" NOT NULL,
    CONSTRAINT payment_facts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payment_facts_version_check CHECK (version >= 1),
    CONSTRAINT payment_facts_kind_check CHECK (kind IN ('authorise', 'capture', 'fail', 'cancel', 'refund', 'reverse', 'dispute_opened', 'dispute_won', 'dispute_lost', 'fee')),
    CONSTRAINT payment_facts_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT payment_facts_register_check CHECK (register IN ('pending', 'succeeded', 'failed')),
    CONSTRAINT payment_facts_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES lms.payments (tenant_id, id)
);

CREATE UNIQUE INDEX payment_facts_payment_id_identity_key ON lms.payment_facts (tenant_id, payment_id, identity);

ALTER TABLE lms.payment_facts ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.payment_facts FORCE ROW LEVEL SECURITY;

CREATE POLICY payment_facts_tenant ON lms.payment_facts
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY payment_facts_all ON lms.payment_facts TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.payment_facts TO lms_app, lms_maintenance;

CREATE TABLE lms.payment_proofs (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    payment_id UUID NOT NULL,
    proof_url TEXT COLLATE "C" NOT NULL,
    file_hash TEXT COLLATE "C",
    bank_reference TEXT COLLATE "C",
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    submitted_by UUID NOT NULL,
    uploaded_at TIMESTAMPTZ NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    duplicate_of UUID,
    reviewer_id UUID,
    reviewed_at TIMESTAMPTZ,
    next_action_at TIMESTAMPTZ NOT NULL,
    review_note TEXT COLLATE "C",
    CONSTRAINT payment_proofs_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payment_proofs_version_check CHECK (version >= 1),
    CONSTRAINT payment_proofs_proof_url_check CHECK (char_length(proof_url) <= 2048),
    CONSTRAINT payment_proofs_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT payment_proofs_status_check CHECK (status IN ('submitted', 'approved', 'rejected', 'withdrawn', 'superseded', 'revoked')),
    CONSTRAINT payment_proofs_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES lms.payments (tenant_id, id),
    CONSTRAINT payment_proofs_submitted_by_fkey FOREIGN KEY (tenant_id, submitted_by) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT payment_proofs_duplicate_of_fkey FOREIGN KEY (tenant_id, duplicate_of) REFERENCES lms.payment_proofs (tenant_id, id),
    CONSTRAINT payment_proofs_reviewer_id_fkey FOREIGN KEY (tenant_id, reviewer_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE INDEX payment_proofs_payment_id_idx ON lms.payment_proofs (tenant_id, payment_id, id);

CREATE INDEX payment_proofs_status_idx ON lms.payment_proofs (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX payment_proofs_next_action_at_idx ON lms.payment_proofs (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX payment_proofs_file_hash_idx ON lms.payment_proofs (tenant_id, file_hash, id)
    WHERE deleted_at IS NULL;

CREATE INDEX payment_proofs_bank_reference_idx ON lms.payment_proofs (tenant_id, bank_reference, id)
    WHERE deleted_at IS NULL;

CREATE INDEX payment_proofs_submitted_by_idx ON lms.payment_proofs (tenant_id, submitted_by, id);

CREATE INDEX payment_proofs_duplicate_of_idx ON lms.payment_proofs (tenant_id, duplicate_of, id);

CREATE INDEX payment_proofs_reviewer_id_idx ON lms.payment_proofs (tenant_id, reviewer_id, id);

ALTER TABLE lms.payment_proofs ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.payment_proofs FORCE ROW LEVEL SECURITY;

CREATE POLICY payment_proofs_tenant ON lms.payment_proofs
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY payment_proofs_all ON lms.payment_proofs TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.payment_proofs TO lms_app, lms_maintenance;

CREATE TABLE lms.gateway_transactions (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    payment_id UUID NOT NULL,
    call TEXT COLLATE "C" NOT NULL,
    gateway TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    transaction_id TEXT COLLATE "C",
    outcome TEXT COLLATE "C" NOT NULL,
    gateway_status TEXT COLLATE "C",
    raw_response JSONB,
    occurred_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT gateway_transactions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT gateway_transactions_version_check CHECK (version >= 1),
    CONSTRAINT gateway_transactions_outcome_check CHECK (outcome IN ('initiated', 'succeeded', 'failed', 'unknown')),
    CONSTRAINT gateway_transactions_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES lms.payments (tenant_id, id)
);

CREATE UNIQUE INDEX gateway_transactions_call_outcome_key ON lms.gateway_transactions (tenant_id, call, outcome);

CREATE INDEX gateway_transactions_payment_id_idx ON lms.gateway_transactions (tenant_id, payment_id, id);

CREATE INDEX gateway_transactions_gateway_transaction_id_idx ON lms.gateway_transactions (tenant_id, gateway, transaction_id, id);

ALTER TABLE lms.gateway_transactions ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.gateway_transactions FORCE ROW LEVEL SECURITY;

CREATE POLICY gateway_transactions_tenant ON lms.gateway_transactions
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY gateway_transactions_all ON lms.gateway_transactions TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.gateway_transactions TO lms_app, lms_maintenance;

CREATE TABLE lms.refunds (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    order_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    provider_ref TEXT COLLATE "C",
    requested_by UUID,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT refunds_version_check CHECK (version >= 1),
    CONSTRAINT refunds_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT refunds_reason_check CHECK (reason IN ('asked', 'overpaid', 'too_late', 'orphaned')),
    CONSTRAINT refunds_status_check CHECK (status IN ('requested', 'approved', 'rejected', 'processing', 'completed', 'failed', 'unknown', 'withdrawn')),
    CONSTRAINT refunds_attempt_check CHECK (attempt BETWEEN 0 AND 65535),
    CONSTRAINT refunds_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES lms.orders (tenant_id, id),
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES lms.payments (tenant_id, id),
    CONSTRAINT refunds_requested_by_fkey FOREIGN KEY (tenant_id, requested_by) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT refunds_decided_by_fkey FOREIGN KEY (tenant_id, decided_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE INDEX refunds_order_id_idx ON lms.refunds (tenant_id, order_id, id);

CREATE INDEX refunds_payment_id_idx ON lms.refunds (tenant_id, payment_id, id);

CREATE INDEX refunds_status_idx ON lms.refunds (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX refunds_next_action_at_idx ON lms.refunds (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX refunds_requested_by_idx ON lms.refunds (tenant_id, requested_by, id);

CREATE INDEX refunds_decided_by_idx ON lms.refunds (tenant_id, decided_by, id);

ALTER TABLE lms.refunds ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.refunds FORCE ROW LEVEL SECURITY;

CREATE POLICY refunds_tenant ON lms.refunds
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY refunds_all ON lms.refunds TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.refunds TO lms_app, lms_maintenance;

CREATE TABLE lms.refund_items (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    refund_id UUID NOT NULL,
    order_item_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    tax_minor BIGINT NOT NULL,
    tax_currency TEXT COLLATE "C" NOT NULL,
    access TEXT COLLATE "C" NOT NULL,
    CONSTRAINT refund_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT refund_items_version_check CHECK (version >= 1),
    CONSTRAINT refund_items_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT refund_items_tax_currency_check CHECK (char_length(tax_currency) <= 3),
    CONSTRAINT refund_items_access_check CHECK (access IN ('end_now', 'end_with_period', 'keep')),
    CONSTRAINT refund_items_refund_id_fkey FOREIGN KEY (tenant_id, refund_id) REFERENCES lms.refunds (tenant_id, id),
    CONSTRAINT refund_items_order_item_id_fkey FOREIGN KEY (tenant_id, order_item_id) REFERENCES lms.order_items (tenant_id, id)
);

CREATE UNIQUE INDEX refund_items_refund_id_order_item_id_key ON lms.refund_items (tenant_id, refund_id, order_item_id)
    WHERE deleted_at IS NULL;

CREATE INDEX refund_items_order_item_id_idx ON lms.refund_items (tenant_id, order_item_id, id);

CREATE INDEX refund_items_refund_id_idx ON lms.refund_items (tenant_id, refund_id, id);

ALTER TABLE lms.refund_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.refund_items FORCE ROW LEVEL SECURITY;

CREATE POLICY refund_items_tenant ON lms.refund_items
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY refund_items_all ON lms.refund_items TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.refund_items TO lms_app, lms_maintenance;

CREATE TABLE lms.grants (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    holder_id UUID NOT NULL,
    target_kind TEXT COLLATE "C" NOT NULL,
    target_id UUID NOT NULL,
    source_kind TEXT COLLATE "C" NOT NULL,
    source_id UUID NOT NULL,
    parent_id UUID,
    status TEXT COLLATE "C" NOT NULL,
    revoke_reason TEXT COLLATE "C",
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ,
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT grants_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT grants_version_check CHECK (version >= 1),
    CONSTRAINT grants_target_kind_check CHECK (target_kind IN ('course', 'program', 'package', 'plan', 'class', 'certificate', 'placement')),
    CONSTRAINT grants_source_kind_check CHECK (source_kind IN ('order_item', 'subscription', 'voucher', 'manual')),
    CONSTRAINT grants_status_check CHECK (status IN ('active', 'suspended', 'revoked', 'expired')),
    CONSTRAINT grants_revoke_reason_check CHECK (revoke_reason IN ('refunded', 'reversed', 'subscription_ended')),
    CONSTRAINT grants_holder_id_fkey FOREIGN KEY (tenant_id, holder_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT grants_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES lms.grants (tenant_id, id)
);

CREATE UNIQUE INDEX grants_source_id_target_kind_target_id_key ON lms.grants (tenant_id, source_id, target_kind, target_id)
    WHERE deleted_at IS NULL;

CREATE INDEX grants_holder_id_target_id_idx ON lms.grants (tenant_id, holder_id, target_id, id);

CREATE INDEX grants_parent_id_idx ON lms.grants (tenant_id, parent_id, id);

CREATE INDEX grants_next_action_at_idx ON lms.grants (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.grants ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.grants FORCE ROW LEVEL SECURITY;

CREATE POLICY grants_tenant ON lms.grants
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY grants_all ON lms.grants TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.grants TO lms_app, lms_maintenance;

CREATE TABLE lms.ledger_entries (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    org_unit_id UUID,
    student_id UUID,
    tutor_id UUID,
    method TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    occurred_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT ledger_entries_version_check CHECK (version >= 1),
    CONSTRAINT ledger_entries_kind_check CHECK (kind IN ('payment', 'salary', 'expense', 'reimbursement', 'refund', 'reversal', 'sale', 'gateway_fee', 'wallet_transfer', 'payout', 'adjustment')),
    CONSTRAINT ledger_entries_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT ledger_entries_method_check CHECK (method IN ('gateway', 'bank_transfer', 'wallet', 'card', 'cash', 'none', 'other')),
    CONSTRAINT ledger_entries_org_unit_id_fkey FOREIGN KEY (tenant_id, org_unit_id) REFERENCES lms.org_units (tenant_id, id),
    CONSTRAINT ledger_entries_student_id_fkey FOREIGN KEY (tenant_id, student_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT ledger_entries_tutor_id_fkey FOREIGN KEY (tenant_id, tutor_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX ledger_entries_source_key ON lms.ledger_entries (tenant_id, source);

CREATE INDEX ledger_entries_org_unit_id_occurred_at_idx ON lms.ledger_entries (tenant_id, org_unit_id, occurred_at, id);

CREATE INDEX ledger_entries_student_id_idx ON lms.ledger_entries (tenant_id, student_id, id);

CREATE INDEX ledger_entries_tutor_id_idx ON lms.ledger_entries (tenant_id, tutor_id, id);

ALTER TABLE lms.ledger_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.ledger_entries FORCE ROW LEVEL SECURITY;

CREATE POLICY ledger_entries_tenant ON lms.ledger_entries
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY ledger_entries_all ON lms.ledger_entries TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.ledger_entries TO lms_app, lms_maintenance;

CREATE TABLE lms.ledger_lines (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    entry_id UUID NOT NULL,
    position BIGINT NOT NULL,
    account_kind TEXT COLLATE "C" NOT NULL,
    account_owner UUID,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    CONSTRAINT ledger_lines_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT ledger_lines_version_check CHECK (version >= 1),
    CONSTRAINT ledger_lines_position_check CHECK (position BETWEEN 0 AND 65535),
    CONSTRAINT ledger_lines_account_kind_check CHECK (account_kind IN ('clearing', 'deposits', 'revenue', 'tax', 'commission', 'instructor', 'gateway_fees', 'wallet', 'other_income', 'salaries', 'expenses', 'reimbursements', 'adjustments')),
    CONSTRAINT ledger_lines_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT ledger_lines_entry_id_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES lms.ledger_entries (tenant_id, id)
);

CREATE UNIQUE INDEX ledger_lines_entry_id_position_key ON lms.ledger_lines (tenant_id, entry_id, position);

CREATE INDEX ledger_lines_account_kind_account_owner_idx ON lms.ledger_lines (tenant_id, account_kind, account_owner, id);

ALTER TABLE lms.ledger_lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.ledger_lines FORCE ROW LEVEL SECURITY;

CREATE POLICY ledger_lines_tenant ON lms.ledger_lines
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY ledger_lines_all ON lms.ledger_lines TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.ledger_lines TO lms_app, lms_maintenance;

CREATE TABLE lms.earnings (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    beneficiary_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    order_item_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    earned_at TIMESTAMPTZ NOT NULL,
    available_at TIMESTAMPTZ NOT NULL,
    payout_id UUID,
    CONSTRAINT earnings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT earnings_version_check CHECK (version >= 1),
    CONSTRAINT earnings_role_check CHECK (role IN ('instructor', 'commission')),
    CONSTRAINT earnings_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT earnings_beneficiary_id_fkey FOREIGN KEY (tenant_id, beneficiary_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT earnings_order_item_id_fkey FOREIGN KEY (tenant_id, order_item_id) REFERENCES lms.order_items (tenant_id, id)
);

CREATE INDEX earnings_beneficiary_id_available_at_idx ON lms.earnings (tenant_id, beneficiary_id, available_at, id);

CREATE INDEX earnings_payout_id_idx ON lms.earnings (tenant_id, payout_id, id);

CREATE INDEX earnings_order_item_id_idx ON lms.earnings (tenant_id, order_item_id, id);

ALTER TABLE lms.earnings ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.earnings FORCE ROW LEVEL SECURITY;

CREATE POLICY earnings_tenant ON lms.earnings
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY earnings_all ON lms.earnings TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.earnings TO lms_app, lms_maintenance;

CREATE TABLE lms.payouts (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    number BIGINT NOT NULL,
    payee_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C",
    requested_by UUID,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    sent_at TIMESTAMPTZ,
    paid_at TIMESTAMPTZ,
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT payouts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT payouts_version_check CHECK (version >= 1),
    CONSTRAINT payouts_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT payouts_status_check CHECK (status IN ('requested', 'approved', 'rejected', 'processing', 'unknown', 'paid', 'failed', 'returned')),
    CONSTRAINT payouts_method_check CHECK (method IN ('gateway', 'bank_transfer', 'wallet', 'card', 'cash', 'none', 'other')),
    CONSTRAINT payouts_payee_id_fkey FOREIGN KEY (tenant_id, payee_id) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT payouts_requested_by_fkey FOREIGN KEY (tenant_id, requested_by) REFERENCES lms.memberships (tenant_id, id),
    CONSTRAINT payouts_decided_by_fkey FOREIGN KEY (tenant_id, decided_by) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX payouts_number_key ON lms.payouts (tenant_id, number);

CREATE INDEX payouts_payee_id_idx ON lms.payouts (tenant_id, payee_id, id);

CREATE INDEX payouts_status_idx ON lms.payouts (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX payouts_next_action_at_idx ON lms.payouts (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX payouts_requested_by_idx ON lms.payouts (tenant_id, requested_by, id);

CREATE INDEX payouts_decided_by_idx ON lms.payouts (tenant_id, decided_by, id);

ALTER TABLE lms.payouts ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.payouts FORCE ROW LEVEL SECURITY;

CREATE POLICY payouts_tenant ON lms.payouts
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY payouts_all ON lms.payouts TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.payouts TO lms_app, lms_maintenance;

CREATE TABLE lms.usage_prices (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    metric TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    model JSONB NOT NULL,
    minimum_minor BIGINT,
    minimum_currency TEXT COLLATE "C",
    maximum_minor BIGINT,
    maximum_currency TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT usage_prices_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT usage_prices_version_check CHECK (version >= 1),
    CONSTRAINT usage_prices_name_check CHECK (char_length(name) <= 500),
    CONSTRAINT usage_prices_minimum_currency_check CHECK (char_length(minimum_currency) <= 3),
    CONSTRAINT usage_prices_maximum_currency_check CHECK (char_length(maximum_currency) <= 3),
    CONSTRAINT usage_prices_status_check CHECK (status IN ('active', 'archived'))
);

CREATE UNIQUE INDEX usage_prices_metric_key ON lms.usage_prices (tenant_id, metric)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.usage_prices ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.usage_prices FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_prices_tenant ON lms.usage_prices
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY usage_prices_all ON lms.usage_prices TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.usage_prices TO lms_app, lms_maintenance;

CREATE TABLE lms.usage_records (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    metric TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    quantity NUMERIC NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT usage_records_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT usage_records_version_check CHECK (version >= 1)
);

CREATE UNIQUE INDEX usage_records_metric_source_key ON lms.usage_records (tenant_id, metric, source);

CREATE INDEX usage_records_occurred_at_idx ON lms.usage_records (tenant_id, occurred_at, id);

ALTER TABLE lms.usage_records ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.usage_records FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_records_tenant ON lms.usage_records
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY usage_records_all ON lms.usage_records TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.usage_records TO lms_app, lms_maintenance;

CREATE TABLE lms.tenant_invoices (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    period TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    number BIGINT,
    status TEXT COLLATE "C" NOT NULL,
    subscription_fee_minor BIGINT NOT NULL,
    subscription_fee_currency TEXT COLLATE "C" NOT NULL,
    usage_fee_minor BIGINT NOT NULL,
    usage_fee_currency TEXT COLLATE "C" NOT NULL,
    total_fee_minor BIGINT NOT NULL,
    total_fee_currency TEXT COLLATE "C" NOT NULL,
    paid_minor BIGINT NOT NULL,
    paid_currency TEXT COLLATE "C" NOT NULL,
    credited_minor BIGINT NOT NULL,
    credited_currency TEXT COLLATE "C" NOT NULL,
    issued_at TIMESTAMPTZ,
    due_at TIMESTAMPTZ,
    paid_at TIMESTAMPTZ,
    voided_at TIMESTAMPTZ,
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT tenant_invoices_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT tenant_invoices_version_check CHECK (version >= 1),
    CONSTRAINT tenant_invoices_period_check CHECK (char_length(period) <= 7),
    CONSTRAINT tenant_invoices_sequence_check CHECK (sequence BETWEEN 0 AND 65535),
    CONSTRAINT tenant_invoices_status_check CHECK (status IN ('draft', 'issued', 'overdue', 'paid', 'void')),
    CONSTRAINT tenant_invoices_subscription_fee_currency_check CHECK (char_length(subscription_fee_currency) <= 3),
    CONSTRAINT tenant_invoices_usage_fee_currency_check CHECK (char_length(usage_fee_currency) <= 3),
    CONSTRAINT tenant_invoices_total_fee_currency_check CHECK (char_length(total_fee_currency) <= 3),
    CONSTRAINT tenant_invoices_paid_currency_check CHECK (char_length(paid_currency) <= 3),
    CONSTRAINT tenant_invoices_credited_currency_check CHECK (char_length(credited_currency) <= 3)
);

CREATE UNIQUE INDEX tenant_invoices_period_sequence_key ON lms.tenant_invoices (tenant_id, period, sequence)
    WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX tenant_invoices_number_key ON lms.tenant_invoices (tenant_id, number);

CREATE INDEX tenant_invoices_status_idx ON lms.tenant_invoices (tenant_id, status, id)
    WHERE deleted_at IS NULL;

CREATE INDEX tenant_invoices_next_action_at_idx ON lms.tenant_invoices (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.tenant_invoices ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.tenant_invoices FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant_invoices_tenant ON lms.tenant_invoices
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY tenant_invoices_all ON lms.tenant_invoices TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.tenant_invoices TO lms_app, lms_maintenance;

CREATE TABLE lms.invoice_lines (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    invoice_id UUID NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    plan_id UUID,
    metric TEXT COLLATE "C",
    description TEXT COLLATE "C" NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    quantity NUMERIC NOT NULL,
    price_minor BIGINT,
    price_currency TEXT COLLATE "C",
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    CONSTRAINT invoice_lines_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT invoice_lines_version_check CHECK (version >= 1),
    CONSTRAINT invoice_lines_position_check CHECK (position BETWEEN 0 AND 65535),
    CONSTRAINT invoice_lines_kind_check CHECK (kind IN ('subscription', 'usage')),
    CONSTRAINT invoice_lines_price_currency_check CHECK (char_length(price_currency) <= 3),
    CONSTRAINT invoice_lines_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT invoice_lines_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES lms.tenant_invoices (tenant_id, id),
    CONSTRAINT invoice_lines_plan_id_fkey FOREIGN KEY (tenant_id, plan_id) REFERENCES lms.tenant_plans (tenant_id, id)
);

CREATE UNIQUE INDEX invoice_lines_invoice_id_position_key ON lms.invoice_lines (tenant_id, invoice_id, position);

CREATE INDEX invoice_lines_plan_id_idx ON lms.invoice_lines (tenant_id, plan_id, id);

ALTER TABLE lms.invoice_lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.invoice_lines FORCE ROW LEVEL SECURITY;

CREATE POLICY invoice_lines_tenant ON lms.invoice_lines
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY invoice_lines_all ON lms.invoice_lines TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.invoice_lines TO lms_app, lms_maintenance;

CREATE TABLE lms.invoice_payments (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    invoice_id UUID NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    paid_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT invoice_payments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT invoice_payments_version_check CHECK (version >= 1),
    CONSTRAINT invoice_payments_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT invoice_payments_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES lms.tenant_invoices (tenant_id, id)
);

CREATE UNIQUE INDEX invoice_payments_reference_key ON lms.invoice_payments (tenant_id, reference);

CREATE INDEX invoice_payments_invoice_id_idx ON lms.invoice_payments (tenant_id, invoice_id, id);

ALTER TABLE lms.invoice_payments ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.invoice_payments FORCE ROW LEVEL SECURITY;

CREATE POLICY invoice_payments_tenant ON lms.invoice_payments
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY invoice_payments_all ON lms.invoice_payments TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.invoice_payments TO lms_app, lms_maintenance;

CREATE TABLE lms.credit_notes (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    number BIGINT NOT NULL,
    invoice_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT credit_notes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT credit_notes_version_check CHECK (version >= 1),
    CONSTRAINT credit_notes_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT credit_notes_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES lms.tenant_invoices (tenant_id, id)
);

CREATE UNIQUE INDEX credit_notes_number_key ON lms.credit_notes (tenant_id, number);

CREATE INDEX credit_notes_invoice_id_idx ON lms.credit_notes (tenant_id, invoice_id, id);

ALTER TABLE lms.credit_notes ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.credit_notes FORCE ROW LEVEL SECURITY;

CREATE POLICY credit_notes_tenant ON lms.credit_notes
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY credit_notes_all ON lms.credit_notes TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.credit_notes TO lms_app, lms_maintenance;

CREATE TABLE lms.wallet_accounts (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    holder_id UUID NOT NULL,
    balance_minor BIGINT NOT NULL,
    balance_currency TEXT COLLATE "C" NOT NULL,
    held_minor BIGINT NOT NULL,
    held_currency TEXT COLLATE "C" NOT NULL,
    CONSTRAINT wallet_accounts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT wallet_accounts_version_check CHECK (version >= 1),
    CONSTRAINT wallet_accounts_balance_currency_check CHECK (char_length(balance_currency) <= 3),
    CONSTRAINT wallet_accounts_held_currency_check CHECK (char_length(held_currency) <= 3),
    CONSTRAINT wallet_accounts_holder_id_fkey FOREIGN KEY (tenant_id, holder_id) REFERENCES lms.memberships (tenant_id, id)
);

CREATE UNIQUE INDEX wallet_accounts_holder_id_balance_currency_key ON lms.wallet_accounts (tenant_id, holder_id, balance_currency)
    WHERE deleted_at IS NULL;

CREATE INDEX wallet_accounts_holder_id_idx ON lms.wallet_accounts (tenant_id, holder_id, id);

ALTER TABLE lms.wallet_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.wallet_accounts FORCE ROW LEVEL SECURITY;

CREATE POLICY wallet_accounts_tenant ON lms.wallet_accounts
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY wallet_accounts_all ON lms.wallet_accounts TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.wallet_accounts TO lms_app, lms_maintenance;

CREATE TABLE lms.wallet_holds (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    wallet_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_currency TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    next_action_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT wallet_holds_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT wallet_holds_version_check CHECK (version >= 1),
    CONSTRAINT wallet_holds_amount_currency_check CHECK (char_length(amount_currency) <= 3),
    CONSTRAINT wallet_holds_status_check CHECK (status IN ('held', 'captured', 'released')),
    CONSTRAINT wallet_holds_wallet_id_fkey FOREIGN KEY (tenant_id, wallet_id) REFERENCES lms.wallet_accounts (tenant_id, id),
    CONSTRAINT wallet_holds_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES lms.payments (tenant_id, id)
);

CREATE UNIQUE INDEX wallet_holds_payment_id_key ON lms.wallet_holds (tenant_id, payment_id)
    WHERE deleted_at IS NULL;

CREATE INDEX wallet_holds_wallet_id_idx ON lms.wallet_holds (tenant_id, wallet_id, id);

CREATE INDEX wallet_holds_next_action_at_idx ON lms.wallet_holds (tenant_id, next_action_at, id)
    WHERE deleted_at IS NULL;

CREATE INDEX wallet_holds_payment_id_idx ON lms.wallet_holds (tenant_id, payment_id, id);

ALTER TABLE lms.wallet_holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.wallet_holds FORCE ROW LEVEL SECURITY;

CREATE POLICY wallet_holds_tenant ON lms.wallet_holds
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY wallet_holds_all ON lms.wallet_holds TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.wallet_holds TO lms_app, lms_maintenance;

CREATE TABLE lms.gateway_accounts (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    gateway TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT gateway_accounts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT gateway_accounts_version_check CHECK (version >= 1),
    CONSTRAINT gateway_accounts_status_check CHECK (status IN ('open', 'closed'))
);

CREATE UNIQUE INDEX gateway_accounts_gateway_name_key ON lms.gateway_accounts (tenant_id, gateway, name)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.gateway_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.gateway_accounts FORCE ROW LEVEL SECURITY;

CREATE POLICY gateway_accounts_tenant ON lms.gateway_accounts
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY gateway_accounts_all ON lms.gateway_accounts TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.gateway_accounts TO lms_app, lms_maintenance;

CREATE TABLE lms.gateway_secrets (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    account_id UUID NOT NULL,
    secret TEXT COLLATE "C" NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    retires_at TIMESTAMPTZ,
    CONSTRAINT gateway_secrets_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT gateway_secrets_version_check CHECK (version >= 1),
    CONSTRAINT gateway_secrets_secret_check CHECK (char_length(secret) <= 500),
    CONSTRAINT gateway_secrets_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES lms.gateway_accounts (tenant_id, id)
);

CREATE INDEX gateway_secrets_account_id_idx ON lms.gateway_secrets (tenant_id, account_id, id);

ALTER TABLE lms.gateway_secrets ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.gateway_secrets FORCE ROW LEVEL SECURITY;

CREATE POLICY gateway_secrets_tenant ON lms.gateway_secrets
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY gateway_secrets_all ON lms.gateway_secrets TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.gateway_secrets TO lms_app, lms_maintenance;

CREATE TABLE lms.webhook_messages (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    account_id UUID NOT NULL,
    deduplication_key TEXT COLLATE "C" NOT NULL,
    event_type TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    facts JSONB NOT NULL,
    confirm_by_asking BOOLEAN NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    claim UUID,
    attempts BIGINT NOT NULL,
    next_action_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C",
    received_at TIMESTAMPTZ NOT NULL,
    processed_at TIMESTAMPTZ,
    CONSTRAINT webhook_messages_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_messages_version_check CHECK (version >= 1),
    CONSTRAINT webhook_messages_status_check CHECK (status IN ('received', 'processing', 'processed', 'ignored', 'deferred', 'failed', 'dead', 'rejected', 'conflict')),
    CONSTRAINT webhook_messages_attempts_check CHECK (attempts BETWEEN 0 AND 4294967295),
    CONSTRAINT webhook_messages_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES lms.gateway_accounts (tenant_id, id)
);

CREATE UNIQUE INDEX webhook_messages_account_id_deduplication_key_key ON lms.webhook_messages (tenant_id, account_id, deduplication_key);

CREATE INDEX webhook_messages_status_idx ON lms.webhook_messages (tenant_id, status, id);

CREATE INDEX webhook_messages_next_action_at_idx ON lms.webhook_messages (tenant_id, next_action_at, id);

ALTER TABLE lms.webhook_messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.webhook_messages FORCE ROW LEVEL SECURITY;

CREATE POLICY webhook_messages_tenant ON lms.webhook_messages
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY webhook_messages_all ON lms.webhook_messages TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.webhook_messages TO lms_app, lms_maintenance;

CREATE TABLE lms.webhook_endpoints (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    url TEXT COLLATE "C" NOT NULL,
    kinds JSONB NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_endpoints_version_check CHECK (version >= 1),
    CONSTRAINT webhook_endpoints_url_check CHECK (char_length(url) <= 2048),
    CONSTRAINT webhook_endpoints_status_check CHECK (status IN ('active', 'disabled'))
);

CREATE INDEX webhook_endpoints_status_idx ON lms.webhook_endpoints (tenant_id, status, id)
    WHERE deleted_at IS NULL;

ALTER TABLE lms.webhook_endpoints ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.webhook_endpoints FORCE ROW LEVEL SECURITY;

CREATE POLICY webhook_endpoints_tenant ON lms.webhook_endpoints
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY webhook_endpoints_all ON lms.webhook_endpoints TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.webhook_endpoints TO lms_app, lms_maintenance;

CREATE TABLE lms.webhook_endpoint_secrets (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by UUID,
    deleted_at TIMESTAMPTZ,
    metadata JSONB,
    endpoint_id UUID NOT NULL,
    secret TEXT COLLATE "C" NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    retires_at TIMESTAMPTZ,
    CONSTRAINT webhook_endpoint_secrets_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_endpoint_secrets_version_check CHECK (version >= 1),
    CONSTRAINT webhook_endpoint_secrets_secret_check CHECK (char_length(secret) <= 500),
    CONSTRAINT webhook_endpoint_secrets_endpoint_id_fkey FOREIGN KEY (tenant_id, endpoint_id) REFERENCES lms.webhook_endpoints (tenant_id, id)
);

CREATE INDEX webhook_endpoint_secrets_endpoint_id_idx ON lms.webhook_endpoint_secrets (tenant_id, endpoint_id, id);

ALTER TABLE lms.webhook_endpoint_secrets ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.webhook_endpoint_secrets FORCE ROW LEVEL SECURITY;

CREATE POLICY webhook_endpoint_secrets_tenant ON lms.webhook_endpoint_secrets
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY webhook_endpoint_secrets_all ON lms.webhook_endpoint_secrets TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.webhook_endpoint_secrets TO lms_app, lms_maintenance;

CREATE TABLE lms.webhook_deliveries (
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    endpoint_id UUID NOT NULL,
    message_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    claim UUID,
    attempts BIGINT NOT NULL,
    next_action_at TIMESTAMPTZ NOT NULL,
    answer BIGINT,
    reason TEXT COLLATE "C",
    delivered_at TIMESTAMPTZ,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_deliveries_version_check CHECK (version >= 1),
    CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('pending', 'sending', 'delivered', 'dead', 'cancelled')),
    CONSTRAINT webhook_deliveries_attempts_check CHECK (attempts BETWEEN 0 AND 4294967295),
    CONSTRAINT webhook_deliveries_answer_check CHECK (answer BETWEEN 0 AND 65535),
    CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (tenant_id, endpoint_id) REFERENCES lms.webhook_endpoints (tenant_id, id),
    CONSTRAINT webhook_deliveries_message_id_fkey FOREIGN KEY (tenant_id, message_id) REFERENCES lms.outbox_messages (tenant_id, id)
);

CREATE UNIQUE INDEX webhook_deliveries_endpoint_id_message_id_key ON lms.webhook_deliveries (tenant_id, endpoint_id, message_id);

CREATE INDEX webhook_deliveries_status_idx ON lms.webhook_deliveries (tenant_id, status, id);

CREATE INDEX webhook_deliveries_next_action_at_idx ON lms.webhook_deliveries (tenant_id, next_action_at, id);

CREATE INDEX webhook_deliveries_message_id_idx ON lms.webhook_deliveries (tenant_id, message_id, id);

ALTER TABLE lms.webhook_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE lms.webhook_deliveries FORCE ROW LEVEL SECURITY;

CREATE POLICY webhook_deliveries_tenant ON lms.webhook_deliveries
    USING (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('lms.tenant_id', true), '')::uuid);

CREATE POLICY webhook_deliveries_all ON lms.webhook_deliveries TO lms_maintenance
    USING (true)
    WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON lms.webhook_deliveries TO lms_app, lms_maintenance;

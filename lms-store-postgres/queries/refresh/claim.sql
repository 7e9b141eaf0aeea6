-- $1 tenant, $2 now. Whoever refreshes the same tenant at the same time waits here.
INSERT INTO lms.read_models AS r (tenant_id, refreshed_at)
VALUES ($1, $2)
ON CONFLICT (tenant_id) DO UPDATE SET refreshed_at = greatest(r.refreshed_at, excluded.refreshed_at)

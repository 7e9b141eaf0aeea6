-- $1 tenant.
INSERT INTO lms.centre_financials (tenant_id, org_unit_id, day, kind, currency, total)
SELECT e.tenant_id, e.org_unit_id, (e.occurred_at AT TIME ZONE 'UTC')::date, e.kind, e.amount_currency,
       sum(e.amount_minor)
FROM lms.ledger_entries AS e
WHERE e.tenant_id = $1 AND e.org_unit_id IS NOT NULL
GROUP BY 1, 2, 3, 4, 5

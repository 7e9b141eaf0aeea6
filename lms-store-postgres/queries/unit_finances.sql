-- commerce.unit_finances: $1 tenant, $2 unit, $3 start and $4 end of the time.
SELECT e.kind, e.amount_currency AS currency, sum(e.amount_minor)::text AS total
FROM lms.ledger_entries AS e
WHERE e.tenant_id = $1
  AND e.org_unit_id = $2
  AND e.occurred_at >= $3
  AND e.occurred_at < $4
GROUP BY e.kind, e.amount_currency

-- commerce.unit_finances from what is kept: $1 tenant, $2 unit, $3 and $4 midnights (UTC).
SELECT kind, currency, sum(total)::text AS total
FROM lms.centre_financials
WHERE tenant_id = $1
  AND org_unit_id = $2
  AND day >= ($3::timestamptz AT TIME ZONE 'UTC')::date
  AND day < ($4::timestamptz AT TIME ZONE 'UTC')::date
GROUP BY kind, currency

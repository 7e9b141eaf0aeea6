-- $1 tenant. A session that ends at midnight does not reach into the day that begins then.
INSERT INTO lms.tutor_sessions
    (tenant_id, unit_id, tutor_id, first_day, last_day, sessions, minutes)
SELECT s.tenant_id, coalesce(s.org_unit_id, s.tenant_id), s.host_id, (s.starts_at AT TIME ZONE 'UTC')::date,
       ((s.ends_at - INTERVAL '1 microsecond') AT TIME ZONE 'UTC')::date, count(*),
       sum(trunc(extract(epoch FROM s.ends_at - s.starts_at) / 60))::bigint
FROM lms.sessions AS s
WHERE s.tenant_id = $1
  AND s.deleted_at IS NULL
  AND s.status IN ('scheduled', 'live', 'ended')
GROUP BY 1, 2, 3, 4, 5

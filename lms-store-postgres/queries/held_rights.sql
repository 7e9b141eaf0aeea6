-- authorization.held_rights, after the columns of the membership: $1 tenant, $2 user. One node of a
-- cluster answers it, because every table is asked for the tenant's rows.
(SELECT t.status FROM lms.tenants AS t WHERE t.id = $1 AND t.deleted_at IS NULL) AS tenant_status,
(SELECT p.state FROM lms.plan_standings AS p
 WHERE p.tenant_id = $1 AND p.id = $1 AND p.deleted_at IS NULL) AS plan_state,
(SELECT coalesce(jsonb_agg(jsonb_build_object(
     'key', r.key, 'scope', a.scope, 'scope_id', a.scope_id,
     'lines', (
         SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'pattern', l.key, 'effect', l.effect, 'reach', l.reach) ORDER BY l.id), '[]')
         FROM lms.role_permissions AS l
         WHERE l.tenant_id = $1 AND l.role_id = r.id AND l.deleted_at IS NULL)
     ) ORDER BY a.id), '[]')
 FROM lms.role_assignments AS a
 JOIN lms.roles AS r ON r.tenant_id = $1 AND r.id = a.role_id AND r.deleted_at IS NULL
 WHERE a.tenant_id = $1 AND a.membership_id = m.id AND a.deleted_at IS NULL) AS roles,
(SELECT coalesce(jsonb_agg(g.student_id ORDER BY g.id), '[]') FROM lms.guardian_links AS g
 WHERE g.tenant_id = $1 AND g.guardian_id = m.id AND g.deleted_at IS NULL) AS wards
FROM lms.memberships AS m
WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.deleted_at IS NULL
ORDER BY m.id
LIMIT 1

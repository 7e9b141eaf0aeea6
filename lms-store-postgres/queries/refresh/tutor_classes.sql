-- $1 tenant. Each class counts in its unit and, under the tenant's own id, in all together.
WITH taught AS (
    SELECT c.id, c.teacher_id AS tutor_id, u.unit_id
    FROM lms.class_groups AS c
    CROSS JOIN LATERAL (VALUES (c.org_unit_id), ($1::uuid)) AS u (unit_id)
    WHERE c.tenant_id = $1
      AND c.deleted_at IS NULL
      AND c.status = 'active'
      AND c.teacher_id IS NOT NULL
      AND u.unit_id IS NOT NULL
)
INSERT INTO lms.tutor_classes (tenant_id, unit_id, tutor_id, active_classes, students)
SELECT $1, t.unit_id, t.tutor_id, count(DISTINCT t.id), count(DISTINCT m.student_id)
FROM taught AS t
LEFT JOIN lms.class_members AS m
  ON m.tenant_id = $1 AND m.class_id = t.id AND m.deleted_at IS NULL AND m.status = 'active'
GROUP BY t.unit_id, t.tutor_id

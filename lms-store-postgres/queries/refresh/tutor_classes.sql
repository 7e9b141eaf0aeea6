-- $1 tenant. Each class counts in its unit.
INSERT INTO lms.tutor_classes (tenant_id, unit_id, tutor_id, active_classes, students)
SELECT c.tenant_id, c.org_unit_id, c.teacher_id, count(DISTINCT c.id),
       count(DISTINCT m.student_id)
FROM lms.class_groups AS c
LEFT JOIN lms.class_members AS m
  ON m.tenant_id = c.tenant_id AND m.class_id = c.id AND m.deleted_at IS NULL
 AND m.status = 'active'
WHERE c.tenant_id = $1
  AND c.deleted_at IS NULL
  AND c.status = 'active'
  AND c.teacher_id IS NOT NULL
  AND c.org_unit_id IS NOT NULL
GROUP BY c.tenant_id, c.org_unit_id, c.teacher_id

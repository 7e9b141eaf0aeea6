-- delivery.tutor_load: $1 tenant, $2 unit or null, $3 start and $4 end of the time.
WITH taught AS (
    SELECT c.id, c.teacher_id AS tutor_id
    FROM lms.class_groups AS c
    WHERE c.tenant_id = $1
      AND c.deleted_at IS NULL
      AND c.status = 'active'
      AND c.teacher_id IS NOT NULL
      AND ($2::uuid IS NULL OR c.org_unit_id = $2)
), classes AS (
    SELECT tutor_id, count(*) AS active_classes FROM taught GROUP BY tutor_id
), students AS (
    SELECT t.tutor_id, count(DISTINCT m.student_id) AS students
    FROM taught AS t
    JOIN lms.class_members AS m
      ON m.tenant_id = $1 AND m.class_id = t.id AND m.deleted_at IS NULL AND m.status = 'active'
    GROUP BY t.tutor_id
), held AS (
    SELECT s.host_id AS tutor_id,
           count(*) AS sessions,
           sum(trunc(extract(epoch FROM s.ends_at - s.starts_at) / 60))::bigint AS minutes
    FROM lms.sessions AS s
    WHERE s.tenant_id = $1
      AND s.deleted_at IS NULL
      AND s.status IN ('scheduled', 'live', 'ended')
      -- No session is longer than a day, so that the index on the start serves.
      AND s.starts_at >= $3 - INTERVAL '24 hours'
      AND s.starts_at < $4
      AND s.ends_at > $3
      AND ($2::uuid IS NULL OR s.org_unit_id = $2)
    GROUP BY s.host_id
)
SELECT tutor_id,
       coalesce(active_classes, 0) AS active_classes,
       coalesce(students, 0) AS students,
       coalesce(sessions, 0) AS sessions,
       coalesce(minutes, 0) AS minutes
FROM classes
FULL JOIN students USING (tutor_id)
FULL JOIN held USING (tutor_id)
ORDER BY tutor_id
